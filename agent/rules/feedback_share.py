"""Rule kind `feedback_share`: enough negative presses, and a large share of all (C11; filter: domain.md §3.3).

Only ratings are weighed: a call for help counts in no share. No data: nobody pressed, so the window runs empty and the
condition ends.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from agent.model.events import Feedback, Service
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth

MOST: Final = 500
"""Ratings that are remembered; of more within one window the oldest do not count."""


class FeedbackShare(RuleBase):
    """At least `count` negative ratings within `window`, and at least this share of all ratings there."""

    kind: Literal["feedback_share"]
    service: Service | None = Field(None, description="only ratings of this service; unset: of any")
    count: int = Field(ge=1, le=100, description="how many negative ratings")
    share: float = Field(gt=0, le=1, description="which share of all ratings must be negative, 0.5 for half")
    window: Duration = Field(ge=1000, le=7 * 86_400_000, description="within which time")

    def needs(self) -> tuple[Need, ...]:
        """Want the word of residents."""
        return (Need("feedback", path=("service",) if self.service else ()),)

    def step(self, _seat: Seat) -> Step:
        """Give a step on one terminal."""
        return FeedbackShareStep(self)


class FeedbackShareStep(BaseStep):
    """The times of the ratings in the window, and which of them are negative. `measure`: how many are."""

    wants_feedback = True

    def __init__(self, rule: FeedbackShare) -> None:
        super().__init__()
        self._rule = rule
        self._rated: deque[tuple[int, bool]] = deque()
        self._negative = 0

    def feedback(self, feedback: Feedback) -> Truth:
        """Count a rating."""
        if feedback.score < 0 or self._rule.service not in (None, feedback.service):
            return None
        negative = feedback.sentiment == "negative"
        self._rated.append((feedback.t, negative))
        self._negative += negative
        if len(self._rated) > MOST:
            self._forget()
        return self.at(feedback.t)

    def _forget(self) -> None:
        _, negative = self._rated.popleft()
        self._negative -= negative

    def at(self, t: int) -> Truth:
        """Let go what has left the window, and judge."""
        while self._rated and self._rated[0][0] <= t - self._rule.window:
            self._forget()
        self.due = self._rated[0][0] + self._rule.window if self._rated else None
        self.measure = float(self._negative)
        return self._negative >= self._rule.count and self._negative >= self._rule.share * len(self._rated)

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the window stood still; reset: begin anew; count: time went on."""
        if policy == "reset":
            self._rated.clear()
            self._negative, self.due = 0, None
        elif policy == "hold":
            self._rated = deque((t + length, negative) for t, negative in self._rated)
            self.due = self.due + length if self.due is not None else None

    def words(self) -> str:
        """Give count and share in words."""
        rule = self._rule
        what = f"negative {rule.service or 'ratings'}"
        return f">= {rule.count} x {what} in {duration_text(rule.window)}, >= {rule.share:.0%} of all"

    def explain(self, _now: int) -> list[Clause]:
        """Give the number of negative ratings, and their share."""
        rule, negative, rated = self._rule, self._negative, len(self._rated)
        share = negative / rated if rated else 0.0
        return [
            Clause(self.words(), negative >= rule.count, float(negative), float(rule.count)),
            Clause(f"share of {rated} ratings", rated > 0 and share >= rule.share, share, rule.share),
        ]

    def state(self) -> State:
        """Remember the ratings."""
        return {"rated": [list(one) for one in self._rated], "due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._rated = deque((t, negative) for t, negative in state.get("rated", ()))
        self._negative = sum(negative for _, negative in self._rated)
        self.measure, self.due = float(self._negative), state.get("due")
