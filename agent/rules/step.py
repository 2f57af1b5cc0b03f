"""The pure step of a rule on one device: it is told what happened and answers with the truth of its condition.

True and False mean what they say; None means "nothing new" (unavailable is neither true nor false). A step keeps at
most one deadline, `due`, at which `at` is called. It does no I/O and asks no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar, Protocol

from agent.model.events import Event, Feedback, Reading

Truth = bool | None
State = dict[str, Any]
"""What a step must remember over a restart: plain JSON values."""

EVERYTHING = (-inf, inf)
NOTHING = (inf, -inf)
"""A quiet band that holds no value: every reading is looked at."""


class Step(Protocol):
    """One rule on one device."""

    due: int | None
    watched: tuple[str, str, str] | None
    """(device, quantity, part) of the readings it wants, or None."""
    wants_events: ClassVar[bool]
    wants_feedback: ClassVar[bool]
    no_data: bool
    """It has too little to judge by (a window with too few values): neither true nor false until it says so."""

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

    def at(self, t: int) -> Truth:
        """The deadline `due` has come."""
        ...

    def gap(self, length: int, policy: str) -> None:
        """The agent was away for `length` ms: obey `on_gap` (hold, reset or count)."""
        ...

    def words(self) -> str:
        """Give the condition in words, for the alarm's `cause.condition`."""
        ...

    def state(self) -> State:
        """Give what must be remembered."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave; words of another rule kind are ignored."""
        ...


class BaseStep:
    """A step that wants nothing: kinds override what they need."""

    wants_events: ClassVar[bool] = False
    wants_feedback: ClassVar[bool] = False

    def __init__(self) -> None:
        self.due: int | None = None
        self.watched: tuple[str, str, str] | None = None
        self.no_data = False

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

    def at(self, _t: int) -> Truth:
        """Have no deadline."""
        return None

    def gap(self, length: int, policy: str) -> None:
        """Keep no time."""

    def state(self) -> State:
        """Remember nothing."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember nothing."""
