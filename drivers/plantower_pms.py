"""Plantower PMS5003, PMS7003 and PMS3003 dust sensors on a UART.

It neither sleeps nor wakes the sensor by itself (the laser lives about 8000 h), and publishes no CF=1 values: those
are for the factory. PMS5003T/S/ST have other fields at the same places and are not spoken here.

9600 8N1, talks by itself about every second (active mode), all words big endian:

    42 4D | length | std PM1 2.5 10 | air PM1 2.5 10 | counts 0.3 0.5 1 2.5 5 10 um | version error | sum
    0       2        4    6   8       10   12  14      16 … 26                        28      29      30   length 28
    42 4D | length | std PM1 2.5 10 | air PM1 2.5 10 | 4 zeros, error?, version (16 … 21)           | sum 22 length 20
    42 4D | 00 04  | command, data                                                                  | sum 6  reply

    host: 42 4D | command | 00 data | sum      E1 mode (0 passive, 1 active), E2 read, E4 (0 sleep, 1 wake)

sum = all bytes before it, 16 bits. All zero, counts too, is a sensor that warms up. An error byte other than 0 makes
the frame worthless. Source: serial.md §B1 (PyPMS captures, esphome pmsx003).
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from agent.driver import SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Reading
from drivers.wire.checks import sum16
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker, Talker

HEADER: Final = b"\x42\x4d"
LENGTH_5003: Final = 28
LENGTH_3003: Final = 20
LENGTH_REPLY: Final = 4
COMMAND_SIZE: Final = 7
PERIOD_MS: Final = 1000
MODE, READ, SLEEP_WAKE = 0xE1, 0xE2, 0xE4
PM: Final = ("pm1", "pm2_5", "pm10")
COUNT_PARTS: Final = ("size=0.3", "size=0.5", "size=1", "size=2.5", "size=5", "size=10")


class Sample(NamedTuple):
    """What a data frame says. `std` and `air`: PM1, PM2.5, PM10 in ug/m3; `counts` per 0.1 L (PMS3003: none)."""

    std: tuple[int, ...]
    air: tuple[int, ...]
    counts: tuple[int, ...] = ()
    version: int = 0x97
    error: int = 0


def _summed(body: bytes) -> bytes:
    return body + struct.pack(">H", sum16(body))


def command(code: int, data: int = 0) -> bytes:
    """Give a command of the host: MODE with 0 passive or 1 active, READ, SLEEP_WAKE with 0 sleep or 1 wake."""
    return _summed(HEADER + bytes([code, 0, data]))


def reply(code: int, data: int = 0) -> bytes:
    """Give the sensor's reply to a command."""
    return _summed(HEADER + bytes([0, LENGTH_REPLY, code, data]))


def encode(sample: Sample) -> bytes:
    """Give the data frame of a sample: PMS5003 with six counts, PMS3003 with none."""
    words = struct.pack(f">{6 + len(sample.counts)}H", *sample.std, *sample.air, *sample.counts)
    tail = bytes([sample.version, sample.error]) if sample.counts else bytes([0, 0, 0, 0, 0, sample.version])
    return _summed(HEADER + struct.pack(">H", len(words) + len(tail) + 2) + words + tail)


def decode(frame: bytes) -> Sample:
    """Give the sample of a checked data frame of either length."""
    std, air = struct.unpack_from(">3H", frame, 4), struct.unpack_from(">3H", frame, 10)
    if frame[3] == LENGTH_3003:
        return Sample(std, air, (), frame[21])
    return Sample(std, air, struct.unpack_from(">6H", frame, 16), frame[28], frame[29])


def _size(head: bytes) -> int:
    if len(head) < 4:
        return MORE
    known = head[2] == 0 and head[3] in (LENGTH_5003, LENGTH_3003, LENGTH_REPLY)
    return head[3] + 4 if known else NONE


def _command_size(head: bytes) -> int:
    return COMMAND_SIZE if len(head) < 3 or head[2] in (MODE, READ, SLEEP_WAKE) else NONE


def _check(frame: bytes) -> bool:
    return _summed(frame[:-2]) == frame


SHAPE: Final = Shape(HEADER, b"", LENGTH_5003 + 4, _size, _check)
COMMAND_SHAPE: Final = Shape(HEADER, b"", COMMAND_SIZE, _command_size, _check)


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, SHAPE)
        self._warming = False

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the values in the air and the counts; replies to commands mean nothing by themselves."""
        if frame[3] == LENGTH_REPLY:
            return []
        sample = decode(frame)
        if sample.error:
            return [Fault(self.device, "insane", f"error byte 0x{sample.error:02X}", t=now)]
        warming, self._warming = self._warming, not any((*sample.std, *sample.air, *sample.counts))
        if self._warming:
            return [] if warming else [Event(self.device, "sensor_status", "warming_up", now)]
        return self.believed(self._readings(sample, now), now)

    def _readings(self, sample: Sample, now: int) -> list[Reading]:
        return [
            *(Reading(self.device, name, float(value), now) for name, value in zip(PM, sample.air, strict=True)),
            *(
                Reading(self.device, "particle_count", float(value), now, part=part)
                for part, value in zip(COUNT_PARTS, sample.counts, strict=False)
            ),
        ]


class Player(Speaker):
    """A PMS5003: says `pm1`, `pm2_5`, `pm10` and `particle_count`, all zero (warming up) until the world sets them."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._host = Frames(COMMAND_SHAPE)
        self._active = True
        self._awake = True

    def sample(self) -> Sample:
        """Give what the sensor sees now."""
        air = tuple(self.number(name) for name in PM)
        return Sample(air, air, tuple(self.number("particle_count", part) for part in COUNT_PARTS))

    def frame(self) -> bytes:
        """Give the data frame, or nothing in passive mode and asleep."""
        return encode(self.sample()) if self._awake and self._active else b""

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host's commands."""
        return b"".join(self._obey(one[2], one[4]) for one in self._host.feed(data) if not isinstance(one, Refused))

    def _obey(self, code: int, data: int) -> bytes:
        if code == READ:
            return encode(self.sample()) if self._awake else b""
        if code == MODE:
            self._active = bool(data)
        else:
            self._awake = bool(data)
        return reply(code, data)


DRIVER: Final = SerialDriver(
    name="plantower-pms",
    summary="Plantower PMS5003 / PMS7003 / PMS3003 dust, UART",
    build=Device,
    player=Player,
    quantities=(*PM, "particle_count"),
    events=("sensor_status",),
    serial=SerialSettings(9600),
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
)
