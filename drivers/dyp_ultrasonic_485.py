"""DYP / Seeed A01 ultrasonic distance sensors with RS-485 (A02, A22 too): how full a bin or a sump is.

It sets neither address nor baud (registers 0200, 0201), and makes no fill level: that is the settings' business
(`derive`). A lid that is opened gives jumps: rules ask for several readings.

    ask     01 03  01 00  00 01  crc      distance, processed in about 500 ms (0101: the bare echo, in about 100 ms)
            01 03  01 02  00 01  crc      temperature
    answer  01 03  02  DDDD  crc          distance in mm: 02F2 = 754      temperature s16 x 0.1 degC: 012C = 30.0
            FFFE another sensor disturbs    FFFD nothing in range    0 and above 7500: no distance (UNVERIFIED for A01)

Source: maker's manual and DFRobot wiki SEN0754, serial.md §A10. One register a request, as the manual shows; register
0000 is refused. Blind below 28 cm (A01) or 3 cm (A02, A22).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Value
from drivers.wire.likely import LikelyMeter, likely_request
from drivers.wire.meant_row import MeantRow, Words
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import InsaneError, Row

FARTHEST: Final = 7500
_NONE: Final = {0xFFFE: "co-channel interference", 0xFFFD: "no object in range", 0: "no echo"}


class UltrasonicOptions(Options):
    """Options of an ultrasonic sensor."""

    distance: Literal["processed", "real_time"] = Field("processed", description="smoothed by the sensor, or bare")
    temperature: bool = Field(True, description="whether it has a thermometer to read")


def _read(words: Words) -> Value:
    if words[0] in _NONE:
        raise InsaneError(f"distance: {_NONE[words[0]]}")
    if words[0] > FARTHEST:
        raise InsaneError(f"distance: {words[0]} mm is out of range")
    return float(words[0])


def _write(value: Value, _before: Words) -> Words:
    if isinstance(value, str):
        raise TypeError("a distance is a number")
    return (min(max(round(value), 0), 0xFFFF),)


def _distance(address: int, part: str = "") -> MeantRow:
    return MeantRow(address, "u16", "distance", part=part, function=3, read=_read, write=_write)


PROCESSED: Final = _distance(0x0100)
REAL_TIME: Final = _distance(0x0101)
TEMPERATURE: Final = Row(0x0102, "s16", "temperature", 0.1, function=3)


def _table(*rows: Row) -> Table:
    return Table(rows, most=1, timeout_ms=700, holding=((0x0200, 1), (0x0201, 3)))


WHOLE: Final = _table(PROCESSED, _distance(0x0101, "kind=real_time"), TEMPERATURE)


_ALONE: Final = Row(0x0102, "s16", "temperature", 0.1, function=3, low=-40, high=35, sentinels=(0, -2, -3))
GUESSES: Final = (Table((_ALONE,)),)
"""One register alone: as a distance, less than 35 cm lies in the blind zone of an A01 or close to it."""


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, UltrasonicOptions) else UltrasonicOptions()
    distance = PROCESSED if options.distance == "processed" else REAL_TIME
    return _table(distance, TEMPERATURE) if options.temperature else _table(distance)


DRIVER = SerialDriver(
    name="dyp-ultrasonic-485",
    summary="DYP A01, A02, A22 ultrasonic distance sensor, RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=("distance", "temperature"),
    options=UltrasonicOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (WHOLE,), GUESSES),  # noqa: ARG005 - bytes tell no options
    decoder=lambda setup: LikelyMeter(setup, WHOLE),
)
