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
    """The points of one series. `alive` only want to know that something came; `points` want the value."""

    __slots__ = ("alive", "high", "low", "points")

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.alive: list[Point] = []
        self.low, self.high = inf, -inf

    def holds(self, reading: Reading) -> bool:
        """Tell whether no rule can change its mind on this value (never for words and booleans, nor for NaN)."""
        value = reading.value
        return (
            type(value) is float
            and self.low < value < self.high
            and not reading.historical
            and reading.quality == "good"
        )

    def narrow(self) -> None:
        """Recompute the band: the intersection of the bands of all points."""
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
        for point in points:
            self._add(point)
        for (device, _, _), watch in self.series.items():
            if device in self.devices:
                watch.alive += self.devices[device].alive
            watch.narrow()

    def _add(self, point: Point) -> None:
        step = point.step
        if step.watched is not None:
            device, quantity, _ = step.watched
            watch = (
                self.series.setdefault(step.watched, Watch()) if quantity else self.devices.setdefault(device, Watch())
            )
            (watch.alive if isinstance(point.rule, Absent) else watch.points).append(point)
        if step.wants_events:
            self.events.setdefault(point.device, []).append(point)
        if step.wants_feedback:
            self.feedback.setdefault(point.device, []).append(point)

    def find(self, reading: Reading) -> Watch | None:
        """Give who watches this series; a device that is watched as a whole shares in every one of its series."""
        key = (reading.device, reading.quantity, reading.part)
        watch = self.series.get(key)
        if watch is None and reading.device in self.devices:
            watch = self.series[key] = Watch()
            watch.alive += self.devices[reading.device].alive
            watch.narrow()
        return watch

    def narrow(self) -> None:
        """Every band may be another (the agent was away)."""
        for watch in self.series.values():
            watch.narrow()

    def refresh(self, point: Point) -> None:
        """A point moved by itself (a deadline, a restore): its band may be another."""
        watched = point.step.watched
        if watched is not None and watched in self.series:
            self.series[watched].narrow()
