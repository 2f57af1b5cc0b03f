"""The residents' side of the engine: events become feedback, feedback gets an answer, indicators are added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.engine.plan import Plan
from agent.engine.point import Point
from agent.feedback.classify import classify
from agent.feedback.kpi import Indicators
from agent.model.effects import Alarm, Effect, Prompt
from agent.model.events import Event, Feedback

TOO_LATE: Final = 60_000
"""A press older than this (offline backlog) gets no answer: nobody stands there any more (serial.md §D.5.6)."""


def _zones(plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(watched.zone for watched in plan.devices.values() if watched.terminal))


class Residents:
    """Terminals, the running hour of each zone, and what is said back."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.indicators = Indicators(_zones(plan))

    def adopt(self, plan: Plan) -> None:
        """Go on with other settings; running hours are kept."""
        self._plan = plan
        for zone in _zones(plan):
            self.indicators.zone(zone)

    def _zone(self, device: str) -> str:
        watched = self._plan.devices.get(device)
        return watched.zone if watched else ""

    def hear(self, event: Event) -> Feedback | None:
        """Give the feedback that an event of a terminal is, and count it."""
        watched = self._plan.devices.get(event.device)
        if watched is None or watched.terminal is None:
            return None
        feedback = classify(event, watched.terminal)
        if feedback is not None:
            self.indicators.zone(watched.zone).press(feedback)
        return feedback

    def answer(
        self, feedback: Feedback, event: Event, told: Sequence[Effect], matched: Sequence[Point]
    ) -> Prompt | None:
        """Give what the terminal shall say: a ticket, that it is open already, or thanks."""
        if feedback.age_ms > TOO_LATE:
            return None
        raised = next((alarm for alarm in told if isinstance(alarm, Alarm) and alarm.transition == "raised"), None)
        known = next((point.life for point in matched if point.life.work != "IDLE"), None)
        if feedback.urgency == "emergency" and (raised or known):
            code = "emergency-forwarded"
        else:
            code = "ticket-opened" if raised else "already-open" if known else "thank-you"
        ticket = raised.ticket if raised else known.occurrence.ticket if known else 0
        text = {"ticket-opened": f"已登记 #{ticket}", "already-open": f"#{ticket} 处理中"}.get(code, "")
        return Prompt(feedback.device, feedback.t, code, text=text, ticket=ticket, ref=event.native)

    def follow(self, alarm: Alarm) -> list[Effect]:
        """Count the first acknowledgement of a resident's matter; tell the terminal when it is resolved."""
        if alarm.acked_at == alarm.t and alarm.transition in ("acknowledged", "started", "resolved"):
            self.indicators.zone(self._zone(alarm.device)).acknowledged(alarm.acked_at - alarm.raised_at)
        if alarm.transition == "resolved":
            text = f"#{alarm.ticket} 已处理"
            return [Prompt(alarm.device, alarm.t, "resolved", text=text, ticket=alarm.ticket, seconds=8)]
        return []

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return self.indicators.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self.indicators.restore(state)
