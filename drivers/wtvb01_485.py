"""WitMotion WTVB01-485: vibration of a pump, a fan or a lift's motor: velocity, displacement, frequency of three axes.

It never unlocks, configures or saves, and above all never writes register 62: that starts a stream at 230400 baud
which only a power cycle ends. The temperature is the chip's, not the bearing's.

    ask     50 03  00 3A  00 0D  crc      thirteen registers; with `acceleration` also 00 34  00 03
    answer  50 03  1A  VVVV VVVV VVVV  ....  ....  ....  TTTT  DDDD DDDD DDDD  FFFF FFFF FFFF  crc
                       |  3A to 3C     3D to 3F unnamed  |     |  41 to 43     frequency x 0.1 Hz, 44 to 46
                       |  x y z                          |     displacement s16, 1 um
                       velocity s16, 1 mm/s              chip temperature s16 x 0.01 degC, 40
    34 to 36: acceleration s16 x 16 / 32768 g

Source: maker's manual, serial.md §A6. Leaves the works at address 80 (hex 50). Valid from about 5 Hz upwards; which
filter the velocity passes stands nowhere, so limits of ISO 10816 are for comparison with the machine's own baseline.
A driver in a public repository with registers at 3400 is wrong. Axes are parts: `axis=x`.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from drivers.wire.likely import GroupedTable, LikelyMeter, likely_request
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import Row, RowType

G: Final = 16 / 32768


class VibrationOptions(Options):
    """Options of a vibration sensor."""

    acceleration: bool = Field(True, description="whether acceleration is read too: one more request a poll")


def _axes(address: int, kind: RowType, quantity: str, scale: float = 1.0, high: float = 1e9) -> tuple[Row, ...]:
    low = -high if kind == "s16" else 0.0
    return tuple(
        Row(address + n, kind, quantity, scale, part=f"axis={axis}", function=3, low=low, high=high)
        for n, axis in enumerate("xyz")
    )


ROWS: Final = (
    *_axes(0x3A, "s16", "vibration_velocity"),
    Row(0x40, "s16", "device_temperature", 0.01, function=3),
    *_axes(0x41, "s16", "vibration_displacement"),
    *_axes(0x44, "u16", "vibration_frequency", 0.1),
)
ACCELERATION: Final = _axes(0x34, "s16", "acceleration", G)
MAIN: Final = Block(3, 0x3A, 13)
WHOLE: Final = GroupedTable((*ACCELERATION, *ROWS), groups=(Block(3, 0x34, 3), MAIN))
SHORT: Final = GroupedTable(ROWS, groups=(MAIN,))
GUESSES: Final = (
    Table(_axes(0x3A, "s16", "vibration_velocity", high=100)),
    Table(_axes(0x44, "u16", "vibration_frequency", 0.1, high=100)),
    Table(_axes(0x41, "s16", "vibration_displacement", high=1000)),
    Table(ACCELERATION),
    Table((ROWS[3],)),
)
"""What three registers alone may be: no machine shakes at 100 mm/s, and what lies still feels 1 g, which is 2048."""


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, VibrationOptions) else VibrationOptions()
    return WHOLE if options.acceleration else SHORT


DRIVER = SerialDriver(
    name="wtvb01-485",
    summary="WitMotion WTVB01-485 vibration sensor, RS-485 Modbus",
    build=lambda setup: LikelyMeter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=tuple(dict.fromkeys(row.quantity for row in WHOLE.rows)),
    options=VibrationOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (WHOLE,), GUESSES),  # noqa: ARG005 - bytes tell no options
    decoder=lambda setup: LikelyMeter(setup, WHOLE),
)
