"""A02YYUW and A01NYUB ultrasonic distance sensors on a UART: how full a bin is.

It makes no fill level of the distance: that is the settings' business (`derive`). It knows no Modbus variant.

9600 8N1, talks by itself every 100 ms (RX low) or about 300 ms (RX high or open):

    FF | distance mm, big endian | sum
    00   01 02                     03     sum = (FF + high + low) & FF

FFFE: interference, FFFD: no object (SEN0754); at or below the lower limit: blind zone. Data bytes may be FF.
Source: serial.md §B5 (esphome a02yyuw, DFRobot SEN0311 and SEN0754).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Reading
from drivers.wire.checks import sum8
from drivers.wire.frames import Shape, Speaker, Talker

HEADER: Final = b"\xff"
SIZE: Final = 4
PERIOD_MS: Final = 300
NO_OBJECT: Final = 0xFFFD
INTERFERENCE: Final = 0xFFFE
SENTINELS: Final = {NO_OBJECT: "no object", INTERFERENCE: "interference"}
RANGE_MM: Final = {"a02yyuw": (30, 4500), "a01nyub": (280, 7500)}
"""At or below the first: blind zone; above the second: out of range."""


class DistanceOptions(Options):
    """Which sensor it is."""

    model: Literal["a02yyuw", "a01nyub"] = Field("a02yyuw", description="a02yyuw: 30..4500 mm; a01nyub: 280..7500 mm")


def encode(distance_mm: int) -> bytes:
    """Give the frame that says a distance (or a sentinel), 0..65535."""
    body = HEADER + distance_mm.to_bytes(2, "big")
    return body + bytes([sum8(body)])


def decode(frame: bytes) -> int:
    """Give the distance or sentinel of a checked frame."""
    return int.from_bytes(frame[1:3], "big")


SHAPE: Final = Shape(HEADER, b"", SIZE, lambda _head: SIZE, lambda frame: sum8(frame[:3]) == frame[3])


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, SHAPE)
        options = setup.options if isinstance(setup.options, DistanceOptions) else DistanceOptions()
        self._low, self._high = RANGE_MM[options.model]

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the distance, or say why there is none."""
        distance = decode(frame)
        trouble = SENTINELS.get(distance, "")
        if not trouble and distance <= self._low:
            trouble = "blind zone"
        elif not trouble and distance > self._high:
            trouble = "out of range"
        if trouble:
            return [Fault(self.device, "insane", trouble, t=now)]
        return [Reading(self.device, "distance", float(distance), now)]


class Player(Speaker):
    """The sensor itself: says `distance` (mm), "no object" until the world sets one."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__(PERIOD_MS)

    def frame(self) -> bytes:
        """Give the frame for what is in front of the sensor."""
        if ("distance", "") not in self.seen:
            return encode(NO_OBJECT)
        return encode(min(max(self.number("distance"), 0), NO_OBJECT - 1))


DRIVER: Final = SerialDriver(
    name="a02yyuw",
    summary="A02YYUW / A01NYUB ultrasonic distance, UART",
    build=Device,
    player=Player,
    quantities=("distance",),
    options=DistanceOptions,
    serial=SerialSettings(9600),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
