"""Water-leak ropes and points with RS-485: `variant` simple, rle, aqualeak, or the tank sensor xkc-y25.

It says what the controller says at once; how long a leak must last, and that it latches, is the rules' business.

    simple     01 04  00 00  00 01  crc   ->  01 04 02  0001  crc                 0 dry, 1 leak
    locating   02 04  00 00  00 03  crc   ->  02 04 06  SSSS PPPP UUUU  crc
                                              |         |    unit: 1 ft; 0 m (rle: LD1500 to LD5000), dm (aqualeak)
                                              |         where the leak is; 0 while dry
                                              bit 0 leak, 1 cable break, 2 contamination, 3 any of them
               with `details` also            3 leak current, uA   4 length of the cable   5, 6 loops, ohm
    xkc-y25    01 03  00 01  00 02  crc   ->  01 03 04  0001 CCCC  crc            1 liquid there; capacitance, raw

A rope that is cut reads dry: while `cable_break` is true, a "dry" is told with quality suspect, and proves nothing.
Register 7 (milliohm per ft) and 8 (firmware) are not read.

Source: manuals of Aqualeak 10K and RLE LD5000, LD1500, LD2000; a public repository for simple and xkc-y25; serial.md
§A11. The unit of the cable's length is taken for that of the place (UNVERIFIED). Ropes of the Renke kind that locate
have 4800 baud and a map that no source gives.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading, Value
from drivers.wire.likely import GroupedTable, LikelyMeter, likely_request
from drivers.wire.meant_row import ANY, MeantRow, Words, among
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import InsaneError, Row

Variant = Literal["simple", "rle", "aqualeak", "xkc-y25"]
FOOT: Final = 0.3048
UNITS: Final[dict[Variant, tuple[float, float]]] = {"aqualeak": (0.1, FOOT), "rle": (1.0, FOOT)}
"""Metres of a count, by the unit register."""


class RopeOptions(Options):
    """Options of a leak detector."""

    variant: Variant = Field("simple", description="which registers it has")
    details: bool = Field(False, description="rle, aqualeak: read leak current, length and loops of the cable too")


class Rope(LikelyMeter):
    """A detector whose "dry" is doubted while its cable is broken."""

    def _understood(self, request: Request, reply: Reply, now: int) -> list[Item]:
        told = super()._understood(request, reply, now)
        broken = any(isinstance(one, Reading) and one.quantity == "cable_break" and one.value for one in told)
        return [_doubted(one) for one in told] if broken else told


def _doubted(item: Item) -> Item:
    if isinstance(item, Reading) and item.quantity == "water_leak" and not item.value:
        return msgspec.structs.replace(item, quality="suspect")
    return item


def _length(quantity: str, place: int, units: tuple[float, float]) -> MeantRow:
    """Give the row of a length at `place` whose unit is register 2; both lie in its span, which begins at the first."""
    first = min(place, 2)

    def metres(words: Words) -> float:
        unit = words[2 - first]
        if unit >= len(units):
            raise InsaneError(f"{quantity}: unit {unit} is unknown")
        return units[unit]

    def read(words: Words) -> Value:
        return float(f"{words[place - first] * metres(words):.12g}")

    def write(value: Value, before: Words) -> Words:
        if isinstance(value, str):
            raise TypeError(f"{quantity} is a number")
        words = list(before)
        words[place - first] = min(max(round(value / metres(before)), 0), 0xFFFF)
        return tuple(words)

    return MeantRow(first, "u16", quantity, function=4, span=max(place, 2) - first + 1, read=read, write=write)


def _locating(variant: Variant, *, details: bool = False) -> Table:
    states = ("water_leak", "cable_break", "contamination", "alarm_summary")
    rows: list[Row] = [Row(0, "flag", name, mask=1 << bit) for bit, name in enumerate(states)]
    rows.append(_length("leak_distance", 1, UNITS[variant]))
    if details:
        rows += [
            Row(3, "u16", "leak_current"),
            _length("cable_length", 4, UNITS[variant]),
            Row(5, "u16", "loop_resistance", part="loop=1"),
            Row(6, "u16", "loop_resistance", part="loop=2"),
        ]
    return GroupedTable(tuple(rows), groups=(Block(4, 0, 7 if details else 3),))


def table(variant: Variant, *, details: bool = False) -> Table:
    """Give the table of a variant."""
    if variant == "simple":
        return Table((among(0, "water_leak", ANY, function=4),))
    if variant == "xkc-y25":
        return Table(
            (among(1, "liquid_present", ANY), Row(2, "u16", "raw_value", function=3)),
        )
    return _locating(variant, details=details)


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the variant; where none is said (`caretaker decode`), all, and dm before m."""
    options = setup.options if isinstance(setup.options, RopeOptions) else RopeOptions()
    if "variant" in options.model_fields_set:
        return (table(options.variant, details=options.details),)
    others: tuple[Variant, ...] = ("aqualeak", "rle")
    more = (table(variant, details=details) for variant in others for details in (False, True))
    return (table("simple"), *more, table("xkc-y25"))


DRIVER = SerialDriver(
    name="water-leak-485",
    summary="Water-leak ropes and points (simple, RLE, Aqualeak), RS-485 Modbus",
    build=lambda setup: Rope(setup, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=tuple(dict.fromkeys(row.quantity for one in tables(Setup("")) for row in one.rows)),
    options=RopeOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, tables(setup)),
)
