"""Stand-alone noise transmitters with RS-485 (ES-NOISE-01 and alike): one sound level. It configures nothing.

    ask     01 03  00 00  00 01  crc
    answer  01 03  02  NNNN  crc          NNNN x 0.1 dB: 029F = 67.1

Source: serial.md §A8. Leaves the works at 4800 baud. That the level is A-weighted and fast is taken from its likes
(UNVERIFIED): it is told as `sound_laf`. FFFF, 7FFF and 8000 mean a fault in this family of transmitters.
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings
from drivers.wire.likely import likely_request
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

TABLE = Table(
    rows=(Row(0, "u16", "sound_laf", 0.1, function=3, sentinels=(0xFFFF, 0x7FFF, 0x8000)),),
    timeout_ms=1200,
)

DRIVER = SerialDriver(
    name="noise-485-reg0",
    summary="Noise transmitter (ES-NOISE-01), RS-485 Modbus",
    build=lambda setup: Meter(setup, TABLE),
    player=lambda setup: MeterPlayer(setup, TABLE),
    quantities=("sound_laf",),
    serial=SerialSettings(4800),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (TABLE,)),  # noqa: ARG005 - the table is always this one
)
