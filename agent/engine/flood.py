"""Chatter: an alarm that is raised three times within a minute is suppressed by design, and its instrument is at fault.

It stays so for ten minutes after it was raised so often for the last time. Never silently: `instrument-fault` (P3) of
its device is raised instead, and a P1 that chatters is told each time (domain.md §1.2). Floods are counted in
agent/alarms/metrics.py; nobody is kept from hearing of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from agent.alarms.life import Cause as Why
from agent.engine import inhibition
from agent.engine.builtin import INSTRUMENT, BuiltIn, built_in
from agent.engine.deadlines import Deadlines
from agent.engine.plan import alarm_id
from agent.engine.point import Point
from agent.model.effects import Alarm, Effect

if TYPE_CHECKING:
    from agent.engine.engine import Engine

OWNER: Final = "chatter"
RAISED: Final = ("raised", "reopened", "reactivated")
TIMES: Final = 3
WITHIN: Final = 60_000
FOR: Final = 600_000


class Flood:
    """When each alarm was raised last (up to three times), and until when those that chatter are suppressed."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self.raised: dict[str, list[int]] = {}
        self.until: dict[str, int] = {}

    def often(self, alarm: str, t: int) -> bool:
        """Note that it was raised; tell whether that was too often."""
        times = self.raised.setdefault(alarm, [])
        times.append(t)
        del times[:-TIMES]
        return len(times) == TIMES and t - times[0] <= WITHIN

    def extend(self, alarm: str, t: int) -> None:
        """It chatters: the ten minutes begin anew."""
        self.until[alarm] = t + FOR
        self.arm()

    def arm(self) -> None:
        """Set all deadlines."""
        for alarm, due in self.until.items():
            self._deadlines.push(OWNER, alarm, due)

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {"raised": {alarm: list(times) for alarm, times in self.raised.items()}, "until": dict(self.until)}

    def restore(self, state: Mapping[str, Any], points: Iterable[str]) -> None:
        """Take it back, as far as there are still such points."""
        known = set(points)
        self.raised = {alarm: list(times) for alarm, times in state.get("raised", {}).items() if alarm in known}
        self.until = {alarm: due for alarm, due in state.get("until", {}).items() if alarm in known}


def look(engine: Engine, told: Alarm, point: Point) -> list[Effect]:
    """An alarm told something: if it was raised once more, that may have been once too often."""
    if told.transition not in RAISED or isinstance(point.rule, BuiltIn) or not engine.flood.often(point.id, engine.now):
        return []
    known = point.id in engine.flood.until
    engine.flood.extend(point.id, engine.now)
    if known:
        return []
    engine.metrics.chatters(point.id, engine.now)
    effects = inhibition.move(engine, point.id, OWNER, "parent_on")
    instrument = meet(engine, point.device)
    if instrument is not None:
        why = Why(told.quantity, told.value, f"{point.id} raised {TIMES} times within {WITHIN // 1000} s")
        effects += engine.hear(instrument, True, why)
    return effects


def fire(engine: Engine, alarm: str, due: int) -> list[Effect]:
    """Ten minutes without chatter are over."""
    if engine.flood.until.get(alarm) != due:
        return []
    del engine.flood.until[alarm]
    effects = inhibition.move(engine, alarm, OWNER, "parent_off")
    device = engine.points[alarm].device
    instrument = engine.points.get(alarm_id(INSTRUMENT, device))
    still = any(engine.points[other].device == device for other in engine.flood.until)
    if instrument is not None and isinstance(instrument.rule, BuiltIn) and not still:
        effects += engine.hear(instrument, False, Why(condition=f"{alarm} is calm"))
    return effects


def meet(engine: Engine, device: str) -> Point | None:
    """Give the instrument's alarm of a device, made when it is first wanted; None: the rule is the site's own."""
    if INSTRUMENT in engine.plan.rules or device not in engine.plan.devices:
        return None
    name = alarm_id(INSTRUMENT, device)
    if name not in engine.points:
        plan = msgspec.structs.replace(engine.plan, rules={INSTRUMENT: (built_in(INSTRUMENT), ())})
        point = engine.seat(plan, INSTRUMENT, device)
        # A copy: whoever goes through all points just now, and makes one chatter, goes on undisturbed.
        engine.points = {**engine.points, name: point}
        orphan = engine.orphans.claim(name)
        if orphan is not None:
            point.life.restore(orphan.state(), engine.now)
    return engine.points[name]


def revive(engine: Engine, names: Iterable[str]) -> None:
    """Make the instruments' alarms that there were before a restart or a reload."""
    prefix = alarm_id(INSTRUMENT, "")
    for name in names:
        if name.startswith(prefix):
            meet(engine, name.removeprefix(prefix))
