"""Tower light with buzzer over RS-485: three lamps and a buzzer, steady or flashing. It configures nothing.

    switch   01 05  00 0n  WW WW  crc     n: 0 red, 1 yellow, 2 green, 3 buzzer; the reply is the same
             WWWW: FF00 steady   F000 2 Hz   F100 1 Hz   F200 0.5 Hz   F300 0.25 Hz   0000 off
    read     01 01  00 00  00 04  crc     ->  01 01 01 0x crc

Source: a test script in a public repository, serial.md §A15, of low confidence. The words F000 to F300 are outside the
Modbus standard. UNVERIFIED: that the coils can be read, which is the standard's own way and no source shows. A light
that does not answer it would look dead: say `read_back: false`, and what is switched is then confirmed by nothing.
The script opens its port at 9600 8E1; other products are 8N1: set `parity` of the line.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.outputs import Output
from drivers.wire.register_table import Table, request_for
from drivers.wire.registers import Row

Manner = Literal["steady", "2Hz", "1Hz", "0.5Hz", "0.25Hz"]
WORDS: dict[Manner, int] = {"steady": 0xFF00, "2Hz": 0xF000, "1Hz": 0xF100, "0.5Hz": 0xF200, "0.25Hz": 0xF300}
COILS = ("lamp_red", "lamp_yellow", "lamp_green", "buzzer")
_ROWS = tuple(Row(n, "flag", name, function=1) for n, name in enumerate(COILS))
WHOLE = Table(_ROWS)


class TowerOptions(Options):
    """Options of a tower light: how each of its parts is on."""

    lamp_red: Manner = Field("steady", description="how the red lamp is on: steady, or flashing so often")
    lamp_yellow: Manner = Field("steady", description="how the yellow lamp is on")
    lamp_green: Manner = Field("steady", description="how the green lamp is on")
    buzzer: Manner = Field("steady", description="how the buzzer is on")
    read_back: bool = Field(True, description="whether its coils can be read; if not, nothing confirms a switch")


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, TowerOptions) else TowerOptions()
    manners: tuple[Manner, ...] = (options.lamp_red, options.lamp_yellow, options.lamp_green, options.buzzer)
    outputs = tuple(Output(name, 5, n, WORDS[manners[n]]) for n, name in enumerate(COILS))
    return Table(_ROWS if options.read_back else (), outputs=outputs)


DRIVER = SerialDriver(
    name="tower-light-485",
    summary="Tower light with buzzer, RS-485 Modbus",
    build=lambda setup: Meter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=COILS,
    options=TowerOptions,
    serial=SerialSettings(9600, parity="E"),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(WHOLE, reply=reply),  # noqa: ARG005 - bytes tell no options
    decoder=lambda setup: Meter(setup, WHOLE),
    outputs=COILS,
)
