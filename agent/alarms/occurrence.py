"""What is known of an alarm: its settings, its service clocks, what moves it, and the occurrence that is open or was.

Values only. How they change is in table.py and the files of its actions.
"""

from __future__ import annotations

import uuid
from typing import Final, Literal

import msgspec

from agent.model.events import Service, Value

NAMESPACE: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 9562 URL namespace: occurrence ids are UUIDv5 of key and counter, so that replay gives the same ids."""

NoData = Literal["hold", "alarm", "clear"]
OnGap = Literal["hold", "reset", "count"]
HOUR: Final = 3_600_000


class Clocks(msgspec.Struct, frozen=True):
    """The service standard of one priority (domain.md §1.5.2). Lengths in ms; `shelve` 0: never."""

    ack: int
    start: int
    resolve: int
    reack: int
    repeat: int
    verify: int
    shelve: int
    top: int
    """The last level of escalation: 1 team leader, 2 department, 3 project manager, 4 company and outside party."""
    second: bool
    """Closed only when another person than the one who resolved it says so; else by itself after `verify`."""
    hold: int = 72 * HOUR
    reopen: int = 72 * HOUR


class Standard(msgspec.Struct, frozen=True):
    """A service standard: its name with its revision, and the clocks by priority, P1 first."""

    name: str
    clocks: tuple[Clocks, Clocks, Clocks, Clocks]


class Spec(msgspec.Struct, frozen=True):
    """What the settings say of an alarm. Times in ms; `key` is site/category/rule/device."""

    alarm: str
    key: str
    rule: str
    device: str
    category: Service
    priority: int
    on_delay: int
    off_delay: int
    clocks: tuple[Clocks, Clocks, Clocks, Clocks]
    """By priority, P1 first."""
    standard: str = ""
    """Whence the clocks are: name and revision of the profile."""
    interval: int = 60_000
    on_gap: OnGap = "hold"
    no_data: NoData = "hold"
    latching: bool = False
    local_reset: bool = False
    """The latch is reset at the local panel only (fire, entrapment)."""
    auto_resolve: bool = True
    one_tap: bool = False
    highly_managed: bool = False
    evidence: tuple[str, ...] = ()


class Cause(msgspec.Struct, frozen=True):
    """What made an alarm move: the reading or press, the words of the condition; for commands who, and what they said.

    `word` is the reason, code, work-order number, person or inhibiting source, as the event wants it; `length` in ms
    (0: not given); `rev` and `occurrence` are what the person was looking at (0 and "": not said).
    """

    quantity: str = ""
    value: Value = True
    condition: str = ""
    actor: str = ""
    causation: str = ""
    feedback: str = ""
    role: str = ""
    via: str = ""
    word: str = ""
    comment: str = ""
    evidence: dict[str, str] = {}
    length: int = 0
    oneshot: bool = False
    priority: int = 0
    occurrence: str = ""
    rev: int = 0
    at_start: bool = False
    """Found by the first good value after a restart."""


class Occurrence(msgspec.Struct):
    """What is remembered of the current (or last) occurrence. Times are engine ms, -1 for never."""

    seq: int = 0
    rev: int = 0
    priority: int = 0
    raised_at: int = -1
    acked_at: int = -1
    acked_by: str = ""
    cleared_at: int = -1
    resolved_at: int = -1
    resolved_by: str = ""
    closed_at: int = -1
    activations: int = 0
    reopened: int = 0
    reopen_of: str = ""
    ticket: int = 0
    quantity: str = ""
    value: Value = True
    condition: str = ""
    feedback: str = ""
    level: int = 0
    told: bool = False
    """Somebody was told of it."""
    breach: list[str] = []
    assignee: str = ""
    code: str = ""
    comment: str = ""
    evidence: dict[str, str] = {}
    paused: int = -1
    """What was left of the resolve clock when the work was put on hold, -1: it runs."""
    standard: str = ""
    clocks: Clocks | None = None
    """The clocks as they were when it was raised: another profile does not move an open occurrence."""
    drill: bool = False


def occurrence_id(key: str, seq: int) -> str:
    """Give the id of an occurrence: UUIDv5 of key and counter."""
    return str(uuid.uuid5(NAMESPACE, f"{key}:{seq}"))
