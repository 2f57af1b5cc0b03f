"""PZEM-003 and PZEM-017: voltage, current, power and energy of one DC supply, a battery.

It never resets the energy (function 42), and sets neither thresholds nor shunt.

    ask     01 04  00 00  00 08  crc
    answer  01 04  10  UUUU  IIII  PPPP pppp  EEEE eeee  HHHH  LLLL  crc
                   |   |     |     |          |          |     low voltage alarm: FFFF active, else 0
                   |   |     |     |          |          high voltage alarm
                   |   |     |     |          energy, 1 Wh
                   |   |     |     power x 0.1 W          (32-bit numbers: low word first, CDAB)
                   |   |     current x 0.01 A
                   |   voltage x 0.01 V
                   16 bytes

Source: maker's manual and a capture (vector 02), serial.md §A3 and §E.2: a table of the manual claims 0.01 W, its own
example and the capture say 0.1 W. The wire has two stop bits. A current that flows back reads 0. Holding register 3
says which shunt is fitted (0: 100 A, 1: 50 A, 2: 200 A, 3: 300 A): set wrongly, it scales the current unnoticed.
Below 7 V a PZEM-017 needs an outer supply of 5 V, else it is silent: that is never a voltage of zero.
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings
from drivers.wire.likely import likely_request
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

TABLE = Table(
    rows=(
        Row(0, "u16", "voltage", 0.01),
        Row(1, "u16", "current", 0.01),
        Row(2, "u32", "power", 0.1, order="CDAB"),
        Row(4, "u32", "energy_total", order="CDAB"),
        Row(6, "flag", "overvoltage"),
        Row(7, "flag", "undervoltage"),
    ),
    most=8,
    holding=((0, 35_000), (1, 100), (2, 1), (3, 0)),
)

DRIVER = SerialDriver(
    name="pzem-017",
    summary="PZEM-003, PZEM-017 DC meter (batteries), RS-485 Modbus",
    build=lambda setup: Meter(setup, TABLE),
    player=lambda setup: MeterPlayer(setup, TABLE),
    quantities=tuple(row.quantity for row in TABLE.rows),
    serial=SerialSettings(9600, stop=2),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
    request_for=lambda setup, reply: likely_request(reply, (TABLE,)),  # noqa: ARG005 - the table is always this one
)
