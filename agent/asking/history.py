"""The engine as it was at any time, and the life of an alarm occurrence with what raised it: read from the journal.

Nothing is written; the service may run meanwhile. Answers are plain objects: times ISO 8601 in UTC, lengths in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from agent.engine.calendar import WallTimes
from agent.engine.engine import Engine
from agent.engine.explain import explain, said
from agent.engine.plan import Plan
from agent.engine.snapshot import restore
from agent.io.journal_past import PastReader
from agent.model.effects import Alarm
from agent.model.events import Event, Instruction, Reading
from agent.model.outside import iso_ms, plain
from agent.settings.complaints import SettingsError
from agent.settings.load import load_texts
from agent.settings.plan import plan_of

PIECE: Final = 20_000
SHOWN: Final = 20
"""Readings and events that are shown of what came before an alarm."""
LENGTHS: Final = (
    "on_delay", "window", "after", "hold", "within", "late", "longer_than", "every", "max_age",
)  # fmt: skip
LONGEST: Final = 14 * 86_400_000
BEFORE: Final = 3_600_000
"""How far before its delays and windows one looks for what raised an alarm, in ms."""


class Plans:
    """The plans of settings revisions as the journal kept them; relative paths in them start at `folder`."""

    def __init__(self, reader: PastReader, folder: Path) -> None:
        self._reader, self._folder = reader, folder
        self._known: dict[str, Plan] = {}

    def __call__(self, revision: str) -> Plan:
        """Give the plan of a revision; raise ValueError if it was not kept, `SettingsError` if it is of another age."""
        if revision not in self._known:
            kept = self._reader.settings(revision)
            if kept is None:
                raise ValueError(f"the journal has not kept the settings {revision[:12]}")
            self._known[revision] = plan_of(load_texts(kept, self._folder, kept=True))
        return self._known[revision]


def engine_at(reader: PastReader, plans: Plans, t: int, told: Callable[[int], None]) -> Engine:
    """Give the engine as it was at engine time t: the newest snapshot before, then every cause up to t.

    With no snapshot before t it is told everything that the journal still has. `told` hears how many causes are done.
    """
    kept = reader.snapshot_before(t)
    engine = Engine(plans(kept.revision if kept else reader.revision_at(0)), plans)
    if kept:
        restore(engine, kept.state)
    causes, count = reader.causes(kept.position if kept else 0), 0
    while piece := list(islice(causes, PIECE)):
        for _, cause in piece:
            if cause.t > t:
                break
            engine.step(cause)
        count += len(piece)
        told(count)
        if piece[-1][1].t > t:
            break
    engine.advance(t)
    return engine


def remember(answer: dict[str, Any], reader: PastReader) -> None:
    """Add to an explanation what the journal knows and the engine does not: what was said before it was started."""
    for point in answer.get("points", ()):
        known = {(one["device"], one["quantity"], one["part"]) for one in point["readings"]}
        wanted = {(device, quantity, part) for device, quantity, part in point["watches"]} - known
        if wanted and not (point["readings"] and all(not key[1] for key in wanted)):
            found = [said(one, answer["t"]) for one in reader.newest(wanted, answer["t"])]
            point["readings"] += found
            first = point["clauses"][0] if point["clauses"] else {"value": 0}
            if len(found) == len(point["watches"]) == 1 and first["value"] is None and first["limit"] is not None:
                first["value"] = found[0]["value"]


def t_of(wall: int, rows: WallTimes) -> int:
    """Give the engine time of a wall time (Unix ms); of one that never was, the end before it.

    None was while the agent was away or the clock was set forward; where it was set back a time was there twice, and
    it is the later one. Raise ValueError before the beginning.
    """
    starts: dict[int, int] = {}
    for row in rows.rows:
        starts.setdefault(row.boot, row.since)
    ends = dict(zip(starts, [*list(starts.values())[1:], 1 << 62], strict=True))
    for row in reversed(rows.rows):
        t = wall - row.wall
        if starts[row.boot] <= t < ends[row.boot] and rows.wall(t, row.boot)[0] == wall:
            return t
    edges = sorted({*(row.since for row in rows.rows), *ends.values()})
    before = [edge - 1 for edge in edges if rows.wall(edge - 1)[0] <= wall and edge > edges[0]]
    if before:
        return before[-1]
    begin = iso_ms(rows.wall(min(starts.values(), default=0))[0])
    raise ValueError(f"the journal begins at {begin}; nothing is known of before")


def life_of(reader: PastReader, plans: Plans, name: str, until: int) -> dict[str, Any] | None:
    """Give what is stored of an occurrence (of an alarm: its newest) up to engine time `until`.

    That is: its transitions with their causes, and what raised it the first time and lately. None: it never was.
    """
    stored = reader.transitions(name, until)
    if not stored:
        return None
    own = [one for one in stored if one.occurrence == stored[-1].occurrence]
    walls = WallTimes(reader.offsets())
    orders = _orders(reader, {one.causation for one in own if one.causation})
    raised = [one for one in own if _turned_true(one, own)]
    return {
        "alarm": own[-1].alarm, "occurrence": own[-1].occurrence,
        "raised_by": [_evidence(reader, plans, one, walls) for one in (*raised[:1], *raised[1:][-2:])],
        "activations": max(one.activations for one in own),
        "transitions": [_transition(one, walls, orders) for one in own],
    }  # fmt: skip


def _turned_true(alarm: Alarm, own: list[Alarm]) -> bool:
    """Tell whether the condition came true with this transition: it is the first one with its count."""
    return alarm is next(one for one in own if one.activations == alarm.activations)


def _transition(alarm: Alarm, walls: WallTimes, orders: dict[str, Instruction]) -> dict[str, Any]:
    order = orders.get(alarm.causation)
    return {
        "at": iso_ms(walls.wall(alarm.t)[0]), "rev": alarm.rev, "transition": alarm.transition, "state": alarm.state,
        "work": alarm.work, "isa": alarm.isa, "priority": alarm.priority, "reason": alarm.reason,
        "by": alarm.by or (order.user if order else ""), "cmd_id": alarm.causation,
        "cmd": order.cmd if order else "", "via": order.via if order else "", "role": order.role if order else "",
        "args": msgspec.json.decode(order.args) if order else {}, "comment": alarm.comment, "level": alarm.level,
        "notified_level": alarm.notify if alarm.notify >= 0 else None,
    }  # fmt: skip


def _orders(reader: PastReader, ids: set[str]) -> dict[str, Instruction]:
    """Give the instructions with these ids."""
    return {one.cmd_id: one for one in reader.instructions() if one.cmd_id in ids} if ids else {}


# --- what raised it


def _evidence(reader: PastReader, plans: Plans, alarm: Alarm, walls: WallTimes) -> dict[str, Any]:
    """Give what was said before an alarm, and the clauses of its rule when it was told just that."""
    revision = reader.revision_at(alarm.t)
    found: dict[str, Any] = {
        "at": iso_ms(walls.wall(alarm.t)[0]), "revision": revision[:12], "rule": alarm.rule,
        "condition": alarm.condition, "quantity": alarm.quantity, "value": plain(alarm.value),
        "feedback": alarm.feedback,
    }  # fmt: skip
    try:
        plan = plans(revision)
    except (SettingsError, ValueError) as error:
        return found | {"note": f"the settings of then cannot be read any more: {error}"}
    if alarm.rule not in plan.rules:
        return found
    rule, _ = plan.rules[alarm.rule]
    members = {name: plan.rules[name] for name in _members(plan, alarm.rule)}
    # This rule and what it is made of, with nobody to inhibit it.
    one = Plan(
        plan.site, plan.node, plan.devices, members | {alarm.rule: (rule, (alarm.device,))}, plan.standard,
        revision=plan.revision, others=plan.others,
    )  # fmt: skip
    reach = max(_reach(member.model_dump()) for member, _ in one.rules.values())
    since = max(0, alarm.t - BEFORE - min(reach, LONGEST))
    engine = Engine(one, lambda _revision: one, since)
    heard = _tell(engine, reader, alarm, since)
    answer = explain(engine, alarm.alarm, alarm.t)
    found["clauses"] = answer["points"][0]["clauses"] if "points" in answer else []
    found["delays_s"] = {"on": rule.on_delay / 1000, "off": rule.off_delay / 1000}
    found["said"] = [_said(one, walls) for one in heard[-SHOWN:]]
    return found


def _members(plan: Plan, rule: str) -> set[str]:
    """Give the rules whose truth a rule is made of, and theirs."""
    found: set[str] = set()
    waiting = [rule]
    while waiting:
        needs = plan.rules[waiting.pop()][0].needs()
        fresh = {need.name for need in needs if need.what == "point"} & plan.rules.keys() - found
        found |= fresh
        waiting += fresh
    return found


def _reach(fields: dict[str, Any]) -> int:
    """Give how far back a rule looks at most, in ms: all its lengths of time, wherever they stand."""
    total = 0
    for name, value in fields.items():
        if name in LENGTHS and isinstance(value, int):
            total += value
        elif isinstance(value, dict) and name != "sla":
            total += _reach(value)
    return total


def _tell(engine: Engine, reader: PastReader, alarm: Alarm, since: int) -> list[Reading | Event]:
    """Tell the engine what came from the rule's devices up to the alarm; give what its rule looks at."""
    for row in reader.offsets_until(alarm.t):
        engine.step(msgspec.structs.replace(row, t=since))
    steps = [point.step for point in engine.points.values()]
    series = frozenset((device, quantity) for step in steps for device, quantity, _ in step.series)
    devices = {alarm.device, *(device for step in steps for device in step.hears)}
    events = list(reader.events(devices, since, alarm.t))
    readings = list(reader.said(series, since, alarm.t))
    both: list[Reading | Event] = [*readings, *events]
    both.sort(key=lambda one: one.t)
    for cause in both:
        engine.step(cause)
    engine.advance(alarm.t)
    wanted = any(step.hears or step.wants_feedback for step in steps)
    return [one for one in both if wanted or isinstance(one, Reading)]


def _said(one: Reading | Event, walls: WallTimes) -> dict[str, Any]:
    kind = "reading" if isinstance(one, Reading) else "event"
    fields = {
        "at": iso_ms(walls.wall(one.t)[0]), "kind": kind, "device": one.device, "quantity": one.quantity,
        "part": one.part, "value": plain(one.value),
    }  # fmt: skip
    return fields | ({"quality": one.quality} if isinstance(one, Reading) and one.quality != "good" else {})
