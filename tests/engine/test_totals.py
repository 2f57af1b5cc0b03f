"""Totals: wraps, resets, glitches, another meter, and the agent's own restart."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agent.engine.totals import Counter, Totals
from agent.model.events import Event, Reading

KEY = ("meter", "energy_total")


def through(counter: Counter | None, *values: float, state: dict[str, Any] | None = None) -> tuple[list[Any], Totals]:
    totals = Totals({KEY: counter} if counter else {}, state)
    told: list[Any] = []
    for t, value in enumerate(values):
        items = totals.take(Reading(*KEY, value, t))
        told += [item.value if isinstance(item, Reading) and item.quality == "good" else item for item in items]
    return told, totals


def word(item: Any) -> str:
    assert isinstance(item, Event)
    return f"{item.value} {item.detail}"


def test_a_rising_total_is_what_the_device_says() -> None:
    assert through(None, 1.0, 2.0, 2.0, 10.5)[0] == [1.0, 2.0, 2.0, 10.5]


def test_one_lower_word_is_doubted_and_forgotten() -> None:
    told, _ = through(Counter(goes_on=True), 100.0, 0.0, 101.0)
    assert (told[0], told[1].quality, told[2]) == (100.0, "suspect", 101.0)


@pytest.mark.parametrize(("goes_on", "wanted"), [(False, [2.0, 3.0]), (True, [102.0, 103.0])])
def test_a_reset_is_said_and_the_total_may_go_on(goes_on: bool, wanted: list[float]) -> None:
    told, _ = through(Counter(goes_on=goes_on), 100.0, 0.0, 2.0, 3.0)
    assert word(told[2]) == "reset from=100,to=2"
    assert told[3:] == wanted


def test_a_new_meter_begins_anywhere_and_the_total_does_not_jump() -> None:
    told, _ = through(Counter(goes_on=True), 50_000.0, 12_000.0, 12_001.0)
    assert told[-1] == 50_001.0


def test_a_wrap_adds_the_counters_range() -> None:
    told, _ = through(Counter(wraps_at=10_000.0, goes_on=True), 9_998.0, 3.0, 5.0, 9_999.0, 1.0)
    assert [word(item) for item in told if isinstance(item, Event)] == [
        "wrapped from=9998,to=3", "wrapped from=9999,to=1",
    ]  # fmt: skip
    assert [item for item in told if not isinstance(item, Event)] == [9_998.0, 10_003.0, 10_005.0, 19_999.0, 20_001.0]


def test_it_goes_on_behind_a_restart_of_ours_during_which_the_meter_was_reset() -> None:
    _, totals = through(Counter(goes_on=True), 100.0, 0.0, 1.0)
    state = msgspec.json.decode(msgspec.json.encode(totals.state()), type=dict[str, Any])
    told, _ = through(Counter(goes_on=True), 4.0, 0.5, 2.0, state=state)
    assert told[0] == 104.0
    assert told[-1] == 105.5


def test_other_quantities_words_and_late_values_are_left_alone() -> None:
    totals = Totals({})
    for reading in (Reading("m", "power", -5.0), Reading("m", "energy_total", 7.0, historical=True)):
        assert totals.take(reading) == [reading]
