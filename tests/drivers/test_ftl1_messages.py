"""FTL/1 frames and messages: every vector byte-exact both ways, every message type, every way to be refused."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from drivers.ftl1_frame import ACK_REQ, CLOCK_OK, MORE, RETX, Frame, Message, unwire, wire
from drivers.ftl1_messages import (
    Ack,
    ClipChunk,
    ClipDone,
    ClipReq,
    Config,
    Feedback,
    Heartbeat,
    Hello,
    HelloReq,
    Identify,
    Idle,
    Log,
    Poll,
    Record,
    Result,
    TerminalAck,
    Time,
    Welcome,
    frame_of,
    message_of,
)
from drivers.ftl1_records import Card, Clip, Key, Tamper, body_of, record_of
from drivers.wire.cobs import decoded
from tests import kit

VECTORS = {vector["id"]: vector for vector in kit.serial_vectors("ftl1")}
REFUSED = [vector for vector in VECTORS.values() if vector.get("expect") == "reject"]
ADDR = 5


def record(uptime: int, event_id: int, boot: int, t_event: int, epoch: int, body: Message) -> Record:
    return Record(uptime, event_id, boot, t_event, epoch, *body_of(body))


PRESS = Key(2, 240, 1)
MEANT: dict[str, tuple[Message, int, int]] = {
    "01": (
        Hello(21, 7, 1, bytes.fromhex("a1b2c3d4e5f60718"), 1, 4, 2, 3, 1023, 4, 1042, 1040),
        0,
        ACK_REQ | MORE,
    ),
    "02": (Welcome(0, 1_736_910_600, 250, 30, 500, 1039), 0, 0),
    "03": (record(24, 1040, 6, 431_200, 0, Key(3, 180, 1)), 1, ACK_REQ | MORE | CLOCK_OK),
    "04": (Ack(1, 0, 1040), 1, 0),
    "05": (record(25, 1041, 6, 432_600, 1_736_910_505, Key(1, 90, 1)), 2, ACK_REQ | CLOCK_OK),
    "06": (Ack(2, 0, 1041), 2, 0),
    "07": (record(348, 1042, 7, 345, 1_736_910_632, PRESS), 3, ACK_REQ | CLOCK_OK),
    "08": (record(353, 1042, 7, 345, 1_736_910_632, PRESS), 3, ACK_REQ | RETX | CLOCK_OK),
    "09": (Ack(3, 1, 1042), 3, 0),
    "10": (Feedback(2, 0x01, 2, 5, 20_417, 1042, "已登记 #20417".encode()), 4, ACK_REQ),
    "11": (TerminalAck(4, 0, 0), 4, 0),
    "12": (Result(4, 0, 0), 5, 0),
    "13": (Feedback(1, 0x01, 1, 3, 0, 1041, b""), 5, ACK_REQ),
    "14": (Feedback(4, 0x14, 4, 8, 20_417, 0, "#20417 已处理".encode()), 6, ACK_REQ),
    "16": (record(1262, 1044, 7, 1188, 1_736_910_718, Clip(301, 1, 60, 32, 0xCCCF190C)), 7, ACK_REQ | CLOCK_OK),
    "17": (ClipReq(301, 0, 16), 7, 0),
    "19": (ClipDone(301, 0), 8, ACK_REQ),
    "20": (Heartbeat(1500, 7, 0x204, 4120, 98, 231, 0, 0, 1045, 0), 9, CLOCK_OK),
    "21": (Heartbeat(1800, 7, 0x243, 3310, 9, -0x8000, 0b1000, 2, 1047, 3), 10, CLOCK_OK),
    "22": (record(1801, 1045, 7, 1799, 1_736_910_779, Tamper(1)), 11, ACK_REQ | MORE | CLOCK_OK),
    "23": (
        record(1802, 1046, 7, 1800, 1_736_910_779, Card(2, bytes.fromhex("0416c6c2d73881"))),
        12,
        ACK_REQ | CLOCK_OK,
    ),
    "25": (Time(1_736_914_200, 0, 480), 9, 0),
    "26": (Poll(1), 10, 0),
    "27": (HelloReq(), 11, 0),
    "28": (Idle(), 14, 0),
}


def test_every_vector_is_in_a_table() -> None:
    assert {f"ftl1-{number}" for number in MEANT} | {vector["id"] for vector in REFUSED} == set(VECTORS)


@pytest.mark.parametrize("number", MEANT)
def test_vectors_byte_exact_both_ways(number: str) -> None:
    vector, (message, seq, flags) = VECTORS[f"ftl1-{number}"], MEANT[number]
    raw = vector["raw"]
    assert frame_of(message, seq, ADDR, flags) == raw
    frame = unwire(raw.strip(b"\0"))
    assert isinstance(frame, Frame)
    assert (frame.seq, frame.addr, frame.flags, frame.ver) == (seq, ADDR, flags, 1)
    assert message_of(frame) == message
    assert decoded(raw.strip(b"\0")) == bytes.fromhex(vector["decoded"]["decoded_bytes"])
    assert bool(frame.code & 0x80) == (vector["direction"] == "host->device")


@pytest.mark.parametrize("number", MEANT)
def test_the_fields_of_a_vector_are_those_of_the_message(number: str) -> None:
    """The vectors' own words, wherever they are plain numbers under the same name."""
    message, seq, _ = MEANT[number]
    fields = {name: getattr(message, name) for name in message.__struct_fields__} | {"seq": seq}
    if isinstance(message, Record):
        body = record_of(message.kind, message.body)
        assert body is not None
        fields |= {name: getattr(body, name) for name in body.__struct_fields__}
    plain = {
        n: v for n, v in VECTORS[f"ftl1-{number}"]["decoded"].items() if type(v) is int and type(fields.get(n)) is int
    }
    assert plain == {name: fields[name] for name in plain}
    assert plain


