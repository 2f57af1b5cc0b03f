"""PZEM-004T v3 and v4, PZEM-014, PZEM-016: voltage, current, power and energy of one AC load.

It never resets the energy (function 42) and never calibrates (function 41). Versions 1 and 2 speak another protocol.

    ask     01 04  00 00  00 0A  crc
    answer  01 04  14  UUUU  IIII iiii  PPPP pppp  EEEE eeee  FFFF  CCCC  AAAA  crc
                   |   |     |          |          |          |     |     alarm: FFFF over the threshold, else 0
                   |   |     |          |          |          |     power factor x 0.01
                   |   |     |          |          |          frequency x 0.1 Hz
                   |   |     |          |          energy, 1 Wh
                   |   |     |          power x 0.1 W
                   |   |     current x 0.001 A     (32-bit numbers: low word first, CDAB)
                   |   voltage x 0.1 V
                   20 bytes

Source: maker's manual and libraries, serial.md §A2; vector 03 is a capture. Address 248 reaches any single meter on
its bus. The measuring side lives from the mains it measures: mains off means no answer, so `silent` here may be a
power loss, and it is never a zero.
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table, request_for
from drivers.wire.registers import Row

TABLE = Table(
    rows=(
        Row(0, "u16", "voltage", 0.1),
        Row(1, "u32", "current", 0.001, order="CDAB"),
        Row(3, "u32", "power", 0.1, order="CDAB"),
        Row(5, "u32", "energy_total", order="CDAB"),
        Row(7, "u16", "frequency", 0.1),
        Row(8, "u16", "power_factor", 0.01),
        Row(9, "flag", "power_alarm"),
    ),
    most=10,
    holding=((0x0001, 23_000), (0x0002, 1)),
)

DRIVER = SerialDriver(
    name="pzem-004t-v3",
    summary="PZEM-004T v3/v4, PZEM-014, PZEM-016 AC meter, TTL or RS-485 Modbus",
    build=lambda setup: Meter(setup, TABLE),
    player=lambda setup: MeterPlayer(setup, TABLE),
    quantities=tuple(row.quantity for row in TABLE.rows),
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
    request_for=lambda setup, reply: request_for(TABLE, reply=reply),  # noqa: ARG005 - the table is always this one
)
