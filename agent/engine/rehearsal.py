"""A rehearsal: the past told to a fresh engine, and what its rules would have said. Pure; it is given every cause.

Nobody acknowledges what only a rehearsal raises, so an alarm may stay open; each time its condition comes true again
counts as another firing. Settings that were loaded in the past are passed over: these rules apply all the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from agent.engine.calendar import within
from agent.engine.engine import Engine
from agent.engine.plan import Plan
from agent.model.effects import Alarm, Effect
from agent.model.events import Cause, Offset, Reload, Value
from agent.rules.base import Hours

NIGHT: Final = Hours.model_validate({"from": "22:00", "to": "06:00", "clock_untrusted": "inactive"})
"""When people sleep, in the site's time zone."""
WAKES: Final = 2
"""The least urgent priority that wakes somebody."""
KEPT: Final = 1000
"""Firings of one alarm that are kept with their times; more are counted only."""
Change = Literal["new", "gone", "changed", "same"]


class Firing(msgspec.Struct, frozen=True):
    """One time that a rule fired (or became graver): engine ms, the words of the alarm, its value if one made it."""

    t: int
    priority: int
    value: Value | None
    condition: str
    night: bool


class Fired(msgspec.Struct):
    """What one alarm did: `count` firings, `woken` of them at night and urgent; at most `KEPT` of them are kept."""

    alarm: str
    rule: str
    device: str
    priority: int
    count: int = 0
    woken: int = 0
    firings: list[Firing] = []


class Rehearsal:
    """One set of rules on one past. `found` has every alarm that fired, by its id."""

    def __init__(self, plan: Plan, start: int, offsets: Sequence[Offset] = ()) -> None:
        self.engine = Engine(plan, lambda _revision: plan, start)
        self.found: dict[str, Fired] = {}
        self._seen: dict[str, tuple[str, int, int]] = {}
        for row in offsets[:-1]:
            self.engine.wall.add(row)
        for row in offsets[-1:]:
            self._take(self.engine.step(msgspec.structs.replace(row, t=start)))

    def step(self, cause: Cause) -> None:
        """Take one cause."""
        if type(cause) is not Reload:
            effects = self.engine.step(cause)
            if effects:
                self._take(effects)

    def finish(self, t: int) -> None:
        """It is t, and nothing more comes."""
        self._take(self.engine.advance(t))

    def _take(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Alarm) and self._is_firing(effect):
                self._count(effect)

    def _is_firing(self, alarm: Alarm) -> bool:
        """Tell whether the condition came true (again), or became graver than what was told before."""
        before = self._seen.get(alarm.alarm, ("", 0, 0))
        now = (alarm.occurrence, alarm.activations, alarm.priority)
        self._seen[alarm.alarm] = now
        return now[:2] != before[:2] or 0 < now[2] < before[2]

    def _count(self, alarm: Alarm) -> None:
        fired = self.found.get(alarm.alarm)
        if fired is None:
            fired = self.found[alarm.alarm] = Fired(alarm.alarm, alarm.rule, alarm.device, alarm.priority)
        night = within(NIGHT, alarm.t, self.engine.wall.current)[0]
        fired.count += 1
        fired.priority = min(fired.priority, alarm.priority)
        fired.woken += night and alarm.priority <= WAKES
        if len(fired.firings) < KEPT:
            value = alarm.value if alarm.quantity else None
            fired.firings.append(Firing(alarm.t, alarm.priority, value, alarm.condition, night))


class Difference(msgspec.Struct, frozen=True):
    """One alarm under the rules that run and under those that are rehearsed. `came` and `went` are firings."""

    alarm: str
    change: Change
    running: Fired | None
    rehearsed: Fired | None
    came: tuple[Firing, ...] = ()
    went: tuple[Firing, ...] = ()


def compare(running: Rehearsal, rehearsed: Rehearsal) -> list[Difference]:
    """Give every alarm that fired under either set of rules, with what is different; in the order of ids."""
    return [
        _difference(alarm, running.found.get(alarm), rehearsed.found.get(alarm))
        for alarm in sorted(running.found.keys() | rehearsed.found.keys())
    ]


def _difference(alarm: str, running: Fired | None, rehearsed: Fired | None) -> Difference:
    before, after = (_by_time(fired) for fired in (running, rehearsed))
    came = tuple(after[key] for key in after if key not in before)
    went = tuple(before[key] for key in before if key not in after)
    if running is None:
        change: Change = "new"
    elif rehearsed is None:
        change = "gone"
    else:
        change = "changed" if came or went or running.count != rehearsed.count else "same"
    return Difference(alarm, change, running, rehearsed, came, went)


def _by_time(fired: Fired | None) -> dict[tuple[int, int], Firing]:
    return {(one.t, one.priority): one for one in fired.firings} if fired else {}
