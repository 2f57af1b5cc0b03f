"""Each further rule kind as a table: what it is told at which second, and what truth it gives."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from agent.rules import Rule
from tests.rules.kinds import KINDS, step_of, tell

Told = list[tuple[float, str, Any, bool | None]]
DAY = 86_400
HOUR = 3_600


def _every(second: int, name: str, values: list[float], expected: list[bool | None]) -> Told:
    pairs = zip(values, expected, strict=True)
    return [(number * second, name, value, truth) for number, (value, truth) in enumerate(pairs)]


RUN = KINDS["due"] | {"after": None}
CASES: list[tuple[str, dict[str, Any], Told]] = [
    ("a mean waits for half its window", KINDS["mean"],
     [*[(s, "temperature", 50.0, None) for s in range(29)], (29, "temperature", 50.0, True)]),
    ("a window that thins out has no data", KINDS["mean"],
     [*[(s, "temperature", 50.0, None) for s in range(29)], (29, "temperature", 50.0, True), (60, "at", 0, None)]),
    ("a state that lasts", KINDS["state_duration"],
     [(0, "running", False, False), (5, "running", True, False), (10, "running", True, False), (25, "at", 0, True),
      (26, "running", True, True), (27, "running", False, False)]),
    ("a state that is short", KINDS["state_duration"],
     [(5, "running", True, False), (20, "running", False, False), (21, "running", True, False),
      (40, "running", True, False), (41, "running", True, True)]),
    ("a word that lasts",
     {"kind": "state_duration", "quantity": "run_state", "value": "fault", "longer_than": "10s"},
     [(0, "run_state", "run", False), (1, "run_state", "fault", False), (11, "at", 0, True)]),
    ("starts slide", KINDS["starts"],
     [(0, "running", True, False), (1, "running", False, None), (2, "running", True, False),
      (3, "running", False, None), (4, "running", True, False), (5, "running", False, None),
      (6, "running", True, True), (7, "running", True, None), (62, "at", 0, False)]),
    ("starts of a current", KINDS["starts-above"],
     [(0, "temperature", 20.0, False), (1, "temperature", 41.0, False), (2, "temperature", 40.0, None),
      (3, "temperature", 44.0, True)]),
    ("a rise within a minute", KINDS["rate_of_change"] | {"direction": "rise"},
     [(0, "temperature", 20.0, None), (30, "temperature", 29.0, False), (50, "temperature", 30.0, True),
      (60, "at", 0, False), (80, "temperature", 39.5, True)]),
    ("a fall is no rise", KINDS["rate_of_change"] | {"direction": "rise"},
     [(0, "temperature", 40.0, None), (1, "temperature", 10.0, False)]),
    ("a door forced", KINDS["sequence-without"],
     [(0, "door_open", False, None), (10, "door_open", True, None), (12, "at", 0, True), (20, "door_open", True, None),
      (30, "door_open", False, False)]),
    ("a door unlocked", KINDS["sequence-without"],
     [(0, "door_open", False, None), (8, "e.unlock", "7", None), (10, "door_open", True, None)]),
    ("an unlock by another device is none", KINDS["sequence-without"] | {"late": "0s"},
     [(0, "door_open", False, None), (8, "d.unlock", "7", None), (10, "door_open", True, True)]),
    ("an unlock whose word comes late", KINDS["sequence-without"],
     [(0, "door_open", False, None), (10, "door_open", True, None), (11, "e.unlock", "7", None)]),
    ("the standby does not come", KINDS["sequence-missing"],
     [(0, "running", False, None), (1, "running", True, None), (16, "at", 0, True), (20, "e.running", False, None),
      (21, "e.running", True, False)]),
    ("the standby comes", KINDS["sequence-missing"],
     [(0, "running", False, None), (0, "e.running", False, None), (1, "running", True, None),
      (14, "e.running", True, None)]),
    ("the standby is there already", KINDS["sequence-missing"],
     [(0, "running", False, None), (0, "e.running", True, None), (1, "running", True, None)]),
    ("what ends in time misses nothing", KINDS["sequence-missing"],
     [(0, "running", False, None), (1, "running", True, None), (9, "running", False, None)]),
    ("one, then the other", KINDS["sequence-then"],
     [(0, "e.card", "1", None), (5, "tamper", "on", None), (15, "e.card", "1", True), (45, "at", 0, False)]),
    ("one, and the other too late", KINDS["sequence-then"], [(5, "tamper", "on", None), (15.1, "e.card", "1", None)]),
    ("both run", KINDS["sequence-together"],
     [(0, "running", True, None), (1, "e.running", False, False), (2, "e.running", True, True),
      (3, "running", False, False)]),
    ("a difference, with its deadband", KINDS["compare"],
     [(0, "temperature", 20.0, None), (1, "e.temperature", 16.0, True), (2, "temperature", 19.0, True),
      (3, "temperature", 18.9, False), (30, "at", 0, False), (31, "at", 0, None), (32, "e.temperature", 10.0, True)]),
    ("a ratio", KINDS["compare"] | {"by": "ratio", "when": {"op": ">", "value": 2.0}, "deadband": 0.0},
     [(0, "temperature", 20.0, None), (1, "e.temperature", 10.0, False), (2, "e.temperature", 9.0, True),
      (3, "e.temperature", 0.0, None)]),
    ("a distance", KINDS["compare"] | {"by": "distance"},
     [(0, "temperature", 10.0, None), (1, "e.temperature", 16.0, True)]),
    ("a round missed, then a late one", KINDS["missed_round"],
     [(0, "clock", 0, None), (90, "at", 0, True), (100, "card", "7", False), (160, "card", "7", False),
      (210, "at", 0, False)]),
    ("only certain cards", KINDS["missed_round"] | {"value": ["8"]},
     [(0, "clock", 0, None), (60, "card", "7", None), (90, "at", 0, True)]),
    ("two in a row", KINDS["missed_round"] | {"when": {"op": ">=", "value": 2.0}},
     [(0, "clock", 0, None), (90, "at", 0, False), (210, "at", 0, True), (DAY + 50, "card", "7", False),
      (DAY + 90, "at", 0, False)]),
    ("no round on other days (day 0 is a Thursday)", KINDS["missed_round"] | {"days": ["fri"]},
     [(0, "clock", 0, None), (DAY + 90, "at", 0, True)]),
    ("negatives, and the larger share", KINDS["feedback_share"],
     [(0, "press", ("cleaning", "positive"), False), (1, "press", ("cleaning", "negative"), False),
      (2, "press", ("cleaning", "neutral"), False), (3, "press", ("cleaning", "negative"), True),
      (4, "press", ("cleaning", "positive"), False), (30, "at", 0, True), (31, "at", 0, False)]),
    ("stuck, and free again", KINDS["stuck"],
     [(0, "temperature", 20.0, False), (10, "temperature", 20.5, False), (30, "temperature", 19.5, True),
      (40, "temperature", 20.6, False), (69, "temperature", 20.6, False), (70, "temperature", 20.6, True)]),
    ("outside its bounds", KINDS["implausible"],
     [(0, "temperature", 45.0, False), (1, "temperature", 45.1, True), (2, "temperature", -0.1, True),
      (3, "temperature", 0.0, False)]),
    ("a jump, and the way back", KINDS["jump"],
     [(0, "temperature", 20.0, False), (10, "temperature", 30.0, False), (11, "temperature", 60.0, True),
      (12, "temperature", 31.0, False), (60, "temperature", 79.0, False)]),
    ("a forecast needs a past", KINDS["forecast"],
     _every(2, "temperature", [20.0, 20.2, 20.4, 20.6, 20.8], [None, None, None, False, False])),
    ("it will be full", KINDS["forecast"],
     _every(2, "temperature", [20.0, 21.0, 22.0, 23.0, 24.0], [None, None, None, True, True])),
    ("it is full", KINDS["forecast"], [(0, "temperature", 50.0, True)]),
    ("it moves away", KINDS["forecast"],
     _every(2, "temperature", [40.0, 39.0, 38.0, 37.0], [None, None, None, False])),
    ("emptied: the past counts no more", KINDS["forecast"] | {"refilled": 10.0},
     _every(2, "temperature", [40.0, 41.0, 42.0, 43.0, 5.0], [None, None, None, True, None])),
    ("drift is learned, then seen", KINDS["drift"],
     _every(10, "temperature", [20.0, 20.0, 20.0, 23.0, 23.0, 23.0, 23.0],
            [None, None, None, False, False, False, True])),
    ("a drift that was mended is learned anew", KINDS["drift"],
     [*_every(10, "temperature", [20.0, 20.0, 20.0, 30.0, 30.0], [None, None, None, False, True]),
      (50, "service", 0, False), (60, "temperature", 30.0, None), (70, "temperature", 30.0, None)]),
    ("due by time", KINDS["due"], [(100, "at", 0, True), (101, "card", "9", False), (201, "at", 0, True)]),
    ("due by running time", RUN,
     [(0, "running", True, False), (39, "running", True, False), (40, "running", True, True),
      (41, "service", 0, False)]),
    ("what a silent device did is not counted", RUN | {"running_for": "100s"},
     [(0, "running", True, False), (1000, "running", True, False), (1040, "running", True, True)]),
    ("due by visits", {"kind": "due", "quantity": "people_in_total", "amount": 150.0},
     [(0, "people_in_total", 1000.0, False), (1, "people_in_total", 1149.0, False),
      (2, "people_in_total", 1150.0, True), (3, "service", 0, False),
      (4, "people_in_total", 50.0, False), (5, "people_in_total", 150.0, True)]),
    ("the last service was before", {"kind": "due", "after": "30d", "last": "1970-01-02"},
     [(3 * DAY, "clock", 0, False), (31 * DAY, "at", 0, True)]),
    ("all and none", KINDS["composite"],
     [(0, "point", ("m-d", True), None), (1, "point", ("n-d", True), None), (2, "point", ("o-d", False), True),
      (3, "point", ("o-d", None), None), (4, "point", ("n-d", False), False), (5, "point", ("m-d", None), False)]),
    ("any", {"kind": "composite", "any": [{"rule": "m"}, {"rule": "n"}]},
     [(0, "point", ("any-0", False), None)]),
    ("a formula", KINDS["formula"],
     [(0, "temperature", 20.0, None), (1, "e.temperature", 10.0, None), (2, "running", True, True),
      (3, "running", False, False), (31, "at", 0, None)]),
    ("a formula with a limit",
     {"kind": "formula", "formula": "spread(a, b)", "of": KINDS["formula"]["of"], "when": {"op": ">", "value": 15.0}},
     [(0, "temperature", 20.0, None), (1, "e.temperature", 4.0, None), (2, "running", True, True),
      (3, "e.temperature", 5.0, False)]),
]  # fmt: skip
OTHERS = {"any-0": ("any-0",), "any-1": ("any-1",)}


@pytest.mark.parametrize(("fields", "script"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_truth(fields: dict[str, Any], script: Told) -> None:
    step = step_of(fields, **OTHERS)
    for second, what, value, expected in script:
        t = round(second * 1000)
        if what == "at":
            assert step.due is not None
            assert step.due <= t, (second, step.due)
        found = tell(step, t, what, value)
        assert found is expected, (second, what, value, step.state())
    assert step.words()


def test_every_kind_is_tried() -> None:
    mapping = TypeAdapter(Rule).json_schema()["discriminator"]["mapping"]
    assert set(mapping) == {fields["kind"] for fields in KINDS.values()}


def test_an_hour_unlike_its_weeks() -> None:
    """Two usual weeks are learned; in the third one hour is too high, and no other."""
    step = step_of(KINDS["baseline"] | {"deviations": 3.0})
    tell(step, 0, "clock", 0)
    told: dict[int, bool] = {}
    for hour in range(3 * 168):
        value = 20.0 + hour % 24 + (5.0 if hour == 2 * 168 + 30 else 0.0)
        tell(step, hour * HOUR * 1000 + 1, "temperature", value)
        assert step.due == (hour + 1) * HOUR * 1000
        truth = step.at(step.due)
        assert step.no_data == (hour < 2 * 168)
        if truth is not None:
            told[hour] = truth
    assert [hour for hour, truth in told.items() if truth] == [2 * 168 + 30]
    assert len(told) == 168


def test_only_some_hours_count_and_a_row_of_them() -> None:
    step = step_of(KINDS["baseline"] | {"hours_of_day": [2, 3], "in_a_row": 3})
    tell(step, 0, "clock", 0)
    told = []
    for hour in range(3 * 168):
        tell(step, hour * HOUR * 1000 + 1, "temperature", 20.0 if hour < 2 * 168 else 30.0)
        told.append((hour, step.at((hour + 1) * HOUR * 1000)))
    # Night 1 has two of the three hours, the third comes in the second night.
    assert next(hour for hour, truth in told if truth) == 2 * 168 + 24 + 2
