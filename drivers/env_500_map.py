"""Weather, noise and dust transmitters of the "500 map" (DFRobot SEN0658, louver stations of the Renke kind, RS-485).

They differ in what is fitted (`measures`), in the scale of the wind and in what register 507 is: all three are on the
paper, and none can be told from an answer. It configures nothing (07D0 address, 07D1 baud).

    ask     01 03  01 F4  00 0C  crc      from 500 in one request; with `short_reads` four: 01F4 x 4, 01F8 x 3,
    answer  01 03  18  ....  crc          01FB x 3, 01FE x 2, as in the log of a SEN0658

    500 wind speed x 0.01 m/s (others: 0.1)   501 force   502 sector 0 to 7, 0 is north   503 direction, deg
    504 humidity x 0.1 %RH    505 temperature s16 x 0.1 degC    506 noise x 0.1 dB
    507 PM2.5 ug/m3 (others: CO2 ppm)         508 PM10 ug/m3    509 pressure x 0.1 kPa
    510, 511 illuminance u32 ABCD, 1 lx       512 illuminance x 100 lx
    513 rain x 0.1 mm         514 compass x 0.01 deg            515 solar radiation W/m2

Source: captures of a SEN0658 with local echo and of a CO2 variant, serial.md §A8. 4800 baud; it is not to be asked more
often than every 2 s. On CO2 variants 508 mirrors 507 and is not read. That noise is A-weighted is taken from its likes
(UNVERIFIED), and whether rain is a total or a rate no source says. Wires: yellow A, blue B. Dust warms up for 2 min.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.likely import GroupedTable, LikelyMeter, likely_request
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import Row, RowType

Measure = Literal["wind", "climate", "noise", "dust", "pressure", "light", "coarse_light", "rain", "compass", "solar"]
FITTED: Final[tuple[Measure, ...]] = ("wind", "climate", "noise", "dust", "pressure", "light")
FIRST: Final = 500
SHORT: Final = (Block(3, 500, 4), Block(3, 504, 3), Block(3, 507, 3), Block(3, 510, 2), Block(3, 512, 4))


class StationOptions(Options):
    """Options of a station."""

    measures: list[Measure] = Field(list(FITTED), min_length=1, description="what is fitted and read")
    wind_scale: float = Field(0.01, ge=0.001, le=1, description="m/s of one count of the wind: 0.01 or 0.1")
    register_507: Literal["pm2_5", "co2"] = Field("pm2_5", description="what register 507 is")
    short_reads: bool = Field(False, description="ask four times for a few registers, not once for all")


def _row(place: int, quantity: str, scale: float = 1.0, kind: RowType = "u16") -> Row:
    return Row(FIRST + place, kind, quantity, scale, function=3)


def rows(measure: Measure, wind_scale: float = 0.01, register_507: str = "pm2_5") -> tuple[Row, ...]:
    """Give the rows of a measure."""
    sector, dust = _row(2, "wind_sector"), _row(7, register_507)
    all_rows: dict[Measure, tuple[Row, ...]] = {
        "wind": (_row(0, "wind_speed", wind_scale), _row(1, "wind_force"), sector, _row(3, "wind_direction")),
        "climate": (_row(4, "humidity", 0.1), _row(5, "temperature", 0.1, "s16")),
        "noise": (_row(6, "sound_laf", 0.1),),
        "dust": (dust,) if register_507 == "co2" else (dust, _row(8, "pm10")),
        "pressure": (_row(9, "pressure"),),
        "light": (_row(10, "illuminance", 1, "u32"),),
        "coarse_light": (_row(12, "illuminance", 100),),
        "rain": (_row(13, "rainfall", 0.1),),
        "compass": (_row(14, "heading", 0.01),),
        "solar": (_row(15, "solar_radiation"),),
    }
    return all_rows[measure]


def table(options: StationOptions) -> Table:
    """Give the table of a station."""
    measures = dict.fromkeys(options.measures)  # in the order of the settings; one that stands twice counts once
    fitted = tuple(row for one in measures for row in rows(one, options.wind_scale, options.register_507))
    groups = tuple(block for block in SHORT if any(block.holds(row) for row in fitted))
    if options.short_reads:
        return GroupedTable(fitted, timeout_ms=1500, groups=groups)
    return Table(fitted, gap=16, timeout_ms=1500)


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the options; with none, everything that there is behind it, for `caretaker decode`."""
    options = setup.options if isinstance(setup.options, StationOptions) else StationOptions()
    if "measures" in options.model_fields_set:
        return (table(options),)
    everything = [*FITTED, "rain", "compass", "solar"]
    return table(options), table(options.model_copy(update={"measures": everything}))


def _dust_and_pressure(most: int, lowest: int) -> Table:
    dust = Row(507, "u16", "pm2_5", function=3, high=most)
    pressure = Row(509, "u16", "pressure", function=3, low=lowest, high=1100)
    return Table((dust, Row(508, "u16", "pm10", function=3, high=500), pressure))


GUESSES: Final = (
    _dust_and_pressure(300, 850),
    _dust_and_pressure(80, 500),
    Table((*rows("climate"), *rows("noise"))),
    Table(rows("wind")),
    Table(rows("light")),
)
"""What two, three or four registers alone may be. As climate and noise, the first would be at most 30 %RH beside 85 dB,
the second at most 8 %RH beside 50 dB (and the pressure that of a mountain)."""

DRIVER = SerialDriver(
    name="env-500-map",
    summary="Weather, noise and dust stations (SEN0658, Renke), RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[-1]),
    quantities=(*dict.fromkeys(row.quantity for row in tables(Setup(""))[1].rows), "co2"),
    options=StationOptions,
    serial=SerialSettings(4800),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
    request_for=lambda setup, reply: likely_request(reply, tables(setup), GUESSES),
)
