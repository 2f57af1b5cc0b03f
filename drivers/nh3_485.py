"""Ammonia sensors for toilets and refuse rooms, RS-485: five maps that are sold under similar names, by `map`.

The exact model must be said: register 6 is ammonia on one JXBS device and carbon monoxide on another. It configures
nothing. Water probes for ammonia-nitrogen (BH-485-NH) are something else.

    ask     01 03  00 00  00 07  crc      jxbs-3001
    answer  01 03  0E  HHHH TTTT .... .... .... .... NNNN  crc

    s-nh3-01       2000 ammonia f32 ppm   2004 s16 x 0.01 degC   2006 x 0.01 %RH; eight registers at once     9600
    es-nh3-01      0000 ammonia 1 ppm, up to 500                                                              4800
    jxbs-3001      0000 x 0.1 %RH   0001 s16 x 0.1 degC   0006 ammonia x 0.1 ppm                              9600
    jxbs-shield    0006 carbon monoxide x 0.1 ppm   0007 ozone   0008 ammonia; at address 61 (hex)
    innoflex       0004 ammonia x 0.01 ppm; five registers at once; at address 7

Source: serial.md §A7, of low confidence but for jxbs-3001. UNVERIFIED: the word order of s-nh3-01 (`order`), and that
ozone and ammonia of the shield are x 0.1 as its carbon monoxide. Three more names are known (Rainbow, "XX" with
universal address FA, ZTS-3002 / RS-NH3) and no map of them, nor any of the H2S versions: `modbus-table` takes those.
FFFF, 7FFF and 8000 that stay mean a fault. The cell warms up for five minutes, a new one for hours.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.likely import GroupedTable, LikelyMeter, likely_request
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import Row, WordOrder

Map = Literal["s-nh3-01", "es-nh3-01", "jxbs-3001", "jxbs-shield", "innoflex"]
FAULTY: Final = (0xFFFF, 0x7FFF, 0x8000)


class OdourOptions(Options):
    """Options of an ammonia sensor."""

    map: Map = Field(description="which model it is; it decides the registers")
    order: WordOrder = Field("ABCD", description="s-nh3-01: byte order of its float")


def _gas(address: int, quantity: str, scale: float, high: float = 1000.0) -> Row:
    return Row(address, "u16", quantity, scale, function=3, sentinels=FAULTY, high=high)


def sensecap(order: WordOrder = "ABCD") -> Table:
    """Give the table of an S-NH3-01."""
    rows = (
        Row(0x2000, "f32", "nh3", order=order, function=3, high=100),
        Row(0x2004, "s16", "temperature", 0.01, function=3),
        Row(0x2006, "u16", "humidity", 0.01, function=3),
    )
    return GroupedTable(rows, groups=(Block(3, 0x2000, 8),))


MAPS: Final[dict[Map, Table]] = {
    "s-nh3-01": sensecap(),
    "es-nh3-01": Table((_gas(0, "nh3", 1.0, 500),)),
    "jxbs-3001": Table(
        (
            Row(0, "u16", "humidity", 0.1, function=3, sentinels=FAULTY),
            Row(1, "s16", "temperature", 0.1, function=3, sentinels=(0x7FFF, -0x8000)),
            _gas(6, "nh3", 0.1),
        ),
        gap=4,
    ),
    "jxbs-shield": Table((_gas(6, "co", 0.1, 10_000), _gas(7, "o3", 0.1), _gas(8, "nh3", 0.1))),
    "innoflex": GroupedTable((_gas(4, "nh3", 0.01),), groups=(Block(3, 0, 5),)),
}


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the model; without one (`caretaker decode`), all: an answer then picks what explains most."""
    if not isinstance(setup.options, OdourOptions):
        return tuple(MAPS.values())
    return (sensecap(setup.options.order) if setup.options.map == "s-nh3-01" else MAPS[setup.options.map],)


def asked(setup: Setup, reply: bytes) -> bytes | None:
    """Give the request of an answer. One register alone is ammonia: of a JXBS-3001 at its own address 1, else of an ES.

    The address is the only hint that there is, unless the model is said.
    """
    models = tables(setup)
    jxbs = MAPS["jxbs-3001"]
    lone = Table((jxbs.rows[2],)) if reply[:1] == b"\x01" or len(models) == 1 else MAPS["es-nh3-01"]
    return likely_request(reply, models, (lone,) if jxbs in models else ())


DRIVER = SerialDriver(
    name="nh3-485",
    summary="Ammonia sensors (odour) of five kinds, RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=tuple(dict.fromkeys(row.quantity for table in MAPS.values() for row in table.rows)),
    options=OdourOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=asked,
)
