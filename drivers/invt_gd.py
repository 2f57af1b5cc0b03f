"""INVT Goodrive drives (GD10, GD100, GD200A) of pumps and fans: what they do, and what is wrong with them.

Read-only, always: it never writes 2000, which runs and stops the motor.

    status   03 03  21 00  00 04  crc  ->  03 03 08  SSSS  BBBB  FFFF  IIII  crc
             SSSS 1 forward, 2 reverse, 3 stopped, 4 fault, 5 power off
             BBBB bit 0 bus voltage ready, 1-2 motor, 3 synchronous, 4 overload ahead, 5-6 keypad, terminal, comm
             FFFF fault (see FAULTS), 0 none; some have it at 5000: `fault_register`
             IIII 010B GD100, 010C GD200A, 010D GD10
    figures  03 03  30 00  00 06  crc  ->  03 03 0C  output, set x 0.01 Hz, bus x 0.1 V, output V, x 0.1 A, rpm

Source: public repositories and LA104, serial.md §A17. Usual setting of the wire: 19200 8E1 (P14.00 to P14.03). Some
GD10 have the figures one register higher: `shifted`. Register 3006 (x 0.1 %) is not read: of what it is the share no
source says, nor what most faults are in words: FAULTS are the signs that the drive itself shows.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.likely import LikelyMeter, likely_request
from drivers.wire.meant_row import ANY, among, coded
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

STATES: Final = {1: "forward", 2: "reverse", 3: "stopped", 4: "fault", 5: "power_off"}
SOURCES: Final = {0: "keypad", 1: "terminal", 2: "comm"}
MODELS: Final = {0x010B: "GD100", 0x010C: "GD200A", 0x010D: "GD10"}
FAULTS: Final = {
    0: "none",
    **{1 + n: f"OUt{1 + n}" for n in range(3)},
    **{4 + n: f"OC{1 + n}" for n in range(3)},
    **{7 + n: f"OV{1 + n}" for n in range(3)},
    10: "UV", 11: "OL1", 12: "OL2", 13: "SPI", 14: "SPO output phase loss", 15: "OH1", 16: "OH2", 17: "EF", 18: "CE",
    19: "ItE", 20: "tE", 21: "EEP", 22: "PIDE", 23: "bCE", 24: "END", 25: "OL3", 26: "PCE", 27: "UPE", 28: "DNE",
    32: "ETH1", 33: "ETH2", 36: "LL",
}  # fmt: skip


class GoodriveOptions(Options):
    """Options of a Goodrive."""

    shifted: bool = Field(False, description="figures begin at 3001 (some GD10)")
    fault_register: Literal[0x2102, 0x5000] = Field(0x2102, description="where the fault stands")


def table(options: GoodriveOptions) -> Table:
    """Give the table of the options."""
    fault, figures = options.fault_register, 0x3000 + options.shifted
    return Table(
        (
            coded(0x2100, "run_state", STATES),
            among(0x2100, "running", (1, 2), off=3),
            Row(0x2101, "flag", "bus_ready", function=3, mask=0x0001),
            Row(0x2101, "flag", "overload", function=3, mask=0x0010),
            coded(0x2101, "control_source", SOURCES, mask=0x0060, shift=5),
            among(fault, "device_fault", ANY),
            Row(fault, "u16", "fault_code", function=3),
            coded(fault, "fault_text", FAULTS),
            coded(0x2103, "model", MODELS),
            Row(figures, "u16", "output_frequency", 0.01, function=3),
            Row(figures + 1, "u16", "set_frequency", 0.01, function=3),
            Row(figures + 2, "u16", "bus_voltage", 0.1, function=3),
            Row(figures + 3, "u16", "output_voltage", function=3),
            Row(figures + 4, "u16", "current", 0.1, function=3),
            Row(figures + 5, "u16", "rotation_speed", function=3),
        ),
        gap=1,
    )


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the options."""
    return (table(setup.options if isinstance(setup.options, GoodriveOptions) else GoodriveOptions()),)


GUESSES = (
    Table((
        Row(0x3000, "u16", "output_frequency", 0.01, function=3, low=1, high=400),
        Row(0x3001, "u16", "set_frequency", 0.01, function=3, low=1, high=400),
    )),
)  # fmt: skip
"""Two registers alone: as status words, numbers of hundreds would be no state that there is."""

DRIVER = SerialDriver(
    name="invt-gd",
    summary="INVT Goodrive drive of a pump or fan (read-only), RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, *tables(setup)),
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=tuple(row.quantity for row in table(GoodriveOptions()).rows),
    options=GoodriveOptions,
    serial=SerialSettings(19_200, parity="E"),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, tables(setup), GUESSES),
)
