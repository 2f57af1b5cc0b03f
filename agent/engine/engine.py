"""The engine: `step(cause)` and `advance(t)` give effects. Pure and deterministic; it asks no clock and does no I/O.

What it was told, in the order it was told, decides everything: live, replay, rehearsal and simulation are this code.
`advance` fires every due deadline at its own time, in order (time, then point, then name), whenever it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from agent.alarms.life import Cause as Why
from agent.engine.calendar import WallTimes, next_hour
from agent.engine.deadlines import Deadlines
from agent.engine.instructions import Desk
from agent.engine.outputs import Outputs
from agent.engine.plan import Plan
from agent.engine.point import Point
from agent.engine.residents import Residents
from agent.engine.watches import Watch, Watches
from agent.model.effects import Alarm, Effect
from agent.model.events import Availability, Cause, Event, Feedback, Gap, Instruction, Offset, Presence, Reading, Reload

KPI: Final = ("", "kpi")
Plans = Callable[[str], Plan]
"""Gives the plan of a settings revision (DESIGN law 5: a reload is a cause like any other)."""


class Engine:
    """All points of a plan, their deadlines, the wall times, the indicators."""

    def __init__(self, plan: Plan, plans: Plans, now: int = 0) -> None:
        self.now = now
        self.wall = WallTimes()
        self.presence: dict[str, Presence] = {}
        self._plans = plans
        self.tickets = 0
        self._deadlines = Deadlines()
        self.desk = Desk()
        self.outputs = Outputs(plan, self._deadlines)
        self._build(plan)
        self.residents = Residents(plan)
        self.arm_all()

    def _build(self, plan: Plan) -> None:
        self.plan = plan
        self.points = {
            point.id: point
            for rule_id, (_, devices) in plan.rules.items()
            for device in devices
            for point in (Point(plan, rule_id, device, now=self.now, tickets=self._ticket),)
        }
        self.watches = Watches(self.points.values())

    def _ticket(self) -> int:
        self.tickets += 1
        return self.tickets

    def _arm(self, point: Point) -> None:
        for name, due in point.dues().items():
            self._deadlines.push(point.id, name, due)

    def arm_all(self) -> None:
        """Set every deadline anew, after something changed them all."""
        self._deadlines.clear()
        for point in self.points.values():
            self._arm(point)
        self.outputs.arm()
        self._arm_hour()

    def _arm_hour(self) -> None:
        """Set the end of the running hour, by the row that `_close_hour` will read: so it lies ahead once closed."""
        row = self.wall.row_for(self.now)
        if row is not None:
            start = self.residents.indicators.start or self.now + row.wall
            self._deadlines.push(*KPI, next_hour(start) - row.wall)

    def next_due(self) -> int | None:
        """Give the engine time of the next deadline, None if there is none."""
        return self._deadlines.next()

    def advance(self, t: int) -> list[Effect]:
        """Fire every deadline up to and including t, each at its own time; then it is t."""
        effects: list[Effect] = []
        while (found := self._deadlines.pop(t)) is not None:
            due, owner, name = found
            self.now = max(self.now, due)
            if (owner, name) == KPI:
                effects += self._close_hour()
            elif owner in self.points:
                effects += self._fire(self.points[owner], name, due)
            else:
                effects += self.outputs.fire(owner, name, due, self.now)
        self.now = max(self.now, t)
        return effects

    def _fire(self, point: Point, name: str, due: int) -> list[Effect]:
        if point.dues().get(name) != due:
            self._arm(point)
            return []
        told = point.fire(name, self.now, self.wall.current)
        self._arm(point)
        self.watches.refresh(point)
        return self._tell(told)

    def _close_hour(self) -> list[Effect]:
        wall, _ = self.wall.wall(self.now)
        closed = self.residents.indicators.close(self.now, wall)
        self._arm_hour()
        return list(closed)

    def step(self, cause: Cause) -> list[Effect]:
        """Take one cause (its `t` is not before `now`: the pump clamps) and give what follows from it."""
        if type(cause) is Reading:
            t = cause.t
            if type(cause.value) is bool and (cause.device, cause.quantity) in self.outputs.known:
                return self.advance(t) + self.outputs.read(cause) + self._reading(cause)
            due = self._deadlines.next()
            if due is not None and due <= t:
                return self.advance(t) + self._reading(cause)
            self.now = t
            watch = self.watches.find(cause)
            if watch is None or (not watch.alive and watch.holds(cause)):
                return []
            return self._look(watch, cause)
        if type(cause) is Gap:
            before = self.advance(cause.since)
            self._gap(cause)
            return before + self.advance(cause.t) + self.outputs.start(self.now, restarted=True)
        return self.advance(cause.t) + self._other(cause)

    def _reading(self, reading: Reading) -> list[Effect]:
        watch = self.watches.find(reading)
        return self._look(watch, reading) if watch is not None else []

    def _look(self, watch: Watch, reading: Reading) -> list[Effect]:
        if reading.historical or reading.quality in ("stale", "suspect"):
            return []
        effects: list[Effect] = []
        for point in watch.alive:
            if point.truth:
                effects += self._learn(point, point.step.reading(reading), _why(reading, point))
            else:
                point.step.last = reading.t  # type: ignore[attr-defined]  # only AbsentStep is in `alive`
        if watch.holds(reading):
            return effects
        for point in watch.points:
            effects += self._learn(point, point.step.reading(reading), _why(reading, point))
        watch.narrow()
        return effects

    def _learn(self, point: Point, truth: bool | None, why: Why) -> list[Effect]:
        told = point.learn(truth, self.now, why)
        self._arm(point)
        return self._tell(told) if told else []

    def _other(self, cause: Cause) -> list[Effect]:
        match cause:
            case Event():
                return self._event(cause)
            case Offset():
                return self._offset(cause)
            case Instruction():
                return self._tell(list(self.desk.answer(self, cause)))
            case Reload():
                return self._reload(cause)
            case Availability():
                self.presence[cause.device] = cause.value
        return []

    def _event(self, event: Event) -> list[Effect]:
        effects: list[Effect] = []
        if event.historical:
            return effects
        for point in self.watches.events.get(event.device, ()):
            effects += self._learn(point, point.step.event(event), Why(event.quantity, event.value, point.step.words()))
        feedback = self.residents.hear(event)
        if feedback is not None:
            effects.append(feedback)
            effects += self._feedback(feedback, event)
        return effects

    def _feedback(self, feedback: Feedback, event: Event) -> list[Effect]:
        told: list[Effect] = []
        matched: list[Point] = []
        for point in self.watches.feedback.get(feedback.device, ()):
            truth = point.step.feedback(feedback)
            if truth:
                matched.append(point)
            why = Why(event.quantity, event.value, point.step.words(), feedback=feedback.feedback)
            told += self._learn(point, truth, why)
        prompt = self.residents.answer(feedback, event, told, matched)
        return [*told, prompt] if prompt else told

    def _tell(self, told: list[Any]) -> list[Effect]:
        """Count acknowledgements, answer the resident whose matter was closed, switch what the rule says."""
        effects: list[Effect] = []
        for effect in told:
            effects.append(effect)
            point = self.points.get(effect.alarm) if isinstance(effect, Alarm) else None
            if point is not None and point.targets:
                effects += self.outputs.follow(point.targets, point.id, self.now, active=point.life.condition_on)
            if isinstance(effect, Alarm) and effect.feedback:
                effects += self.residents.follow(effect)
        return effects

    def _offset(self, row: Offset) -> list[Effect]:
        self.wall.add(row)
        effects: list[Effect] = []
        for point in self.points.values():
            effects += self._tell(point.look_at_hours(self.now, row))
            self._arm(point)
        indicators = self.residents.indicators
        if not indicators.start:
            indicators.start, _ = self.wall.wall(self.now)
        self._arm_hour()
        return effects + self.outputs.start(self.now)

    def _gap(self, gap: Gap) -> None:
        for point in self.points.values():
            watched = self.plan.devices.get(point.device)
            point.gap(gap.t - gap.since, watched.interval if watched else 60_000, gap.t)
        self.arm_all()

    def _reload(self, reload: Reload) -> list[Effect]:
        told: list[Effect] = []
        plan = self._plans(reload.revision)
        before = self.points
        self._build(plan)
        self.outputs = Outputs(plan, self._deadlines, self.outputs.known)
        for point_id, old in before.items():
            new = self.points.get(point_id)
            if new is not None:
                new.restore(old.state())
                self.watches.refresh(new)
            else:
                told += old.life.fire("remove", self.now, Why())
        self.residents.adopt(plan)
        for point in self.points.values():
            told += point.look_at_hours(self.now, self.wall.current)
        told += self.outputs.forget(self.points, self.now)
        self.arm_all()
        return self._tell(told) + self.outputs.start(self.now)


def _why(reading: Reading, point: Point) -> Why:
    return Why(reading.quantity, reading.value, point.step.words())
