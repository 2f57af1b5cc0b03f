"""Dust transmitters with RS-485 that are not of the "500 map": JXBS-3001 PM and four others, by the option `map`.

It configures nothing. Which map a box has is on its paper: none can be told from another by its answers.

    ask     01 03  00 04  00 01  crc      PM2.5, and  00 09  00 01  for PM10 (jxbs-3001)
    answer  01 03  02  PPPP  crc          PPPP, 1 ug/m3: 004B = 75

    jxbs-3001        0004 PM2.5   0009 PM10                                       9600
    renke            0000 PM2.5   0001 PM10; renke-swapped: the other way round   4800, which it is: UNVERIFIED
    seven-in-one     0000 CO2, 1 ppm   0003 PM2.5   0004 humidity -6 + 125 x / 65536 %RH   0006 PM10
    qsa2700d         0101 PM2.5   0102 PM10   0104 status: 0 in order, 1 replace, 2 communication     19200 8E1

Source: serial.md §A8. The seven-in-one box also has gases (0001, 0002) and a temperature (0005) whose units the source
does not give: they are not read. Warming up takes two minutes at most.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.likely import LikelyMeter, likely_request
from drivers.wire.meant_row import among, coded
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

Map = Literal["jxbs-3001", "renke", "renke-swapped", "seven-in-one", "qsa2700d"]


class DustOptions(Options):
    """Options of a dust transmitter."""

    map: Map = Field("jxbs-3001", description="which registers it has")


def _dust(pm2_5: int, pm10: int, *more: Row, gap: int = 0) -> Table:
    faulty: Final = (0xFFFF, 0x7FFF, 0x8000)
    pair = (
        Row(pm2_5, "u16", "pm2_5", function=3, sentinels=faulty),
        Row(pm10, "u16", "pm10", function=3, sentinels=faulty),
    )
    return Table((*pair, *more), gap=gap, timeout_ms=1200)


MAPS: Final[dict[Map, Table]] = {
    "jxbs-3001": _dust(4, 9),
    "renke": _dust(0, 1),
    "renke-swapped": _dust(1, 0),
    "seven-in-one": _dust(
        3,
        6,
        Row(0, "u16", "co2", function=3),
        Row(4, "u16", "humidity", 125 / 65536, offset=-6, function=3),
        gap=2,
    ),
    "qsa2700d": _dust(
        257,
        258,
        among(260, "device_fault", (1, 2)),
        coded(260, "fault_text", {0: "none", 1: "replace", 2: "communication"}),
        gap=1,
    ),
}


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the map; where none is said (`caretaker decode`), all, the usual one first."""
    if isinstance(setup.options, DustOptions) and "map" in setup.options.model_fields_set:
        return (MAPS[setup.options.map],)
    return tuple(MAPS.values())


DRIVER = SerialDriver(
    name="jxbs-pm",
    summary="JXBS-3001 and other dust transmitters, RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=tuple(dict.fromkeys(row.quantity for table in MAPS.values() for row in table.rows)),
    options=DustOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, tables(setup)),
)
