"""CHINT DDSU666: voltage, current, power and energies of one phase, as floats in engineering units.

It configures nothing. A meter fresh from the works speaks DL/T 645 and does not answer until its protocol is set to
Modbus at the panel. The three-phase DTSU666 sends raw numbers instead: see drivers/chint_dtsu666.py.

    ask     01 03  20 00  00 10  crc      then  40 00  00 02  and  40 0A  00 02
    answer  01 03  20  43 64 66 66  ...  crc      43646666 = 228.4 V, IEEE 754 single, high word first (ABCD)

    2000 V   2002 A   2004 kW   2006 kvar   200A power factor   200E Hz   4000, 400A kWh in, out

Source: serial.md §A5 (Tasmota, mbmd, mbmap). kW, kvar and kWh become W, var and Wh. One or two stop bits: documents
differ, and a host with two is understood by both.
"""

from __future__ import annotations

from dataclasses import replace

from agent.driver import SerialDriver, SerialSettings
from drivers.wire.likely import LikelyMeter, likely_request
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

TABLE = Table(
    rows=(
        Row(0x2000, "f32", "voltage", function=3),
        Row(0x2002, "f32", "current", function=3),
        Row(0x2004, "f32", "power", 1000, function=3),
        Row(0x2006, "f32", "reactive_power", 1000, function=3),
        Row(0x200A, "f32", "power_factor", function=3),
        Row(0x200E, "f32", "frequency", function=3),
        Row(0x4000, "f32", "energy_total", 1000, function=3),
        Row(0x400A, "f32", "energy_export_total", 1000, function=3),
    ),
    gap=2,
    timeout_ms=500,
)

GUESSES = tuple(
    Table((row,))
    for row in (
        Row(0x2000, "f32", "voltage", low=80, high=320, function=3),
        Row(0x200E, "f32", "frequency", low=45, high=65, function=3),
        Row(0x2004, "f32", "power", 1000, low=-20_000, high=20_000, function=3),
        Row(0x4000, "f32", "energy_total", 1000, function=3),
    )
)
"""What one float alone may be: mains have a voltage and a frequency, and a house takes no more than 20 kW."""

AS_INPUTS = replace(TABLE, rows=tuple(replace(row, function=4) for row in TABLE.rows))
"""The meter answers function 04 too, with the same registers (serial.md §A5): others ask it so."""
INPUT_GUESSES = tuple(Table(tuple(replace(row, function=4) for row in guess.rows)) for guess in GUESSES)

DRIVER = SerialDriver(
    name="chint-ddsu666",
    summary="CHINT DDSU666 one-phase energy meter, RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, TABLE, AS_INPUTS),
    player=lambda setup: MeterPlayer(setup, TABLE),
    quantities=tuple(row.quantity for row in TABLE.rows),
    serial=SerialSettings(9600, stop=2),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (TABLE, AS_INPUTS), GUESSES + INPUT_GUESSES),  # noqa: ARG005 - it is always this table
)
