"""Delta VFD-B, VFD-F, VFD-E, MS300 (and GS3) drives of pumps and fans: what they do, and what is wrong with them.

Read-only, always: it runs and stops nothing.

    ask      01 03  21 00  00 07  crc
    answer   01 03  0E  WWFF  SSSS  command, output x 0.01 Hz  current  bus, output x 0.1 V  crc
             WW warning (MS300), FF fault, 0 none
             SSSS bits 0-1: 00 stopped, 01 stopping, 10 standby, 11 running     2 jog
                  bits 3-4: 00 forward, 01 reverse to forward, 10 forward to reverse, 11 reverse
                  8 frequency by comm, 9 by terminal     10 command by comm     11 parameters locked
    `rpm`    01 03  21 0C  00 01  crc

The current has one or two decimals: `current_decimals`; an MS300 says how many in the high byte of 211F, read with
`model: ms300`. While they are not known the number is told as `raw_value` with the part `of=current`, not as amperes.

Source: Delta's and AutomationDirect's manuals, LinuxCNC, serial.md §A17, §E.2. Leaves the works in ASCII 7N2: set RTU
(Pr 09.04) and 8N1 or 8E1. A VFD-E gives one register a request: `model: vfd-e`. A GS3 counts its frequencies x 0.1 Hz.
The torque (210B) has no scale in the source and is not read; a VFD-ED has its status elsewhere and is not this device.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading
from drivers.wire.likely import LikelyMeter, likely_request
from drivers.wire.meant_row import among, coded
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import MAX_REGISTERS, Table
from drivers.wire.registers import Row

Model = Literal["vfd", "vfd-e", "ms300", "gs3"]
STATES: Final = {0: "stopped", 1: "stopping", 2: "standby", 3: "running"}
ROTATIONS: Final = {0: "forward", 1: "to_forward", 2: "to_reverse", 3: "reverse"}
FREQUENCY_SOURCES: Final = {0: "keypad", 1: "comm", 2: "terminal", 3: "comm_and_terminal"}
COMMAND_SOURCES: Final = {0: "local", 1: "comm"}
DECIMALS: Final = 0x211F
OF_CURRENT: Final = "of=current"
OF_DECIMALS: Final = "of=decimals"


class DriveOptions(Options):
    """Options of a Delta drive."""

    model: Model = Field("vfd", description="vfd-e: one register a request; ms300: says its decimals; gs3: 0.1 Hz")
    current_decimals: Literal[1, 2] | None = Field(None, description="decimals of the current; unset: not known")
    rpm: bool = Field(False, description="whether the speed is read too")


def table(options: DriveOptions) -> Table:
    """Give the table of the options."""
    hertz = 0.1 if options.model == "gs3" else 0.01
    decimals = options.current_decimals
    rows: list[Row] = [
        Row(0x2100, "flag", "device_fault", function=3, mask=0x00FF),
        Row(0x2100, "u16", "fault_code", function=3, mask=0x00FF),
        Row(0x2100, "u16", "warning_code", function=3, mask=0xFF00, shift=8),
        coded(0x2101, "run_state", STATES, mask=0x0003),
        among(0x2101, "running", (3,), mask=0x0003),
        coded(0x2101, "rotation", ROTATIONS, mask=0x0018, shift=3),
        Row(0x2101, "flag", "jogging", function=3, mask=0x0004),
        coded(0x2101, "frequency_source", FREQUENCY_SOURCES, mask=0x0300, shift=8),
        coded(0x2101, "control_source", COMMAND_SOURCES, mask=0x0400, shift=10),
        Row(0x2101, "flag", "parameters_locked", function=3, mask=0x0800),
        Row(0x2102, "u16", "set_frequency", hertz, function=3),
        Row(0x2103, "u16", "output_frequency", hertz, function=3),
        Row(0x2104, "u16", "raw_value", part=OF_CURRENT, function=3)
        if decimals is None
        else Row(0x2104, "u16", "current", 10.0**-decimals, function=3),
        Row(0x2105, "u16", "bus_voltage", 0.1, function=3),
        Row(0x2106, "u16", "output_voltage", 0.1, function=3),
    ]
    if options.rpm:
        rows.append(Row(0x210C, "u16", "rotation_speed", function=3))
    if options.model == "ms300" and decimals is None:
        rows.append(Row(DECIMALS, "u16", "raw_value", part=OF_DECIMALS, function=3, mask=0xFF00, shift=8, high=4))
    return Table(tuple(rows), most=1 if options.model == "vfd-e" else MAX_REGISTERS)


def tables(setup: Setup) -> tuple[Table, ...]:
    """Give the table of the options."""
    return (table(setup.options if isinstance(setup.options, DriveOptions) else DriveOptions()),)


class Drive(LikelyMeter):
    """A drive that may say itself how many decimals its current has."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, *tables(setup))
        self._decimals: int | None = None

    def _understood(self, request: Request, reply: Reply, now: int) -> list[Item]:
        told = super()._understood(request, reply, now)
        for item in told:
            if isinstance(item, Reading) and item.part == OF_DECIMALS and not isinstance(item.value, str):
                self._decimals = int(item.value)
        return [self._scaled(item) for item in told]

    def _scaled(self, item: Item) -> Item:
        known = self._decimals
        if known is None or not isinstance(item, Reading) or item.part != OF_CURRENT or isinstance(item.value, str):
            return item
        return Reading(self.device, "current", item.value / 10**known, item.t)


DRIVER = SerialDriver(
    name="delta-vfd",
    summary="Delta VFD-B, VFD-E, VFD-F, MS300, GS3 drive of a pump or fan (read-only), RS-485 Modbus",
    build=Drive,
    player=lambda setup: MeterPlayer(setup, tables(setup)[0]),
    quantities=(*dict.fromkeys(row.quantity for row in table(DriveOptions(rpm=True)).rows), "current"),
    options=DriveOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, tables(setup)),
)
