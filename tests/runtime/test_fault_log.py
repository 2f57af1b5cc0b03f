"""The fault log: one line when a fault comes, one when it goes, a count for every repeat; and the counters."""

from __future__ import annotations

import logging

import pytest

from agent.io.memory import MemoryClock
from agent.model.events import Availability, Fault, Reading, Stranger
from agent.ports import NotConnectedError
from agent.runtime import counters, fault_log
from agent.runtime.counters import Counters
from agent.runtime.fault_log import AGAIN, FaultLog


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(1000)


@pytest.fixture
def log(clock: MemoryClock, caplog: pytest.LogCaptureFixture) -> FaultLog:
    caplog.set_level(logging.INFO)
    return FaultLog(clock)


def test_a_repeat_raises_the_count_and_writes_no_line(
    log: FaultLog, clock: MemoryClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        log.report("CT202", "bus-1", port="/dev/ttyS1")
        clock.advance(AGAIN)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.messages[0].startswith("CT202 bus-1: The port /dev/ttyS1 is in use by another program. Find it with")
    (entry,) = log.snapshot()
    assert (entry.code, entry.subject, entry.count, entry.active, entry.t) == ("CT202", "bus-1", 100, True, 1000)
    log.cleared("CT202", "bus-1")
    log.cleared("CT202", "bus-1")
    assert caplog.messages[1:] == ["CT202 bus-1: over"]
    assert not log.snapshot()[0].active


def test_what_comes_and_goes_all_day_is_said_once_an_hour(
    log: FaultLog, clock: MemoryClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(24 * 60):
        log.report("CT301", "north", host="h", port="1", detail="away")
        clock.advance(30_000)
        log.cleared("CT301", "north")
        clock.advance(30_000)
    assert len(caplog.messages) == 24 * 2
    assert log.snapshot()[0].count == 24 * 60


def test_an_error_of_the_far_end_is_reported_by_its_code(log: FaultLog) -> None:
    assert log.caught(NotConnectedError.because("CT201", port="/dev/x", names="nothing"), "bus-1") == "CT201"
    assert log.caught(NotConnectedError("words only"), "bus-1") == ""
    (entry,) = log.snapshot()
    assert entry.detail.startswith("The port /dev/x does not exist; under /dev/serial/by-id there is: nothing. Plug")


def test_the_log_is_bounded_and_keeps_what_is_active(log: FaultLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fault_log, "MOST", 3)
    log.report("CT202", "kept", port="p")
    for name in "abcdef":
        log.report("CT214", name, ecosystem="zigbee2mqtt")
        log.cleared("CT214", name)
    assert len(log.snapshot()) == 3
    assert log.snapshot()[0].subject == "kept"


def test_counters_tell_a_dead_sensor_from_a_noisy_cable() -> None:
    counts = Counters()
    strangers = counts.count(
        [
            Reading("a", "temperature", 20.0, 5),
            Fault("a", "checksum", "frame of 9 bytes"),
            Fault("b", "silent"),
            Availability("b", "offline"),
            Stranger("c"),
        ],
        7,
    )
    shown = counts.snapshot(0)
    assert (shown["a"]["items"], shown["a"]["faults"], shown["a"]["last_seen"]) == (1, {"checksum": 1}, 7)
    assert shown["a"]["last_error"] == "checksum: frame of 9 bytes"
    assert shown["b"]["faults"] == {"silent": 1}
    assert strangers == 1
    assert "c" not in shown


def test_names_from_outside_do_not_grow_the_counters_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MOST", 2)
    counts = Counters()
    for name in ("a", "b", "c", "d"):
        counts.of(name).seen(1)
    assert {name: row["items"] for name, row in counts.snapshot(0).items()} == {"(others)": 2, "a": 1, "b": 1}
