"""Waveshare Modbus RTU Relay (8 channels, B, C, D and IO variants): relays, and the inputs of the D and IO variants.

It switches one relay at a time and reads it back. It never toggles (a repeated toggle undoes itself), pulses or
switches all at once, and configures nothing.

    read     01 01  00 00  00 08  crc     ->  01 01 01 41 crc        bit n-1 is relay n: 41 = relays 1 and 7 on
    inputs   01 02  00 00  00 08  crc     ->  01 02 01 05 crc        bit n-1 is input n
    switch   01 05  00 0n  FF 00 | 00 00  crc, relay n+1; the reply is the same and proves nothing

Source: maker's wiki, serial.md §A12. Relays are off after a power loss: what was switched must be switched again. "D"
boards leave the works with inputs linked to relays: set mode 0 (holding 1000 and following) at commissioning, or an
input switches a relay behind our back. The reply to a write differs between firmware 1 and 2; it is not looked at.
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings, Setup
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table, request_for
from drivers.wire.relay_board import BoardOptions, board

WHOLE = board(8, 8)


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, BoardOptions) else BoardOptions()
    return board(options.relays, options.inputs)


DRIVER = SerialDriver(
    name="waveshare-relay",
    summary="Waveshare Modbus RTU Relay: 8 relays, D and IO variants with inputs",
    build=lambda setup: Meter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=tuple(row.quantity for row in WHOLE.rows),
    options=BoardOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(WHOLE, reply=reply),  # noqa: ARG005 - bytes tell no options
    decoder=lambda setup: Meter(setup, WHOLE),
    outputs=tuple(output.name for output in WHOLE.outputs),
    outputs_of=lambda options: tuple(output.name for output in table(Setup("", options=options)).outputs),
)
