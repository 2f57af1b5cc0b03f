"""Who wants to know: points by device, quantity and part, with the quiet band in which no rule can change its mind.

A rule costs nothing on a reading inside the band, however many rules watch the sensor (limits.md §0.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from agent.engine.point import Point
from agent.model.events import Reading
from agent.rules.absent import Absent

Key = tuple[str, str, str]


class Watch:
    """The points of one series.

    `alive` only want to know that something came, `every` want each value, `points` those that can change their mind.
    """

    __slots__ = ("alive", "every", "high", "last", "low", "points")

    def __init__(self) -> None:
        self.points: tuple[Point, ...] = ()
        self.every: tuple[Point, ...] = ()
        self.alive: tuple[Point, ...] = ()
        self.low, self.high = inf, -inf
        self.last: Reading | None = None
        """What the series said last, good or not: nothing is decided by it, people ask for it (explain.py)."""

    def holds(self, reading: Reading) -> bool:
        """Tell whether no rule with a band can change its mind on this value (never for words, booleans and NaN)."""
        value = reading.value
        return (
            type(value) is float
            and self.low < value < self.high
            and not reading.historical
            and reading.quality == "good"
        )

    def passes(self, reading: Reading) -> bool:
        """Tell whether nobody wants to know of this value, not even that it came."""
        return not self.alive and not self.every and self.holds(reading)

    def narrow(self) -> None:
        """Recompute the band: the intersection of the bands of all points that have one."""
        low, high = -inf, inf
        for point in self.points:
            one_low, one_high = point.band()
            low, high = max(low, one_low), min(high, one_high)
        self.low, self.high = low, high


class Watches:
    """The index of all points, built once per plan."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.series: dict[Key, Watch] = {}
        self.devices: dict[str, Watch] = {}
        self.events: dict[str, list[Point]] = {}
        self.feedback: dict[str, list[Point]] = {}
        self.followers: dict[str, list[Point]] = {}
        """By point: those whose condition is made of its truth."""
        for point in points:
            self._add(point)
        for (device, _, _), watch in self.series.items():
            if device in self.devices:
                watch.alive += self.devices[device].alive
            watch.narrow()

    def _add(self, point: Point) -> None:
        step = point.step
        for key in step.series:
            watch = self.series.setdefault(key, Watch()) if key[1] else self.devices.setdefault(key[0], Watch())
            if isinstance(point.rule, Absent):
                watch.alive += (point,)
            elif step.banded:
                watch.points += (point,)
            else:
                watch.every += (point,)
        for device in step.hears:
            self.events.setdefault(device, []).append(point)
        for followed in step.follows:
            self.followers.setdefault(followed, []).append(point)
        if step.wants_feedback:
            self.feedback.setdefault(point.device, []).append(point)

    def find(self, reading: Reading) -> Watch | None:
        """Give who watches this series; a device that is watched as a whole shares in every one of its series."""
        key = (reading.device, reading.quantity, reading.part)
        watch = self.series.get(key)
        if watch is None:
            if reading.device not in self.devices:
                return None
            watch = self.series[key] = Watch()
            watch.alive += self.devices[reading.device].alive
            watch.narrow()
        watch.last = reading
        return watch

    def narrow(self) -> None:
        """Every band may be another (the agent was away)."""
        for watch in self.series.values():
            watch.narrow()

    def refresh(self, point: Point) -> None:
        """A point moved by itself (a deadline, a restore): its band may be another."""
        if point.step.banded:
            for key in point.step.series:
                self.series[key].narrow()
