"""LC-Tech LC-Modbus-nR relay boards (1 to 8 relays), and their inputs.

It switches one relay at a time, reads it back, and switches once more if that was in vain. It configures nothing
(baud codes at 03E8 and 03E9, address) and never uses the board's own flash function.

    read     FF 01  00 00  00 08  crc     ->  FF 01 01 01 crc        bit n-1 is relay n
    inputs   FF 02  00 00  00 08  crc     ->  FF 02 01 01 crc        bit n-1 is input n
    switch   FF 05  00 0n  FF 00 | 00 00  crc, relay n+1; the reply is the same and proves nothing
    banner   "Thank you for using the Modbus modules of LCTECH" CR LF, unasked, whenever the module gets power

Source: a bench log and its notes, serial.md §A13. In that log the banner ran into the reply of a switch, which was
lost: hence one retry. The board leaves the works with address 255 (`address: 255`) and has no parity: on a bus with
others all must be 8N1. Address 0 is answered by any single board (`00 03 00 00 00 01` asks for its address).
"""

from __future__ import annotations

from agent.driver import SerialDriver, SerialSettings, Setup
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Table, request_for
from drivers.wire.relay_board import BoardOptions, board

BANNER = b"Thank you for using the Modbus modules of LCTECH\r\n"


WHOLE = board(8, 8)


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, BoardOptions) else BoardOptions()
    return board(options.relays, options.inputs, retries=1)


class LcPlayer(MeterPlayer):
    """A simulated board: it says its banner when it gets power (fact `reboot`)."""

    _powered: int | None = None

    def fact(self, kind: str, value: object, now: int, part: str = "") -> None:  # noqa: ARG002 - a power-up has no value
        """Let the board lose its power and get it back: all relays are off, and it says its banner."""
        if kind == "reboot":
            for output in self._table.outputs:
                self.set(output.name, value=False)
            self._powered = now

    def due(self) -> int | None:
        """Give when it got power, until the banner is out."""
        return self._powered

    def talk(self, now: int) -> bytes:
        """Give the banner."""
        if self._powered is None or now < self._powered:
            return b""
        self._powered = None
        return BANNER


DRIVER = SerialDriver(
    name="lc-relay",
    summary="LC-Tech LC-Modbus-nR relay board, 1 to 8 relays",
    build=lambda setup: Meter(setup, table(setup)),
    player=lambda setup: LcPlayer(setup, table(setup)),
    quantities=tuple(row.quantity for row in WHOLE.rows),
    options=BoardOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
    request_for=lambda setup, reply: request_for(WHOLE, reply=reply),  # noqa: ARG005 - bytes tell no options
    decoder=lambda setup: Meter(setup, WHOLE),
    outputs=tuple(output.name for output in WHOLE.outputs),
    outputs_of=lambda options: tuple(output.name for output in table(Setup("", options=options)).outputs),
)
