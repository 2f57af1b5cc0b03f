"""The frames of Plantower dust sensors, and of what was built like them. What they mean is in plantower_pms.py.

All words big endian:

    42 4D | length | std PM1 2.5 10 | air PM1 2.5 10 | counts 0.3 0.5 1 2.5 5 10 um | version error | sum
    0       2        4    6   8       10   12  14      16 … 26                        28      29      30   length 28
    5003T:   as above, but 24: temperature x0.1 degC, signed, 26: x0.1 %RH, in place of the counts of 5 and 10 um
    5003S:   as above, but 28: formaldehyde ug/m3, in place of version and error
    5003ST:  28 formaldehyde, 30 temperature, 32 %RH, 34 nothing, 36 version, 37 error                     length 36
    42 4D | length | std PM1 2.5 10 | air PM1 2.5 10 | 4 zeros, error?, version (16 … 21)           | sum 22 length 20
    42 4D | 00 04  | command, data                                                                  | sum 6  reply

    host: 42 4D | command | 00 data | sum      E1 mode (0 passive, 1 active), E2 read, E4 (0 sleep, 1 wake)

sum = all bytes before it, 16 bits. The 5003ST's places are UNVERIFIED.
Source: serial.md §B1 (PyPMS captures, also of a 5003T; esphome pmsx003).
"""

from __future__ import annotations

import struct
from typing import Final, Literal, NamedTuple

from drivers.wire.checks import sum16
from drivers.wire.frames import MORE, NONE, Shape

HEADER: Final = b"\x42\x4d"
LENGTH_5003: Final = 28
LENGTH_3003: Final = 20
LENGTH_5003ST: Final = 36
LENGTH_REPLY: Final = 4
COMMAND_SIZE: Final = 7
LEAST_VERSION: Final = 0x80
MODE, READ, SLEEP_WAKE = 0xE1, 0xE2, 0xE4
PM: Final = ("pm1", "pm2_5", "pm10")
COUNT_PARTS: Final = ("size=0.3", "size=0.5", "size=1", "size=2.5", "size=5", "size=10")
Model = Literal["pms5003", "pms5003t", "pms5003s"]


class Sample(NamedTuple):
    """What a data frame says. `std` and `air`: PM1, PM2.5, PM10 in ug/m3; `counts` per 0.1 L (PMS3003: none).

    `hcho` in ug/m3, `temperature` in 0.1 degC and `humidity` in 0.1 %RH where the model measures them.
    """

    std: tuple[int, ...]
    air: tuple[int, ...]
    counts: tuple[int, ...] = ()
    version: int = 0x97
    error: int = 0
    hcho: int | None = None
    temperature: int | None = None
    humidity: int | None = None


def _summed(body: bytes) -> bytes:
    return body + struct.pack(">H", sum16(body))


def command(code: int, data: int = 0) -> bytes:
    """Give a command of the host: MODE with 0 passive or 1 active, READ, SLEEP_WAKE with 0 sleep or 1 wake."""
    return _summed(HEADER + bytes([code, 0, data]))


def reply(code: int, data: int = 0) -> bytes:
    """Give the sensor's reply to a command."""
    return _summed(HEADER + bytes([0, LENGTH_REPLY, code, data]))


def encode(sample: Sample) -> bytes:
    """Give the data frame of a sample: PMS3003 without counts, else as formaldehyde and temperature are there."""
    words = struct.pack(f">{6 + len(sample.counts)}H", *sample.std, *sample.air, *sample.counts)
    tail = bytes([sample.version, sample.error])
    climate = struct.pack(">hH", sample.temperature or 0, sample.humidity or 0)
    if not sample.counts:
        tail = bytes([0, 0, 0, 0, 0, sample.version])
    elif sample.hcho is not None:
        nothing = b"\0\0"
        tail = struct.pack(">H", sample.hcho) + (b"" if sample.temperature is None else climate + nothing + tail)
    elif sample.temperature is not None:
        tail = climate + tail
    return _summed(HEADER + struct.pack(">H", len(words) + len(tail) + 2) + words + tail)


def decode(frame: bytes, model: Model = "pms5003") -> Sample:
    """Give the sample of a checked data frame; `model` matters for those of length 28."""
    std, air = struct.unpack_from(">3H", frame, 4), struct.unpack_from(">3H", frame, 10)
    if frame[3] == LENGTH_3003:
        return Sample(std, air, (), frame[21])
    counts = struct.unpack_from(">6H", frame, 16)
    if frame[3] == LENGTH_5003ST:
        hcho, temperature, humidity = struct.unpack_from(">HhH", frame, 28)
        return Sample(std, air, counts, frame[36], frame[37], hcho, temperature, humidity)
    if model == "pms5003s":
        return Sample(std, air, counts, 0, 0, int.from_bytes(frame[28:30], "big"))
    if model == "pms5003t":
        temperature, humidity = struct.unpack_from(">hH", frame, 24)
        return Sample(std, air, counts[:4], frame[28], frame[29], None, temperature, humidity)
    return Sample(std, air, counts, frame[28], frame[29])


def guessed(frame: bytes) -> Model:
    """Give the model that a data frame fits: counts fall with the size, versions are high numbers."""
    if frame[3] != LENGTH_5003:
        return "pms5003"
    counts = struct.unpack_from(">6H", frame, 16)
    if not counts[3] >= counts[4] >= counts[5]:
        return "pms5003t"
    return "pms5003s" if frame[28] < LEAST_VERSION and any(frame[28:30]) else "pms5003"


def _size(head: bytes) -> int:
    if len(head) < 4:
        return MORE
    known = head[2] == 0 and head[3] in (LENGTH_5003, LENGTH_3003, LENGTH_5003ST, LENGTH_REPLY)
    return head[3] + 4 if known else NONE


def _command_size(head: bytes) -> int:
    return COMMAND_SIZE if len(head) < 3 or head[2] in (MODE, READ, SLEEP_WAKE) else NONE


def _check(frame: bytes) -> bool:
    return _summed(frame[:-2]) == frame


SHAPE: Final = Shape(HEADER, b"", LENGTH_5003ST + 4, _size, _check)
COMMAND_SHAPE: Final = Shape(HEADER, b"", COMMAND_SIZE, _command_size, _check)
