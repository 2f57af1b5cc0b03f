"""XY-MD02 (also MD01, MD03, MD04): temperature and humidity of a room over RS-485, with an SHT20 or SHT40 inside.

It does not configure the sensor (address, baud, corrections: registers 0101 to 0104, in effect after a power cycle)
and does not read its ASCII mode: a unit that was left in AUTO floods the bus until it is sent STOP.

    ask     01 04  00 01  00 02  crc     function 04, two registers from 0001 (not 0000, as some guides have it)
    answer  01 04  04  TT TT  HH HH  crc     TTTT temperature s16 x 0.1 degC, HHHH humidity u16 x 0.1 %RH

Source: maker's manual, serial.md §A1 (four of its printed CRCs are wrong). Range -40 to 60 degC. Both registers 0
together mean that the sensor chip does not answer (unverified; a room is never exactly 0.0 degC at 0.0 %RH).
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table, request_for
from drivers.wire.registers import Row

TABLE = Table(
    rows=(
        Row(0x0001, "s16", "temperature", 0.1, low=-40, high=60),
        Row(0x0002, "u16", "humidity", 0.1),
    ),
    timeout_ms=200,
    dead=(0, 0),
    holding=((0x0101, 1), (0x0102, 9600), (0x0103, 0), (0x0104, 0)),
)

DRIVER = SerialDriver(
    name="xy-md02",
    summary="XY-MD02 temperature and humidity transmitter, RS-485 Modbus",
    build=lambda setup: Meter(setup, TABLE),
    player=lambda setup: MeterPlayer(setup, TABLE),
    quantities=("temperature", "humidity"),
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(TABLE, reply=reply),  # noqa: ARG005 - the table is always this one
)
