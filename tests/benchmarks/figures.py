"""Figures from samples: median, percentile, the noise between two halves of the same thing, and a Markdown table.

It measures nothing. `noise` is what two series of one and the same measurement differ by: no claim is made below twice
of it (limits.md §4.2).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Give the nearest-rank percentile: the least value that so many percent of all values do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def median(values: Sequence[float]) -> float:
    """Give the median."""
    return float(statistics.median(values))


def noise(first: Sequence[float], second: Sequence[float]) -> str:
    """Say how far two series of the same measurement lie apart: the ratio of their medians, and the whole range."""
    ratio = median(second) / median(first)
    both = [*first, *second]
    return f"A/A {100 * (ratio - 1):+.1f} %, range {min(both):,.2f} to {max(both):,.2f} over {len(both)} runs"


def table(title: str, rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a Markdown table, the first row as its head."""
    print(f"\n{title}\n")
    for number, row in enumerate(rows):
        print("| " + " | ".join(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
        if number == 0:
            print("|" + " --- |" * len(row))
