"""PN532: every vector both ways, the conversation, presence, random ids, refusals, any cut, hostile bytes, player."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from agent.model.events import Event, Fault, Undecoded
from drivers.pn532_hsu import (
    ACK,
    DRIVER,
    HOST,
    LIMIT,
    LOOK,
    NACK,
    READER,
    SAM,
    SHAPE,
    VERSION,
    WAKE,
    Target,
    ask_for,
    decode,
    encode,
    targets_frame,
    targets_of,
)
from drivers.wire.frames import Frames
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("pn532-hsu")
SAID = {
    "wake + SAMConfiguration(1)": WAKE,
    "GetFirmwareVersion": VERSION,
    "SAMConfiguration normal mode": ask_for(SAM, 1, 0, 0),
    "InListPassiveTarget 106A x1": LOOK,
    "ACK": ACK,
    "NACK": NACK,
    "SAMConfiguration ok": encode(READER, bytes([SAM + 1])),
    "application error": encode(0x7F, b""),
}
UID = bytes.fromhex("0416C6C2D73881")
CARD = Target(b"\x00\x44", 0, UID)


def card(uid: str, t: int = 0, sens: str = "0044", sel: str = "00") -> Event:
    return Event("s", "card", uid, t, detail=f"sens_res=0x{sens},sel_res=0x{sel}")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    word = said.get("op") or said.get("frame") or said.get("reply")
    if word:
        assert SAID[word] == raw
        faults = {"NACK": "checksum", "application error": "refused"}
        assert [kind for kind, _ in uart.faults(items)] in ([faults[word]] if word in faults else [], ["junk"])
        assert uart.facts(items) == []
    elif "ic" in said:
        detail = f"ic={said['ic']},ver={said['ver']},support={said['support']}"
        assert items == [Event("s", "sensor_status", "ready", detail=detail)]
    elif said["targets"]:
        target = Target(bytes.fromhex(said["sens_res"]), int(said["sel_res"], 16), bytes.fromhex(said["uid"]))
        assert targets_frame([target]) == raw
        assert items == [card(said["uid"])]
    else:
        assert (targets_frame([]), items) == (raw, [])


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 11


def test_only_the_wake_up_is_no_frame_from_its_first_byte() -> None:
    junk = [v["id"] for v in VECTORS if ("junk", "") in uart.faults(uart.decoded(DRIVER, v["raw"]))]
    assert junk == ["pn532-hsu-01"]


@pytest.mark.parametrize("size", [1, 254, 255, 256, 264])
def test_long_frames(size: int) -> None:
    data = bytes(range(1, 256)) + bytes(10)
    frame = encode(HOST, data[: size - 1])
    assert frame[3:5] == (b"\xff\xff" if size > 255 else bytes([size, -size & 0xFF]))
    assert Frames(SHAPE).feed(frame) == [frame]
    assert decode(frame) == (HOST, data[: size - 1])


def test_flipped_bits_are_refused() -> None:
    good = targets_frame([CARD])
    for bit in range(24, 8 * len(good)):
        frame = bytearray(good)
        frame[bit // 8] ^= 1 << bit % 8
        items = uart.decoded(DRIVER, bytes(frame))
        assert items, bit
        assert all(isinstance(item, Fault) for item in items), bit


def test_targets_with_ats_and_two_of_them() -> None:
    phone = Target(b"\x03\x44", 0x20, bytes.fromhex("08A1B2C3"), bytes.fromhex("0578807002"))
    frame = targets_frame([phone, CARD])
    assert targets_of(decode(frame)[1][1:]) == [phone, CARD]
    assert uart.decoded(DRIVER, frame) == [
        Event("s", "card", "random", detail="uid=08A1B2C3,sens_res=0x0344,sel_res=0x20"),
        card(UID.hex().upper()),
    ]
    long = Target(b"\x00\x44", 0, b"\x08" + bytes(6))
    assert uart.facts(uart.decoded(DRIVER, targets_frame([long]))) == [("card", "08000000000000")]


@pytest.mark.parametrize("data", ["4B", "4B 01", "4B 01 01 00 44 00 07 04 16", "4B 01 01 00 44 00 00", "4B 00 01"])
def test_lengths_must_fit(data: str) -> None:
    assert uart.faults(uart.decoded(DRIVER, encode(READER, bytes.fromhex(data))))[0][0] == "insane"


def test_answers_that_nobody_knows_are_shown() -> None:
    frame = encode(READER, b"\x07\x01")
    assert uart.decoded(DRIVER, frame) == [Undecoded("s", frame.hex(), detail="an answer to another command")]
    assert isinstance(uart.decoded(DRIVER, encode(READER, b""))[0], Undecoded)


def test_the_conversation_and_one_event_per_presence() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    items = uart.converse(device, player, 0, 2000)
    assert [item.detail for item in items if isinstance(item, Event)] == ["ic=PN532,ver=1.6,support=7"]
    assert uart.faults(items) == []
    assert player.tries == 0x14
    for at in (2000, 8000):
        player.fact("card", UID.hex(), at)
        told = [
            (item.value, item.t) for item in uart.converse(device, player, at, at + 5000) if isinstance(item, Event)
        ]
        assert [value for value, _ in told] == [UID.hex().upper()]
        assert told[0][1] < at + 400


def test_what_is_sent_in_which_order() -> None:
    device = uart.build(DRIVER)
    sent, answers = [], {WAKE: SAM + 1, VERSION: 0x03, LIMIT: 0x33}
    for now in range(0, 1000, 10):
        if (due := device.due()) is not None and due <= now:
            sent.append(device.ask(now))
            if sent[-1] in answers:
                device.receive(ACK, now)
                assert device.waiting, "an ACK is no answer"
                device.receive(encode(READER, bytes([answers[sent[-1]]])), now)
            elif sent[-1] == LOOK:
                device.receive(ACK + targets_frame([]), now)
    assert sent == [ACK, WAKE, VERSION, LIMIT, LOOK, LOOK, LOOK]


def test_a_mute_reader_is_silent_and_woken_again() -> None:
    device, sent = uart.build(DRIVER), []
    for now in range(0, 20_000, 10):
        if (due := device.due()) is not None and due <= now:
            sent.append(device.ask(now))
        elif device.waiting and now % 1500 == 1490:
            assert uart.faults(device.quiet(now))[0][0] == "silent"
    assert sent[:10] == [ACK, WAKE, VERSION, LIMIT, LOOK] * 2


def test_any_cut() -> None:
    stream = b"\x00\x00\xff\x05" + b"".join(v["raw"] for v in VECTORS[1:]) + encode(READER, bytes(260))
    items = kit.same_however_cut(lambda: uart.build(DRIVER), stream)
    assert uart.facts(items) == [("sensor_status", "ready"), ("card", UID.hex().upper())]


def test_hostile() -> None:
    numbers = count(1)
    kit.hostile(
        uart.build(DRIVER),
        lambda: ACK + targets_frame([Target(b"\x00\x04", 0x08, next(numbers).to_bytes(4, "little"))]),
        lambda items: any(kind == "card" for kind, _ in uart.facts(items)),
        uart.HOSTILE,
    )


def test_the_player_sleeps_until_it_is_woken_and_knows_only_its_commands() -> None:
    player = DRIVER.player(uart.setup(DRIVER))
    assert player.receive(VERSION, 0) == b""
    assert player.receive(WAKE, 0) == ACK + encode(READER, b"\x15")
    assert player.receive(LOOK, 0) == ACK, "it waits for ever while nobody limits its tries"
    assert player.receive(ask_for(0x99), 0) == ACK + encode(0x7F, b"")
    assert player.receive(ACK + encode(HOST, b""), 0) == b""
