"""CHINT DTSU666: voltages, currents, powers and energies of three phases, as floats that carry raw numbers.

It configures nothing. A meter fresh from the works speaks DL/T 645 and does not answer until its protocol is set to
Modbus. The DTSU666-H sold with inverters has another map, which is not read here.

    ask     01 03  20 00  00 32  crc      then  20 44  00 02  and the energies
    answer  01 03  64  ...  crc      2006: 45 0F D0 00 = 2301.0, and that x 0.1 = 230.1 V (ABCD)

    2000, 2002, 2004  Uab Ubc Uca x 0.1 V      2006, 2008, 200A  Ua Ub Uc x 0.1 V      200C, 200E, 2010  I x 0.001 A
    2012 .. 2018  P total, a, b, c x 0.1 W     201A .. 2020  Q x 0.1 var               202A .. 2030  PF x 0.001
    2044  x 0.01 Hz                            101E or 401E, 1028 or 4028  kWh in, out

Source: serial.md §A5 (mbmd, mbmap). Where the energies stand depends on the year of production: `energy: probe` finds
out. With transformers, the voltages are multiplied by `vt`, the currents by `ct`, the powers by both; that the energies
need no factor is what the source says, UNVERIFIED for meters with transformers. Phases are parts: `phase=1`, and
`phases=12` between two of them. One or two stop bits: documents differ, and a host with two is understood by both.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.likely import likely_request
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.probing import ProbingMeter
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

ENERGIES: Final = ("energy_total", "energy_export_total")
PLACES: Final = {"101e": 0x1000, "401e": 0x4000}


class DtsuOptions(Options):
    """Options of a DTSU666."""

    energy: Literal["probe", "101e", "401e"] = Field("probe", description="register of the energy; probe: find out")
    ct: float = Field(1.0, ge=1, le=10_000, description="ratio of the current transformers")
    vt: float = Field(1.0, ge=1, le=1_000, description="ratio of the voltage transformers")


def _three(address: int, quantity: str, scale: float, parts: tuple[str, ...]) -> list[Row]:
    return [Row(address + 2 * n, "f32", quantity, scale, part=part, function=3) for n, part in enumerate(parts)]


def table(place: int, ct: float = 1.0, vt: float = 1.0) -> Table:
    """Give the table of a meter whose energies stand at `place` + 1E, with its transformers."""
    phases = ("phase=1", "phase=2", "phase=3")
    power = ct * vt / 10
    rows = (
        *_three(0x2000, "voltage", vt / 10, ("phases=12", "phases=23", "phases=31")),
        *_three(0x2006, "voltage", vt / 10, phases),
        *_three(0x200C, "current", ct / 1000, phases),
        *_three(0x2012, "power", power, ("", *phases)),
        *_three(0x201A, "reactive_power", power, ("", *phases)),
        *_three(0x202A, "power_factor", 0.001, ("", *phases)),
        Row(0x2044, "f32", "frequency", 0.01, function=3),
        Row(place + 0x1E, "f32", ENERGIES[0], 1000, function=3),
        Row(place + 0x28, "f32", ENERGIES[1], 1000, function=3),
    )
    return Table(rows, gap=8, timeout_ms=500)


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the tables that the options leave: two while the place of the energies is not known."""
    options = setup.options if isinstance(setup.options, DtsuOptions) else DtsuOptions()
    places = PLACES.values() if options.energy == "probe" else (PLACES[options.energy],)
    return tuple(table(place, options.ct, options.vt) for place in places)


def _guess(address: int, count: int, scale: float, low: float, high: float) -> Table:
    rows = (Row(address + 2 * n, "f32", "power", scale, function=3, low=low, high=high) for n in range(count))
    return Table(tuple(rows))


GUESSES = (
    _guess(0x2006, 3, 0.1, 80, 320),
    _guess(0x2000, 3, 0.1, 340, 460),
    _guess(0x200C, 3, 0.001, 0, 100),
    _guess(0x202A, 4, 0.001, -1, 1),
    _guess(0x2012, 4, 0.1, -1e6, 1e6),
    _guess(0x2044, 1, 0.01, 49, 51),
    _guess(0x2012, 1, 0.1, -1e6, 1e6),
)
"""What a few floats alone may be: voltages of phases, between phases, currents, factors, powers, a frequency."""

DRIVER = SerialDriver(
    name="chint-dtsu666",
    summary="CHINT DTSU666 three-phase energy meter, RS-485 Modbus",
    build=lambda setup: ProbingMeter(setup, ENERGIES, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=tuple(dict.fromkeys(row.quantity for row in table(0x1000).rows)),
    options=DtsuOptions,
    serial=SerialSettings(9600, stop=2),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, tables(setup), GUESSES),
)
