"""Winsen ZE03 electrochemical gas modules on a UART: carbon monoxide in the garage, ammonia in the bin room.

It is no certified alarm, and must never be the only one for carbon monoxide.

9600 8N1, big endian, talks by itself or answers, as it was told:

    FF 01 78 | 03 talk, 04 answer | 0 0 0 0 | sum         host: mode
    FF 01 86 | 0 0 0 0 0 | sum                            host: read
    FF 86 | value | gas | 0 0 0 | sum                     sensor
    0       2       4             8

`gas` is the code of the gas where the module tells it (02 NH3, 03 H2S, 04 CO, 05 O2 …), else 0 and the settings must.
How many decimals the whole number has depends on the gas and stands in no reply (UNVERIFIED: see GASES); the option
`decimals` overrules the table. A cell needs minutes after power, a new one up to two days: first values are suspect.
Source: serial.md §B4 (guillaumechardin/MH411D, Winsen manuals).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading, Undecoded
from agent.model.units import Duration
from drivers.wire.asking import WarmUp
from drivers.wire.winsen import CODE_OF, GASES, MODE, READ, Gas, Winsen, WinsenPlayer, command, high_low, reply, word

TALK, ANSWER = 0x03, 0x04
PERIOD_MS: Final = 1000
GasName = Literal["nh3", "h2s", "co", "o2", "h2", "o3", "so2", "no2", "hcl", "cl2", "hf", "ph3"]


class GasOptions(Options):
    """Which gas it measures and how it is read."""

    gas: GasName = Field("co", description="the gas, for modules that do not tell it")
    decimals: int | None = Field(None, ge=0, le=2, description="of the number on the wire; unset: as usual for the gas")
    mode: Literal["active", "asked"] = Field("active", description="active: it talks; asked: it is asked")
    warm_up: Duration = Field(300_000, le=172_800_000, description="first values are suspect for so long")


def encode(value: int, gas: int = 0) -> bytes:
    """Give the data frame of a whole number and a gas code (0: not told)."""
    return reply(READ, *high_low(value), gas)


def decode(frame: bytes) -> tuple[int, int]:
    """Give the whole number and the gas code (0: not told) of a checked data frame."""
    return word(frame, 2), frame[4]


def _options(setup: Setup) -> GasOptions:
    return setup.options if isinstance(setup.options, GasOptions) else GasOptions()


class Device(Winsen):
    """The host's side."""

    def __init__(self, setup: Setup, warm_up: int | None = None) -> None:
        self._options = _options(setup)
        asked = self._options.mode == "asked"
        begin = [command(MODE, ANSWER if asked else TALK)]
        super().__init__(setup, request=command(READ) if asked else b"", begin=begin)
        gap = max(60_000, 3 * self._interval)
        self._warm_up = WarmUp(self._options.warm_up if warm_up is None else warm_up, gap)

    def values(self, said: bytes, now: int) -> list[Item]:
        """Give the gas."""
        raw, code = decode(said)
        gas: Gas | None = GASES.get(code or CODE_OF[self._options.gas])
        if gas is None:
            return [Undecoded(self.device, said.hex().upper(), detail=f"gas code {code:02X}", t=now)]
        decimals = gas.decimals if self._options.decimals is None else self._options.decimals
        value = round(raw / 10**decimals, decimals)
        return self.believed([Reading(self.device, gas.quantity, value, now, self._warm_up.quality(now))], now)


class Player(WinsenPlayer):
    """The module itself: says the gas of its options."""

    def __init__(self, setup: Setup) -> None:
        options = _options(setup)
        super().__init__(PERIOD_MS, active=options.mode == "active")
        self._gas = options.gas
        usual = GASES[CODE_OF[options.gas]].decimals
        self._decimals = usual if options.decimals is None else options.decimals

    def data(self) -> bytes:
        """Give the data frame."""
        value = round(float(self.seen.get((self._gas, ""), 0)) * 10**self._decimals)
        return encode(min(max(value, 0), 0xFFFF), CODE_OF[self._gas])

    def obey(self, code: int, data: bytes) -> bytes:
        """Change its mode."""
        if code == MODE:
            self.active = data[0] == TALK
        return super().obey(code, data)


DRIVER: Final = SerialDriver(
    name="winsen-ze03",
    summary="Winsen ZE03 gas module (CO, NH3, H2S, O2 …), UART",
    build=Device,
    player=Player,
    quantities=tuple(CODE_OF),
    options=GasOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, 0),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
