"""Winsen ZPHS01B, many sensors on one board: dust, carbon dioxide, climate and four gases on a UART.

It is no certified alarm, and must never be the only one for carbon monoxide.

9600 8N1, answers only, big endian:

    FF 01 86 00 00 00 00 00 79                                     host: read
    FF 86 | PM1 | PM2.5 | PM10 | CO2 ppm | VOC grade | temperature x0.1 + 50 degC | %RH | CH2O x0.001 mg/m3 |
    0       2     4       6      8         10          11                           13    15
          | CO x0.1 ppm | O3 x0.01 ppm | NO2 x0.01 ppm | two bytes | sum          26 bytes, sum over bytes 1 to 24
            17            19             21              23          25

All of it rests on one source (UNVERIFIED). Its gas cells need minutes after power: their first values are suspect.
Source: serial.md §B4.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading
from agent.model.units import Duration
from drivers.wire.asking import WarmUp
from drivers.wire.checks import twos8
from drivers.wire.frames import Shape
from drivers.wire.winsen import COMMANDS, HOST, READ, Winsen, WinsenPlayer, command, sound

SIZE: Final = 26
LAYOUT: Final = ">HHHHBHHHHHHH"
COLD: Final = 500
"""What is added to the temperature in 0.1 degC."""
READ_ALL: Final = command(READ)


class Column(NamedTuple):
    """One number of the answer: its quantity, its decimals, and what was added to the count."""

    quantity: str
    decimals: int
    warms_up: bool = False
    zero: int = 0


COLUMNS: Final = (
    Column("pm1", 0),
    Column("pm2_5", 0),
    Column("pm10", 0),
    Column("co2", 0, warms_up=True),
    Column("voc_grade", 0, warms_up=True),
    Column("temperature", 1, zero=COLD),
    Column("humidity", 0),
    Column("hcho", 3, warms_up=True),
    Column("co", 1, warms_up=True),
    Column("o3", 2, warms_up=True),
    Column("no2", 2, warms_up=True),
)


class BoardOptions(Options):
    """How long its first gas values are not believed."""

    warm_up: Duration = Field(300_000, le=172_800_000, description="first gas values are suspect for so long")


def encode(counts: tuple[int, ...]) -> bytes:
    """Give the answer with the counts of COLUMNS."""
    body = bytes([READ]) + struct.pack(LAYOUT, *counts, 0)
    return b"\xff" + body + bytes([twos8(body)])


def decode(frame: bytes) -> tuple[int, ...]:
    """Give the counts of COLUMNS of a checked answer."""
    return struct.unpack_from(LAYOUT, frame, 2)[:-1]


SHAPE: Final = Shape(bytes([0xFF, READ]), b"", SIZE, lambda _head: SIZE, sound)
ECHO: Final = COMMANDS._replace(header=bytes([0xFF, HOST]))


class Device(Winsen):
    """The host's side."""

    timeout_ms = 1000

    def __init__(self, setup: Setup, warm_up: int | None = None) -> None:
        super().__init__(setup, SHAPE, ECHO, request=READ_ALL)
        options = setup.options if isinstance(setup.options, BoardOptions) else BoardOptions()
        gap = max(60_000, 3 * self._interval)
        self._warm_up = WarmUp(options.warm_up if warm_up is None else warm_up, gap)

    def values(self, said: bytes, now: int) -> list[Item]:
        """Give everything it measures, or one fault if one of it cannot be."""
        worth = self._warm_up.quality(now)
        readings = [
            Reading(
                self.device,
                column.quantity,
                round((count - column.zero) / 10**column.decimals, column.decimals),
                now,
                worth if column.warms_up else "good",
            )
            for column, count in zip(COLUMNS, decode(said), strict=True)
        ]
        return self.believed(readings, now)


class Player(WinsenPlayer):
    """The board itself: says what was set, at first 0 and 0 degC."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__()

    def data(self) -> bytes:
        """Give the answer to a request."""
        return encode(tuple(self._count(column) for column in COLUMNS))

    def _count(self, column: Column) -> int:
        count = round(float(self.seen.get((column.quantity, ""), 0)) * 10.0**column.decimals) + column.zero
        return min(max(count, 0), 0xFF if column.quantity == "voc_grade" else 0xFFFF)


DRIVER: Final = SerialDriver(
    name="winsen-zphs01b",
    summary="Winsen ZPHS01B air quality board, UART",
    build=Device,
    player=Player,
    quantities=tuple(column.quantity for column in COLUMNS),
    options=BoardOptions,
    serial=SerialSettings(9600),
    asked=True,
    decoder=lambda setup: Device(setup, 0),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
