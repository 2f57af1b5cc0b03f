"""A sliding window of numbers as at most 60 panes: count, sum, least and most of each. Bounded, whatever the rate.

A pane begins with its first value and lasts a 60th of the window; it leaves when its beginning does. Hence a window is
exact while there is one value to a pane, and else true to a 60th of its length. It judges nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import ceil, inf, nan
from operator import truediv
from typing import Any, Final

PANES: Final = 60


class Panes:
    """The panes as columns: what a value costs does not depend on how many a pane holds, and 60 numbers are few.

    Sums are made anew from the columns, in one order: live, replayed and restored ones are the same bits.
    """

    __slots__ = ("_counts", "_expected", "_highs", "_lows", "_starts", "_totals", "width", "window")

    def __init__(self, window: int, interval: int = 1) -> None:
        self.window = window
        self.width = ceil(window / PANES)
        # Values of a regular device fall into panes that last a whole number of its intervals.
        self._expected = max(1, window // (ceil(self.width / interval) * interval))
        self._starts, self._counts = array("q"), array("q")
        self._totals, self._lows, self._highs = array("d"), array("d"), array("d")

    def add(self, t: int, value: float) -> bool:
        """Take a value in; tell whether a new pane began with it."""
        self.slide(t)
        if self._starts and t - self._starts[-1] < self.width:
            self._counts[-1] += 1
            self._totals[-1] += value
            self._lows[-1] = min(self._lows[-1], value)
            self._highs[-1] = max(self._highs[-1], value)
            return False
        self._starts.append(t)
        self._counts.append(1)
        for column in (self._totals, self._lows, self._highs):
            column.append(value)
        return True

    def slide(self, t: int) -> None:
        """Let go what has left the window."""
        gone = 0
        while gone < len(self._starts) and self._starts[gone] <= t - self.window:
            gone += 1
        if gone:
            for column in self._columns():
                del column[:gone]

    def _columns(self) -> tuple[array[Any], ...]:
        return self._starts, self._counts, self._totals, self._lows, self._highs

    def __len__(self) -> int:
        """Give the number of panes that have values."""
        return len(self._starts)

    @property
    def count(self) -> int:
        """Give the number of values."""
        return sum(self._counts)

    @property
    def leaves_at(self) -> int | None:
        """Give the time at which the oldest pane leaves, None if there is none."""
        return self._starts[0] + self.window if self._starts else None

    @property
    def coverage(self) -> float:
        """Give which share of the panes that a regular device fills has values; a fast one may give more than 1."""
        return len(self._starts) / self._expected

    def thin_at(self, share: float) -> int | None:
        """Give the time at which the coverage falls below a share if no value comes; None if it is below."""
        needed = ceil(share * self._expected)
        spare = len(self._starts) - needed
        return self._starts[spare] + self.window if spare >= 0 else None

    def mean(self) -> float:
        """Give the mean of all values; NaN of none."""
        return sum(self._totals) / sum(self._counts) if self._starts else nan

    def min(self) -> float:
        """Give the least value; infinity of none."""
        return min(self._lows, default=inf)

    def max(self) -> float:
        """Give the greatest value; minus infinity of none."""
        return max(self._highs, default=-inf)

    def spread(self) -> float:
        """Give the greatest less the least value; minus infinity of none."""
        return self.max() - self.min()

    def means(self) -> list[tuple[int, float]]:
        """Give the beginning and the mean of each pane, in order of time."""
        return list(zip(self._starts, map(truediv, self._totals, self._counts), strict=True))

    def percentile(self, percent: float) -> float:
        """Give the nearest-rank percentile of the panes' means; NaN of none."""
        ranked = sorted(map(truediv, self._totals, self._counts))
        return ranked[max(0, ceil(len(ranked) * percent / 100) - 1)] if ranked else nan

    def gap(self, length: int, policy: str) -> None:
        """Nobody looked: hold shifts the window, reset empties it, count lets time go on."""
        if policy == "reset":
            for column in self._columns():
                del column[:]
        elif policy == "hold":
            self._starts = array("q", (start + length for start in self._starts))

    def state(self) -> dict[str, Any]:
        """Remember the panes."""
        return {"window": self.window, "panes": [list(column) for column in self._columns()]}

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Take them back if they are of a window of this length; tell whether they are."""
        if state["window"] != self.window:
            return False
        for column, values in zip(self._columns(), state["panes"], strict=True):
            column[:] = array(column.typecode, values)
        return True
