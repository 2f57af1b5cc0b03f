"""Nova SDS011, SDS018 and SDS021 dust sensors on a UART, and the SDS198 for coarse dust (PM100).

It saves no laser by itself (it lives about 8000 h): set the sensor's own working period (`period`), or its `power`.

9600 8N1, little endian, talks by itself every second (active) or answers a query:

    AA C0 | PM2.5 x0.1 | PM10 x0.1 | id      | sum | AB      SDS011
    AA CF | 06 01      | PM100 x1  | id      | sum | AB      SDS198: bytes 2 and 3 mean nothing that is known
    AA C5 | command, 3 data        | id      | sum | AB      reply to a command
    0       2            4           6         8     9       sum = bytes 2 to 7
    AA B4 | command, 12 data       | id FF FF | sum | AB     host; 02 mode, 04 query, 06 power, 07 version, 08 period

Both values 0.0 is a sensor that just woke: it gives no values, and those of the next 30 s are suspect.
Source: serial.md §B2 (PyPMS captures, esphome sds011, Nova protocol V1.3).
"""

from __future__ import annotations

import struct
from typing import Final, Literal, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Quality, Reading
from drivers.wire.asking import Asking
from drivers.wire.checks import sum8
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker

HEAD, TAIL = b"\xaa", b"\xab"
DATA, COARSE, REPLY, COMMAND = 0xC0, 0xCF, 0xC5, 0xB4
MODE, QUERY, POWER, VERSION, PERIOD = 0x02, 0x04, 0x06, 0x07, 0x08
SIZES: Final = {DATA: 10, COARSE: 10, REPLY: 10, COMMAND: 19}
ANY_ID: Final = 0xFFFF
COARSE_MARK: Final = 0x0106
HIGHEST: Final = 9999
"""999.9 ug/m3: the end of the scale."""
PERIOD_MS: Final = 1000
QUERY_MS: Final = 3000
"""Queries may not come closer together."""
STABLE_MS: Final = 30_000
LONGEST_PERIOD: Final = 30


class DustOptions(Options):
    """How it is read."""

    mode: Literal["active", "query"] = Field(
        "active",
        description="active: it talks by itself, as it comes from the maker; query: it is asked every interval",
    )


class Sample(NamedTuple):
    """What a data frame says: PM2.5 and PM10 in 0.1 ug/m3, or PM100 in ug/m3 (then the others are 0)."""

    pm2_5: int
    pm10: int
    id: int
    pm100: int | None = None


def _sealed(kind: int, body: bytes) -> bytes:
    return HEAD + bytes([kind]) + body + bytes([sum8(body)]) + TAIL


def command(code: int, *data: int, own_id: int = ANY_ID) -> bytes:
    """Give a command of the host: to MODE 1 comes 0 (active) or 1 (query), to POWER 1 0 (sleep) or 1."""
    return _sealed(COMMAND, bytes([code, *data]).ljust(13, b"\0") + struct.pack("<H", own_id))


def reply(code: int, *data: int, own_id: int) -> bytes:
    """Give the sensor's reply to a command: the data as it took them."""
    return _sealed(REPLY, bytes([code, *data]).ljust(4, b"\0") + struct.pack("<H", own_id))


def encode(sample: Sample) -> bytes:
    """Give the data frame of a sample."""
    if sample.pm100 is None:
        return _sealed(DATA, struct.pack("<HHH", sample.pm2_5, sample.pm10, sample.id))
    return _sealed(COARSE, struct.pack("<HHH", COARSE_MARK, sample.pm100, sample.id))


def decode(frame: bytes) -> Sample:
    """Give the sample of a checked data frame."""
    first, second, own_id = struct.unpack_from("<HHH", frame, 2)
    return Sample(first, second, own_id) if frame[1] == DATA else Sample(0, 0, own_id, second)


def _size(head: bytes) -> int:
    return MORE if len(head) < 2 else SIZES.get(head[1], NONE)


SHAPE: Final = Shape(HEAD, TAIL, SIZES[COMMAND], _size, lambda frame: sum8(frame[2:-2]) == frame[-2])


