"""How many alarms people get: rates, floods, bad actors, chatter, what stays on, priorities (domain.md §1.2). Pure.

Annunciations are counted, not transitions: what somebody is told anew. Escalations, orders, drills and what is
suppressed are none. Days and 10-minute bins are of engine time; the last 30 days count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from agent.model.effects import Alarm

BIN: Final = 600_000
DAY: Final = 86_400_000
HOUR: Final = 3_600_000
DAYS: Final = 30
ON, OFF = 10, 5
"""A flood begins with more than so many annunciations in ten minutes, and ends with fewer than so many."""
BUDGET: Final = 1.0
"""Annunciations in ten minutes that one duty desk can take."""
ACTORS: Final = 1_000
"""Alarms that are counted by name each day; more only count in the total."""
TOP: Final = 10
ANEW: Final = (
    "raised", "reopened", "unsuppressed", "unshelved", "in_service", "reannunciated", "severity_up",
)  # fmt: skip
BEGINS: Final = ("raised", "reopened", "reactivated")
ENDS: Final = ("cleared", "resolved", "closed")


class Day(msgspec.Struct):
    """One day: annunciations, the busiest bin, bins above ten, ms in floods; by priority (P1 first) and alarm."""

    number: int
    total: int = 0
    worst: int = 0
    above: int = 0
    floods: int = 0
    flooded: int = 0
    priorities: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0, 0])
    actors: dict[str, int] = {}
    chattering: dict[str, int] = {}


class Kept(msgspec.Struct):
    """What is remembered: the days, the running bin, the newest annunciations, the flood, what is on since when."""

    since: int = -1
    days: list[Day] = []
    bin: int = -1
    in_bin: int = 0
    last: list[int] = []
    flood: int = -1
    on: dict[str, int] = {}


class Metrics:
    """Fed with every transition; a report costs 30 days of sums."""

    def __init__(self, now: int) -> None:
        self._kept = Kept(since=now)

    def take(self, told: Alarm) -> None:
        """Count a transition."""
        kept = self._kept
        if told.drill:
            return
        if told.transition in BEGINS:
            kept.on[told.alarm] = told.t
        elif told.transition in ENDS:
            kept.on.pop(told.alarm, None)
        if told.notify >= 0 and told.transition in ANEW:
            self._count(told)

    def _count(self, told: Alarm) -> None:
        kept, t = self._kept, told.t
        day = self._day(t)
        day.total += 1
        day.priorities[told.priority - 1] += 1
        if told.alarm in day.actors or len(day.actors) < ACTORS:
            day.actors[told.alarm] = day.actors.get(told.alarm, 0) + 1
        kept.bin, kept.in_bin = t // BIN, kept.in_bin + 1 if kept.bin == t // BIN else 1
        day.worst = max(day.worst, kept.in_bin)
        day.above += kept.in_bin == ON + 1
        self._settle(t)
        kept.last = [*kept.last[-ON:], t]
        if kept.flood < 0 and len(kept.last) > ON and kept.last[0] > t - BIN:
            kept.flood = t
            day.floods += 1

    def chatters(self, alarm: str, t: int) -> None:
        """An alarm was raised too often in a minute (agent/engine/flood.py)."""
        found = self._day(t).chattering
        if alarm in found or len(found) < ACTORS:
            found[alarm] = found.get(alarm, 0) + 1

    def _day(self, t: int) -> Day:
        days = self._kept.days
        if not days or days[-1].number < t // DAY:
            days.append(Day(t // DAY))
            while days[0].number <= t // DAY - DAYS:
                del days[0]
        return days[-1]

    def _settle(self, t: int) -> None:
        """End a flood at the time at which fewer than five were left of the last ten minutes."""
        kept = self._kept
        end = self._ends()
        if kept.flood >= 0 and end <= t:
            self._day(t).flooded += end - kept.flood
            kept.flood = -1

    def _ends(self) -> int:
        last = self._kept.last
        return last[-OFF] + BIN if len(last) >= OFF else -1

    def report(self, now: int) -> dict[str, Any]:
        """Give the metrics of the last 30 days (of so much of them as there was), from any thread. Shares: 0 to 1."""
        kept = self._kept
        days = [day for day in kept.days if day.number > now // DAY - DAYS]
        length = max(1, now - max(kept.since, (now // DAY - DAYS + 1) * DAY))
        total = sum(day.total for day in days)
        in_flood = kept.flood >= 0 and now < self._ends()
        flooded = sum(day.flooded for day in days) + (min(now, self._ends()) - kept.flood if kept.flood >= 0 else 0)
        busiest = _most(days, "actors")[:TOP]
        return {
            "over_s": length // 1000, "annunciated": total, "open": len(kept.on),
            "per_hour": round(total * HOUR / length, 3), "per_10min": round(total * BIN / length, 3), "budget": BUDGET,
            "worst_10min": max((day.worst for day in days), default=0),
            "above_10_share": _share(sum(day.above for day in days), max(1, length // BIN)),
            "flood": in_flood, "floods": sum(day.floods for day in days), "flood_share": _share(flooded, length),
            "top": [{"alarm": alarm, "count": count} for alarm, count in busiest],
            "top_share": _share(sum(count for _, count in busiest), total),
            "chattering": [{"alarm": alarm, "count": count} for alarm, count in _most(days, "chattering")[:TOP]],
            "stale": sorted(alarm for alarm, since in list(kept.on.items()) if now - since > DAY),
            "priorities": {
                f"P{number + 1}": _share(sum(day.priorities[number] for day in days), total) for number in range(4)
            },
        }  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return dict(msgspec.to_builtins(self._kept))

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self._kept = msgspec.convert(state, Kept)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _most(days: list[Day], name: str) -> list[tuple[str, int]]:
    """Give the alarms of the days with their counts, the busiest first."""
    found: dict[str, int] = {}
    for day in days:
        for alarm, count in list(getattr(day, name).items()):
            found[alarm] = found.get(alarm, 0) + count
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
