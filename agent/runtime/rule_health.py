"""How the rules do: a row for each rule on each device, and their sum for the centre, `health/rules`. Pure.

Thousands of points would be too much for one retained message: totals, those that cannot be computed, and those that
take most time. All of them are shown by `caretaker status --rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent.engine.engine import Engine

TOPIC: Final = "health/rules"
FAILING: Final = 100
DEAREST: Final = 10

Rows = Mapping[str, Mapping[str, Any]]
"""What each rule did and costs on each device since these settings began, by alarm id."""


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    """Give the rows of all points."""
    return {
        name: {"kind": point.rule.kind, "truth": point.truth, "quality": point.life.quality} | point.gauge.shown()
        for name, point in list(engine.points.items())
    }


def report(rows: Rows) -> dict[str, Any]:
    """Give the data of `health/rules`; `ms` of CPU are what the evaluations that were timed let expect."""
    spent = {alarm: row["evaluations"] * (row["ns"] or 0) / 1e6 for alarm, row in rows.items()}
    failing = [(alarm, row["error"]) for alarm, row in rows.items() if row["error"]]
    dearest = sorted((alarm for alarm, ms in spent.items() if ms), key=lambda alarm: (-spent[alarm], alarm))[:DEAREST]
    return {
        "points": len(rows),
        **{word: sum(row[word] for row in rows.values()) for word in ("evaluations", "firings", "errors")},
        "ms": round(sum(spent.values())),
        "no_data": sum(row["quality"] == "NODATA" for row in rows.values()),
        "failing_total": len(failing),
        "failing": dict(failing[:FAILING]),
        "dearest": [
            {"alarm": alarm, "kind": rows[alarm]["kind"], "evaluations": rows[alarm]["evaluations"],
             "ns": rows[alarm]["ns"], "ms": round(spent[alarm])}
            for alarm in dearest
        ],
    }  # fmt: skip