class Device(Asking):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        options = setup.options if isinstance(setup.options, DustOptions) else DustOptions()
        asked = options.mode == "query"
        request, begin = (command(QUERY), [command(MODE, 1, 1)]) if asked else (b"", [])
        super().__init__(setup, SHAPE, request=request, begin=begin, least_ms=QUERY_MS)
        self._warming = False
        self._stable_at = -1

    def is_answer(self, frame: bytes, asked: bytes) -> bool:
        """Data answer a query, a reply of the same code a command."""
        if frame[1] == REPLY:
            return frame[2] == asked[2]
        return asked[2] == QUERY and frame[1] in (DATA, COARSE)

    def replies(self, command: bytes) -> bool:
        """Tell that every command is answered, except to fall asleep: nobody vouches for that."""
        return command[2:5] != bytes([POWER, 1, 0])

    def setting(self, key: str, value: str) -> bytes:
        """Give the command for `power` (sleep, work) or `period` (0 to 30 minutes, 0: always on)."""
        if key == "power" and value in ("sleep", "work"):
            return command(POWER, 1, value == "work")
        if key == "period" and value.isascii() and value.isdigit() and int(value) <= LONGEST_PERIOD:
            return command(PERIOD, 1, int(value))
        return b""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the dust, or say that the sensor warms up; replies and our own commands mean nothing by themselves."""
        if frame[1] in (REPLY, COMMAND):
            return []
        sample = decode(frame)
        if sample.pm100 is not None:
            return self.believed([Reading(self.device, "pm100", float(sample.pm100), now)], now)
        if max(sample.pm2_5, sample.pm10) > HIGHEST:
            return [Fault(self.device, "insane", f"{sample.pm2_5 / 10}, {sample.pm10 / 10} ug/m3", t=now)]
        if sample.pm2_5 == sample.pm10 == 0:
            told, self._warming, self._stable_at = self._warming, True, now + STABLE_MS
            return [] if told else [Event(self.device, "sensor_status", "warming_up", now)]
        self._warming = False
        quality: Quality = "suspect" if now < self._stable_at else "good"
        return [
            Reading(self.device, "pm2_5", sample.pm2_5 / 10, now, quality),
            Reading(self.device, "pm10", sample.pm10 / 10, now, quality),
        ]


class Player(Speaker):
    """The sensor itself: says `pm2_5` and `pm10`, or `pm100` once that is set, and obeys the host."""

    own_id = 0xD958

    def __init__(self, setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._host = Frames(SHAPE)
        self._active = not (isinstance(setup.options, DustOptions) and setup.options.mode == "query")
        self._awake = True
        self.minutes = 0

    def sample(self) -> Sample:
        """Give what the sensor sees now."""
        if ("pm100", "") in self.seen:
            return Sample(0, 0, self.own_id, self.number("pm100"))
        fine, all_of_it = (round(float(self.seen.get((name, ""), 0)) * 10) for name in ("pm2_5", "pm10"))
        return Sample(fine, all_of_it, self.own_id)

    def frame(self) -> bytes:
        """Give the data frame, or nothing when it is asked instead, or asleep."""
        return encode(self.sample()) if self._awake and self._active else b""

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host's commands. Asleep it hears only that it shall work."""
        found = [one for one in self._host.feed(data) if not isinstance(one, Refused) and one[1] == COMMAND]
        return b"".join(self._obey(one) for one in found)

    def _obey(self, frame: bytes) -> bytes:
        code, write, value = frame[2:5]
        if code == POWER and write:
            self._awake = bool(value)
        elif not self._awake:
            return b""
        elif code == QUERY:
            return encode(self.sample())
        elif code == MODE and write:
            self._active = not value
        elif code == PERIOD and write:
            self.minutes = value
        return reply(code, write, value, own_id=self.own_id)


DRIVER: Final = SerialDriver(
    name="nova-sds011",
    summary="Nova SDS011 / SDS018 / SDS021 / SDS198 dust, UART",
    build=Device,
    player=Player,
    quantities=("pm2_5", "pm10", "pm100"),
    events=("sensor_status",),
    options=DustOptions,
    serial=SerialSettings(9600),
    keys=("power", "period"),
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
)
