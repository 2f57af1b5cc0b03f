"""Benewake TF-Luna, TFmini-S and TFmini Plus lidars on a UART: how full a bin is, whether a car stands at the gate.

It makes no fill level of the distance: that is the settings' business (`derive`). It saves nothing in the lidar by
itself, so it sets output and rate at every start; `save` is a setting. It does not speak the text format ("pix").

115200 8N1, little endian, 100 times a second as it comes from the maker, which floods a small computer:

    59 59 | distance cm | strength | temperature | sum       temperature: count / 8 - 256 degC
    0       2             4          6             8         distance in mm in format 6
    5A | length | id | value … | sum        host, and the lidar's answer      sum = low byte of the sum of all before
    id 01 version, 03 rate (Hz, 0: only when triggered), 04 trigger, 05 format (1 cm, 6 mm), 06 baud, 07 output, 11 save

No distance: FFFF weak, FFFE saturated, FFFC too much light, strength below 100 weak (black or glossy bins), strength
65535 saturated, and 0. A TF-Luna measures 200 to 8000 mm. 59 59 may stand in the data: the sum decides.
Source: serial.md §B9 (Benewake manuals, budryerson's libraries). All data vectors are built, none was captured.
"""

from __future__ import annotations

import struct
from typing import Final, Literal, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Reading
from agent.model.quantities import believable
from agent.model.units import Duration
from drivers.wire.asking import Asking
from drivers.wire.checks import sum8
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker

HEADER, COMMAND = b"\x59\x59", b"\x5a"
SIZE: Final = 9
LENGTHS: Final = range(4, 9)
VERSION, RATE, TRIGGER, FORMAT, BAUD, OUTPUT, SAVE = 0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x11
IDS: Final = (VERSION, RATE, TRIGGER, FORMAT, BAUD, OUTPUT, SAVE)
CM, MM = 1, 6
MM_OF: Final = {CM: 10, MM: 1}
FACTORY_RATE: Final = 100
SENTINELS: Final = {0xFFFF: "weak signal", 0xFFFE: "saturated", 0xFFFC: "too much light"}
SATURATED, WEAK = 0xFFFF, 100
LUNA_MM: Final = (200, 8000)
SECOND: Final = 1000
LEAST_MS: Final = 100


class LidarOptions(Options):
    """Which lidar it is and how it is read."""

    model: Literal["tfmini", "tf-luna"] = Field("tfmini", description="a tf-luna believes only 200 to 8000 mm")
    mode: Literal["stream", "trigger"] = Field("stream", description="stream: it talks; trigger: asked every interval")
    rate: int = Field(10, ge=1, le=100, description="times a second in a stream")
    unit: Literal["cm", "mm"] = Field("cm", description="unit of the distance on the wire; it is set at the start")
    report: Duration = Field(200, le=3_600_000, description="at most so often in a stream")


class Sample(NamedTuple):
    """What a data frame says: distance in the unit of the format (or a sentinel), strength, temperature count."""

    distance: int
    strength: int
    temperature: int


def _sealed(body: bytes) -> bytes:
    return body + bytes([sum8(body)])


def command(code: int, value: bytes = b"") -> bytes:
    """Give a command of the host: RATE with 16 bits, FORMAT, OUTPUT with one byte, TRIGGER, SAVE, VERSION with none."""
    return _sealed(COMMAND + bytes([len(value) + 4, code]) + value)


def rate(times: int) -> bytes:
    """Give the command for so many frames a second, 0 for one at each trigger."""
    return command(RATE, struct.pack("<H", times))


def encode(sample: Sample) -> bytes:
    """Give the data frame of a sample."""
    return _sealed(HEADER + struct.pack("<HHH", *sample))


def decode(frame: bytes) -> Sample:
    """Give the sample of a checked data frame."""
    return Sample(*struct.unpack_from("<HHH", frame, 2))


def degrees(count: int) -> float:
    """Give the chip's temperature in degC."""
    return count / 8 - 256


def _command_size(head: bytes) -> int:
    if len(head) < 3:
        return MORE
    return head[1] if head[1] in LENGTHS and head[2] in IDS else NONE


def _check(frame: bytes) -> bool:
    return sum8(frame[:-1]) == frame[-1]


SHAPE: Final = Shape(HEADER, b"", SIZE, lambda _head: SIZE, _check)
ANSWERS: Final = Shape(COMMAND, b"", LENGTHS[-1], _command_size, _check)
COMMANDS: Final = ANSWERS._replace(check=lambda frame: frame[-1] == 0 or _check(frame))
"""What the lidar itself understands: a TF-Luna takes 0 for a sum."""


def _options(setup: Setup) -> LidarOptions:
    return setup.options if isinstance(setup.options, LidarOptions) else LidarOptions()


