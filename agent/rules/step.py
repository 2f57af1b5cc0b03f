"""The pure step of a rule on one device: it is told what happened and answers with the truth of its condition.

True and False mean what they say; None means "nothing new" (unavailable is neither true nor false). A step keeps at
most one deadline, `due`, at which `at` is called. It does no I/O and asks no clock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from math import inf, isnan, nan
from typing import Any, ClassVar, Protocol

import msgspec

from agent.model.events import Event, Feedback, Offset, Reading
from agent.rules.clause import Clause

Truth = bool | None
Series = tuple[str, str, str]
"""Device, quantity and part."""
State = dict[str, Any]
"""What a step must remember over a restart: plain JSON values."""

EVERYTHING = (-inf, inf)
NOTHING = (inf, -inf)
"""A quiet band that holds no value: every reading is looked at."""


class Seat(msgspec.Struct, frozen=True):
    """Where a step sits: its device, since when (engine ms), and whom else its rule speaks of.

    `silence` is what the device may be silent for and `interval` how often it is expected, both in ms. `others` has
    for each name that the rule gives another device (or points of other rules) those that are meant.
    """

    device: str
    now: int = 0
    silence: int = 60_000
    interval: int = 10_000
    others: Mapping[str, tuple[str, ...]] = {}


class Step(Protocol):
    """One rule on one device."""

    due: int | None
    series: tuple[Series, ...]
    """The readings it wants; an empty quantity means every reading of the device."""
    hears: tuple[str, ...]
    """The devices whose events it wants."""
    follows: tuple[str, ...]
    """The points (alarm ids) whose truth it wants."""
    wants_feedback: ClassVar[bool]
    reads_calendar: ClassVar[bool]
    """It wants to know the wall clock (`clock`)."""
    banded: ClassVar[bool]
    """It can give a quiet band; all others are told every reading of their series, and spoil nobody's band."""
    no_data: bool
    """It has too little to judge by (a window with too few values): neither true nor false until it says so."""
    measure: float
    """What it compares with its limit now, such as a mean or a number of starts; NaN for none."""

    def band(self) -> tuple[float, float]:
        """Give the open interval of values that cannot change the truth now (limits.md §0.3: the quiet band)."""
        ...

    def reading(self, reading: Reading) -> Truth:
        """Take a good, live reading of the watched quantity."""
        ...

    def event(self, event: Event) -> Truth:
        """Take an event of the device."""
        ...

    def feedback(self, feedback: Feedback) -> Truth:
        """Take a press or phrase at the device."""
        ...

    def told(self, point: str, truth: Truth) -> Truth:
        """Take the truth of a point that it follows; None: it has no data."""
        ...

    def recorded(self, t: int) -> Truth:
        """A service was recorded that was done at t."""
        ...

    def clock(self, t: int, offset: Offset) -> Truth:
        """The wall clock is known, or known better: wall = engine time + offset.wall."""
        ...

    def at(self, t: int) -> Truth:
        """The deadline `due` has come."""
        ...

    def gap(self, length: int, policy: str, t: int) -> None:
        """The agent was away for `length` ms until t: obey `on_gap` (hold, reset or count)."""
        ...

    def words(self) -> str:
        """Give the condition in words, for the alarm's `cause.condition`."""
        ...

    def explain(self, now: int) -> list[Clause]:
        """Give the parts of the condition as they stand at `now`, for people who ask (`caretaker why`)."""
        ...

    def state(self) -> State:
        """Give what must be remembered."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave; words of another rule kind are ignored."""
        ...


class BaseStep(ABC):
    """A step that wants nothing: kinds override what they need."""

    __slots__ = ("due", "follows", "hears", "measure", "no_data", "series")

    wants_feedback: ClassVar[bool] = False
    reads_calendar: ClassVar[bool] = False
    banded: ClassVar[bool] = False

    def __init__(self, series: tuple[Series, ...] = (), hears: tuple[str, ...] = ()) -> None:
        self.due: int | None = None
        self.series = series
        self.hears = hears
        self.follows: tuple[str, ...] = ()
        self.no_data = False
        self.measure = nan

    @abstractmethod
    def words(self) -> str:
        """Give the condition in words: every kind has its own."""

    def explain(self, _now: int) -> list[Clause]:
        """Give one clause: the words, with what is measured now."""
        return [Clause(self.words(), value=None if isnan(self.measure) else self.measure)]

    def band(self) -> tuple[float, float]:
        """Look at every reading."""
        return NOTHING

    def reading(self, _reading: Reading) -> Truth:
        """Ignore readings."""
        return None

    def event(self, _event: Event) -> Truth:
        """Ignore events."""
        return None

    def feedback(self, _feedback: Feedback) -> Truth:
        """Ignore feedback."""
        return None

    def told(self, _point: str, _truth: Truth) -> Truth:
        """Follow nobody."""
        return None

    def recorded(self, _t: int) -> Truth:
        """Need no service."""
        return None

    def clock(self, _t: int, _offset: Offset) -> Truth:
        """Read no calendar."""
        return None

    def at(self, _t: int) -> Truth:
        """Have no deadline."""
        return None

    def gap(self, _length: int, _policy: str, _t: int) -> None:  # noqa: B027 - most kinds keep none
        """Keep no time."""

    def state(self) -> State:
        """Remember nothing."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:  # noqa: B027 - nor remember anything
        """Remember nothing."""
