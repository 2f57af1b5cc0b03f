"""What is kept of what is measured: changes, heartbeats, and everything on which a rule could act."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.engine.engine import Engine
from agent.engine.reporting import Report, Reporting
from agent.model.effects import Alarm
from agent.model.events import Reading
from tests.plans import plan

SECOND = 1_000


def kept(report: Report, *readings: Reading, indifferent: Callable[[Reading], bool] = lambda _r: True) -> list[int]:
    reporting = Reporting({("t", one.quantity): report for one in readings}, indifferent)
    return [reading.t // SECOND for reading in readings if reporting.passes(reading)]


def temperatures(*values: float) -> list[Reading]:
    return [Reading("t", "temperature", value, at * SECOND) for at, value in enumerate(values)]


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        (Report(), [0, 2, 4, 6]),
        (Report(deadband=0.5), [0, 4, 6]),
        (Report(min_interval=3 * SECOND), [0, 3, 6]),
        (Report(deadband=9.0, max_interval=3 * SECOND), [0, 3, 6]),
    ],
)
def test_numbers(report: Report, wanted: list[int]) -> None:
    assert kept(report, *temperatures(20.0, 20.0, 20.1, 20.1, 20.7, 20.7, 20.0)) == wanted


def test_a_contact_that_changes_and_a_change_of_quality_always_pass() -> None:
    slow = Report(min_interval=60 * SECOND, deadband=5.0)
    assert kept(slow, *(Reading("t", "door_open", at % 2 == 0, at * SECOND) for at in range(4))) == [0, 1, 2, 3]
    good, stale = Reading("t", "temperature", 20.0, 0), Reading("t", "temperature", 20.0, SECOND, quality="stale")
    assert kept(slow, good, stale, Reading("t", "temperature", 20.0, 2 * SECOND)) == [0, 1, 2]


def test_what_a_rule_could_act_on_and_what_comes_late_passes() -> None:
    slow = Report(min_interval=60 * SECOND)
    assert kept(slow, *temperatures(20, 81, 20), indifferent=lambda reading: reading.value != 81) == [0, 1]
    late = Reading("t", "temperature", 20.0, SECOND, historical=True)
    assert kept(slow, Reading("t", "temperature", 20.0), late) == [0, 1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=5, max_size=60))
def test_thinning_hides_no_alarm(levels: list[float]) -> None:
    def alarms(report: Report | None) -> list[tuple[str, int]]:
        the_plan = plan(full={"on_delay": "0s", "off_delay": "0s"})
        engine = Engine(the_plan, lambda _revision: the_plan)
        reporting = Reporting({("bin", "fill_level"): report} if report else {}, engine.indifferent)
        told: list[tuple[str, int]] = []
        for at, level in enumerate(levels):
            reading = Reading("bin", "fill_level", level, at * SECOND)
            if reporting.passes(reading):
                said = engine.step(reading)
                told += [(one.transition, one.t) for one in said if isinstance(one, Alarm) and one.rule == "full"]
        return told

    assert alarms(Report(deadband=20.0, min_interval=10 * SECOND)) == alarms(None)
