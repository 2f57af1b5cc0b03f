"""FTL/1, the host: everything that is refused, any cut, hostile bytes, polling, decoding out of session."""

from __future__ import annotations

import os
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Availability, Event, Fault, Reading, Undecoded
from drivers.ftl1 import DRIVER
from drivers.ftl1_frame import ACK_REQ, Frame, Message, wire
from drivers.ftl1_messages import Ack, HelloReq, Poll, frame_of
from tests import kit
from tests.drivers.ftl1_kit import (
    UID,
    VECTORS,
    WALL,
    greeted,
    heartbeat,
    hello,
    host,
    messages,
    only_event,
    press,
    said,
)

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))

REFUSALS: list[tuple[str, bytes, Any, list[Message]]] = [
    ("bit flip", VECTORS["29"], Fault("lobby", "checksum", size=32, t=9), []),
    ("truncated", VECTORS["30"], Fault("lobby", "junk", size=24, t=9), []),
    ("version", VECTORS["33"], Fault("lobby", "insane", "FTL version 2", t=9), [Ack(9, 4, 0)]),
    (
        "type",
        wire(Frame(0x33, 8, 5, b"\1", ACK_REQ)),
        Undecoded("lobby", "01", detail="FTL type 33", t=9),
        [Ack(8, 4, 0)],
    ),
    ("type, no answer wanted", wire(Frame(0x33, 8, 5)), Undecoded("lobby", "", detail="FTL type 33", t=9), []),
    (
        "short",
        wire(Frame(1, 8, 5, b"\1", ACK_REQ)),
        Fault("lobby", "insane", "FTL type 01 with 1 bytes", t=9),
        [Ack(8, 3, 0)],
    ),
    ("address", frame_of(heartbeat(), 0, 0), Fault("lobby", "insane", "address 0", t=9), []),
    ("address", frame_of(heartbeat(), 0, 248), Fault("lobby", "insane", "address 248", t=9), []),
    ("echo", VECTORS["27"], Fault("lobby", "junk", "a host's frame, type 89: an echo?", t=9), []),
    ("endless", b"\0" + b"\x01" * 5000 + b"\0", Fault("lobby", "junk", size=255, t=9), []),
]


@pytest.mark.parametrize(("name", "data", "item", "answers"), REFUSALS)
def test_refusals_in_the_order_of_the_checks(name: str, data: bytes, item: object, answers: list[Message]) -> None:
    device = greeted()
    assert device.receive(data, 9) == [item]
    assert messages(device.ask(9)) == answers


def test_noise_before_a_frame_and_a_shared_zero() -> None:
    device = greeted()
    noise, press_event = device.receive(VECTORS["31"], 9)
    assert noise == Fault("lobby", "junk", size=3, t=9)
    assert isinstance(press_event, Event)
    assert [type(item) for item in device.receive(VECTORS["32"], 9)] == [Event]


def test_silence_releases_a_frame_without_its_last_zero() -> None:
    device = greeted()
    assert device.receive(VECTORS["07"][:-1], 9) == []
    assert only_event(device.quiet(60)).native == f"{UID}:1042"
    assert device.receive(VECTORS["07"][:-3], 100) == []
    assert device.quiet(150) == [Fault("lobby", "junk", size=30, t=150)]
    assert only_event(device.receive(VECTORS["08"], 200)).native == f"{UID}:1042"


def test_any_cut() -> None:
    stream = b"".join(
        VECTORS[number] for number in ("01", "03", "29", "07", "30", "31", "32", "20", "21", "22", "23", "33")
    )
    items = kit.same_however_cut(lambda: host({UID: 3}, WALL), stream)
    assert sum(isinstance(item, Event) for item in items) == 7


@pytest.mark.parametrize("good", ["20", "01 07"])
def test_hostile_bytes(good: str) -> None:
    frame = b"".join(VECTORS[number] for number in good.split())
    sign = "battery" if good == "20" else "button"
    kit.hostile(
        host(wall=WALL),
        lambda: frame,
        lambda items: any(isinstance(item, Reading | Event) and item.quantity == sign for item in items),
        HOSTILE // 2,
    )


def test_a_flood_of_questions_is_answered_in_bounds() -> None:
    device = greeted()
    for number in range(1000):
        device.receive(wire(Frame(0x33, number, 5, b"", ACK_REQ)), 9)
    assert 1024 <= len(device.ask(9)) < 1100


def test_frames_out_of_their_session_are_explained_to_decode() -> None:
    assert DRIVER.decoder is not None
    for number, quality in [("03", "bounded"), ("05", "derived"), ("07", "exact")]:
        event = only_event(DRIVER.decoder(Setup("lobby")).receive(VECTORS[number], 0))
        assert (event.quantity, event.value, event.time_quality) == ("button", "single", quality)


def test_a_terminal_that_is_polled() -> None:
    device = host(poll=True)
    assert messages(device.ask(0)) == [HelloReq(), Poll(1)]
    assert (device.waiting, device.due()) == (True, 200)
    assert said(device, hello(), 10, addr=6) == []
    assert device.waiting
    assert said(device, hello(), 10, flags=0) == [Availability("lobby", "online", t=10)]
    assert not device.waiting
    device.ask(10)
    said(device, press(1), 10, flags=ACK_REQ | 4)
    assert device.due() == 10
    assert messages(device.ask(20)) == [Poll(1)]
    assert device.quiet(120) == [Fault("lobby", "silent", "no answer to POLL", t=120)]
    assert not device.waiting
