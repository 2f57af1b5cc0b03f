"""Each rule kind as a table: what it is told at which second, and what truth it gives."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.events import Event, Feedback, Reading
from agent.rules import step_for
from agent.rules.step import NOTHING
from tests.plans import rule

HIGH = {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}, "deadband": 1.0}
LOW = {"kind": "threshold", "quantity": "voltage", "when": {"op": "<=", "value": 198.0}, "deadband": 2.0}
WET = {"kind": "threshold", "quantity": "water_leak", "when": {"op": "==", "value": True}}
GONE = {"kind": "absent", "quantity": "temperature", "after": "60s"}
CALL = {"kind": "pressed", "sentiment": ["negative"], "service": ["cleaning"], "hold": "20s"}
OFTEN = {"kind": "count", "of": {"sentiment": "negative"}, "count": 3, "window": "30s"}
CARDS = {"kind": "count", "of": {"event": "card", "value": "7"}, "count": 2, "window": "10s"}
TURNS = {"kind": "count", "of": {"quantity": "motion"}, "count": 2, "window": "10s"}

CASES = [
    # rule, [(second, what, value, expected truth)]
    ("raises at the limit, clears below the deadband", HIGH,
     [(1, "r", 39.9, False), (2, "r", 40.0, True), (3, "r", 39.5, True), (4, "r", 39.0, True), (5, "r", 38.9, False)]),
    ("low limits are a mirror", LOW,
     [(1, "r", 220.0, False), (2, "r", 198.0, True), (3, "r", 199.9, True), (4, "r", 200.0, True),
      (5, "r", 200.1, False)]),
    ("a word is no number", HIGH, [(1, "r", "hot", None)]),
    ("a state", WET, [(1, "r", False, False), (2, "r", True, True), (3, "r", False, False)]),
    ("silence counts from the last reading", GONE,
     [(59, "r", 1.0, None), (60, "at", None, False), (119, "at", None, True), (120, "r", 1.0, False)]),
    ("a press holds, and the next holds longer", CALL,
     [(1, "f", ("cleaning", "negative"), True), (15, "f", ("cleaning", "negative"), True), (35, "at", None, False)]),
    ("what does not match says nothing", CALL,
     [(1, "f", ("security", "negative"), None), (2, "f", ("cleaning", "positive"), None)]),
    ("three within the window", OFTEN,
     [(0, "f", ("other", "negative"), False), (10, "f", ("other", "negative"), False),
      (29, "f", ("other", "negative"), True), (30, "at", None, False)]),
    ("a window slides", OFTEN,
     [(0, "f", ("other", "negative"), False), (10, "f", ("other", "negative"), False),
      (31, "f", ("other", "negative"), False), (32, "f", ("other", "negative"), True)]),
    ("events by value", CARDS, [(1, "e", "7", False), (2, "e", "8", None), (3, "e", "7", True)]),
    ("only a turn counts", TURNS,
     [(1, "r", True, None), (2, "r", True, None), (3, "r", False, None), (4, "r", True, False), (5, "r", False, None),
      (6, "r", True, True)]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "script"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_truth(fields: dict[str, Any], script: list[tuple[int, str, Any, bool | None]]) -> None:
    step = step_for(rule(fields), "d", 10_000, 0)
    for second, what, value, expected in script:
        t = second * 1000
        match what:
            case "r":
                found = step.reading(Reading("d", str(fields.get("quantity", "motion")), value, t))
            case "e":
                found = step.event(Event("d", "card", value, t))
            case "f":
                found = step.feedback(Feedback("d", t, "x", "button", "1", value[0], value[1], "normal"))
            case _:
                found = step.at(t)
        assert found is expected, (second, what, value)


@pytest.mark.parametrize("fields", [HIGH, LOW])
def test_no_value_inside_the_band_changes_the_truth(fields: dict[str, Any]) -> None:
    step = step_for(rule(fields), "d", 10_000, 0)
    assert step.band() == NOTHING, "the first value is always looked at"
    for first in (0.0, 39.5, 199.0, 500.0):
        truth = step.reading(Reading("d", "q", first))
        low, high = step.band()
        for value in (0.0, 38.9, 39.0, 39.5, 40.0, 197.9, 198.0, 199.0, 200.0, 200.1, 1e9):
            if low < value < high:
                assert step.reading(Reading("d", "q", value)) is truth


@pytest.mark.parametrize("fields", [GONE, CALL, OFTEN, CARDS, TURNS, HIGH])
def test_a_state_given_back_is_the_same_state(fields: dict[str, Any]) -> None:
    first, second = (step_for(rule(fields), "d", 10_000, 0) for _ in range(2))
    if first.series:
        first.reading(Reading("d", "q", 41.0, 5_000))
    first.feedback(Feedback("d", 6_000, "x", "button", "1", "cleaning", "negative", "normal"))
    second.restore(first.state())
    assert second.state() == first.state()
    assert second.due == first.due


@pytest.mark.parametrize(
    ("policy", "expected"), [("hold", True), ("count", False), ("reset", False)], ids=["hold", "count", "reset"]
)
def test_a_window_obeys_on_gap(policy: str, *, expected: bool) -> None:
    step = step_for(rule(OFTEN), "d", 10_000, 0)
    for second in (1, 2):
        step.feedback(Feedback("d", second * 1000, "x", "button", "1", "other", "negative", "normal"))
    step.gap(60_000, policy, 62_000)
    assert step.feedback(Feedback("d", 63_000, "x", "button", "1", "other", "negative", "normal")) is expected
