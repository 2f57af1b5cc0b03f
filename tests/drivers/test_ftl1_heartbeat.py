"""FTL/1, the host: what heartbeats, results and logs mean, and when the time is told."""

from __future__ import annotations

from agent.model.events import Availability, Event, Fault, Reading, Undecoded
from drivers.ftl1_frame import CLOCK_OK
from drivers.ftl1_messages import HelloReq, Log, Result, Time
from drivers.ftl1_records import Stuck
from tests.drivers.ftl1_kit import (
    VECTORS,
    WALL,
    greeted,
    heartbeat,
    host,
    messages,
    only_event,
    press,
    said,
)


def test_heartbeats() -> None:
    device = host()
    assert device.receive(VECTORS["20"], 7) == [
        Availability("lobby", "online", t=7),
        Reading("lobby", "battery", 98.0, 7),
        Reading("lobby", "battery_voltage", 4.12, 7),
        Reading("lobby", "device_temperature", 23.1, 7),
        Reading("lobby", "tamper", value=False, t=7),
        Reading("lobby", "battery_low", value=False, t=7),
        Reading("lobby", "pending_events", 0.0, 7),
        Reading("lobby", "bad_frames", 0.0, 7),
        Reading("lobby", "uptime", 150.0, 7),
    ]
    assert HelloReq() in messages(device.ask(7))
    second = device.receive(VECTORS["21"], 8)
    assert [(item.quantity, item.value) for item in second if isinstance(item, Reading)] == [
        ("battery", 9.0),
        ("battery_voltage", 3.31),
        ("tamper", True),
        ("battery_low", True),
        ("pending_events", 2.0),
        ("bad_frames", 3.0),
        ("uptime", 180.0),
    ]
    assert second[-1] == Event("lobby", "key_stuck", "stuck", 8, "channel=4")
    assert [item for item in device.receive(VECTORS["21"], 9) if isinstance(item, Event)] == []
    assert said(device, heartbeat(), 10)[-1] == Event("lobby", "key_stuck", "free", 10, "channel=4")


def test_a_heartbeat_that_knows_little_or_too_much() -> None:
    device = greeted()
    items = said(device, heartbeat(batt_mv=0xFFFF, batt_pct=0xFF, temp_dc=-0x8000), 5)
    assert [item.quantity for item in items if isinstance(item, Reading)] == [
        "tamper", "battery_low", "pending_events", "bad_frames", "uptime",
    ]  # fmt: skip
    items = said(device, heartbeat(batt_mv=65_000, batt_pct=101, temp_dc=3000), 5)
    assert [item.detail for item in items if isinstance(item, Fault)] == [
        "battery 101.0", "battery_voltage 65.0", "device_temperature 300.0",
    ]  # fmt: skip


def test_a_stuck_key_is_told_once_by_record_or_heartbeat() -> None:
    device = greeted()
    only_event(said(device, press(1, body=Stuck(4, 20)), 1))
    assert [item for item in said(device, heartbeat(stuck_keys=0b1000), 2) if isinstance(item, Event)] == []


def test_the_time_is_told_when_the_terminal_has_none_and_hourly() -> None:
    device = greeted(wall=WALL)
    said(device, heartbeat(), 1000, flags=CLOCK_OK)
    assert device.ask(1000) == b""
    said(device, heartbeat(), 2000, flags=0)
    assert messages(device.ask(2000)) == [Time(WALL // 1000 + 2, 250, 480)]
    said(device, heartbeat(), 3_602_000, flags=CLOCK_OK)
    assert Time(WALL // 1000 + 3602, 250, 480) in messages(device.ask(3_602_000))
    silent = greeted(wall=None)
    said(silent, heartbeat(), 1000, flags=0)
    assert silent.ask(1000) == b""


def test_results_and_logs() -> None:
    device = greeted()
    assert said(device, Result(4, 0, 0), 5) == [Event("lobby", "prompt_result", "done", 5, detail="prompt=4")]
    assert said(device, Result(4, 9, 0), 5) == [Event("lobby", "prompt_result", "9", 5, detail="prompt=4")]
    assert said(device, Log(2, b"flash \xff"), 5) == [
        Undecoded("lobby", b"\2flash \xff".hex(), detail="log level 2: flash �", t=5)
    ]
    assert device.receive(VECTORS["28"], 5) == []
