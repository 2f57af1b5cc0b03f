"""A rule explains itself: for every kind and every reason not to fire there is a clause that says so."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest

from agent.engine.engine import Engine
from agent.engine.explain import explain
from agent.engine.snapshot import restore, snapshot
from agent.model.events import Availability, Event, Instruction, Offset, Reading
from agent.rules import Rule
from agent.rules.step import Seat
from tests.plans import plan, rule

PLAN = plan()
NOON = Offset(1, 0, 1_700_049_600_000, trusted=True)
"""15 November 2023, 12:00 UTC at engine time 0."""


def engine(*causes: Any) -> Engine:
    """Give an engine that was told these."""
    made = Engine(PLAN, lambda _revision: PLAN)
    for cause in (NOON, *causes):
        made.step(cause)
    return made


def point(made: Engine, name: str, now: int) -> dict[str, Any]:
    """Give what is said of the one point of this name, having looked that asking changes nothing."""
    made.advance(now)
    before = snapshot(made)
    found = explain(made, name, now)
    assert snapshot(made) == before
    (one,) = found["points"]
    assert isinstance(one, dict)
    return one


def fill(value: float, t: int, quality: Any = "good") -> Reading:
    return Reading("bin", "fill_level", value, t, quality)


def door(value: bool, t: int) -> Reading:
    return Reading("door", "door_open", value, t)


def press(key: str, t: int) -> Event:
    return Event("lobby", "button", "single", t, f"channel={key}")


def lock(t: int) -> Instruction:
    return Instruction("maintenance", "m1", t, "li", args='{"device": "bin", "state": "on"}')


CASES: dict[str, tuple[str, list[Any], int, str, dict[str, Any]]] = {
    # name: (alarm, causes, asked at, part of the verdict, what the first clause says)
    "nothing heard": ("full-bin", [], 1000, "nothing was heard yet", {"holds": None, "limit": 80}),
    "below the limit": (
        "full-bin",
        [fill(62.0, 1000)],
        4000,
        "(now 62) is false",
        {"holds": False, "value": 62, "limit": 80},
    ),
    "in the quiet band": ("full-bin", [fill(62.0, 1000), fill(63.0, 2000)], 4000, "(now 63) is false", {"value": 63}),
    "on-delay runs": ("full-bin", [fill(90.0, 1000)], 4000, "on_delay: 2 s left", {"holds": True, "value": 90}),
    "fires": ("full-bin", [fill(90.0, 1000)], 9000, "fires", {"holds": True}),
    "held by its deadband": (
        "full-bin",
        [fill(90.0, 1000), fill(77.0, 9000)],
        9500,
        "fires",
        {"holds": True, "value": 77},
    ),
    "off-delay runs": (
        "full-bin",
        [fill(90.0, 1000), fill(9.0, 9000)],
        10_000,
        "off_delay: 2 s left",
        {"holds": False},
    ),
    "bad quality counts for nothing": (
        "full-bin",
        [fill(90.0, 1000, "suspect")],
        9000,
        "nothing was heard yet",
        {"value": 90},
    ),
    "offline": ("full-bin", [fill(62.0, 1000), Availability("bin", "offline", t=2000)], 4000, "NODATA", {"value": 62}),
    "locked": ("full-bin", [lock(500), fill(90.0, 1000)], 9000, "under maintenance", {"holds": None}),
    "silent for a while": (
        "silent-door",
        [door(False, 5000)],
        20_000,
        "is false",
        {"holds": False, "value": 15, "limit": 45, "left_s": 30.0},
    ),
    "silent for too long": ("silent-door", [door(False, 5000)], 60_000, "fires", {"holds": True, "value": 55}),
    "outside its hours": (
        "night-door",
        [door(True, 1000)],
        4000,
        "within 22:00 to 06:00 is false",
        {"holds": True, "value": True},
    ),
    "not in its state": (
        "night-door",
        [door(False, 1000)],
        4000,
        "door_open == true (now False) is false",
        {"holds": False},
    ),
    "nobody pressed": ("call-lobby", [], 4000, "pressed: negative is false", {"holds": False}),
    "pressed": ("call-lobby", [press("2", 1000)], 4000, "fires", {"holds": True, "left_s": 17.0, "for_s": 3.0}),
    "too few": (
        "unhappy-lobby",
        [press("2", 1000), press("2", 2000)],
        4000,
        "(now 2) is false",
        {"value": 2, "limit": 3},
    ),
    "old ones have left": (
        "unhappy-lobby",
        [press("2", 1000), press("2", 2000)],
        31_500,
        "(now 1) is false",
        {"value": 1},
    ),
    "enough": (
        "cards-door",
        [Event("door", "card", "7", 1000), Event("door", "card", "8", 2000)],
        4000,
        "fires",
        {"value": 2, "left_s": 7.0},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_decides_is_said(case: str) -> None:
    alarm, causes, now, verdict, clause = CASES[case]
    one = point(engine(*causes), alarm, now)
    assert verdict in one["verdict"]
    assert one["clauses"][0].items() >= clause.items()
    assert one["fires"] == one["verdict"].startswith("fires")


def test_what_the_device_said_last_is_shown_with_age_and_quality() -> None:
    one = point(engine(fill(62.0, 1000), fill(64.5, 3000, "suspect")), "full-bin", 8000)
    assert one["readings"] == [
        {"device": "bin", "quantity": "fill_level", "part": "", "value": 64.5, "unit": "%", "age_s": 5.0,
         "quality": "suspect", "historical": False},
    ]  # fmt: skip


def test_what_keeps_it_quiet_is_named() -> None:
    one = point(engine(lock(500), Availability("bin", "offline", t=700)), "full-bin", 1000)
    assert one["quiet"] == [
        "under maintenance until 2023-11-15T16:00:00.500Z by li: nothing of the device counts",
        "bin is offline",
    ]


def test_shelving_is_told_with_the_time_that_is_left() -> None:
    shelve = Instruction(
        "alarm-shelve", "s1", 20_000, "li", "team-leader",
        args='{"alarm": "full-bin", "reason": "known", "duration_s": 600}',
    )  # fmt: skip
    one = point(engine(fill(90.0, 1000), shelve), "full-bin", 50_000)
    assert one["verdict"] == "fires; nobody is told, see what keeps it quiet"
    assert one["quiet"] == ["shelved until 2023-11-15T12:10:20.000Z (570 s left)"]
    assert one["life"]["raised_at"] == "2023-11-15T12:00:06.000Z"


def test_a_rule_is_explained_for_each_of_its_devices_and_an_occurrence_is_found() -> None:
    made = engine(Reading("leak", "water_leak", value=True, t=1000))
    assert [one["alarm"] for one in explain(made, "gone", 2000)["points"]] == ["gone-bin", "gone-leak"]
    occurrence = explain(made, "wet", 2000)["points"][0]["life"]["occurrence"]
    assert [one["alarm"] for one in explain(made, occurrence, 2000)["points"]] == ["wet-leak"]


def test_the_nearest_name_is_said() -> None:
    assert explain(engine(), "ful-bin", 0) == {"error": "no rule or alarm 'ful-bin'; did you mean 'full-bin'?"}


def test_nothing_is_believed_before_the_first_value_after_a_restart() -> None:
    twin = Engine(PLAN, lambda _revision: PLAN)
    restore(twin, snapshot(engine(fill(62.0, 1000))))
    (one,) = explain(twin, "full-bin", 2000)["points"]
    assert one["readings"] == []
    assert one["clauses"][0]["holds"] is False


KINDS: dict[str, dict[str, Any]] = {
    "threshold": {"quantity": "temperature", "when": {"op": ">=", "value": 30.0}, "deadband": 2.0},
    "threshold of a window": {
        "kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 30.0},
        "agg": {"fn": "mean", "window": "1h"},
    },
    "absent": {"after": "60s"},
    "pressed": {},
    "count": {"of": {"event": "card"}, "count": 2, "window": "10s"},
    "within_hours": {"quantity": "door_open", "hours": {"from": "22:00", "to": "06:00"}},
    "state_duration": {"quantity": "door_open", "longer_than": "60s"},
    "starts": {"quantity": "running", "when": {"op": ">", "value": 8.0}},
    "rate_of_change": {"quantity": "temperature", "by": 10.0, "within": "5m"},
    "feedback_share": {"count": 3, "share": 0.5, "window": "1h"},
    "stuck": {"quantity": "temperature", "longer_than": "1h"},
    "implausible": {"quantity": "temperature", "low": -40.0, "high": 85.0},
    "missed_round": {"slots": ["08:00"]},
    "compare": {"quantity": "temperature", "other": {"part": "probe=2"}, "when": {"op": ">", "value": 5.0}},
    "sequence": {"first": {"quantity": "door_open"}, "relation": "without", "second": {"event": "unlock"}},
    "sequence together": {
        "kind": "sequence", "first": {"quantity": "running", "part": "pump=1"}, "relation": "together",
        "second": {"quantity": "running", "part": "pump=2"},
    },
    "forecast": {"quantity": "fill_level", "to": 100.0, "within": "4h", "window": "2h"},
    "baseline": {"quantity": "water_flow", "at_least": 1.0},
    "drift": {"quantity": "temperature", "slack": 0.5, "decision": 5.0},
    "due": {"after": "30d", "quantity": "running", "running_for": "500h"},
    "composite": {"all": [{"rule": "a"}], "none": [{"rule": "b"}]},
    "formula": {"formula": "t > 30", "of": {"t": {"quantity": "temperature"}}},
}  # fmt: skip
"""Every kind, as short as it may be written."""
OTHERS = {"all-0": ("a-x",), "none-0": ("b-x",)}


def test_no_kind_is_left_out() -> None:
    written = {fields.get("kind", name) for name, fields in KINDS.items()}
    assert written == {one.model_fields["kind"].annotation.__args__[0] for one in get_args(get_args(Rule)[0])}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_explains_itself_before_anything_was_heard_and_after(name: str) -> None:
    written = rule({"kind": name} | KINDS[name])
    step = written.step(Seat("x", others=OTHERS))
    before = step.explain(1000)
    assert not any(clause.holds for clause in before if clause.words != "none: b-x")
    for device, quantity, part in step.series:
        value: Any = True if quantity in ("door_open", "running") else 40.0
        for t in (2000, 4000):
            step.reading(Reading(device, quantity or "battery", value, t, part=part))
    state = step.state()
    for clause in (*before, *step.explain(5000)):
        assert clause.words
        assert clause.left >= -1
        assert clause.since >= -1
        assert isinstance(clause.value, int | float | str | None)
        assert msgspec.json.encode(clause)
    assert step.state() == state, "asking changes nothing"


def test_stages_are_shown_with_what_is_left_of_them() -> None:
    graver = plan(full={"stages": [{"on_delay": "10s", "priority": 2}, {"on_delay": "60s", "priority": 1}]})
    made = Engine(graver, lambda _revision: graver)
    for cause in (NOON, fill(90.0, 1000)):
        made.step(cause)
    made.advance(14_000)
    (one,) = explain(made, "full-bin", 14_000)["points"]
    shown = [(clause["words"], clause["holds"], clause["left_s"]) for clause in one["clauses"][-2:]]
    assert shown == [("P2 once it holds for 10s", True, None), ("P1 once it holds for 1m", False, 47.0)]
    assert one["priority"] == 2
