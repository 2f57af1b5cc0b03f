"""What a rule kind needs of the site, told by the rule itself: quantities, events, other devices, amounts with units.

The cross checks of the settings ask every kind in the same way; nothing is looked up or converted here.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from pydantic import Field

from agent.rules.paper import Strict

Path = tuple[str | int, ...]
"""Where something stands in a rule: ("when", "value")."""


class Who(Strict):
    """Which device: the one that the rule is on, one by name, or those with a role in the same zone (else building)."""

    device: str = Field("", description="by its name in devices.yaml; empty: the device that the rule is on")
    role: str = Field("", description="those with this role in the same zone; if it has none, in the same building")


class Need(msgspec.Struct, frozen=True):
    """One thing that a rule wants to be told.

    `of` says what a quantity must be: a state (true/false), a number, or any. `whom` is None for the rule's own device;
    else `key` is the name under which the devices that are meant are given to the step (`Seat.others`), of which there
    may be only one if `single`.
    """

    what: Literal["quantity", "event", "feedback", "anything", "point"]
    name: str = ""
    path: Path = ()
    part: str = ""
    of: Literal["state", "number", "any"] = "any"
    whom: Who | None = None
    key: str = ""
    single: bool = False


class Amount(msgspec.Struct, frozen=True):
    """A number in a rule that has the unit of a quantity. `span`: a difference, for which offsets do not count."""

    path: Path
    value: float
    quantity: str
    unit: str = ""
    unit_path: Path = ("unit",)
    span: bool = False


class Contradiction(msgspec.Struct, frozen=True):
    """Two words of a rule that cannot both be meant. `key`: the word itself is wrong, not what stands behind it."""

    path: Path
    message: str
    expected: str = ""
    hint: str = ""
    key: bool = False
