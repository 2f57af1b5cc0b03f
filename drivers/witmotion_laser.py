"""WitMotion laser distance sensor with RS-485 (DFRobot SEN0492): how far something is, such as the rubbish in a bin.

It configures nothing.

    ask     50 03  00 34  00 01  crc
    answer  50 03  02  DDDD  crc          DDDD distance in mm: 070B = 1803

Source: DFRobot wiki SEN0492, serial.md §A6. Leaves the works at address 80 (hex 50). What it says when nothing is in
range stands nowhere (UNVERIFIED): 0 and FFFF are taken for "no distance", as in its neighbours.
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings
from drivers.wire.likely import likely_request
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

TABLE = Table(rows=(Row(0x34, "u16", "distance", function=3, sentinels=(0, 0xFFFF)),))

DRIVER = SerialDriver(
    name="witmotion-wt-laser-485",
    summary="WitMotion laser distance sensor (SEN0492), RS-485 Modbus",
    build=lambda setup: Meter(setup, TABLE),
    player=lambda setup: MeterPlayer(setup, TABLE),
    quantities=("distance",),
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (TABLE,)),  # noqa: ARG005 - the table is always this one
)
