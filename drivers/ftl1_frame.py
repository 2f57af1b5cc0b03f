"""FTL/1 on the wire: the frame, and how payloads are packed and parsed. It knows no message by name.

    wire     00 | COBS(decoded) | 00
    decoded  ver=1 | type | flags | addr | seq lo hi | payload 0…245 | crc lo hi

CRC-16/MODBUS over all before it; all numbers little-endian; type bit 7 = host to terminal; addr 1…247, 0 broadcast,
255 unassigned; seq per direction, the same on a resend. Source: serial.md §D.2.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from drivers.wire.checks import crc16_modbus
from drivers.wire.cobs import decoded, encoded

VERSION: Final = 1
LONGEST_PAYLOAD: Final = 245
LONGEST_CHUNK: Final = 254
BROADCAST: Final = 0
ACK_REQ, RETX, MORE, CLOCK_OK = 1, 2, 4, 8
FROM_HOST: Final = 0x80

_HEAD: Final = struct.Struct("<BBBBH")
_CRC: Final = struct.Struct("<H")
_SHORTEST: Final = _HEAD.size + _CRC.size
_LONGEST: Final = _SHORTEST + LONGEST_PAYLOAD


class Frame(msgspec.Struct, frozen=True):
    """One frame whose CRC is right. `code` is the type byte; nothing else has been looked at."""

    code: int
    seq: int
    addr: int
    payload: bytes = b""
    flags: int = 0
    ver: int = VERSION


def wire(frame: Frame) -> bytes:
    """Give the bytes of a frame with a zero before and after; raise ValueError if the payload exceeds 245 bytes."""
    if len(frame.payload) > LONGEST_PAYLOAD:
        raise ValueError(f"an FTL/1 payload has at most {LONGEST_PAYLOAD} bytes, not {len(frame.payload)}")
    data = _HEAD.pack(frame.ver, frame.code, frame.flags, frame.addr, frame.seq) + frame.payload
    return b"\0" + encoded(data + _CRC.pack(crc16_modbus(data))) + b"\0"


def unwire(chunk: bytes) -> Frame | Literal["junk", "checksum"]:
    """Give the frame in a chunk (what stood between two zeros), or why there is none."""
    data = decoded(chunk)
    if data is None or not _SHORTEST <= len(data) <= _LONGEST:
        return "junk"
    if crc16_modbus(data):
        return "checksum"
    ver, code, flags, addr, seq = _HEAD.unpack_from(data)
    return Frame(code, seq, addr, data[_HEAD.size : -_CRC.size], flags, ver)


class Message(msgspec.Struct, frozen=True):
    """Base of all payloads and of the bodies of event records; fields are in the order of the wire."""


Tail = Literal["none", "rest", "counted"]
"""What follows the fixed part: nothing; the rest; or as many bytes as the last fixed number says."""


class Shape(NamedTuple):
    """The number by which a message goes, its fixed part (struct letters, little-endian), and its tail."""

    code: int
    fixed: struct.Struct
    tail: Tail


Shapes = Mapping[type[Message], Shape]


def shape(code: int, letters: str, tail: Tail = "none") -> Shape:
    """Give the shape with these struct letters."""
    return Shape(code, struct.Struct("<" + letters), tail)


def pack(message: Message, shapes: Shapes) -> bytes:
    """Give the bytes of a message; raise struct.error if a number does not fit its field."""
    _, fixed, tail = shapes[type(message)]
    values = list(msgspec.structs.astuple(message))
    if tail == "none":
        return fixed.pack(*values)
    rest = values.pop()
    assert isinstance(rest, bytes)
    counted = [len(rest)] if tail == "counted" else []
    return fixed.pack(*values, *counted) + rest


def parse(code: int, data: bytes, shapes: Shapes) -> Message | Literal["unknown", "short"]:
    """Give the message with this number; bytes beyond it are newer fields and ignored. Else say why there is none."""
    found = next((item for item in shapes.items() if item[1].code == code), None)
    if found is None:
        return "unknown"
    kind, (_, fixed, tail) = found
    if len(data) < fixed.size:
        return "short"
    values = list(fixed.unpack_from(data))
    rest = data[fixed.size :]
    if tail == "counted":
        count = values.pop()
        if len(rest) < count:
            return "short"
        rest = rest[:count]
    return kind(*values, *([] if tail == "none" else [rest]))
