"""A rehearsal counts what rules would have said: each time a condition comes true, at night too, beside other rules."""

from __future__ import annotations

import pytest

from agent.engine import rehearsal
from agent.engine.rehearsal import Rehearsal, compare
from agent.model.events import Cause, Instruction, Offset, Reading, Reload
from tests.plans import plan

HOUR = 3_600_000
EVENING = Offset(1, 0, 1_700_049_600_000, trusted=True, tz_min=480)
"""15 November 2023, 20:00 in China at engine time 0."""
ALONE = dict.fromkeys(("gone", "silent", "night", "call", "unhappy", "knocks", "cards"))
RUNNING = plan("a", **ALONE)


def rehearsed(causes: list[Cause], until: int, **changed: object) -> Rehearsal:
    made = Rehearsal(plan("b", **(ALONE | changed)), 0, [EVENING])  # type: ignore[arg-type]
    for cause in causes:
        made.step(cause)
    made.finish(until)
    return made


def fill(value: float, t: int) -> Reading:
    return Reading("bin", "fill_level", value, t)


def leak(value: bool, t: int) -> Reading:
    return Reading("leak", "water_leak", value, t)


THRICE: list[Cause] = [
    fill(90.0, 1000), fill(10.0, 60_000), fill(90.0, 120_000), fill(10.0, 180_000), fill(90.0, 240_000),
]  # fmt: skip


def test_every_time_that_a_condition_comes_true_is_counted_though_nobody_acknowledges() -> None:
    found = rehearsed(THRICE, HOUR).found["full-bin"]
    assert (found.rule, found.device, found.count, found.woken) == ("full", "bin", 3, 0)
    assert [firing.t for firing in found.firings] == [6000, 125_000, 245_000]
    assert [firing.value for firing in found.firings] == [90.0, 90.0, 90.0], "named also behind an on_delay"


def test_an_alarm_that_escalates_fired_once() -> None:
    assert rehearsed([leak(value=True, t=1000)], 48 * HOUR).found["wet-leak"].count == 1


@pytest.mark.parametrize(("hours", "woken"), [(1.9, 0), (2.1, 1), (9.9, 1), (10.1, 0)])
def test_who_is_woken_at_night_is_counted_in_the_time_of_the_site(hours: float, woken: int) -> None:
    made = rehearsed([leak(value=True, t=round(hours * HOUR))], 11 * HOUR)
    assert made.found["wet-leak"].woken == woken


def test_nobody_is_woken_by_what_is_not_urgent_or_at_an_hour_that_is_not_known() -> None:
    assert rehearsed([fill(90.0, 3 * HOUR)], 11 * HOUR).found["full-bin"].woken == 0
    unknown = Rehearsal(RUNNING, 0, [Offset(1, 0, 1_700_049_600_000, trusted=False)])
    unknown.step(leak(value=True, t=3 * HOUR))
    assert unknown.found["wet-leak"].woken == 0


def test_settings_of_the_past_are_passed_over_and_orders_are_obeyed() -> None:
    ack = Instruction("alarm-ack", "c1", 2000, "li", args='{"alarm": "wet-leak"}')
    made = rehearsed([leak(value=True, t=1000), Reload("nobody has kept this", 1500), ack], HOUR)
    assert made.found["wet-leak"].count == 1
    life = made.engine.life("wet-leak")
    assert life is not None
    assert life.occurrence.acked_by == "li"


def test_what_is_new_gone_changed_and_the_same() -> None:
    causes: list[Cause] = [leak(value=True, t=500), *THRICE]
    before = rehearsed(causes, HOUR)
    later = rehearsed(causes, HOUR, full={"on_delay": "50s"})
    assert {one.alarm: one.change for one in compare(before, before)} == {"full-bin": "same", "wet-leak": "same"}
    (full, wet) = compare(before, later)
    assert (full.change, wet.change) == ("changed", "same")
    assert [firing.t for firing in full.came] == [51_000, 170_000, 290_000]
    assert [firing.t for firing in full.went] == [6000, 125_000, 245_000]
    without = rehearsed(causes, HOUR, full=None)
    assert [one.change for one in compare(before, without)] == ["gone", "same"]
    assert [one.change for one in compare(without, before)] == ["new", "same"]


def test_a_rule_that_fires_all_the_time_is_counted_on_and_its_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "KEPT", 4)
    causes: list[Cause] = [leak(value=number % 2 == 0, t=number * 1000) for number in range(40)]
    found = rehearsed(causes, HOUR).found["wet-leak"]
    assert (found.count, len(found.firings)) == (20, 4)
