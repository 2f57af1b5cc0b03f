"""What the centre is told of rules: totals, the failing and the dearest, never too much for one message."""

from __future__ import annotations

import json
from typing import Any

from agent.runtime.rule_health import DEAREST, FAILING, report


def row(**changed: Any) -> dict[str, Any]:
    return {
        "kind": "threshold", "truth": None, "quality": "GOOD", "evaluations": 0, "errors": 0, "firings": 0, "ns": None,
        "last": None, "error": "",
    } | changed  # fmt: skip


def test_totals_the_failing_and_the_dearest() -> None:
    told = report({
        "quiet-a": row(evaluations=5),
        "busy-b": row(kind="formula", evaluations=1_000_000, ns=2_000, firings=3),
        "bad-c": row(evaluations=1_000_000, ns=500, errors=2, error="ZeroDivisionError: float division by zero"),
        "deaf-d": row(quality="NODATA"),
    })  # fmt: skip
    assert told == {
        "points": 4, "evaluations": 2_000_005, "firings": 3, "errors": 2, "ms": 2_500, "no_data": 1,
        "failing_total": 1, "failing": {"bad-c": "ZeroDivisionError: float division by zero"},
        "dearest": [
            {"alarm": "busy-b", "kind": "formula", "evaluations": 1_000_000, "ns": 2_000, "ms": 2_000},
            {"alarm": "bad-c", "kind": "threshold", "evaluations": 1_000_000, "ns": 500, "ms": 500},
        ],
    }  # fmt: skip


def test_no_number_of_rules_is_too_much_for_a_broker() -> None:
    worst = row(evaluations=10**12, ns=10**6, errors=10**9, error="x" * 120)
    told = report({f"{number:064d}": worst for number in range(8000)})
    assert (told["failing_total"], len(told["failing"]), len(told["dearest"])) == (8000, FAILING, DEAREST)
    assert len(json.dumps(told)) < 100_000


def test_no_rules() -> None:
    assert report({})["points"] == 0
