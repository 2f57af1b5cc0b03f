"""Winsen MH-Z19B and MH-Z19C carbon dioxide sensors on a UART.

It never calibrates the zero or the span by itself: that needs known air for 20 minutes and a person who waits.

9600 8N1, answers only, big endian:

    FF 01 86 00 00 00 00 00 79                                              host: read
    FF 86 | CO2 ppm | temperature + 40 | status | two bytes | sum           sensor
    0       2         4                  5        6           8
    FF 01 79 A0 … self calibration on, 79 00 … off;  99 00 00 00 range 16;  87 zero

Temperature and status stand in no manual: the first is that of the module, 0 says there is none; the second is not
read. For the first minutes, and behind a minute of silence, values are suspect; a sensor that warms up says 400, 410 or
500 all the time, so these stay suspect until another value was seen. Self calibration takes the lowest value of a
day for fresh air: turn it off (`abc`) in rooms that never get any.
Source: serial.md §B3 (Winsen manuals, PyPMS capture).
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading
from agent.model.units import Duration
from drivers.wire.asking import WarmUp
from drivers.wire.winsen import (
    RANGE,
    READ,
    SELF_CALIBRATION,
    ZERO,
    Winsen,
    WinsenPlayer,
    command,
    high_low,
    reply,
    word,
)

LEAST_MS: Final = 2000
ABC_ON: Final = 0xA0
RANGES: Final = (2000, 5000, 10_000)
WARM_UP_VALUES: Final = (400, 410, 500)
ZERO_DEGREES: Final = 40
READ_CO2: Final = command(READ)
CALIBRATE_ZERO: Final = command(ZERO)


class Co2Options(Options):
    """How long its first values are not believed."""

    warm_up: Duration = Field(180_000, le=3_600_000, description="first values are suspect for so long; C: 1m, B: 3m")


def self_calibration(*, on: bool) -> bytes:
    """Give the host's command that turns the daily self calibration on or off."""
    return command(SELF_CALIBRATION, ABC_ON * on)


def scale(top: int) -> bytes:
    """Give the host's command that sets the end of the scale: one of RANGES, in ppm."""
    return command(RANGE, 0, 0, 0, *high_low(top))


def encode(co2: int, temperature: int | None = None) -> bytes:
    """Give the answer with a value in ppm and, where there is one, the temperature in degC."""
    return reply(READ, *high_low(co2), 0 if temperature is None else temperature + ZERO_DEGREES)


def decode(frame: bytes) -> tuple[int, int | None]:
    """Give the value in ppm and the temperature in degC of a checked answer."""
    return word(frame, 2), frame[4] - ZERO_DEGREES if frame[4] else None


class Device(Winsen):
    """The host's side."""

    def __init__(self, setup: Setup, warm_up: int | None = None) -> None:
        super().__init__(setup, request=READ_CO2, least_ms=LEAST_MS)
        options = setup.options if isinstance(setup.options, Co2Options) else Co2Options()
        gap = max(60_000, 3 * self._interval)
        self._warm_up = WarmUp(options.warm_up if warm_up is None else warm_up, gap)
        self._proven = False

    def values(self, said: bytes, now: int) -> list[Item]:
        """Give carbon dioxide and the module's temperature."""
        co2, temperature = decode(said)
        quality = self._warm_up.quality(now)
        if quality == "suspect":
            self._proven = False
        elif co2 not in WARM_UP_VALUES:
            self._proven = True
        worth = quality if self._proven else "suspect"
        readings = [Reading(self.device, "co2", float(co2), now, worth)]
        if temperature is not None:
            readings.append(Reading(self.device, "device_temperature", float(temperature), now, quality))
        return self.believed(readings, now)

    def setting(self, key: str, value: str) -> bytes:
        """Give the command for `abc` (on, off) or `range` (2000, 5000, 10000)."""
        if key == "abc" and value in ("on", "off"):
            return self_calibration(on=value == "on")
        if key == "range" and value in map(str, RANGES):
            return scale(int(value))
        return b""


class Player(WinsenPlayer):
    """The sensor itself: says `co2` (400 until the world sets one) and `device_temperature` when asked."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__()
        self.top = 5000
        self.calibrates = True

    def data(self) -> bytes:
        """Give the answer to a request. Beyond the range it stops at its end."""
        known = ("device_temperature", "") in self.seen
        degrees = min(max(self.number("device_temperature"), -ZERO_DEGREES + 1), 0xFF - ZERO_DEGREES) if known else None
        return encode(min(max(self.number("co2", unset=WARM_UP_VALUES[0]), 0), self.top), degrees)

    def obey(self, code: int, data: bytes) -> bytes:
        """Keep the range and whether it calibrates itself; neither is answered here."""
        if code == RANGE:
            self.top = word(data, 3) or self.top
        elif code == SELF_CALIBRATION:
            self.calibrates = data[0] == ABC_ON
        return super().obey(code, data)


DRIVER: Final = SerialDriver(
    name="winsen-mhz19",
    summary="Winsen MH-Z19B / MH-Z19C carbon dioxide, UART",
    build=Device,
    player=Player,
    quantities=("co2", "device_temperature"),
    options=Co2Options,
    serial=SerialSettings(9600),
    asked=True,
    decoder=lambda setup: Device(setup, 0),
    keys=("abc", "range"),
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
)
