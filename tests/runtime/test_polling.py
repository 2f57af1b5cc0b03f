"""What polling a device is like: hours, round trips, lateness."""

from __future__ import annotations

from agent.runtime.polling import HOUR, Polling
from tests.runtime.rig import Plain, Rig


def test_this_hour_and_the_last() -> None:
    polling = Polling()
    assert polling.plain(0) == {}
    for t in (10, 20, HOUR - 1):
        polling.count("polls", t)
    polling.count("polls", HOUR)
    polling.count("timeouts", HOUR + 5)
    assert polling.plain(HOUR + 5) == {"this_hour": {"polls": 1, "timeouts": 1}, "last_hour": {"polls": 3}}
    assert polling.plain(2 * HOUR) == {"this_hour": {}, "last_hour": {"polls": 1, "timeouts": 1}}
    assert polling.plain(3 * HOUR) == {"this_hour": {}, "last_hour": {}}
    polling.count("polls", 5 * HOUR)
    assert polling.plain(5 * HOUR) == {"this_hour": {"polls": 1}, "last_hour": {}}


def test_a_bus_counts_polls_answers_timeouts_round_trips_and_slip() -> None:
    rig = Rig(Plain("a", 1000), Plain("b", 1000), Plain("d", 1000), dead="d")
    rig.until(20_500)
    a, d = rig.counters.of("a").snapshot(rig.clock.t), rig.counters.of("d").snapshot(rig.clock.t)
    assert a["this_hour"] == {"polls": a["polls"], "answers": a["answers"]}
    assert d["this_hour"] == {"polls": d["polls"], "timeouts": d["timeouts"]}
    assert a["round_trip_ms"]["last"] == 10
    assert "round_trip_ms" not in d
    assert a["slip_ms"]["max"] >= rig.counters.of("b").polling.slip.last >= 0


def test_a_damaged_answer_is_counted_as_such() -> None:
    rig = Rig(Plain("a", 500))
    rig.bench.answer = lambda _data, _now: [(10, b"\xff\xfe.")]
    rig.until(3_000)
    assert rig.counters.of("a").polling.this_hour.keys() == {"polls", "checksum"}


def test_a_device_that_is_asked_on_a_line_of_its_own_is_counted_like_one_on_a_bus() -> None:
    rig = Rig(Plain("a", 1000), asked=False)
    rig.until(5_500)
    rig.dead.add("a")
    rig.until(8_500)
    a = rig.counters.of("a").snapshot(rig.clock.t)
    assert a["this_hour"] == {"polls": 9, "answers": 6, "timeouts": 3}
    assert (a["answers"], a["timeouts"], a["round_trip_ms"]["max"]) == (6, 3, 10)
    assert a["slip_ms"]["max"] == 0
