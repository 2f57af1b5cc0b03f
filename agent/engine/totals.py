"""Counters that only rise, and do not always: what a fall means, and how a total goes on behind it.

    next value is lower, from near the counter's end to near 0    wrapped: the counter's range is added
                         once                                     doubtful: the reading is `suspect`
                         again                                    reset, or another meter: the event `counter`

By default a total is published as the device says it: people compare it with the meter. With `continue: true` it goes
on from where it stood, over wraps, resets and a new meter; what is added is kept in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from agent.model.events import Event, Reading
from agent.model.quantities import QUANTITIES

NEAR: Final = 0.1
"""A wrap goes from the last to the first tenth of the counter's range; anything else is a reset."""


TOTALS: Final = frozenset(name for name, quantity in QUANTITIES.items() if quantity.kind == "total")
MOST: Final = 10_000
"""Totals that are followed: parts come from outside and must not grow the table for ever."""


class Counter(msgspec.Struct, frozen=True):
    """How one total is treated: where it wraps (0: unknown), and whether it goes on behind a fall."""

    wraps_at: float = 0.0
    goes_on: bool = False


class Standing(msgspec.Struct):
    """What is remembered of one total: the device's last word, what is added, a lower word not yet believed."""

    last: float
    added: float = 0.0
    lower: float = -1.0


class Totals:
    """All totals of all devices. `take` is called by the thread that hears the device, `state` by the pump's."""

    def __init__(self, counters: Mapping[tuple[str, str], Counter], state: Mapping[str, Any] | None = None) -> None:
        self.counters = counters
        self._known: dict[str, Standing] = msgspec.convert(state or {}, dict[str, Standing])

    def take(self, reading: Reading) -> list[Reading | Event]:
        """Give the reading as it shall be published, and the event of a wrap or reset before it."""
        value = reading.value
        if reading.quantity not in TOTALS or reading.historical or isinstance(value, str):
            return [reading]
        key = f"{reading.device}|{reading.quantity}|{reading.part}"
        counter = self.counters.get((reading.device, reading.quantity)) or Counter()
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST:
                return [reading]
            known = self._known[key] = Standing(value)
        told = self._look(known, counter, reading, float(value))
        if known.lower >= 0:
            return [msgspec.structs.replace(reading, quality="suspect")]
        if counter.goes_on and known.added:
            reading = msgspec.structs.replace(reading, value=float(f"{known.last + known.added:.15g}"))
        return [*told, reading]

    def _look(self, known: Standing, counter: Counter, reading: Reading, value: float) -> list[Event]:
        if value >= known.last:
            known.last, known.lower = value, -1.0
            return []
        end = counter.wraps_at
        if end and known.last > end * (1 - NEAR) and value < end * NEAR:
            return self._fell(known, reading, "wrapped", value, end)
        if known.lower < 0 or value < known.lower:
            known.lower = value
            return []
        # Behind a reset the meter begins at 0, a new meter anywhere: the total goes on from where it stood.
        return self._fell(known, reading, "reset", value, known.last - known.lower)

    def _fell(self, known: Standing, reading: Reading, word: str, value: float, added: float) -> list[Event]:
        detail = f"from={known.last:.12g},to={value:.12g}"
        known.last, known.lower, known.added = value, -1.0, known.added + added
        return [Event(reading.device, "counter", word, reading.t, f"quantity={reading.quantity}", detail=detail)]

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {key: msgspec.to_builtins(standing) for key, standing in list(self._known.items())}
