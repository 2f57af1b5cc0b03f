"""Rule kind `count`: so many events or presses within a window (C11 repeated negatives, S05 motion twice)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Event, Feedback, Reading, Sentiment, Service
from agent.model.units import Duration
from agent.rules.base import RuleBase, Strict
from agent.rules.clause import Clause
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class EventMatch(Strict):
    """An event of a device: its kind and, if given, its value."""

    event: str = Field(description="kind of event, such as card")
    value: float | bool | str | None = Field(None, description="its value; empty: any")


class FeedbackMatch(Strict):
    """A press or phrase: all words that are given must hold."""

    service: Service | None = Field(None, description="empty: any")
    sentiment: Sentiment | None = Field(None, description="empty: any")


class BecameMatch(Strict):
    """A reading of a state that turns to this value (false -> true counts once)."""

    quantity: str = Field(description="the state")
    part: str = Field("", description="which part of the device")
    value: bool = Field(True, description="the value that it turns to")


class Count(RuleBase):
    """At least `count` of something within `window`; clears when the window holds fewer."""

    kind: Literal["count"]
    of: EventMatch | FeedbackMatch | BecameMatch = Field(description="what is counted")
    count: int = Field(ge=1, le=1000, description="how many")
    window: Duration = Field(ge=1000, le=7 * 86_400_000, description="within which time")

    def needs(self) -> tuple[Need, ...]:
        """Want a kind of event, a state or the word of residents."""
        match self.of:
            case EventMatch():
                return (Need("event", self.of.event, ("of", "event")),)
            case BecameMatch():
                return (Need("quantity", self.of.quantity, ("of", "quantity"), self.of.part, of="state"),)
        return (Need("feedback", path=("of",)),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return CountStep(self, seat)


class CountStep(BaseStep):
    """The times of the last `count` matches: as many as are needed, so its size is bounded."""

    wants_feedback = True

    def __init__(self, rule: Count, seat: Seat) -> None:
        of = rule.of
        turns = ((seat.device, of.quantity, of.part),) if isinstance(of, BecameMatch) else ()
        super().__init__(turns, (seat.device,) if isinstance(of, EventMatch) else ())
        self._rule = rule
        self._times: deque[int] = deque(maxlen=rule.count)
        self._was: object = None

    def _hit(self, t: int) -> Truth:
        self._times.append(t)
        return self._judge(t)

    def _judge(self, t: int) -> Truth:
        full = len(self._times) == self._rule.count and t - self._times[0] < self._rule.window
        self.due = self._times[0] + self._rule.window if full else None
        return full

    def reading(self, reading: Reading) -> Truth:
        """Count a state that turns to the wanted value."""
        of = self._rule.of
        assert isinstance(of, BecameMatch)
        was, self._was = self._was, reading.value
        return self._hit(reading.t) if reading.value == of.value and was != reading.value and was is not None else None

    def event(self, event: Event) -> Truth:
        """Count an event that matches."""
        of = self._rule.of
        if not isinstance(of, EventMatch) or event.quantity != of.event or of.value not in (None, event.value):
            return None
        return self._hit(event.t)

    def feedback(self, feedback: Feedback) -> Truth:
        """Count a press that matches."""
        of = self._rule.of
        if not isinstance(of, FeedbackMatch):
            return None
        if of.service not in (None, feedback.service) or of.sentiment not in (None, feedback.sentiment):
            return None
        return self._hit(feedback.t)

    def at(self, t: int) -> Truth:
        """The oldest has left the window."""
        return self._judge(t)

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the window stood still; reset: begin anew; count: time went on."""
        if policy == "reset":
            self._times.clear()
            self.due = None
        elif policy == "hold":
            self._times = deque((t + length for t in self._times), maxlen=self._rule.count)
            self.due = self.due + length if self.due is not None else None

    def words(self) -> str:
        """Give the count in words."""
        of = self._rule.of
        match of:
            case EventMatch():
                what = of.event if of.value is None else f"{of.event} {of.value}"
            case FeedbackMatch():
                what = " ".join(word for word in (of.sentiment, of.service) if word) + " presses"
            case BecameMatch():
                what = f"{of.quantity} {of.value}".lower()
        return f">= {self._rule.count} x {what} in {self._rule.window // 1000} s"

    def explain(self, now: int) -> list[Clause]:
        """Give how many there are in the window now; if enough, how long that stays so."""
        inside = [t for t in self._times if now - t < self._rule.window]
        full = len(inside) >= self._rule.count
        left = inside[0] + self._rule.window - now if full else -1
        since = inside[0] if inside else -1
        return [Clause(self.words(), full, len(inside), self._rule.count, since, left)]

    def state(self) -> State:
        """Remember the times."""
        return {"times": list(self._times), "was": self._was, "due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._times.extend(state.get("times", ()))
        self._was, self.due = state.get("was"), state.get("due")
