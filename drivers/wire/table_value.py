"""One value of a table in the settings: which quantity or event it is, and how its raw number or word is read.

It says neither where the raw value stands (a path, a place in a frame, a group of a pattern) nor reads any: that is
drivers/wire/json_readers.py. Complaints say what is wrong, then what would do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.driver import Options
from agent.model.quantities import BUTTON_VALUES, EVENT_KINDS, QUANTITIES, unit_of
from agent.model.units import convert, convert_span

_STATE_WORDS: Final = "true or false"


def known_word(word: str, known: Iterable[str], what: str) -> str:
    """Give the word if it is known; ValueError naming the nearest."""
    if word not in known:
        near = difflib.get_close_matches(word, list(known), 1)
        raise ValueError(f"'{word}' is no {what}; expected " + (f"'{near[0]}'" if near else "one of docs/settings.md"))
    return word


QuantityName = Annotated[str, AfterValidator(lambda name: known_word(name, QUANTITIES, "quantity"))]
EventName = Annotated[str, AfterValidator(lambda name: known_word(name, EVENT_KINDS, "kind of event"))]
Word = bool | float | Annotated[str, StringConstraints(max_length=64)]


class TableValue(Options):
    """One value: a quantity (published = number x scale + offset, converted from `unit`) or an event."""

    quantity: QuantityName | None = Field(None, description="it is this quantity")
    event: EventName | None = Field(None, description="it is this kind of event")
    unit: str = Field("", max_length=16, description="unit of number x scale + offset, if not the quantity's own")
    scale: float = Field(1.0, allow_inf_nan=False, description="published = number x scale + offset")
    offset: float = Field(0.0, allow_inf_nan=False, description="added after scaling")
    words: dict[Annotated[str, StringConstraints(max_length=64)], Word] = Field(
        {}, max_length=64, description="what a word means: OPEN: true, 2: double; in any case of letters"
    )
    low: float | None = Field(None, allow_inf_nan=False, description="lowest value that the device can measure")
    high: float | None = Field(None, allow_inf_nan=False, description="highest value that the device can measure")
    sentinels: list[Word] = Field([], max_length=16, description="raw values that mean 'no value'")
    part: str = Field("", max_length=64, pattern=r"^([a-z_]+=[A-Za-z0-9_.-]+)?$", description="such as phase=1")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.quantity is None) == (self.event is None):
            both = "both a quantity and an event" if self.quantity else "neither a quantity nor an event"
            raise ValueError(f"{self._place()} is {both}; expected one of the two")
        kind = QUANTITIES[self.quantity].kind if self.quantity else "event"
        if self.scale == 0:
            raise ValueError("scale 0 makes every value the same; expected a factor such as 0.1")
        bounded = self.low is not None or self.high is not None
        if kind not in ("measure", "total") and (self.unit or self.scale != 1.0 or self.offset or bounded):
            raise ValueError(f"{self.quantity or self.event} is no number; expected no unit, scale, offset or bounds")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}; expected them the other way round")
        self._words_fit(kind)
        self.line()
        return self

    def _place(self) -> str:
        return "a value"

    def _words_fit(self, kind: str) -> None:
        name = self.quantity or self.event
        wanted = {"state": (bool, _STATE_WORDS), "text": (str, "text"), "event": (str, "text")}
        kind_of, expected = wanted.get(kind, (float, "a number"))
        for word, means in self.words.items():
            number = isinstance(means, int | float) and not isinstance(means, bool)
            if not (number if kind_of is float else isinstance(means, kind_of)):
                raise ValueError(f"the word '{word}' means {means!r}, but {name} is {expected}; expected {expected}")
            if self.event == "button" and means not in BUTTON_VALUES:
                raise ValueError(f"'{means}' is no way to press; expected one of {', '.join(BUTTON_VALUES)}")

    def line(self) -> tuple[float, float]:
        """Give factor and shift: published = number x factor + shift. ValueError naming the units that would do."""
        factor, shift = 1.0, 0.0
        if self.unit and self.quantity:
            own = unit_of(self.quantity)
            # Conversions keep 12 digits; a wide span keeps them all for the factor, also of degF and its like.
            factor = convert_span(1e6, self.unit, own, self.quantity) / 1e6
            shift = convert(0.0, self.unit, own, self.quantity)
        return self.scale * factor, self.offset * factor + shift
