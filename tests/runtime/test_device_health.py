"""What the centre is told of the devices: what stands in a row, when a report leaves, and how many fit into one."""

from __future__ import annotations

import json
from typing import Any

from agent.alarms.metrics import Metrics
from agent.io.memory import MemoryClock
from agent.model.place import Label
from agent.runtime.centre import Centre, Identity
from agent.runtime.device_health import EVERY, EXPIRY_S, MOST, Rows, reports, row
from agent.runtime.envelope import Envelope
from tests.runtime.rig import Plain, Rig

LARGEST = 256 * 1024
"""Bytes of a message that brokers and clients commonly take (mqtt.md §3.2)."""


class Wire:
    """A connection that keeps what it is given; the test says whether the broker is there."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], int]] = []
        self.waits: list[int] = []
        self.connected = False

    def publish(self, topic: str, payload: bytes, *, expiry_s: int = 0, retain: bool = False, **_more: Any) -> int:
        assert retain
        self.sent.append((topic.split("/", 4)[4], json.loads(payload), expiry_s))
        return len(self.sent)

    def subscribe(self, *_: object) -> None: ...

    def turn(self, limit_ms: int = 0) -> None:
        self.waits.append(limit_ms)

    def ack(self, tokens: list[int]) -> None: ...


class Nothing:
    """A forwarder that has nothing to forward."""

    def turn(self) -> bool:
        return False


def centre(wire: Wire, clock: MemoryClock, groups: dict[str, Rows], **more: Any) -> Centre:
    envelope = Envelope("acme", "pi-1", "epoch", label=Label, title=lambda _rule: {}, wall=lambda t: t)
    return Centre(
        wire, Nothing(), envelope, Identity("acme", "pi-1", 7, "boot", "test", "epoch"), clock=clock, info=dict,  # type: ignore[arg-type]
        order=lambda *_: None, newest_alarms=list, health=lambda: groups, **more,
    )  # fmt: skip


def polled(slaves: int) -> Rows:
    """Give the rows of devices as a bus has them, all counts as long as they get."""
    rig = Rig(*(Plain("x", 60_000) for _ in range(1)))
    rig.until(7_200_000)
    counts = rig.counters.of("x").snapshot(rig.clock.t)
    counts["this_hour"] = dict.fromkeys(("polls", "answers", "timeouts", "checksum", "exceptions"), 36_000)
    counts["last_hour"] = counts["this_hour"]
    counts["last_error"] = "checksum: " + "x" * 100
    counts["faults"] = dict.fromkeys(("junk", "checksum", "silent", "refused", "insane", "unplugged"), 1_000_000)
    return {f"{'d' * 50}-{n}": row("online", "2026-03-02T08:15:00.120Z", counts) for n in range(slaves)}


def test_a_row_says_what_there_is_to_say() -> None:
    rig = Rig(Plain("a", 1000), Plain("d", 1000), dead="d")
    rig.until(20_500)
    a, d = (row("online", None, rig.counters.of(name).snapshot(rig.clock.t)) for name in "ad")
    assert {"presence", "polls", "answers", "items", "this_hour", "last_hour", "round_trip_ms", "slip_ms"} <= set(a)
    assert not {"timeouts", "faults", "last_error"} & set(a)
    assert d["timeouts"] == d["polls"] == d["faults"]["silent"]
    assert row("unknown", None, {}) == {"presence": "unknown", "last_seen": None}


def test_up_to_300_devices_are_one_message() -> None:
    groups: dict[str, Rows] = {"bus-1": polled(MOST - 1), "bus-2": {"b": row("online", None, {})}}
    ((topic, data),) = reports(groups)
    assert topic == "health/devices"
    assert set(data["devices"]) == set(groups["bus-1"]) | {"b"}
    assert list(reports({})) == [("health/devices", {"devices": {}})]


def test_more_are_cut_by_line_and_none_is_lost_or_told_twice() -> None:
    groups: dict[str, Rows] = {"bus-1": polled(200), "zigbee": {f"z{n}": row("unknown", None, {}) for n in range(650)}}
    told = dict(reports(groups))
    assert set(told) == {f"health/devices{part}" for part in ("", "/bus-1/1", "/zigbee/1", "/zigbee/2", "/zigbee/3")}
    assert told.pop("health/devices") == {
        "devices": {}, "total": 850, "parts": ["bus-1/1", "zigbee/1", "zigbee/2", "zigbee/3"],
    }  # fmt: skip
    names = [name for data in told.values() for name in data["devices"]]
    assert sorted(names) == sorted([*groups["bus-1"], *groups["zigbee"]])
    assert max(len(data["devices"]) for data in told.values()) == MOST


def test_no_message_is_too_large_for_a_broker() -> None:
    assert max(len(json.dumps(data)) for _, data in reports({"bus-1": polled(MOST)})) < LARGEST


def test_a_report_leaves_with_the_connection_then_every_five_minutes_and_at_the_stop() -> None:
    wire, clock = Wire(), MemoryClock()
    told = centre(wire, clock, {"bus-1": {"a": row("online", None, {})}})
    told.turn(60_000)
    assert (wire.sent, wire.waits) == ([], [60_000])  # no broker, no report, and no hurry
    wire.connected = True
    for _ in range(30):
        told.turn(60_000)
        clock.advance(wire.waits[-1])
    reported = [(topic, expiry) for topic, _, expiry in wire.sent]
    assert 5 <= reported.count(("health/devices", EXPIRY_S)) <= 7
    assert set(reported) == {("health/devices", EXPIRY_S), ("health/rules", EXPIRY_S)}
    assert max(wire.waits) <= 60_000 <= EVERY
    told.leave()
    (topic, event, expiry), (rules, _, _), (status, _, _) = wire.sent[-3:]
    assert rules == "health/rules"
    assert (topic, expiry, status) == ("health/devices", 0, "status")
    assert event["type"] == "caretaker.health.devices.v1"
    assert event["data"] == {"session": 7, "devices": {"a": {"presence": "online", "last_seen": None}}}
    assert len({said["id"] for name, said, _ in wire.sent if name != "status"}) == len(wire.sent) - 1


def test_alarm_metrics_leave_with_the_connection_then_every_ten_minutes() -> None:
    wire, clock, metrics = Wire(), MemoryClock(), Metrics(0)
    told = centre(wire, clock, {}, metrics=lambda: metrics.report(clock.now()))
    told.turn(60_000)
    assert wire.sent == []
    wire.connected = True
    for _ in range(61):
        told.turn(60_000)
        clock.advance(60_000)
    reported = [(said, expiry) for topic, said, expiry in wire.sent if topic == "metrics/alarms"]
    assert len(reported) == 7
    event, expiry = reported[-1]
    assert (event["type"], expiry) == ("caretaker.metrics.alarms.v1", 1800)
    assert event["data"] == {"session": 7, **metrics.report(3_600_000)}