@pytest.mark.parametrize("vector", [v for v in REFUSED if v["check"] != "no_frame"], ids=lambda v: v["name"])
def test_refused_vectors(vector: dict[str, Any]) -> None:
    found = unwire(vector["raw"].strip(b"\0"))
    if vector["name"] == "unknown version":
        assert isinstance(found, Frame)
        assert found.ver == 2
    else:
        assert found == {"bit flip": "checksum", "truncated": "junk"}[vector["name"]]


OTHERS: list[Message] = [
    ClipChunk(301, 200, b"\0\1\2"),
    Log(3, "启动".encode()),
    Config(b"\x01\x02\x00\x05"),
    Identify(10),
    Feedback(8, 0x04, 8, 255, 0xFFFF_FFFF, 0xFFFF_FFFF, b"x" * 64),
    Time(0, 999, -720),
]


@pytest.mark.parametrize("message", OTHERS, ids=lambda m: type(m).__name__)
def test_messages_without_a_vector_both_ways(message: Message) -> None:
    frame = unwire(frame_of(message, 65_535, 247, RETX).strip(b"\0"))
    assert isinstance(frame, Frame)
    assert (frame.seq, frame.addr, frame.flags) == (65_535, 247, RETX)
    assert message_of(frame) == message


@pytest.mark.parametrize("number", MEANT)
def test_newer_fields_at_the_end_are_ignored_and_a_missing_byte_is_not(number: str) -> None:
    message, seq, flags = MEANT[number]
    frame = unwire(VECTORS[f"ftl1-{number}"]["raw"].strip(b"\0"))
    assert isinstance(frame, Frame)
    longer = message_of(Frame(frame.code, seq, ADDR, frame.payload + b"\xaa\xbb", flags))
    if isinstance(message, Record):
        assert isinstance(longer, Record)
        assert record_of(longer.kind, longer.body) == record_of(message.kind, message.body)
        assert record_of(message.kind, message.body[:-1]) is None
        assert message_of(Frame(frame.code, seq, ADDR, frame.payload[:18], flags)) == "short"
    else:
        assert longer == message
        if frame.payload:
            assert message_of(Frame(frame.code, seq, ADDR, frame.payload[:-1], flags)) == "short"


def test_what_does_not_fit_is_not_sent() -> None:
    with pytest.raises(ValueError, match="at most 245 bytes, not 246"):
        wire(Frame(0x84, 0, 1, bytes(246)))
    with pytest.raises(struct.error):
        frame_of(Poll(256), 0, 1)
    assert isinstance(unwire(wire(Frame(0x84, 0, 1, bytes(245))).strip(b"\0")), Frame)


def test_every_one_bit_and_two_bit_error_is_refused() -> None:
    raw = VECTORS["ftl1-07"]["raw"].strip(b"\0")
    dice = random.Random(3)
    flips: list[tuple[int, ...]] = [(bit,) for bit in range(len(raw) * 8)]
    flips += [tuple(dice.sample(range(len(raw) * 8), 2)) for _ in range(2000)]
    for bits in flips:
        damaged = bytearray(raw)
        for bit in bits:
            damaged[bit // 8] ^= 1 << bit % 8
        assert isinstance(unwire(bytes(damaged)), str), bits


def test_a_type_that_nobody_knows() -> None:
    assert message_of(Frame(0x7E, 0, 1)) == "unknown"
    assert record_of(77, b"\1\2\3") is None
