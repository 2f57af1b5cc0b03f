"""A bus in virtual time: who is asked when, who is left out, whose bytes are whose."""

from __future__ import annotations

from itertools import pairwise

from agent.driver import SerialSettings
from agent.model.events import Availability, Reading
from agent.ports import NotConnectedError
from agent.runtime.bus import DRAIN, DRAIN_MOST, FRAME
from agent.runtime.line import Line
from agent.runtime.turns import BITS
from tests.runtime.rig import Plain, Rig


def test_the_most_overdue_is_asked_first_and_one_at_a_time() -> None:
    a, b, c = Plain("a", 1000), Plain("b", 100), Plain("c", 400)
    rig = Rig(a, b, c)
    rig.until(10_000)
    times = [t for t, _ in rig.asked()]
    assert all(later - sooner >= 10 for sooner, later in pairwise(times))
    assert [len(device.asked) for device in (a, b, c)] == [10, 100, 25]
    assert len(rig.said(Reading)) == 135
    assert [item for item in rig.items if isinstance(item, Availability)] == [
        Availability("bus-1", "online", "line"),
        *(Availability(name, "online", "device", t) for name, t in (("a", 10), ("b", 22), ("c", 34))),
    ]


def test_a_dead_device_stalls_nobody_longer_than_its_timeout_and_is_asked_less_often() -> None:
    good, dead = Plain("g", 100), Plain("d", 100)
    rig = Rig(good, dead, dead="d")
    rig.until(120_000)
    gaps = [later - sooner for sooner, later in pairwise(good.asked)]
    assert max(gaps) <= 100 + dead.timeout_ms + 50 + 10
    pauses = [later - sooner for sooner, later in pairwise(dead.asked)]
    assert [round(pause, -3) for pause in pauses] == [1000, 2000, 5000, 30_000, 30_000, 30_000]
    assert rig.counters.of("d").timeouts == len(dead.asked) == 7


def test_offline_after_three_silences_and_online_with_the_first_answer() -> None:
    rig = Rig(Plain("a", 500), dead="a")
    rig.until(20_000)
    rig.dead.clear()
    rig.until(60_000)
    offline, online = [item for item in rig.said(Availability) if item.device == "a"]
    assert isinstance(offline, Availability)
    assert (offline.value, offline.reason) == ("offline", "silent")
    assert isinstance(online, Availability)
    assert (online.value, online.reason) == ("online", "")
    (entry,) = rig.faults.snapshot()
    assert (entry.code, entry.subject, entry.active) == ("CT211", "a", False)


def test_a_noisy_cable_is_not_a_dead_sensor() -> None:
    rig = Rig(Plain("a", 500))
    rig.bench.answer = lambda _data, _now: [(10, b"\xff\xfe.")]
    rig.until(10_000)
    assert [(row.code, row.subject) for row in rig.faults.snapshot()] == [("CT213", "a")]
    assert rig.counters.of("a").faults["junk"] == 4
    assert rig.counters.of("a").timeouts == 0


def test_silence_counts_from_the_last_byte() -> None:
    device = Plain("a", 10_000)
    rig = Rig(device, baud=4800)
    rig.bench.answer = lambda _data, _now: [(150, b"a"), (300, b"="), (450, b"1"), (600, b".")]
    rig.until(1000)
    assert rig.said(Reading) == [Reading("a", "temperature", 1.0, 600)]


def test_a_babbling_device_is_given_up_after_the_longest_frame() -> None:
    rig = Rig(Plain("a", 60_000), Plain("b", 60_000), baud=9600)
    rig.bench.answer = lambda data, _now: [(at, b"x") for at in range(5, 3000, 5)] if data == b"?a" else [(10, b"b=1.")]
    rig.until(10_000)
    (asked_a, _), (asked_b, _) = rig.asked()
    longest = FRAME * BITS * 1000 // 9600
    assert asked_b - asked_a <= 200 + DRAIN + longest + DRAIN_MOST + 10
    assert rig.counters.of("bus-1").stray > 0


def test_a_late_answer_is_never_taken_for_the_next_ones() -> None:
    rig = Rig(Plain("a", 60_000), Plain("b", 60_000))
    rig.bench.answer = lambda data, _now: [(220, b"a=1.")] if data == b"?a" else [(10, b"b=1.")]
    rig.until(1000)
    assert rig.said(Reading) == [Reading("b", "temperature", 1.0, rig.asked()[1][0] + 10)]
    assert rig.counters.of("bus-1").stray == 4
    assert rig.asked()[1][0] >= 220 + 50


def test_devices_of_one_bus_may_want_the_wire_set_otherwise() -> None:
    rig = Rig(Plain("a", 1000), Plain("b", 1000))
    slow = SerialSettings(4800, parity="E")
    rig.line = Line(
        "bus-1", rig.bench, [Plain("a", 1000), Plain("b", 1000)], clock=rig.clock, deliver=rig.items.extend,
        counters=rig.counters, faults=rig.faults, asked=True, wires={"a": SerialSettings(), "b": slow},
    )  # fmt: skip
    rig.until(3_500)
    assert [settings for _, settings in rig.bench.settings][:4] == [slow, SerialSettings(), slow, SerialSettings()]
    for t, _ in rig.bench.settings:
        assert any(asked == t for asked, _ in rig.bench.log)
    assert len(rig.said(Reading)) >= 6


def test_a_slower_device_gets_the_silence_that_it_needs() -> None:
    slow = SerialSettings(1200)
    rig = Rig()
    rig.line = Line(
        "bus-1", rig.bench, [Plain("a", 1000), Plain("b", 1000)], clock=rig.clock, deliver=rig.items.extend,
        counters=rig.counters, faults=rig.faults, asked=True, wires={"a": SerialSettings(115_200), "b": slow},
    )  # fmt: skip
    rig.until(900)
    (asked_a, _), (asked_b, _) = rig.asked()
    answered_a = asked_a + 10
    assert asked_b - answered_a >= 3.5 * BITS * 1000 / 1200


def test_after_the_port_was_opened_anew_the_wire_is_as_it_was_set_last() -> None:
    fast, slow = SerialSettings(), SerialSettings(4800)
    rig = Rig()
    rig.line = Line(
        "bus-1", rig.bench, [Plain("a", 1000), Plain("b", 1000)], clock=rig.clock, deliver=rig.items.extend,
        counters=rig.counters, faults=rig.faults, asked=True, wires={"a": fast, "b": slow},
    )  # fmt: skip
    rig.until(900)
    rig.bench.missing = NotConnectedError.because("CT204", port="/dev/x", detail="gone")
    rig.line.turn()
    rig.bench.missing = None
    rig.clock.advance(31_000)
    before = len(rig.asked())
    rig.until(rig.clock.t + 3000)
    set_for = {"?a": fast, "?b": slow}
    for t, words in rig.asked()[before:]:
        last = [settings for at, settings in rig.bench.settings if at <= t][-1]
        assert last == set_for[words]


def test_what_the_port_cannot_be_set_to_is_said_of_the_device() -> None:
    rig = Rig()
    rig.line = Line(
        "bus-1", rig.bench, [Plain("a", 1000), Plain("b", 1000)], clock=rig.clock, deliver=rig.items.extend,
        counters=rig.counters, faults=rig.faults, asked=True, wires={"b": SerialSettings(parity="E")},
    )  # fmt: skip
    rig.until(100)
    rig.bench.shortcoming = "parity E (Invalid argument)"
    rig.until(1900)
    assert ("CT210", "b") in {(row.code, row.subject) for row in rig.faults.snapshot()}
    assert len(rig.said(Reading)) >= 3
