"""Frames of Modbus RTU, both ways: every vector of eight devices is read, and written again byte for byte."""

from __future__ import annotations

import random
from typing import Any

import pytest

from drivers.wire.modbus_rtu import EXCEPTIONS, Reply, Request, seal, sound
from tests.kit import serial_vectors

DEVICES = (
    *("modbus-generic", "xy-md02", "pzem-004t-v3", "eastron-sdm"),
    *("waveshare-relay", "lc-relay", "eletechsup-relay", "tower-light-485"),
)
VECTORS = [vector for device in DEVICES for vector in serial_vectors(device)]
GOOD = [vector for vector in VECTORS if vector.get("expect") != "reject"]
REJECTED = [vector for vector in VECTORS if vector.get("expect") == "reject"]


def _parsed(vector: dict[str, Any]) -> Request | Reply:
    kind = Request if vector["direction"] == "host->device" else Reply
    found = kind.parse(vector["raw"])
    assert found is not None
    return found


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["id"])
def test_a_vector_is_read_and_written_again(vector: dict[str, Any]) -> None:
    parsed, told = _parsed(vector), vector["decoded"]
    assert parsed.frame() == vector["raw"]
    assert parsed.slave == told.get("slave", vector["raw"][0])
    assert parsed.function == told.get("fc", vector["raw"][1])


@pytest.mark.parametrize("vector", REJECTED, ids=lambda vector: vector["id"])
def test_a_published_misprint_is_refused(vector: dict[str, Any]) -> None:
    assert Request.parse(vector["raw"]) is None
    assert Reply.parse(vector["raw"]) is None


FIELDS = {
    "modbus-generic-01": Request(1, 1, 19, 37),
    "modbus-generic-03": Request(1, 2, 196, 22),
    "modbus-generic-05": Reply(1, 3, values=(6, 5)),
    "modbus-generic-06": Request(1, 4, 0, 1),
    "modbus-generic-07": Request(1, 5, 0, values=(0xFF00,)),
    "modbus-generic-08": Request(1, 6, 1, values=(3,)),
    "modbus-generic-09": Request(1, 15, 19, 10, (1, 0, 1, 1, 0, 0, 1, 1, 1, 0)),
    "modbus-generic-10": Reply(1, 15, 19, 10),
    "modbus-generic-11": Request(1, 16, 1, 2, (10, 258)),
    "modbus-generic-12": Reply(1, 16, 1, 2),
    "modbus-generic-13": Reply(1, 6, exception=2),
    "modbus-generic-15": Reply(1, 4, exception=4),
    "xy-md02-05": Request(1, 4, 1, 2),
    "xy-md02-09": Request(1, 3, 257, 1),
    "xy-md02-10": Request(1, 6, 257, values=(8,)),
    "pzem-004t-v3-02": Request(248, 4, 0, 10),
    "pzem-004t-v3-06": Request(1, 0x42, count=0),
    "pzem-004t-v3-07": Request(1, 6, 1, values=(2300,)),
    "pzem-004t-v3-09": Request(248, 0x41, count=0, values=(0x37, 0x21)),
}


@pytest.mark.parametrize("name", FIELDS)
def test_the_fields_of_a_vector(name: str) -> None:
    assert _parsed(next(vector for vector in VECTORS if vector["id"] == name)) == FIELDS[name]


def test_coils_come_lowest_bit_first() -> None:
    vector = next(vector for vector in VECTORS if vector["id"] == "modbus-generic-02")
    reply = Reply.parse(vector["raw"])
    assert reply is not None
    assert (len(reply.values), reply.values[0], reply.values[1]) == (40, 1, 0)


def test_the_exceptions_have_the_meaning_that_the_standard_gives_them() -> None:
    assert EXCEPTIONS[2] == "illegal data address"
    assert EXCEPTIONS[4] == "slave device failure"


@pytest.mark.parametrize(
    "body",
    [
        "01 83 00",  # an exception without a code
        "01 03 03 00 06 00",  # an odd number of bytes cannot be words
        "01 03 04 00 06",  # the byte count says more than there is
        "01 06 00 01",  # an answer to a write has four bytes of data
        "01 03",  # nothing at all
    ],
)
def test_a_sound_frame_that_is_no_reply_is_refused(body: str) -> None:
    frame = seal(bytes.fromhex(body))
    assert sound(frame)
    assert Reply.parse(frame) is None


@pytest.mark.parametrize(
    "body",
    [
        "01 04 00 00 00",  # half a count
        "01 10 00 01 00 02 04 00 0A",  # two registers announced, one sent
        "01 10 00 01 00 03 04 00 0A 01 02",  # count and byte count disagree
        "01 0F 00 13 00 0A 01 CD",  # ten coils need two bytes
    ],
)
def test_a_sound_frame_that_is_no_request_is_refused(body: str) -> None:
    assert Request.parse(seal(bytes.fromhex(body))) is None


def test_whatever_is_sealed_is_read_as_itself_or_not_at_all() -> None:
    dice = random.Random(3)
    for _ in range(3000):
        frame = seal(
            bytes((1, dice.choice((1, 2, 3, 4, 5, 6, 15, 16, 0x42, 0x83)))) + dice.randbytes(dice.randint(0, 9))
        )
        for parsed in (Request.parse(frame), Reply.parse(frame)):
            assert parsed is None or parsed.frame() == frame
