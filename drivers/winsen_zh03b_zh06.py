"""Winsen ZH03B and ZH06 dust sensors on a UART.

It neither sleeps nor wakes the sensor by itself: `power` is a setting.

9600 8N1, big endian, talks every second (as it comes from the maker) or answers, as it was told:

    FF 01 78 | 40 talk, 41 answer | …       FF 01 86 | … read       FF 01 A7 | 01 sleep, 00 wake | …      host
    FF 86 | PM2.5 | PM10 | PM1 | sum                    answer: in this order, ug/m3
    0       2       4      6     8
    42 4D | 00 14 | … | PM1 PM2.5 PM10 | … | sum        talking: 24 bytes as a Plantower PMS3003 has them
    0       2           10  12    14         22

Source: serial.md §B4 (PyPMS zh0xx, Winsen manuals).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading
from drivers import plantower_frame as plantower
from drivers.wire.frames import MORE, NONE, Shape
from drivers.wire.winsen import (
    CODES,
    HOST,
    MODE,
    READ,
    SLEEP,
    Winsen,
    WinsenPlayer,
    command,
    high_low,
    reply,
    shape,
    word,
)

TALK, ANSWER = 0x40, 0x41
PERIOD_MS: Final = 1000
PM: Final = ("pm1", "pm2_5", "pm10")
TALKING_SIZE: Final = 24
Dust = tuple[int, int, int]
"""PM1, PM2.5 and PM10 in ug/m3."""


class DustOptions(Options):
    """How it is read."""

    mode: Literal["active", "asked"] = Field("active", description="active: it talks; asked: it is asked")


def talking(dust: Dust) -> bytes:
    """Give what a talking sensor says."""
    return plantower.encode(plantower.Sample(dust, dust, version=0))


def answer(dust: Dust) -> bytes:
    """Give the answer to a request."""
    return reply(READ, *high_low(dust[1]), *high_low(dust[2]), *high_low(dust[0]))


def decode(frame: bytes) -> Dust:
    """Give the dust of a checked frame of either kind."""
    if frame.startswith(plantower.HEADER):
        return word(frame, 10), word(frame, 12), word(frame, 14)
    return word(frame, 6), word(frame, 2), word(frame, 4)


def _size(head: bytes) -> int:
    if len(head) < 4:
        return MORE
    return TALKING_SIZE if word(head, 2) == plantower.LENGTH_3003 else NONE


TALKING: Final = Shape(plantower.HEADER, b"", TALKING_SIZE, _size, plantower.SHAPE.check)


class Device(Winsen):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        options = setup.options if isinstance(setup.options, DustOptions) else DustOptions()
        request, begin = (command(READ), [command(MODE, ANSWER)]) if options.mode == "asked" else (b"", [])
        super().__init__(setup, shape(HOST, *CODES), TALKING, request=request, begin=begin)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a frame means."""
        return self.values(frame, now) if frame.startswith(plantower.HEADER) else super().meaning(frame, now)

    def values(self, said: bytes, now: int) -> list[Item]:
        """Give the dust."""
        dust = zip(PM, decode(said), strict=True)
        return self.believed([Reading(self.device, name, float(value), now) for name, value in dust], now)

    def setting(self, key: str, value: str) -> bytes:
        """Give the command for `power`: sleep or wake."""
        return command(SLEEP, value == "sleep") if key == "power" and value in ("sleep", "wake") else b""


class Player(WinsenPlayer):
    """The sensor itself: says `pm1`, `pm2_5` and `pm10`."""

    def __init__(self, setup: Setup) -> None:
        asked = isinstance(setup.options, DustOptions) and setup.options.mode == "asked"
        super().__init__(PERIOD_MS, active=not asked)

    def _dust(self) -> Dust:
        pm1, pm2_5, pm10 = (min(max(self.number(name), 0), 0xFFFF) for name in PM)
        return pm1, pm2_5, pm10

    def data(self) -> bytes:
        """Give the answer to a request."""
        return answer(self._dust())

    def said(self) -> bytes:
        """Give what it talks."""
        return talking(self._dust())

    def obey(self, code: int, data: bytes) -> bytes:
        """Change its mode, fall asleep or wake up. What it replies to that is not known."""
        if code == MODE:
            self.active = data[0] == TALK
        elif code == SLEEP:
            self.awake = not data[0]
        return super().obey(code, data)


DRIVER: Final = SerialDriver(
    name="winsen-zh03b-zh06",
    summary="Winsen ZH03B / ZH06 dust, UART",
    build=Device,
    player=Player,
    quantities=PM,
    options=DustOptions,
    serial=SerialSettings(9600),
    keys=("power",),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
