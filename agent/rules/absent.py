"""Rule kind `absent`: a device said nothing for too long. No data is never good news (DESIGN law 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from agent.model.events import Event, Reading
from agent.model.units import Duration
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Absent(RuleBase):
    """No reading of a quantity (or nothing at all) from a device for `after`."""

    of_absence: ClassVar[bool] = True
    kind: Literal["absent"]
    quantity: str = Field("", description="empty: any reading or event of the device counts as a sign of life")
    part: str = Field("", description="which part of the device, such as phase=1")
    after: Duration | None = Field(
        None,
        ge=1000,
        description="default: what silence means for this device (`silent_after`); 3 x its interval if it is asked",
    )

    def needs(self) -> tuple[Need, ...]:
        """Want a quantity, or anything at all."""
        named = Need("quantity", self.quantity, ("quantity",), self.part)
        return (named if self.quantity else Need("anything"),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return AbsentStep(self, seat)


class AbsentStep(BaseStep):
    """A deadline that every sign of life pushes on. The deadline itself is moved lazily, when it comes."""

    __slots__ = ("_quantity", "after", "gone", "last")

    def __init__(self, rule: Absent, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),), () if rule.quantity else (seat.device,))
        self.after = rule.after if rule.after is not None else seat.silence
        self._quantity = rule.quantity
        self.last = seat.now
        self.gone = False
        self.due = seat.now + self.after

    def _alive(self, t: int) -> Truth:
        self.last = t
        if not self.gone:
            return None
        self.gone = False
        self.due = t + self.after
        return False

    def reading(self, reading: Reading) -> Truth:
        """Take a sign of life."""
        return self._alive(reading.t)

    def event(self, event: Event) -> Truth:
        """An event is a sign of life too, unless a certain quantity is missed."""
        return None if self._quantity else self._alive(event.t)

    def at(self, t: int) -> Truth:
        """Tell whether the device has been silent for `after`, or set the next deadline."""
        if t - self.last >= self.after:
            self.gone, self.due = True, None
            return True
        self.due = self.last + self.after
        return False

    def gap(self, length: int, policy: str, _t: int) -> None:
        """While we were away the device could not be heard: its time stood still, whatever the policy but count."""
        if policy != "count":
            self.last += length
            self.due = None if self.gone else self.last + self.after

    def words(self) -> str:
        """Give the silence in words."""
        return f"no {self._quantity or 'sign of life'} for {self.after // 1000} s"

    def explain(self, now: int) -> list[Clause]:
        """Give the silence so far, in seconds, and what is left of it."""
        silent = now - self.last
        left = -1 if self.gone else max(0, self.after - silent)
        return [Clause(self.words(), self.gone, silent / 1000, self.after / 1000, self.last, left)]

    def state(self) -> State:
        """Remember when it was last heard."""
        return {"last": self.last, "gone": self.gone, "due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        if "last" in state:
            self.last, self.gone, self.due = state["last"], state["gone"], state["due"]
