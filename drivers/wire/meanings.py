"""What an input or relay of a general board stands for: a contact is only a contact, the settings say of what.

It reads no message. Boards bring their own words for their plugs (`switch_1`, `input_0`).
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from agent.model.quantities import QUANTITIES

STATES: Final = tuple(name for name, quantity in QUANTITIES.items() if quantity.kind == "state")
SWITCHED: Final = ("lamp_red", "lamp_yellow", "lamp_green", "buzzer", "valve_open")
"""What a relay may stand for and is switched as."""


def _state_quantity(name: str) -> str:
    if name in STATES:
        return name
    raise ValueError(f"'{name}' is no yes-or-no quantity; expected one such as door_open, water_leak, motion, tamper")


Meaning = Annotated[str, AfterValidator(_state_quantity), Field(description="the quantity that this really is")]
