"""What changes the engine itself, and comes rarely: another row of the clock, a time when it was not there, settings.

Readings, events and instructions are in engine.py. Each function takes the engine and gives what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.alarms.life import Cause as Why
from agent.engine.locks import Locks
from agent.engine.outputs import Outputs
from agent.model.effects import Alarm, Effect
from agent.model.events import Gap, Offset, Reload

if TYPE_CHECKING:
    from agent.engine.engine import Engine


def offset(engine: Engine, row: Offset) -> list[Effect]:
    """The wall clock is known, or known better: daily hours and the running hour of indicators are set anew."""
    engine.wall.add(row)
    effects: list[Effect] = []
    for point in engine.points.values():
        effects += engine.tell(point.look_at_hours(engine.now, row))
        engine.arm(point)
    indicators = engine.residents.indicators
    if not indicators.start:
        indicators.start, _ = engine.wall.wall(engine.now)
    engine.arm_hour()
    return effects + engine.outputs.start(engine.now)


def gap(engine: Engine, cause: Gap) -> list[Effect]:
    """The agent was away: delays and windows obey `on_gap`, outputs go to their stated state."""
    before = engine.advance(cause.since)
    for point in engine.points.values():
        watched = engine.plan.devices.get(point.device)
        point.gap(cause.t - cause.since, watched.interval if watched else 60_000, cause.t)
    engine.arm_all()
    return before + engine.advance(cause.t) + engine.outputs.start(engine.now, restarted=True)


def unlock(engine: Engine, key: str, who: str) -> list[Effect]:
    """A maintenance lock ends: for the rules of its devices the time was a gap."""
    t = engine.now
    free, told = engine.locks.unlock(key, t, who)
    for point in engine.points.values():
        if point.device in free:
            watched = engine.plan.devices[point.device]
            point.gap(t - free[point.device], watched.interval, t)
            engine.arm(point)
    return list(told)


def reload(engine: Engine, cause: Reload) -> list[Effect]:
    """Other settings apply: points that stay keep their state, those that went close their alarms."""
    told: list[Alarm] = []
    plan = engine.plans(cause.revision)
    before = engine.points
    engine.build(plan)
    engine.outputs = Outputs(plan, engine.deadlines, engine.outputs.known)
    engine.locks = Locks(plan, engine.deadlines, engine.locks.held)
    for point_id, old in before.items():
        new = engine.points.get(point_id)
        if new is not None:
            new.restore(old.state())
            engine.watches.refresh(new)
        else:
            told += old.life.fire("remove", engine.now, Why())
    engine.residents.adopt(plan)
    for point in engine.points.values():
        told += point.look_at_hours(engine.now, engine.wall.current)
    freed = engine.outputs.forget(engine.points, engine.now)
    engine.arm_all()
    return engine.tell([*told, *freed]) + engine.outputs.start(engine.now)
