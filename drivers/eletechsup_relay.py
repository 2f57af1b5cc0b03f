"""Eletechsup R4D*, N4D* and RYN4 relay boards: relays by holding registers, and the inputs of boards such as N4D8.

It switches one relay at a time and reads it back. It never toggles, latches, pulses or delays, and configures nothing
(link mode at 00FD, baud at 00FE, factory settings at 00FF).

    read     01 03  00 01  00 04  crc              ->  01 03 08 0001 0000 0000 0001 crc    1 on, 0 off: relays 1 and 4
    switch   01 06  00 0n  01 00 | 02 00  crc, relay n on or off: what is written is not what is read
    inputs   01 03  00 81  00 08  crc              ->  01 03 10 0001 ...                   input 1 and following

Source: makers' notes, serial.md §A14, of low confidence; no capture is known. UNVERIFIED: the addresses of the inputs,
which the notes write as 81 to 88; hex is presumed.
"""

from __future__ import annotations

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.outputs import Output
from drivers.wire.register_table import Table, request_for
from drivers.wire.registers import Row

ON, OFF = 0x0100, 0x0200
INPUTS = 0x0081


class EletechsupOptions(Options):
    """Options of an Eletechsup board."""

    relays: int = Field(4, ge=1, le=8, description="how many relays it has")
    inputs: int = Field(0, ge=0, le=8, description="how many inputs it has")


def board(relays: int, inputs: int) -> Table:
    """Give the table of a board."""
    return Table(
        (
            *(Row(n, "flag", f"relay_{n}", function=3, mask=1) for n in range(1, relays + 1)),
            *(Row(INPUTS + n, "flag", f"input_{n + 1}", function=3, mask=1) for n in range(inputs)),
        ),
        outputs=tuple(Output(f"relay_{n}", 6, n, ON, OFF) for n in range(1, relays + 1)),
    )


WHOLE = board(8, 8)


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, EletechsupOptions) else EletechsupOptions()
    return board(options.relays, options.inputs)


DRIVER = SerialDriver(
    name="eletechsup-relay",
    summary="Eletechsup R4D, N4D, RYN4 relay board, RS-485 Modbus",
    build=lambda setup: Meter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=tuple(row.quantity for row in WHOLE.rows),
    options=EletechsupOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(WHOLE, reply=reply),  # noqa: ARG005 - bytes tell no options
    decoder=lambda setup: Meter(setup, WHOLE),
    outputs=tuple(output.name for output in WHOLE.outputs),
    outputs_of=lambda options: tuple(output.name for output in table(Setup("", options=options)).outputs),
)
