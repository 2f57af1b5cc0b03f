"""What changes the engine itself, and comes rarely: another row of the clock, a time when it was not there, settings.

Readings, events and instructions are in engine.py. Each function takes the engine and gives what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from agent.alarms.life import Cause as Why
from agent.engine import flood, inhibition
from agent.engine.locks import Locks
from agent.engine.outputs import Outputs
from agent.model.effects import Alarm, Effect
from agent.model.events import Availability, Gap, Offset, Reload

if TYPE_CHECKING:
    from agent.engine.engine import Engine

OVERDUE: Final = ("escalated", "reminded", "reannunciated")
"""Transitions that a clock makes by running out: of those that did while we were away one is told."""


def presence(engine: Engine, cause: Availability) -> list[Effect]:
    """A device came or went: its rules have no data, or believe what it says next."""
    told: list[Effect] = []
    for point in engine.points.values():
        if point.device != cause.device or cause.device in engine.locks.devices:
            continue
        why = Why(condition=cause.reason or cause.value)
        gone = cause.value == "offline"
        told += inhibition.device(engine, point, gone=gone)
        told += engine.tell(point.lose(engine.now, "no_data", why) if gone else point.back(engine.now))
        told += engine.follow(point)
        engine.arm(point)
        engine.watches.refresh(point)
    return told


def offset(engine: Engine, row: Offset) -> list[Effect]:
    """The wall clock is known, or known better: daily hours and the running hour of indicators are set anew."""
    if row.trusted and engine.unmeasured >= 0:
        _rebase(engine, row)
    engine.wall.add(row)
    effects: list[Effect] = []
    for point in engine.points.values():
        effects += engine.tell(point.look_at_hours(engine.now, row))
        engine.arm(point)
    effects += _calendar(engine)
    indicators = engine.residents.indicators
    if not indicators.start:
        indicators.start, _ = engine.wall.wall(engine.now)
    engine.arm_hour()
    return effects + engine.outputs.start(engine.now)


def _calendar(engine: Engine) -> list[Effect]:
    """Rules that reckon by the calendar hear of it; rules that are made of others hear what those say now."""
    effects: list[Effect] = []
    row, now = engine.wall.current, engine.now
    for point in engine.points.values():
        if row is not None and point.step.reads_calendar:
            truth = point.ask(now, point.step.clock, now, row)
            effects += engine.hear(point, truth, Why(condition=point.step.words()))
        effects += engine.follow(point)
    return effects


def _rebase(engine: Engine, row: Offset) -> None:
    """The length of the last gap is known at last: who waited over it has waited so much longer (domain.md §1.5.6)."""
    since, engine.unmeasured = engine.unmeasured, -1
    before = [one for one in engine.wall.rows if one.trusted and one.boot != row.boot]
    away = row.wall - before[-1].wall if before else 0
    for life in engine.lives():
        life.waited(away, since, engine.now)
    engine.orphans.arm()


def gap(engine: Engine, cause: Gap) -> list[Effect]:
    """The agent was away: delays and windows obey `on_gap`, clocks ran on, outputs go to their stated state."""
    told = engine.advance(cause.since)
    length, measured = cause.t - cause.since, cause.measured
    engine.unmeasured = -1 if measured else cause.t
    for point in engine.points.values():
        watched = engine.plan.devices.get(point.device)
        interval = watched.interval if watched else 60_000
        told += engine.tell(point.gap(length, interval, cause.t, measured=measured, away=True))
    engine.arm_all()
    engine.watches.narrow()
    told += _once(engine.advance(cause.t))
    return told + engine.outputs.start(engine.now, restarted=True)


def _once(told: list[Effect]) -> list[Effect]:
    """Keep of what escalated in our absence only the highest level of each alarm, marked late (domain.md §1.5.6)."""
    highest = {one.alarm: one.rev for one in told if isinstance(one, Alarm) and one.transition in OVERDUE}
    kept: list[Effect] = []
    for one in told:
        if not isinstance(one, Alarm) or one.transition not in OVERDUE:
            kept.append(one)
        elif one.rev == highest[one.alarm]:
            kept.append(msgspec.structs.replace(one, late=True))
    return kept


def close_hour(engine: Engine) -> list[Effect]:
    """The hour of the indicators is over: tell them, and wait for the next."""
    wall, _ = engine.wall.wall(engine.now)
    closed = engine.residents.indicators.close(engine.now, wall)
    engine.arm_hour()
    return list(closed)


def unlock(engine: Engine, key: str, who: str) -> list[Effect]:
    """A maintenance lock ends: for the rules of its devices the time was a gap."""
    t = engine.now
    free, said = engine.locks.unlock(key, t, who)
    told: list[Effect] = [*said]
    for point in engine.points.values():
        if point.device in free:
            watched = engine.plan.devices[point.device]
            told += point.gap(t - free[point.device], watched.interval, t)
            engine.arm(point)
    return told


def reload(engine: Engine, cause: Reload) -> list[Effect]:
    """Other settings apply: points that stay keep their state, open alarms of those that went wait for a supervisor."""
    told: list[Alarm] = []
    plan = engine.plans(cause.revision)
    before, tree = engine.points, engine.inhibition.state()
    engine.build(plan)
    flood.revive(engine, before)
    engine.inhibition.restore(tree)
    engine.flood.restore(engine.flood.state(), engine.points)
    engine.outputs = Outputs(plan, engine.deadlines, engine.outputs.known)
    engine.locks = Locks(plan, engine.deadlines, engine.locks.held)
    for point_id, old in before.items():
        new = engine.points.get(point_id)
        if new is not None:
            new.restore(old.state(), engine.now)
            engine.watches.refresh(new)
        else:
            told += engine.orphans.leave(old.life, engine.now)
    for point in engine.points.values():
        orphan = engine.orphans.claim(point.id)
        if orphan is not None:
            point.life.restore(orphan.state(), engine.now)
    engine.residents.adopt(plan)
    for point in engine.points.values():
        told += point.look_at_hours(engine.now, engine.wall.current)
    freed = engine.outputs.forget(engine.points, engine.now)
    engine.arm_all()
    effects = engine.tell([*told, *freed]) + inhibition.sync(engine)
    return effects + _calendar(engine) + engine.outputs.start(engine.now)
