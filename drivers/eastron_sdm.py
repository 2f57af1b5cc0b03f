"""Eastron SDM120, SDM230 (one phase) and SDM630 (three phases): voltages, currents, powers and energies of a supply.

It reads input registers only and configures nothing. Every value is an IEEE 754 single, high word first (ABCD), in
two registers; kWh and kvarh become Wh and varh.

    ask     01 04  00 00  00 50  crc          the maximum: 80 registers, 0000 to 004F, in one request
    answer  01 04  A0  43 66 33 34  00 ...  crc     43663334 = 230.2 V; registers in between read 0

    0000 V   0006 A   000C W   0012 VA   0018 var   001E power factor     SDM630: L1, then L2 and L3 at +2 and +4
    0034 W of all phases (SDM630)   0046 Hz   0048, 004A kWh in, out   004C, 004E kvarh in, out

Source: serial.md §A4 (mbmd, SDM_Energy_Meter, maker's manuals). The meter needs 200 ms between requests, answers
within 500 ms and says nothing to a request with a bad CRC. SDM120 and SDM230 leave the works at 2400 baud, SDM630 at
9600: set `baud` of the line, or the meter, so that they agree.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table, request_for
from drivers.wire.registers import Row


class SdmOptions(Options):
    """Options of an Eastron meter."""

    model: Literal["sdm120", "sdm230", "sdm630"] = Field(description="which meter it is; it decides the phases")


_PER_PHASE = (
    (0x0000, "voltage"),
    (0x0006, "current"),
    (0x000C, "power"),
    (0x0012, "apparent_power"),
    (0x0018, "reactive_power"),
    (0x001E, "power_factor"),
)
_COMMON = (
    Row(0x0046, "f32", "frequency"),
    Row(0x0048, "f32", "energy_total", 1000),
    Row(0x004A, "f32", "energy_export_total", 1000),
    Row(0x004C, "f32", "reactive_energy_total", 1000),
    Row(0x004E, "f32", "reactive_energy_export_total", 1000),
)


def _table(*rows: Row) -> Table:
    return Table((*rows, *_COMMON), most=80, gap=40, timeout_ms=500, turnaround_ms=200)


ONE_PHASE = _table(*(Row(address, "f32", quantity) for address, quantity in _PER_PHASE))
THREE_PHASES = _table(
    *(
        Row(address + 2 * (phase - 1), "f32", quantity, part=f"phase={phase}")
        for address, quantity in _PER_PHASE
        for phase in (1, 2, 3)
    ),
    Row(0x0034, "f32", "power"),
)


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the model; without one (`caretaker decode`), both: an answer then picks what explains most."""
    if not isinstance(setup.options, SdmOptions):
        return ONE_PHASE, THREE_PHASES
    return (THREE_PHASES,) if setup.options.model == "sdm630" else (ONE_PHASE,)


DRIVER = SerialDriver(
    name="eastron-sdm",
    summary="Eastron SDM120, SDM230, SDM630 energy meter, RS-485 Modbus",
    build=lambda setup: Meter(setup, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=tuple(dict.fromkeys(row.quantity for row in ONE_PHASE.rows)),
    options=SdmOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(*tables(setup), reply=reply),
)
