"""The cursor towards the centre: what was answered, in which order, and what is sent again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from agent.io.memory import MemoryClock
from agent.model.events import Event, Reading
from agent.ports import Row
from agent.runtime.fault_log import FaultLog
from agent.runtime.northbound import AGAIN, WINDOW, Northbound
from tests.runtime.test_envelope import ALARM, envelope


class Shelf:
    """Rows by stream, read as the journal reads them."""

    def __init__(self) -> None:
        self.streams: dict[str, list[Row]] = {}

    def add(self, stream: str, *bodies: Any) -> None:
        rows = self.streams.setdefault(stream, [])
        rows += [Row(stream, len(rows) + n, body.t, body.t, body.t, False, body) for n, body in enumerate(bodies, 1)]

    def rows(self, stream: str, after: int, limit: int) -> tuple[list[Row], int]:
        found = [row for row in self.streams.get(stream, []) if row.seq > after][:limit]
        return found, found[-1].seq if found else after

    def cursor(self, _sink: str, _stream: str) -> int:
        return 0


class Out:
    """A connection that keeps what it is given; the test answers."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str, dict[str, Any]]] = []
        self.retained: list[bool] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool, **_more: Any) -> int:
        self.retained.append(retain)
        self.sent.append((len(self.sent) + 1, topic.split("/", 4)[4], json.loads(payload)))
        return len(self.sent)


@pytest.fixture
def rig() -> tuple[Shelf, Out, Northbound, dict[str, int], MemoryClock, FaultLog]:
    shelf, out, clock, done = Shelf(), Out(), MemoryClock(), {}
    faults = FaultLog(clock)

    def confirm(_sink: str, stream: str, seq: int) -> None:
        done[stream] = seq

    return (
        shelf,
        out,
        Northbound(shelf, out, envelope(), clock=clock, confirm=confirm, faults=faults),
        done,
        clock,
        faults,
    )


def card(n: int) -> Event:
    return Event("door", "card", str(n), n)


def test_answers_out_of_order_move_the_cursor_only_over_what_is_answered(rig: Any) -> None:
    shelf, _, north, done, _, _ = rig
    shelf.add("event", *(card(n) for n in range(5)))
    north.turn()
    for handle, expected in ((2, None), (3, None), (1, 3), (5, 3), (4, 5)):
        north.answered(handle, 0)
        assert done.get("event") == expected


def test_a_reading_between_two_of_another_device_is_never_passed(rig: Any) -> None:
    shelf, out, north, done, _, _ = rig
    shelf.add(
        "reading",
        Reading("a", "temperature", 1.0, 5),
        Reading("b", "temperature", 2.0, 5),
        Reading("a", "humidity", 3.0, 5),
    )
    north.turn()
    assert [(topic, [r["value"] for r in data["data"]["readings"]]) for _, topic, data in out.sent] == [
        ("reading/a", [1]), ("reading/b", [2]), ("reading/a", [3]),
    ]  # fmt: skip
    north.answered(2, 0)
    assert done == {}
    north.answered(1, 0)
    assert done == {"reading": 2}


def test_never_more_than_the_window_is_open(rig: Any) -> None:
    shelf, out, north, _, _, _ = rig
    shelf.add("event", *(card(n) for n in range(50)))
    north.turn()
    assert len(out.sent) == WINDOW == north.unanswered
    north.answered(1, 0)
    north.turn()
    assert len(out.sent) == WINDOW + 1


def test_what_a_lost_connection_left_open_is_sent_again_with_the_same_id(rig: Any) -> None:
    shelf, out, north, done, _, _ = rig
    shelf.add("event", card(1), card(2), card(3))
    north.turn()
    north.answered(1, 0)
    north.answered(2, -1)
    north.answered(3, -1)
    north.turn()
    ids = [data["id"] for _, _, data in out.sent]
    assert ids[3:] == ids[1:3]
    assert done == {"event": 1}


@pytest.mark.parametrize(("code", "fault"), [(0x10, "CT311"), (0x87, "CT310"), (0x97, "CT310")])
def test_a_refused_stream_waits_and_the_others_flow(rig: Any, code: int, fault: str) -> None:
    shelf, out, north, done, clock, faults = rig
    shelf.add("event", card(1))
    shelf.add("reading", Reading("a", "temperature", 1.0, 5))
    north.turn()
    north.answered(1, code)
    north.answered(2, 0)
    assert (done, [row.code for row in faults.snapshot() if row.active]) == ({"reading": 1}, [fault])
    assert north.turn() is False
    clock.advance(AGAIN)
    assert north.turn() is True
    north.answered(3, 0)
    assert done == {"reading": 1, "event": 1}
    assert [row.code for row in faults.snapshot() if row.active] == []
    assert out.sent[2][2]["id"] == out.sent[0][2]["id"]


def test_nobody_listening_is_no_hindrance_for_what_is_retained(rig: Any) -> None:
    shelf, _, north, done, _, _ = rig
    shelf.add("reading", Reading("a", "temperature", 1.0, 5))
    north.turn()
    north.answered(1, 0x10)
    assert done == {"reading": 1}


def test_old_transitions_go_out_beside_the_retained_slot(rig: Any) -> None:
    shelf, out, north, _, _, _ = rig
    shelf.add("alarm", ALARM, replace(ALARM, rev=2), replace(ALARM, alarm="other"), replace(ALARM, rev=3))
    north.knows(shelf.rows("alarm", 0, 9)[0])
    north.turn()
    assert [(topic, data["data"]["rev"]) for _, topic, data in out.sent] == [
        ("alarm/leak-pump-room-1", 1), ("alarm/leak-pump-room-1", 2), ("alarm/other", 1), ("alarm/leak-pump-room-1", 3),
    ]  # fmt: skip
    assert out.retained == [False, False, True, True]
