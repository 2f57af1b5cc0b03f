"""A sliding window of numbers as at most 60 panes: count, sum, least and most of each. Bounded, whatever the rate.

A pane begins with its first value and lasts a 60th of the window; it leaves when its beginning does. Hence a window is
exact while there is one value to a pane, and else true to a 60th of its length. It judges nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import ceil, inf, nan
from typing import Any, Final

PANES: Final = 60


class Pane:
    """A stretch of time with the values in it."""

    __slots__ = ("count", "high", "low", "start", "total")

    def __init__(self, start: int, count: int = 0, total: float = 0.0, low: float = inf, high: float = -inf) -> None:
        self.start, self.count, self.total, self.low, self.high = start, count, total, low, high

    def merge(self, other: Pane) -> None:
        """Take in another one."""
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)

    def state(self) -> list[float]:
        """Give it as plain numbers."""
        return [self.start, self.count, self.total, self.low, self.high]


class Panes:
    """A value costs the same whatever the window holds; a new pane costs a look at the 60."""

    __slots__ = ("_closed", "_expected", "_panes", "width", "window")

    def __init__(self, window: int, interval: int = 1) -> None:
        self.window = window
        self.width = ceil(window / PANES)
        # Values of a regular device fall into panes that last a whole number of its intervals.
        self._expected = max(1, window // (ceil(self.width / interval) * interval))
        self._panes: deque[Pane] = deque()
        self._closed = Pane(0)

    def add(self, t: int, value: float) -> bool:
        """Take a value in; tell whether a new pane began with it."""
        self.slide(t)
        begun = not self._panes or t - self._panes[-1].start >= self.width
        if begun:
            self._panes.append(Pane(t))
            self._close()
        pane = self._panes[-1]
        pane.count += 1
        pane.total += value
        pane.low = min(pane.low, value)
        pane.high = max(pane.high, value)
        return begun

    def slide(self, t: int) -> None:
        """Let go what has left the window."""
        gone = False
        while self._panes and self._panes[0].start <= t - self.window:
            self._panes.popleft()
            gone = True
        if gone:
            self._close()

    def _close(self) -> None:
        """Sum up all panes but the newest, always in the same order: live and restored sums are the same bits."""
        self._closed = Pane(0)
        for number in range(len(self._panes) - 1):
            self._closed.merge(self._panes[number])

    def __len__(self) -> int:
        """Give the number of panes that have values."""
        return len(self._panes)

    @property
    def count(self) -> int:
        """Give the number of values."""
        return self._closed.count + self._panes[-1].count if self._panes else 0

    @property
    def leaves_at(self) -> int | None:
        """Give the time at which the oldest pane leaves, None if there is none."""
        return self._panes[0].start + self.window if self._panes else None

    @property
    def coverage(self) -> float:
        """Give which share of the panes that a regular device fills has values; a fast one may give more than 1."""
        return len(self._panes) / self._expected

    def thin_at(self, share: float) -> int | None:
        """Give the time at which the coverage falls below a share if no value comes; None if it is below."""
        needed = ceil(share * self._expected)
        spare = len(self._panes) - needed
        return self._panes[spare].start + self.window if spare >= 0 else None

    def mean(self) -> float:
        """Give the mean of all values; NaN of none."""
        if not self._panes:
            return nan
        newest = self._panes[-1]
        return (self._closed.total + newest.total) / (self._closed.count + newest.count)

    def min(self) -> float:
        """Give the least value; infinity of none."""
        return min(self._closed.low, self._panes[-1].low) if self._panes else inf

    def max(self) -> float:
        """Give the greatest value; minus infinity of none."""
        return max(self._closed.high, self._panes[-1].high) if self._panes else -inf

    def spread(self) -> float:
        """Give the greatest less the least value; minus infinity of none."""
        return self.max() - self.min()

    def means(self) -> list[tuple[int, float]]:
        """Give the beginning and the mean of each pane, in order of time."""
        return [(pane.start, pane.total / pane.count) for pane in self._panes]

    def percentile(self, percent: float) -> float:
        """Give the nearest-rank percentile of the panes' means; NaN of none."""
        ranked = sorted(value for _, value in self.means())
        return ranked[max(0, ceil(len(ranked) * percent / 100) - 1)] if ranked else nan

    def gap(self, length: int, policy: str) -> None:
        """Nobody looked: hold shifts the window, reset empties it, count lets time go on."""
        if policy == "reset":
            self._panes.clear()
            self._closed = Pane(0)
        elif policy == "hold":
            for pane in self._panes:
                pane.start += length

    def state(self) -> dict[str, Any]:
        """Remember the panes."""
        return {"window": self.window, "panes": [pane.state() for pane in self._panes]}

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Take them back if they are of a window of this length; tell whether they are."""
        if state["window"] != self.window:
            return False
        self._panes = deque(Pane(*pane) for pane in state["panes"])
        self._close()
        return True
