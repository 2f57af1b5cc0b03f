"""From events to feedback, and indicators whose n is never hidden."""

from __future__ import annotations

import pytest

from agent.feedback.classify import Meaning, Table, classify
from agent.feedback.kpi import Indicators
from agent.model.events import Event, Feedback

TABLE = Table(
    keys={
        "1": Meaning("cleaning", "positive", "normal", 100.0),
        "2_double": Meaning("security", "negative", "emergency", -1.0),
        "2": Meaning("cleaning", "negative", "normal", 0.0),
        "single": Meaning("other", "neutral", "normal", 50.0),
        "2/5": Meaning("cleaning", "negative", "normal", 25.0),
    },
    phrases={"17": Meaning("cleaning", "negative", "high", 0.0)},
    min_confidence=60,
)

CASES = [
    (Event("t", "button", "single", 9, "channel=1"), "1"),
    (Event("t", "button", "double", 9, "channel=2"), "2_double"),
    (Event("t", "button", "single", 9, "channel=2"), "2"),
    (Event("t", "button", "single", 9), "single"),
    (Event("t", "button", "single", 9, "channel=7"), "single"),
    (Event("t", "rating", "2/5", 9, "topic=1"), "2/5"),
    (Event("t", "voice", "17", 9), "17"),
    (Event("t", "voice", "17", 9, detail="confidence=60 lang=1"), "17"),
    (Event("t", "voice", "17", 9, detail="confidence=59"), None),
    (Event("t", "voice", "99", 9), None),
    (Event("t", "button", "release", 9, "channel=1"), None),
    (Event("t", "button", "single", 9, "channel=1", historical=True), None),
    (Event("t", "card", "1", 9), None),
    (Event("t", "tamper", "open", 9), None),
]


@pytest.mark.parametrize(("event", "key"), CASES)
def test_a_key_means_what_the_table_says(event: Event, key: str | None) -> None:
    found = classify(event, TABLE)
    assert (found.key if found else None) == key
    if found is not None:
        known = TABLE.phrases if event.quantity == "voice" else TABLE.keys
        assert (found.service, found.sentiment, found.urgency, found.score) == (
            known[found.key].service, known[found.key].sentiment, known[found.key].urgency, known[found.key].score,
        )  # fmt: skip


def test_the_identity_of_a_press_is_its_native_one() -> None:
    found = classify(Event("t", "button", "single", 9, "channel=1", "uid:7"), TABLE)
    assert found is not None
    assert found.feedback == "uid:7"


def press(score: float) -> Feedback:
    return Feedback("t", 0, "x", "button", "1", "cleaning", "negative", "normal", score)


def values(indicators: Indicators, zone: str) -> dict[str, tuple[float | None, int]]:
    return {value.kpi: (value.value, value.n) for value in indicators.zone(zone).values()}


def test_the_index_is_the_mean_of_the_scores() -> None:
    # the smiley vendor's own example (domain.md §3.2): 126/60/16/17 presses give 78.2
    indicators = Indicators(("lobby",))
    for score, count in ((100.0, 126), (200 / 3, 60), (100 / 3, 16), (0.0, 17)):
        for _ in range(count):
            indicators.zone("lobby").press(press(score))
    index, n = values(indicators, "lobby")["satisfaction_index"]
    assert n == 219
    assert index == pytest.approx(78.2, abs=0.05)


def test_no_press_is_not_a_good_press() -> None:
    assert values(Indicators(("lobby",)), "lobby") == {
        "satisfaction_index": (None, 0), "presses": (0.0, 0), "press_to_ack_median": (None, 0),
    }  # fmt: skip


def test_a_call_for_help_is_counted_and_not_rated() -> None:
    indicators = Indicators(("lobby",))
    indicators.zone("lobby").press(press(-1.0))
    assert values(indicators, "lobby")["presses"] == (1.0, 1)
    assert values(indicators, "lobby")["satisfaction_index"] == (None, 0)


@pytest.mark.parametrize(("waits", "median"), [([4000], 4.0), ([1000, 9000], 5.0), ([9000, 1000, 2000], 2.0)])
def test_the_median_of_the_waits(waits: list[int], median: float) -> None:
    indicators = Indicators(("lobby",))
    for wait in waits:
        indicators.zone("lobby").acknowledged(wait)
    assert values(indicators, "lobby")["press_to_ack_median"] == (median, len(waits))


def test_an_hour_ends_with_one_row_a_zone_and_begins_anew() -> None:
    indicators = Indicators(("lobby", "pool"))
    indicators.start = 1_000
    indicators.zone("lobby").press(press(100.0))
    rows = indicators.close(7, 3_601_000)
    assert [(row.scope, row.start, row.end) for row in rows] == [
        ("lobby", 1_000, 3_601_000),
        ("pool", 1_000, 3_601_000),
    ]
    assert values(indicators, "lobby")["presses"] == (0.0, 0)
    again = Indicators(())
    again.restore(indicators.state())
    assert again.state() == indicators.state()
