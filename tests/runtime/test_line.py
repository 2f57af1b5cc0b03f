"""A line in virtual time: talkers, orders from the pump, and a port that is missing, lost and found again."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from agent.model.effects import Prompt
from agent.model.events import Availability, Event, Fault, Reading
from agent.ports import NotConnectedError
from tests.runtime.rig import Plain, Rig

HOUR = 3_600_000


def test_a_talkers_half_frame_is_released_by_silence_once() -> None:
    device = Plain("a", talks=True)
    rig = Rig(device, asked=False)
    rig.bench.comes(1000, b"a=1")
    rig.until(HOUR)
    assert rig.said(Reading) == [Reading("a", "temperature", 1.0, 1050)]
    assert not rig.said(Fault)


def test_a_silent_talker_costs_one_wait_a_minute() -> None:
    rig = Rig(Plain("a", talks=True), asked=False)
    rig.until(HOUR)
    assert rig.bench.reads == [60_000] * 60


def test_a_talker_that_only_sends_noise_is_reported_and_forgiven() -> None:
    rig = Rig(Plain("a", talks=True), asked=False)
    for at in range(12):
        rig.bench.comes(1000 + at * 100, b"\xff.")
    rig.until(5000)
    assert [(row.code, row.active) for row in rig.faults.snapshot()] == [("CT213", True)]
    rig.bench.comes(6000, b"a=1.")
    rig.until(7000)
    assert [(row.code, row.active) for row in rig.faults.snapshot()] == [("CT213", False)]
    assert not [item for item in rig.said(Availability) if item.device == "a"]


@pytest.mark.parametrize(("code", "slowest"), [("CT201", 2_000), ("CT203", 2_000), ("CT205", 30_000)])
def test_a_port_that_is_missing_says_so_once_and_is_tried_again_ever_more_slowly(code: str, slowest: int) -> None:
    """One of this machine is there within seconds when it is plugged in, also after hours; a remote one costs more."""
    rig = Rig(Plain("a"), Plain("b"))
    rig.bench.missing = NotConnectedError.because(code, port="/dev/x", names="nothing", detail="away")
    tries: list[int] = []
    opened = rig.bench.open
    rig.bench.open = lambda: (tries.append(rig.clock.t), opened())[1]  # type: ignore[method-assign]
    while rig.clock.t < 10 * 60_000:
        rig.line.turn(0)
        rig.clock.advance(100)
    assert rig.items == [
        Availability("bus-1", "offline", "line", 0, code),
        *(Fault(name, "unplugged", str(rig.bench.missing)) for name in "ab"),
    ]
    assert 10 * 60_000 / slowest <= len(tries) <= 10 * 60_000 / slowest * 5
    assert slowest / 2 <= max(b - a for a, b in pairwise(tries)) <= slowest + 100
    assert [(row.code, row.active, row.count) for row in rig.faults.snapshot()] == [(code, True, len(tries))]
    rig.bench.missing = None
    while rig.line.presence != "online":
        rig.line.turn(0)
        rig.clock.advance(100)
    assert not rig.faults.snapshot()[0].active


@pytest.mark.parametrize("moment", ["waiting", "idle"])
def test_a_port_lost_in_the_middle_comes_back(moment: str) -> None:
    device = Plain("a", 1000)
    rig = Rig(device, dead="a" if moment == "waiting" else "")
    rig.until(50 if moment == "waiting" else 500)
    rig.bench.missing = NotConnectedError.because("CT204", port="/dev/x", detail="gone")
    rig.line.turn()
    assert rig.line.presence == "offline"
    assert not device.waiting
    rig.bench.missing = None
    rig.dead.clear()
    rig.clock.advance(31_000)
    rig.until(rig.clock.t + 5000)
    assert [item.value for item in rig.said(Availability) if item.device == "bus-1"] == ["online", "offline", "online"]
    assert rig.items[-1] == Reading("a", "temperature", 1.0, rig.items[-1].t)


def test_whoever_was_left_alone_is_asked_soon_when_the_port_is_back() -> None:
    rig = Rig(Plain("a", 1000), Plain("b", 1000), dead="ab")
    rig.until(10 * 60_000)  # both are asked every 30 s by now
    rig.bench.missing = NotConnectedError.because("CT204", port="/dev/x", detail="gone")
    while rig.line.presence == "online":
        rig.line.turn()
    rig.clock.advance(60 * 60_000)
    rig.line.turn()
    rig.bench.missing = None
    rig.dead.clear()
    plugged = rig.clock.t
    while len(rig.said(Reading)) < 2:
        rig.line.turn(0)
        rig.clock.advance(10)
    assert rig.clock.t - plugged <= 5_000


def test_a_write_that_fails_leaves_no_device_waiting_for_ever() -> None:
    device = Plain("a", 1000)
    rig = Rig(device)
    rig.line.turn(0)
    rig.until(900)
    rig.bench.write = lambda _data: rig.bench._there()  # type: ignore[method-assign]
    rig.clock.advance(200)
    rig.bench.missing = NotConnectedError.because("CT207", port="/dev/x", detail="write timed out")
    rig.line.turn()
    assert not device.waiting
    assert rig.line.presence == "offline"


def test_orders_wait_for_a_free_bus_and_reach_the_right_device() -> None:
    a, b = Plain("a", 60_000), Plain("b", 60_000)
    rig = Rig(a, b)
    rig.line.turn(0)
    rig.line.say(Prompt("b", 0, "thank-you"))
    rig.line.settle(Event("a", "button", "1", native="u:7"), "stored")
    rig.line.send("a", b"raw")
    rig.line.say(Prompt("nobody", 0, "thank-you"))
    rig.bench.answer = lambda _data, _now: []
    rig.until(1000)
    assert [data for _, data in rig.asked()] == ["?a", "say thank-you", "stored u:7", "raw", "?b"]


def test_orders_for_a_line_that_is_away_are_dropped() -> None:
    rig = Rig(Plain("a", 60_000))
    rig.line.say(Prompt("a", 0, "thank-you"))
    rig.until(100)
    rig.bench.missing = NotConnectedError.because("CT204", port="/dev/x", detail="gone")
    rig.line.turn()
    rig.line.say(Prompt("a", 0, "thank-you"))
    rig.bench.missing = None
    rig.clock.advance(31_000)
    rig.until(rig.clock.t + 1000)
    assert [data for _, data in rig.asked()] == ["?a"]


def test_a_port_is_lent_and_taken_back_and_nobody_is_offline_meanwhile() -> None:
    rig = Rig(Plain("a", 1000))
    rig.until(2500)
    threading.Thread(target=rig.line.lend, args=(10_000,)).start()
    while not rig.line.lent:
        pass
    asked = len(rig.asked())
    rig.line.turn(0)
    assert not rig.bench.is_open
    rig.clock.advance(5_000)
    rig.line.turn(0)
    assert len(rig.asked()) == asked
    rig.line.take_back()
    rig.until(12_000)
    assert rig.bench.is_open
    assert len(rig.asked()) > asked
    said = [(item.device, item.value, item.reason) for item in rig.items if isinstance(item, Availability)]
    assert ("a", "offline", "silent") not in said
    assert ("bus-1", "unknown", "lent") in said


def test_a_lent_port_comes_back_by_itself() -> None:
    rig = Rig(Plain("a", 1000))
    rig.until(1500)
    threading.Thread(target=rig.line.lend, args=(3_000,)).start()
    while not rig.line.lent:
        pass
    rig.line.turn(0)
    rig.clock.advance(3_000)
    rig.until(8_000)
    assert rig.bench.is_open
    assert not rig.line.lent
