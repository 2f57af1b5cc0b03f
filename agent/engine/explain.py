"""Why a rule fires or not: every clause of it, what its device said last, what keeps it quiet. Changes nothing.

The answer is a plain object of JSON values: times are ISO 8601 in UTC, lengths are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from agent.alarms.life import Life
from agent.engine.engine import Engine
from agent.engine.point import Point
from agent.engine.verdict import verdict
from agent.model.events import Reading
from agent.model.outside import iso_ms, plain
from agent.model.quantities import unit_of
from agent.model.units import duration_text
from agent.rules.clause import Clause

Answer = dict[str, Any]


def explain(engine: Engine, name: str, now: int) -> Answer:
    """Explain a rule (each of its points), an alarm or an occurrence at `now` (engine ms); an unknown name: `error`."""
    points = [one for one in engine.points.values() if name in (one.life.spec.rule, one.id, one.life.id())]
    gone = [life for life in engine.orphans.lives.values() if name in (life.spec.rule, life.spec.alarm, life.id())]
    if not points and not gone:
        known = {*engine.plan.rules, *engine.points, *engine.orphans.lives}
        near = get_close_matches(name, known, 1)
        return {"error": f"no rule or alarm '{name}'" + (f"; did you mean '{near[0]}'?" if near else "")}
    return {
        "at": iso_ms(engine.wall.wall(now)[0]),
        "t": now,
        "revision": engine.plan.revision[:12],
        "points": [*(_point(engine, one, now) for one in points), *(_orphan(engine, one, now) for one in gone)],
    }


def _point(engine: Engine, point: Point, now: int) -> Answer:
    clauses = list(_clauses(engine, point, now))
    locked = point.device in engine.locks.devices
    watched = engine.plan.devices.get(point.device)
    return {
        "alarm": point.id, "rule": point.life.spec.rule, "kind": point.rule.kind, "device": point.device,
        "priority": point.life.priority,
        "fires": point.life.condition_on, "verdict": verdict(point, clauses, now, locked=locked),
        "clauses": [_shown(engine, clause, now) for clause in (*clauses, *_stages(point, now))],
        "readings": [said(reading, now) for reading in _last(engine, point)],
        "watches": [list(key) for key in point.step.series],
        "presence": engine.presence.get(point.device, "unknown"),
        "expected_every_s": watched.interval / 1000 if watched else None,
        "quiet": list(_quiet(engine, point.life, now)), "inhibited_by": list(point.rule.inhibit_by),
        "life": _life(engine, point.life, now),
    }  # fmt: skip


def _orphan(engine: Engine, life: Life, now: int) -> Answer:
    return {
        "alarm": life.spec.alarm, "rule": life.spec.rule, "kind": "", "device": life.spec.device,
        "priority": life.priority, "fires": life.condition_on,
        "verdict": "its rule or device left the settings; a supervisor must cancel it", "clauses": [], "readings": [],
        "watches": [],
        "presence": engine.presence.get(life.spec.device, "unknown"), "expected_every_s": None,
        "quiet": list(_quiet(engine, life, now)), "inhibited_by": [], "life": _life(engine, life, now),
    }  # fmt: skip


# --- the clauses


def _clauses(engine: Engine, point: Point, now: int) -> Iterator[Clause]:
    """Give the clauses of the kind, then those that all kinds have: data, hours, delays."""
    own = point.step.explain(now)
    last = _last(engine, point)
    for clause in own:
        holds = point.truth if clause.holds is None and len(own) == 1 else clause.holds
        value = clause.value
        if value is None and clause.limit is not None and len(last) == 1:
            value = last[0].value
        yield Clause(clause.words, holds, value, clause.limit, clause.since, clause.left)
    good = point.life.quality == "GOOD"
    yield Clause("its data are good", good, None if good else point.life.quality)
    if point.fresh:
        yield Clause("heard since the agent was away", holds=False)
    if point.gauge.failed:
        retry = max(0, point.gauge.retry - now)
        yield Clause(f"can be computed ({point.gauge.failed})", holds=False, left=retry)
    yield from _hours(point, now)
    yield from _delays(point, now)


def _hours(point: Point, now: int) -> Iterator[Clause]:
    hours, due = point.rule.hours, point.hours_due
    if hours is not None:
        words = f"within {hours.from_} to {hours.to}"
        if due is None:
            words += f" (the clock is not trusted: {hours.clock_untrusted})"
        yield Clause(words, point.inside, left=due - now if due is not None else -1)


def _delays(point: Point, now: int) -> Iterator[Clause]:
    """Give the delays that the rule has: what has passed of a running one, and what is left."""
    life = point.life
    for name, length, words in (
        ("t_on", life.spec.on_delay, "true for (on_delay)"),
        ("t_off", life.spec.off_delay, "false for (off_delay)"),
    ):
        due = life.due.get(name, now + life.frozen[name] if name in life.frozen else None)
        whole = f"{words} {duration_text(length)}"
        if due is not None:
            left = max(0, due - now)
            frozen = ", stands still without data" if name in life.frozen else ""
            passed = (length - left) / 1000
            yield Clause(whole + frozen, name == "t_off" or None, passed, length / 1000, due - length, left)
        elif length and name == "t_on":
            yield Clause(whole, life.condition_on or None, limit=length / 1000)


def _stages(point: Point, now: int) -> Iterator[Clause]:
    """Give what would make it graver."""
    state = point.stages.state()
    for number, stage in enumerate(point.rule.stages):
        begun, reached = state["begun"][number], state["reached"][number]
        when = f"{stage.when.op} {plain(stage.when.value)} {stage.when.unit}".rstrip() if stage.when else "it holds"
        left = max(0, begun + stage.on_delay - now) if begun >= 0 and not reached else -1
        yield Clause(
            f"P{stage.priority} once {when} for {duration_text(stage.on_delay)}", reached, since=begun, left=left
        )


# --- what is around it


def _last(engine: Engine, point: Point) -> list[Reading]:
    """Give what each series that the rule watches said last; of a device that is watched as a whole the newest."""
    found = []
    for device, quantity, part in point.step.series:
        watches = [
            watch
            for key, watch in engine.watches.series.items()
            if key == (device, quantity, part) or (not quantity and key[0] == device)
        ]
        said = [watch.last for watch in watches if watch.last is not None]
        found += [max(said, key=lambda reading: reading.t)] if said else []
    return found


def _quiet(engine: Engine, life: Life, now: int) -> Iterator[str]:
    """Give everything that keeps people from being told, or the rule from looking, in words."""
    wall = engine.wall.wall
    lock = engine.locks.devices.get(life.spec.device)
    if lock is not None:
        yield f"under maintenance until {iso_ms(wall(lock.until)[0])} by {lock.who}: nothing of the device counts"
    if engine.presence.get(life.spec.device) == "offline":
        yield f"{life.spec.device} is offline"
    if life.states["shelf"] != "-":
        yield "shelved" + _until(engine, life.due.get("t_shelve"), now)
    if life.states["design"] != "-":
        yield f"suppressed by {', '.join(life.inhibitors) or 'what is over'}" + _until(
            engine, life.due.get("t_settle"), now
        )
    if life.states["service"] != "-":
        yield "out of service" + _until(engine, life.due.get("t_oos"), now)


def _until(engine: Engine, due: int | None, now: int) -> str:
    return f" until {iso_ms(engine.wall.wall(due)[0])} ({(due - now) / 1000:g} s left)" if due is not None else ""


def _shown(engine: Engine, clause: Clause, now: int) -> Answer:
    return {
        "words": clause.words, "holds": clause.holds,
        "value": plain(clause.value) if clause.value is not None else None,
        "limit": plain(clause.limit) if clause.limit is not None else None,
        "since": iso_ms(engine.wall.wall(clause.since)[0]) if clause.since >= 0 else None,
        "for_s": (now - clause.since) / 1000 if clause.since >= 0 else None,
        "left_s": clause.left / 1000 if clause.left >= 0 else None,
    }  # fmt: skip


def said(reading: Reading, now: int) -> Answer:
    """Give a reading with its age at `now`."""
    return {
        "device": reading.device, "quantity": reading.quantity, "part": reading.part, "value": plain(reading.value),
        "unit": unit_of(reading.quantity), "age_s": max(0, now - reading.t) / 1000, "quality": reading.quality,
        "historical": reading.historical,
    }  # fmt: skip


def _life(engine: Engine, life: Life, now: int) -> Answer:
    """Give where the alarm is in its life, and what is left of its timers."""
    open_, one = life.work != "IDLE", life.occurrence
    return {
        "condition": life.condition, "quality": life.quality, "work": life.work, "isa": life.isa(),
        "latched": life.latched, "suppressed": life.silent, "level": one.level,
        "occurrence": life.id() if open_ else None, "rev": one.rev,
        "raised_at": iso_ms(engine.wall.wall(one.raised_at)[0]) if open_ and one.raised_at >= 0 else None,
        "acked_by": one.acked_by if open_ else "", "assignee": one.assignee if open_ else "",
        "timers_s": {name: (due - now) / 1000 for name, due in sorted(life.due.items())},
    }  # fmt: skip
