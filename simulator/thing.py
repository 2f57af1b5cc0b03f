"""What every thing of the world has in common: a name, dice of its own, what can be seen on it, what can happen to it.

No thing is defined here: bins, doors and people are in places.py, rooms and machines in plant.py.
"""

from __future__ import annotations

import random
from typing import ClassVar, Final

import msgspec

from agent.model.events import Value

TICK_MS: Final = 100


class Happening(msgspec.Struct, frozen=True):
    """Something that happened at a thing at world time `t` (ms): a mood, a card shown.

    `word` says what, `value` which.
    """

    t: int
    thing: str
    word: str
    value: str = ""


class WorldError(ValueError):
    """A community or scenario file asks for what the world does not have; the message says what there is."""


class Thing:
    """One thing of the world. `now` holds what a sensor on it would see, by quantity, in the quantity's unit.

    A kind overrides `tick`, `fix` and lists in `words` what may be made to happen to it.
    """

    words: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, dice: random.Random) -> None:
        self.name = name
        self.dice = dice
        self.t = 0
        self.now: dict[str, Value] = {}
        self.told: list[Happening] = []

    def tick(self) -> None:
        """Let TICK_MS pass (`t` is already the new time)."""

    def happen(self, word: str, value: Value) -> None:
        """Make one of `words` happen, as a scenario asks; the world has checked the word."""

    def fix(self) -> None:
        """Staff came: empty, close, clean, repair."""

    def say(self, word: str, value: str = "") -> None:
        """Note that something happened here now."""
        self.told.append(Happening(self.t, self.name, word, value))

    def wander(self, quantity: str, low: float, high: float, step: float) -> float:
        """Let a quantity drift at random within bounds, by at most `step` a second; give it."""
        share = step * TICK_MS / 1000
        value = float(self.now.get(quantity, (low + high) / 2)) + self.dice.uniform(-share, share)
        self.now[quantity] = value = min(high, max(low, value))
        return value


class Rhythm:
    """When something recurs at random: between `low` and `high` seconds after the last time; never, if `high` is 0."""

    def __init__(self, low: float, high: float, dice: random.Random) -> None:
        self._span = (low, high)
        self._dice = dice
        self._next = self._after(0)

    def _after(self, t: int) -> int:
        return t + round(1000 * self._dice.uniform(*self._span))

    def comes(self, t: int) -> bool:
        """Tell whether it comes at this tick."""
        if not self._span[1] or t < self._next:
            return False
        self._next = self._after(t)
        return True
