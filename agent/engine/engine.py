"""The engine: `step(cause)` and `advance(t)` give effects. Pure and deterministic; it asks no clock and does no I/O.

What it was told, in the order it was told, decides everything: live, replay, rehearsal and simulation are this code.
`advance` fires every due deadline at its own time, in order (time, then point, then name), whenever it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from agent.alarms.life import Cause as Why
from agent.alarms.life import Life
from agent.alarms.metrics import Metrics
from agent.engine import aftermath, changes, flood, hearing, inhibition
from agent.engine.calendar import WallTimes, next_hour
from agent.engine.deadlines import Deadlines
from agent.engine.gauge import Gauges
from agent.engine.inhibition import Inhibition
from agent.engine.instructions import Desk
from agent.engine.locks import OWNER as LOCK
from agent.engine.locks import Locks
from agent.engine.orphans import Orphans
from agent.engine.outputs import OWNER as OUTPUT
from agent.engine.outputs import Outputs
from agent.engine.plan import Plan
from agent.engine.point import Point
from agent.engine.residents import Residents
from agent.engine.watches import Watch, Watches
from agent.model.effects import Effect
from agent.model.events import Availability, Cause, Event, Gap, Instruction, Offset, Presence, Reading, Reload

KPI: Final = ("", "kpi")
Plans = Callable[[str], Plan]
"""Gives the plan of a settings revision (DESIGN law 5: a reload is a cause like any other)."""


class Engine:
    """All points of a plan, their deadlines, the wall times, the indicators."""

    def __init__(self, plan: Plan, plans: Plans, now: int = 0) -> None:
        self.now = now
        self.wall = WallTimes()
        self.presence: dict[str, Presence] = {}
        self.plans = plans
        self.tickets = 0
        self.deadlines = Deadlines()
        self.desk = Desk()
        self.outputs = Outputs(plan, self.deadlines)
        self.locks = Locks(plan, self.deadlines)
        self.numbering = self._ticket
        """One bound method for all: it gives the next ticket."""
        self.orphans = Orphans(self.deadlines, self.numbering)
        self.gauges = Gauges()
        self.flood = flood.Flood(self.deadlines)
        self.metrics = Metrics(now)
        self.unmeasured = -1
        """Engine time of a gap whose length is not known yet, -1: there is none."""
        self.build(plan)
        self.residents = Residents(plan)
        self.arm_all()

    def build(self, plan: Plan) -> None:
        """Make the points of a plan."""
        self.plan = plan
        self.gauges.failing.clear()
        self.points = {
            point.id: point
            for rule_id, (_, devices) in plan.rules.items()
            for device in devices
            for point in (self.seat(plan, rule_id, device),)
        }
        self.watches = Watches(self.points.values())
        self.inhibition = Inhibition(plan, self.points, self.deadlines)

    def seat(self, plan: Plan, rule_id: str, device: str) -> Point:
        """Make a point of a plan."""
        return Point(plan, rule_id, device, now=self.now, tickets=self.numbering, gauges=self.gauges)

    def _ticket(self) -> int:
        self.tickets += 1
        return self.tickets

    def life(self, alarm: str) -> Life | None:
        """Give an alarm by its id, also one whose rule left the settings."""
        point = self.points.get(alarm)
        return point.life if point is not None else self.orphans.lives.get(alarm)

    def lives(self) -> Iterator[Life]:
        """Give every alarm."""
        yield from (point.life for point in self.points.values())
        yield from self.orphans.lives.values()

    def rearm(self, alarm: str) -> None:
        """Set the deadlines of an alarm that an order has moved."""
        if alarm in self.points:
            self.arm(self.points[alarm])
        self.orphans.arm()

    def arm(self, point: Point) -> None:
        """Set the deadlines of a point, after something may have moved them."""
        for name, due in point.dues().items():
            self.deadlines.push(point.id, name, due)

    def arm_all(self) -> None:
        """Set every deadline anew, after something changed them all."""
        self.deadlines.clear()
        for point in self.points.values():
            self.arm(point)
        self.orphans.arm()
        self.outputs.arm()
        self.locks.arm()
        self.inhibition.arm()
        self.flood.arm()
        self.arm_hour()

    def arm_hour(self) -> None:
        """Set the end of the running hour, by the row that `_close_hour` will read: so it lies ahead once closed."""
        row = self.wall.row_for(self.now)
        if row is not None:
            start = self.residents.indicators.start or self.now + row.wall
            self.deadlines.push(*KPI, next_hour(start) - row.wall)

    def next_due(self) -> int | None:
        """Give the engine time of the next deadline, None if there is none."""
        return self.deadlines.next()

    def advance(self, t: int) -> list[Effect]:
        """Fire every deadline up to and including t, each at its own time; then it is t."""
        effects: list[Effect] = []
        while (found := self.deadlines.pop(t)) is not None:
            due, owner, name = found
            self.now = max(self.now, due)
            if (owner, name) == KPI:
                effects += changes.close_hour(self)
            elif owner in self.points:
                effects += self._fire(self.points[owner], name, due)
            elif owner in self.orphans.lives:
                effects += self.tell(self.orphans.fire(owner, name, due, self.now))
            elif owner == LOCK:
                effects += changes.unlock(self, name, "time") if self.locks.due(name, due) else []
            elif owner == inhibition.OWNER:
                effects += inhibition.fire(self, name, due)
            elif owner == flood.OWNER:
                effects += flood.fire(self, name, due)
            elif owner.startswith(OUTPUT):  # else: of an alarm that was closed after its rule had left
                effects += self.outputs.fire(owner, name, due, self.now)
        self.now = max(self.now, t)
        return effects

    def _fire(self, point: Point, name: str, due: int) -> list[Effect]:
        if point.device in self.locks.devices:
            return []
        if point.dues().get(name) != due:
            self.arm(point)
            return []
        told = point.fire(name, self.now, self.wall.current)
        self.arm(point)
        self.watches.refresh(point)
        return self.tell(told) + self.follow(point)

    def step(self, cause: Cause) -> list[Effect]:
        """Take one cause (its `t` is not before `now`: the pump clamps) and give what follows from it."""
        if type(cause) is Reading:
            t = cause.t
            if cause.device in self.outputs.devices or cause.device in self.locks.devices:
                return self.advance(t) + self.outputs.read(cause) + self._reading(cause)
            due = self.deadlines.next()
            if due is not None and due <= t:
                return self.advance(t) + self._reading(cause)
            self.now = t
            watch = self.watches.find(cause)
            if watch is None or watch.passes(cause):
                return []
            return self._look(watch, cause)
        if type(cause) is Gap:
            return changes.gap(self, cause)
        return self.advance(cause.t) + self._other(cause)

    def indifferent(self, reading: Reading) -> bool:
        """Tell whether no rule can change its mind on this value (it may still be a sign of life)."""
        watch = self.watches.find(reading)
        return watch is None or (not watch.every and (not watch.points or watch.holds(reading)))

    def _reading(self, reading: Reading) -> list[Effect]:
        if reading.device in self.locks.devices:
            return []
        watch = self.watches.find(reading)
        return self._look(watch, reading) if watch is not None else []

    def _look(self, watch: Watch, reading: Reading) -> list[Effect]:
        if reading.historical or reading.quality in ("stale", "suspect"):
            return []
        effects: list[Effect] = []
        for point in watch.alive:
            if point.truth or point.fresh:
                effects += self.hear(point, point.step.reading(reading), _why(reading, point))
            else:
                point.step.last = reading.t  # type: ignore[attr-defined]  # only AbsentStep is in `alive`
        for point in watch.every:
            effects += self.hear(point, point.reading(reading), _why(reading, point))
        if watch.holds(reading):
            return effects
        for point in watch.points:
            effects += self.hear(point, point.reading(reading), _why(reading, point))
        watch.narrow()
        return effects

    def hear(self, point: Point, truth: bool | None, why: Why) -> list[Effect]:
        """Let a point take its step's word, and tell what follows."""
        told = point.hear(truth, self.now, why)
        self.arm(point)
        effects = self.tell(told) if told else []
        return effects + self.follow(point) if self.watches.followers else effects

    def follow(self, point: Point) -> list[Effect]:
        """Let the rules that are made of this one hear its truth; a circle of them was refused at load."""
        effects: list[Effect] = []
        for other in self.watches.followers.get(point.id, ()):
            truth = other.ask(self.now, other.step.told, point.id, point.word)
            effects += self.hear(other, truth, Why(condition=other.step.words()))
        return effects

    def _other(self, cause: Cause) -> list[Effect]:
        match cause:
            case Event():
                return hearing.event(self, cause)
            case Offset():
                return changes.offset(self, cause)
            case Instruction():
                return self.tell(list(self.desk.answer(self, cause)))
            case Reload():
                return changes.reload(self, cause)
            case Availability():
                self.presence[cause.device] = cause.value
                come = changes.presence if cause.scope == "device" else inhibition.link
                return come(self, cause)
        return []

    def tell(self, told: Iterable[Any]) -> list[Effect]:
        """Give what alarms tell, with what follows from it."""
        return aftermath.tell(self, told)


def _why(reading: Reading, point: Point) -> Why:
    return Why(reading.quantity, reading.value, point.step.words())
