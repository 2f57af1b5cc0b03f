"""QDY30A submersible level probes, S-YW-01B and their likes, RS-485: the water above the probe in a tank or a sump.

It writes nothing: writes are lost unless saved (000F), and 0010 resets to the works.

    ask     01 03  00 00  00 07  crc
    answer  01 03  0E  AAAA BBBB UUUU DDDD VVVV ZZZZ FFFF  crc
                       |    |    |    |    |    |    full range, raw
                       |    |    |    |    |    zero, raw
                       |    |    |    |    value s16: FFE6 = -26
                       |    |    |    decimals 0 to 3
                       |    |    unit code
                       |    baud code (3: 9600)
                       address

Value = raw / 10^decimals in the unit of the code, and three tables of codes contradict each other: so `unit` is best
said, by two known depths on site (and the rest of the error by `calibration`). Without it only code 17 is understood,
as cm: with one decimal that unit counted millimetres. Any other code is told as insane; the raw number always comes.
Pressures (kPa, MPa, bar) are told as `liquid_pressure`. A dry probe may be slightly negative. Below 12 V of supply it
returns plausible numbers that drift.

Source: bench notes and maker's papers, serial.md §A9, §E.2. Leaves the works at address 1 (S-YW-01B: 1A hex). Wires:
blue A, yellow B. Probes with 4-20 mA behind an input module are a `modbus-table`: for R mm at 20 mA and counts of
0.001 mA, scale R/16000, offset -R/4, low -R/40 (3.6 mA, a broken loop), high 1.0625 R (21 mA, over the range).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Value
from drivers.wire.likely import GroupedTable, LikelyMeter, likely_request
from drivers.wire.meant_row import MeantRow, Words
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import InsaneError, Row

Unit = Literal["mm", "cm", "m", "kPa", "MPa", "bar"]
LENGTHS: Final[dict[str, float]] = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
PRESSURES: Final[dict[str, float]] = {"kPa": 1.0, "MPa": 1000.0, "bar": 100.0}
TESTED: Final[dict[int, Unit]] = {17: "cm"}
"""Unit codes that somebody has measured."""
MOST_DECIMALS: Final = 3


class LevelOptions(Options):
    """Options of a level probe."""

    unit: Unit | None = Field(None, description="unit of its numbers; unset: by its unit code, as far as that is known")


def _row(unit: Unit | None) -> MeantRow:
    """Give the row of unit code, decimals and value together."""
    quantity = "liquid_pressure" if unit in PRESSURES else "level"

    def factor(words: Words) -> float:
        code, decimals = words[0], words[1]
        known = unit or TESTED.get(code)
        if known is None:
            raise InsaneError(f"{quantity}: nobody knows unit code {code}; set the option unit")
        if decimals > MOST_DECIMALS:
            raise InsaneError(f"{quantity}: {decimals} decimals are impossible")
        return float((LENGTHS | PRESSURES)[known] / 10**decimals)

    def read(words: Words) -> Value:
        signed = words[2] - (words[2] >> 15 << 16)
        return float(f"{signed * factor(words):.12g}")

    def write(value: Value, before: Words) -> Words:
        if isinstance(value, str):
            raise TypeError(f"{quantity} is a number")
        raw = min(max(round(value / factor(before)), -0x8000), 0x7FFF)
        return (*before[:2], raw & 0xFFFF)

    return MeantRow(2, "u16", quantity, function=3, span=3, read=read, write=write)


RAW: Final = Row(4, "s16", "raw_value", function=3)


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    unit = setup.options.unit if isinstance(setup.options, LevelOptions) else None
    # The player's probe counts in the unit of the only known code, one decimal, full at 5 m.
    fresh = ((0, 1), (1, 3), (2, 17), (3, 1), (4, 0), (5, 0), (6, 5000))
    return GroupedTable((_row(unit), RAW), groups=(Block(3, 0, 7),), holding=fresh)


DRIVER = SerialDriver(
    name="qdy30a-level",
    summary="QDY30A and other submersible level probes, RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=("level", "liquid_pressure", "raw_value"),
    options=LevelOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (table(setup),), (Table((RAW,)),)),
)
