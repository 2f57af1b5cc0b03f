"""Pond gauge PG-1 (made up for this page): how far below it the water stands, on a UART.

It makes no fill level of the distance: that is the settings' business (`derive`).

9600 8N1, talks by itself once a second:

    50 | distance mm, big endian | sum
    00   01 02                     03     sum = (50 + high + low) & FF       FFFF: no echo
"""

from __future__ import annotations

from typing import Final

from agent.driver import SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Reading
from drivers.wire.checks import sum8
from drivers.wire.frames import Shape, Speaker, Talker

HEADER: Final = b"\x50"
NO_ECHO: Final = 0xFFFF


def encode(distance_mm: int) -> bytes:
    """Give the frame that says a distance, 0..65535 (65535: no echo)."""
    body = HEADER + distance_mm.to_bytes(2, "big")
    return body + bytes([sum8(body)])


SHAPE: Final = Shape(HEADER, b"", 4, lambda _head: 4, lambda frame: sum8(frame[:3]) == frame[3])


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, SHAPE)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the distance, or say that there is none."""
        distance = int.from_bytes(frame[1:3], "big")
        if distance == NO_ECHO:
            return [Fault(self.device, "insane", "no echo", t=now)]
        return [Reading(self.device, "distance", float(distance), now)]


class Player(Speaker):
    """The gauge itself: says `distance`, no echo until the world sets one."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__(period_ms=1000)

    def frame(self) -> bytes:
        """Give the frame for what is below the gauge."""
        return encode(self.number("distance") if ("distance", "") in self.seen else NO_ECHO)


DRIVER: Final = SerialDriver(
    name="pond-gauge",
    summary="Pond gauge PG-1: distance to the water, UART",
    build=Device,
    player=Player,
    quantities=("distance",),
    serial=SerialSettings(9600),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