class Device(Asking):
    """The host's side. A lidar that was without power talks at its old rate: it is told again when it is too fast.

    With `every` it thins nothing out.
    """

    pause_ms = 100

    def __init__(self, setup: Setup, *, every: bool = False) -> None:
        self._options = options = _options(setup)
        self._format = CM if options.unit == "cm" else MM
        asked = options.mode == "trigger"
        begin = [command(FORMAT, bytes([self._format])), rate(0 if asked else options.rate)]
        super().__init__(
            setup, SHAPE, ANSWERS, request=command(TRIGGER) if asked else b"", begin=begin, least_ms=LEAST_MS
        )
        self._report = 0 if asked or every else options.report
        self._told_at = -1
        self._counted_from = self._count = 0

    def is_answer(self, frame: bytes, asked: bytes) -> bool:  # noqa: ARG002 - only the trigger is answered
        """Tell a measurement from the answer to a command."""
        return frame.startswith(HEADER)

    def setting(self, key: str, value: str) -> bytes:
        """Give the command that saves rate and format in the lidar for good: `save` with the value `now`."""
        return command(SAVE) if (key, value) == ("save", "now") else b""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give distance, strength and temperature, or why there is no distance."""
        if not frame.startswith(HEADER):
            return []
        self._watch(now)
        if self._told_at >= 0 and now - self._told_at < self._report:
            return []
        self._told_at = now
        sample = decode(frame)
        mm = float(sample.distance * MM_OF[self._format])
        trouble = self._trouble(sample, mm)
        items: list[Item] = [
            Fault(self.device, "insane", trouble, t=now) if trouble else Reading(self.device, "distance", mm, now)
        ]
        if sample.strength != SATURATED:
            items.append(Reading(self.device, "echo_strength", float(sample.strength), now))
        if believable("device_temperature", degrees(sample.temperature)):
            items.append(Reading(self.device, "device_temperature", degrees(sample.temperature), now))
        return items

    def _trouble(self, sample: Sample, mm: float) -> str:
        if sample.distance in SENTINELS:
            return SENTINELS[sample.distance]
        if sample.strength == SATURATED:
            return "saturated"
        if sample.strength < WEAK:
            return "weak signal"
        if not mm:
            return "no distance"
        inside = self._options.model != "tf-luna" or LUNA_MM[0] <= mm <= LUNA_MM[1]
        return "" if inside and believable("distance", mm) else "out of range"

    def _watch(self, now: int) -> None:
        """Count frames; a second with twice as many as wanted means that it forgot what it was told."""
        self._count += 1
        if now - self._counted_from < SECOND:
            return
        wanted = SECOND // LEAST_MS if self._request else self._options.rate
        if now - self._counted_from < 2 * SECOND and self._count > 2 * wanted and not self._todo:
            self._todo.extend(self._begin)
        self._counted_from, self._count = now, 0


class Player(Speaker):
    """The lidar itself: says `distance` (mm), `echo_strength` and `device_temperature`, and obeys the host."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__(SECOND // FACTORY_RATE)
        self._host = Frames(COMMANDS)
        self._format = CM
        self.saved = False

    def frame(self) -> bytes:
        """Give the data frame of what it sees: 0 where nothing is."""
        strength = self.number("echo_strength", unset=WEAK * 5)
        distance = self.number("distance") // MM_OF[self._format] if strength >= WEAK else 0
        count = round((float(self.seen.get(("device_temperature", ""), 40)) + 256) * 8)
        return encode(Sample(*(min(max(number, 0), 0xFFFF) for number in (distance, strength, count))))

    def receive(self, data: bytes, now: int) -> bytes:
        """Obey the host's commands."""
        return b"".join(self._obey(one, now) for one in self._host.feed(data) if not isinstance(one, Refused))

    def _obey(self, frame: bytes, now: int) -> bytes:
        code, value = frame[2], frame[3:-1]
        if code == TRIGGER:
            return self.frame()
        if code == RATE and len(value) == 2:
            times = int.from_bytes(value, "little")
            self._period = SECOND // times if times else 0
            self._next = now + self._period
        elif code == FORMAT and len(value) == 1 and value[0] in MM_OF:
            self._format = value[0]
        elif code == SAVE:
            self.saved = True
        return _sealed(frame[:-1])


DRIVER: Final = SerialDriver(
    name="benewake-tf",
    summary="Benewake TF-Luna / TFmini-S / TFmini Plus lidar, UART",
    build=Device,
    player=Player,
    quantities=("distance", "echo_strength", "device_temperature"),
    options=LidarOptions,
    serial=SerialSettings(115_200),
    decoder=lambda setup: Device(setup, every=True),
    keys=("save",),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
