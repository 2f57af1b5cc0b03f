"""Who suppresses whom by design: a line, broker or gateway what is behind it, a rule those that name it.

    broker --> gateway --> device --> `absent` rules          rule A --> rules with `inhibit_by: [A]`
    line   --------------> device --> `absent` rules

30 silent meters on a dead bus are one alarm: that of the bus. It decides no priority, and moves alarms by the events
parent_on and parent_off alone (agent/alarms/suppression.py); a P1 is never suppressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from agent.alarms.life import Cause as Why
from agent.alarms.suppression import SETTLE
from agent.engine.deadlines import Deadlines
from agent.engine.plan import Plan
from agent.engine.point import Point
from agent.model.effects import Effect
from agent.model.events import Availability
from agent.rules.absent import Absent, AbsentStep

if TYPE_CHECKING:
    from agent.engine.engine import Engine

OWNER: Final = "inhibition"


class Inhibition:
    """The tree of one plan. `down` are links (alarm ids) that carry nothing now.

    `waiting` has, by the alarm of an absence whose link is there again, the time from which its silence counts anew:
    a sensor that reports hourly needs an hour to show that it is alive.
    """

    def __init__(self, plan: Plan, points: Mapping[str, Point], deadlines: Deadlines) -> None:
        self._deadlines, self._points = deadlines, points
        self.links = {(link.scope, link.says): alarm for alarm, link in plan.links.items()}
        self.above: dict[str, list[str]] = {}
        """By device: the links that it is behind."""
        self.behind: dict[str, list[str]] = {alarm: list(link.behind) for alarm, link in plan.links.items()}
        """By link: the points that are needless while it is down."""
        self.followers: dict[str, list[str]] = {}
        """By point: those whose rule says `inhibit_by`."""
        self.sources = plan.inhibitors
        for alarm, link in plan.links.items():
            for device in link.devices:
                self.above.setdefault(device, []).append(alarm)
        for point in points.values():
            if isinstance(point.rule, Absent):
                for alarm in self.above.get(point.device, ()):
                    self.behind[alarm].append(point.id)
        for alarm, sources in plan.inhibitors.items():
            for source in sources:
                self.followers.setdefault(source, []).append(alarm)
        self.down: set[str] = set()
        self.waiting: dict[str, int] = {}

    def arm(self) -> None:
        """Set all deadlines."""
        for alarm, due in self.waiting.items():
            self._deadlines.push(OWNER, alarm, due)

    def wait(self, alarm: str, due: int) -> None:
        """Let an absence count from here on."""
        self.waiting[alarm] = due
        self._deadlines.push(OWNER, alarm, due)

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {"down": sorted(self.down), "waiting": dict(self.waiting)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back, as far as the plan still has it."""
        self.down = set(state.get("down", ())) & self.behind.keys()
        self.waiting = {alarm: due for alarm, due in state.get("waiting", {}).items() if alarm in self._points}


def link(engine: Engine, said: Availability) -> list[Effect]:
    """A line, broker or gateway came or went; one that is lent (unknown) raises nothing and hides what it silences."""
    tree = engine.inhibition
    alarm = tree.links.get((said.scope, said.device))
    if alarm is None:
        return []
    effects: list[Effect] = []
    if said.value != "online" and alarm not in tree.down:
        tree.down.add(alarm)
        effects += _hide(engine, alarm)
    elif said.value == "online" and alarm in tree.down:
        tree.down.discard(alarm)
        effects += _show(engine, alarm)
    point = engine.points.get(alarm)
    if point is not None and said.value != "unknown":
        effects += engine.hear(point, said.value == "offline", Why(condition=said.reason or said.value))
    return effects


def _hide(engine: Engine, link_alarm: str) -> list[Effect]:
    effects: list[Effect] = []
    for alarm in engine.inhibition.behind[link_alarm]:
        engine.inhibition.waiting.pop(alarm, None)
        effects += move(engine, alarm, link_alarm, "parent_on")
    return effects


def _show(engine: Engine, link_alarm: str) -> list[Effect]:
    """The link is there again: an absence has the time of its own silence to end by itself."""
    effects: list[Effect] = []
    for point in engine.points.values():
        if link_alarm in point.life.inhibitors:
            after = _silence(engine, point) - SETTLE
            if after > 0:
                engine.inhibition.wait(point.id, engine.now + after)
            else:
                effects += move(engine, point.id, link_alarm, "parent_off")
    return effects


def _silence(engine: Engine, point: Point) -> int:
    """Give what its device may be silent for; a link behind a link has no such time."""
    if isinstance(point.step, AbsentStep):
        return point.step.after
    watched = engine.plan.devices.get(point.device)
    return (watched.silence or 3 * watched.interval) if watched is not None else 0


def fire(engine: Engine, alarm: str, due: int) -> list[Effect]:
    """An absence had its time: what of its links is there again suppresses it no longer."""
    tree = engine.inhibition
    if tree.waiting.get(alarm) != due:
        return []
    del tree.waiting[alarm]
    point = engine.points[alarm]
    gone = [word for word in point.life.inhibitors if word in tree.behind and word not in tree.down]
    return [one for word in gone for one in move(engine, alarm, word, "parent_off")]


def device(engine: Engine, point: Point, *, gone: bool) -> list[Effect]:
    """A device went or came: that it has no data says nothing more if its link is down (`no_data: alarm`)."""
    tree, effects = engine.inhibition, list[Effect]()
    if point.rule.no_data != "alarm" or isinstance(point.rule, Absent):
        return effects
    for alarm in tree.above.get(point.device, ()):
        if gone and alarm in tree.down and point.life.work == "IDLE":
            effects += move(engine, point.id, alarm, "parent_on")
        elif not gone:
            effects += move(engine, point.id, alarm, "parent_off")
    return effects


def follow(engine: Engine, source: Point) -> list[Effect]:
    """An alarm was raised or ended: so is the suppression of those whose rule names it."""
    event: Literal["parent_on", "parent_off"] = "parent_on" if _holds(source) else "parent_off"
    followers = engine.inhibition.followers.get(source.id, ())
    return [one for alarm in followers for one in move(engine, alarm, source.id, event)]


def _holds(point: Point) -> bool:
    return point.life.condition_on or point.life.latched


def sync(engine: Engine) -> list[Effect]:
    """Other settings apply: what suppresses an alarm by them does so now, what does no longer is gone."""
    effects: list[Effect] = []
    for point in list(engine.points.values()):
        wanted = set(_wanted(engine, point))
        for word in [one for one in point.life.inhibitors if one not in wanted]:
            effects += move(engine, point.id, word, "parent_off")
        for word in sorted(wanted):
            effects += move(engine, point.id, word, "parent_on")
    return effects


def _wanted(engine: Engine, point: Point) -> Iterator[str]:
    tree = engine.inhibition
    if point.id in engine.flood.until:
        yield "chatter"
    for source in tree.sources.get(point.id, ()):
        if source in engine.points and _holds(engine.points[source]):
            yield source
    for alarm, behind in tree.behind.items():
        known = alarm in point.life.inhibitors
        if (alarm in tree.down and (point.id in behind or known)) or (known and point.id in tree.waiting):
            yield alarm


def move(engine: Engine, alarm: str, word: str, event: Literal["parent_on", "parent_off"]) -> list[Effect]:
    """Suppress an alarm by `word`, or no longer, unless that is so already."""
    point = engine.points.get(alarm)
    if point is None or (event == "parent_on") == (word in point.life.inhibitors):
        return []
    told = point.life.fire(event, engine.now, Why(word=word, condition=point.step.words()))
    engine.arm(point)
    return engine.tell(told)
