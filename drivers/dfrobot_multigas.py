"""DFRobot MultiGas boards (SEN0465 to SEN0476) on a UART: one board, a changeable gas probe that says what it is.

It is no certified alarm, and must never be the only one for carbon monoxide. It corrects nothing by temperature.

9600 8N1, big endian, answers (passive) or talks (active):

    FF 01 78 | 03 talk, 04 answer | 0 0 0 0 | sum                     host: mode
    FF 01 86 | 0 0 0 0 0 | sum    or 88: all data                     host: read
    FF 86 | value | gas | decimals | temperature, raw | sum           board; also as answer to 88
    FF 78 | 01 done | …                                               board, to a mode
    0       2       4     5          6                  8             value / 10^decimals, ppm; O2 in %

Codes: 02 NH3, 03 H2S, 04 CO, 05 O2, 06 H2, 2A O3, 2B SO2, 2C NO2, 2E HCl, 31 Cl2, 33 HF, 45 PH3. The temperature is
the raw count of a 10 kOhm thermistor against 10 kOhm (of 1024), 0 where the answer carries none.
Source: serial.md §B4, DFRobot_MultiGasSensor (codes and thermistor: 3380.13 K, 10 kOhm at 25 degC).
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Reading, Undecoded
from agent.model.units import Duration
from drivers.wire.asking import WarmUp
from drivers.wire.winsen import (
    CODE_OF,
    GASES,
    HOST,
    MODE,
    READ,
    Winsen,
    WinsenPlayer,
    command,
    high_low,
    reply,
    shape,
    word,
)

TALK, ANSWER = 0x03, 0x04
READ_ALL: Final = 0x88
PERIOD_MS: Final = 1000
MOST_DECIMALS: Final = 2
DONE: Final = 1
COUNTS: Final = 1024
BETA, KELVIN, ROOM = 3380.13, 273.15, 25.0


class BoardOptions(Options):
    """How it is read. The gas is told by the probe."""

    mode: Literal["passive", "active"] = Field("passive", description="passive: it is asked; active: it talks")
    warm_up: Duration = Field(300_000, le=172_800_000, description="first values are suspect for so long")


class Sample(NamedTuple):
    """What a data frame says: a whole number, the gas code, decimals, and the thermistor's count (0: none)."""

    value: int
    gas: int
    decimals: int
    thermistor: int = 0


def encode(sample: Sample) -> bytes:
    """Give the data frame of a sample."""
    return reply(READ, *high_low(sample.value), sample.gas, sample.decimals, *high_low(sample.thermistor))


def decode(frame: bytes) -> Sample:
    """Give the sample of a checked data frame."""
    return Sample(word(frame, 2), frame[4], frame[5], word(frame, 6))


def degrees(thermistor: int) -> float | None:
    """Give the temperature in degC of a thermistor's count, None where that is impossible."""
    if not 0 < thermistor < COUNTS:
        return None
    ratio = thermistor / (COUNTS - thermistor)
    return round(1 / (1 / (KELVIN + ROOM) + math.log(ratio) / BETA) - KELVIN, 1)


def thermistor(temperature: float) -> int:
    """Give the count of a temperature in degC."""
    ratio = math.exp(BETA * (1 / (temperature + KELVIN) - 1 / (KELVIN + ROOM)))
    return min(max(round(COUNTS * ratio / (1 + ratio)), 1), COUNTS - 1)


class Device(Winsen):
    """The host's side."""

    data_codes = (READ, READ_ALL)

    def __init__(self, setup: Setup, warm_up: int | None = None) -> None:
        options = setup.options if isinstance(setup.options, BoardOptions) else BoardOptions()
        asked = options.mode == "passive"
        begin = [command(MODE, ANSWER if asked else TALK)]
        super().__init__(setup, shape(HOST, MODE, READ, READ_ALL), request=command(READ) if asked else b"", begin=begin)
        gap = max(60_000, 3 * self._interval)
        self._warm_up = WarmUp(options.warm_up if warm_up is None else warm_up, gap)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a frame means."""
        if frame[1] == MODE and frame[2] != DONE:
            return [Fault(self.device, "refused", "the board did not change its mode", t=now)]
        return super().meaning(frame, now)

    def replies(self, command: bytes) -> bool:  # noqa: ARG002 - it answers them all
        """Tell that the board answers a change of its mode."""
        return True

    def values(self, said: bytes, now: int) -> list[Item]:
        """Give the gas, and the board's temperature where it tells it."""
        sample = decode(said)
        gas = GASES.get(sample.gas)
        if gas is None:
            return [Undecoded(self.device, said.hex().upper(), detail=f"gas code {sample.gas:02X}", t=now)]
        if sample.decimals > MOST_DECIMALS:
            return self.insane(f"{sample.decimals} decimals", now)
        value = round(sample.value / 10**sample.decimals, sample.decimals)
        readings = [Reading(self.device, gas.quantity, value, now, self._warm_up.quality(now))]
        temperature = degrees(sample.thermistor)
        if temperature is not None:
            readings.append(Reading(self.device, "device_temperature", temperature, now))
        return self.believed(readings, now)


class Player(WinsenPlayer):
    """The board itself: says the gas that was set last (carbon monoxide at first) and `device_temperature`."""

    def __init__(self, setup: Setup) -> None:
        active = isinstance(setup.options, BoardOptions) and setup.options.mode == "active"
        super().__init__(PERIOD_MS, active=active)

    def data(self) -> bytes:
        """Give the data frame."""
        gas = next((name for name, _ in reversed(self.seen) if name in CODE_OF), "co")
        value = min(max(round(float(self.seen.get((gas, ""), 0)) * 10), 0), 0xFFFF)
        known = self.seen.get(("device_temperature", ""))
        return encode(Sample(value, CODE_OF[gas], 1, 0 if known is None else thermistor(float(known))))

    def obey(self, code: int, data: bytes) -> bytes:
        """Change its mode, and answer."""
        if code == MODE:
            self.active = data[0] == TALK
            return reply(MODE, DONE)
        return self.data() if code == READ_ALL else super().obey(code, data)


DRIVER: Final = SerialDriver(
    name="dfrobot-multigas",
    summary="DFRobot MultiGas (SEN0465 to SEN0476), UART",
    build=Device,
    player=Player,
    quantities=(*CODE_OF, "device_temperature"),
    options=BoardOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, 0),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
