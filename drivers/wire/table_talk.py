"""What a talker's table says of one raw value, whether it stood in a frame or in a line: readings, events, faults.

It finds no raw value: frames are drivers/frame_table.py, lines are drivers/text_line.py.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import Field, StringConstraints, model_validator

from agent.model.events import Event, Fault, Item, Reading, Value
from agent.model.quantities import BUTTON_VALUES, QUANTITIES
from agent.model.units import Duration
from drivers.wire.json_readers import Read, reader
from drivers.wire.json_values import INSANE, Verdict
from drivers.wire.lines import clean
from drivers.wire.table_value import TableValue

PART: Final = r"^([a-z_]+=([A-Za-z0-9_.-]+|\{\}))?$"
REMEMBERED: Final = 64
"""Events by kind and part that the rule of `repeat` knows."""
Repeat = Annotated[
    Duration, Field(le=60_000, description="the same event within this time is one; 0ms: each of them is one")
]


class SaidValue(TableValue):
    """One value of a frame or a line."""

    value: Annotated[str, StringConstraints(max_length=64)] = Field(
        "", description="event: its word, where what was read says only that, or where, it happened"
    )
    part: str = Field("", max_length=64, pattern=PART, description="such as phase=1; {} stands for what was read")

    @model_validator(mode="after")
    def _word_fits(self) -> Self:
        if (self.value or "{}" in self.part) and not self.event:
            raise ValueError("value and {} are for events; expected neither with a quantity")
        if self.event == "button" and self.value and self.value not in BUTTON_VALUES:
            raise ValueError(f"'{self.value}' is no way to press; expected one of {', '.join(BUTTON_VALUES)}")
        return self

    @property
    def name(self) -> str:
        """Its quantity or kind of event."""
        return self.quantity or self.event or ""

    @cached_property
    def read(self) -> Read:
        """What reads a raw number or text."""
        return reader(self)

    @property
    def is_state(self) -> bool:
        """Whether it is true or false."""
        return bool(self.quantity) and QUANTITIES[self.name].kind == "state"


class Teller:
    """Makes items of raw values for one device. The same event of a part within `repeat` ms is told once."""

    def __init__(self, device: str, repeat: int) -> None:
        self._device, self._repeat = device, repeat
        self._told: dict[tuple[str, str], tuple[Value, int]] = {}

    def items(self, row: SaidValue, raw: Any, now: int) -> list[Item]:
        """Give what a raw number or text means: nothing for sentinels, a fault for what cannot be.

        An event whose word is `value` needs no raw text: that it was said is enough.
        """
        value = row.value if row.value and raw == "" else row.read(raw)
        if isinstance(value, Verdict):
            return [self._insane(row.name, raw, now)] if value is INSANE else []
        if row.quantity:
            return [Reading(self._device, row.name, value, now, part=row.part)]
        return self._event(row.name, row.value or value, row.part.replace("{}", _word(raw)), now)

    def _insane(self, name: str, raw: Any, now: int) -> Fault:
        return Fault(self._device, "insane", f"{name} {clean(str(raw))}", t=now)

    def _event(self, name: str, value: Value, part: str, now: int) -> list[Item]:
        if name == "button" and value not in BUTTON_VALUES:
            return [self._insane(name, value, now)]
        if part.endswith("="):
            return [self._insane(name, part, now)]
        before, when = self._told.get((name, part), ("", 0))
        if before == value and now - when < self._repeat:
            return []
        self._told = dict(list(self._told.items())[-REMEMBERED:]) | {(name, part): (value, now)}
        return [Event(self._device, name, value, now, part)]


def _word(raw: Any) -> str:
    """Give what was read as a word of a part: letters, digits, _ . - and no leading zeros of a number."""
    text = str(raw)
    if text.isascii() and text.isdigit():
        return str(int(text[:18]))
    return "".join(c for c in clean(text) if c.isalnum() or c in "_.-")
