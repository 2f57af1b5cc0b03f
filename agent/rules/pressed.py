"""Rule kind `pressed`: a resident pressed or spoke, and somebody should come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Feedback, Sentiment, Service, Urgency
from agent.model.units import Duration
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Pressed(RuleBase):
    """Feedback that matches (all words that are given) raises at once; the condition holds for `hold`."""

    kind: Literal["pressed"]
    service: list[Service] = Field([], description="empty: any")
    sentiment: list[Sentiment] = Field([], description="empty: any")
    urgency: list[Urgency] = Field([], description="empty: any")
    key: list[str] = Field([], description="empty: any key or phrase of the terminal's table")
    hold: Duration = Field(900_000, ge=1000, description="how long one press keeps the condition true")

    def needs(self) -> tuple[Need, ...]:
        """Want the word of residents."""
        return (Need("feedback"),)

    def step(self, _seat: Seat) -> Step:
        """Give a step on one terminal."""
        return PressedStep(self)


class PressedStep(BaseStep):
    """True from a matching press until `hold` after the last one."""

    wants_feedback = True

    def __init__(self, rule: Pressed) -> None:
        super().__init__()
        self._rule = rule

    def feedback(self, feedback: Feedback) -> Truth:
        """Match a press or phrase."""
        rule = self._rule
        pairs = (
            (rule.service, feedback.service),
            (rule.sentiment, feedback.sentiment),
            (rule.urgency, feedback.urgency),
            (rule.key, feedback.key),
        )
        if any(wanted and given not in wanted for wanted, given in pairs):
            return None
        self.due = feedback.t + rule.hold
        return True

    def at(self, _t: int) -> Truth:
        """Nobody pressed again."""
        self.due = None
        return False

    def words(self) -> str:
        """Give the match in words."""
        rule = self._rule
        given = [*rule.service, *rule.sentiment, *rule.urgency, *rule.key]
        return f"pressed: {', '.join(given) or 'any key'}"

    def explain(self, now: int) -> list[Clause]:
        """Give whether a press counts now, since when and for how long."""
        if self.due is None:
            return [Clause(self.words(), holds=False)]
        return [Clause(self.words(), holds=True, since=self.due - self._rule.hold, left=max(0, self.due - now))]

    def state(self) -> State:
        """Remember until when a press counts."""
        return {"due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self.due = state.get("due")
