"""Winsen ZE07-CO, ZE07-CH2O and ZE15-CO electrochemical gas modules on a UART.

It is no certified alarm, and must never be the only one for carbon monoxide.

9600 8N1, big endian, talks every second (as it comes from the maker) or answers, as it was told:

    FF 01 78 | 40 talk, 41 answer | 0 0 0 0 | sum               host: mode
    FF 01 86 | 0 0 0 0 0 | sum                                  host: read
    FF | gas | unit | decimals | value | full range | sum       talking: gas 04 CO, 17 CH2O; unit 03 ppm, 04 ppb
    0    1     2      3          4       6            8
    FF 86 | ug/m3     | 0 0 | ppb | sum                         answer of a ZE07-CH2O
    FF 86 | ppm x0.1  | ?   | ?   | sum                         answer of a ZE07-CO (its manual misprints the bytes)
    FF 86 | bit 7: fault, 13 bits ppm x0.1 | …                  answer of a ZE15-CO
    0       2           4     6     8

The talking codes of the ZE07-CH2O and all of the ZE15-CO rest on one weak source (UNVERIFIED). A cell needs minutes
after power, a new one up to two days: first values are suspect.
Source: serial.md §B4 (ZE07-CO capture on a Pi 5, ZE07-CH2O manual), §E.1.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Reading, Undecoded
from agent.model.units import Duration
from drivers.wire.asking import WarmUp
from drivers.wire.winsen import MODE, READ, Winsen, WinsenPlayer, command, high_low, reply, word

TALK, ANSWER = 0x40, 0x41
CO, CH2O = 0x04, 0x17
PPM, PPB = 0x03, 0x04
TALKING: Final = {(CO, PPM): "co", (CH2O, PPB): "hcho"}
MG_PER_PPB: Final = 30.03 / 24.45 / 1000
"""mg/m3 of formaldehyde for a ppb at 25 degC: molar mass by molar volume."""
PERIOD_MS: Final = 1000
CO_TOP, CH2O_TOP = 5000, 5000
"""Full range on the wire: 500.0 ppm, 5000 ppb."""
FAULT, HIGH_BITS = 0x80, 0x1F
Model = Literal["ze07-co", "ze07-ch2o", "ze15-co"]


class ModuleOptions(Options):
    """Which module it is and how it is read."""

    model: Model = Field("ze07-co", description="the module: answers do not tell the gas")
    mode: Literal["active", "asked"] = Field("active", description="active: it talks; asked: it is asked")
    warm_up: Duration = Field(300_000, le=172_800_000, description="first values are suspect for so long")


def talking(gas: int, unit: int, decimals: int, value: int, top: int) -> bytes:
    """Give what a talking module says: gas and unit codes, and value and full range as whole numbers."""
    return reply(gas, unit, decimals, *high_low(value), *high_low(top))


def answer_ch2o(ug: int, ppb: int) -> bytes:
    """Give the answer of a ZE07-CH2O."""
    return reply(READ, *high_low(ug), 0, 0, *high_low(ppb))


def answer_co(tenths: int) -> bytes:
    """Give the answer of a ZE07-CO or ZE15-CO, in 0.1 ppm."""
    return reply(READ, *high_low(tenths))


def _options(setup: Setup) -> ModuleOptions:
    return setup.options if isinstance(setup.options, ModuleOptions) else ModuleOptions()


def _guessed(said: bytes) -> Model:
    """Give the module that an answer fits: only formaldehyde has a second number, about 0.8 of the first."""
    ug, ppb = word(said, 2), word(said, 6)
    return "ze07-ch2o" if ppb and 0.6 * ug - 1 <= ppb <= ug else "ze07-co"


class Device(Winsen):
    """The host's side. With `guess` it takes an answer for that of the module it fits, unless the model is given."""

    data_codes = (READ, CO, CH2O)

    def __init__(self, setup: Setup, *, guess: bool = False) -> None:
        options = _options(setup)
        self._model = None if guess and "model" not in options.model_fields_set else options.model
        request, begin = (command(READ), [command(MODE, ANSWER)]) if options.mode == "asked" else (b"", [])
        super().__init__(setup, request=request, begin=begin)
        self._warm_up = WarmUp(0 if guess else options.warm_up, max(60_000, 3 * self._interval))

    def values(self, said: bytes, now: int) -> list[Item]:
        """Give the gas."""
        if said[1] != READ:
            return self._talked(said, now)
        model = self._model or _guessed(said)
        if model == "ze07-ch2o":
            return self._gas("hcho", word(said, 2) / 1000, now)
        if model == "ze15-co":
            if said[2] & FAULT:
                return self.insane("the module says that its cell is faulty", now)
            return self._gas("co", (word(said, 2) & (HIGH_BITS << 8 | 0xFF)) / 10, now)
        return self._gas("co", word(said, 2) / 10, now)

    def _talked(self, said: bytes, now: int) -> list[Item]:
        quantity, decimals = TALKING.get((said[1], said[2])), said[3]
        if quantity is None or decimals > 3:
            detail = f"gas {said[1]:02X}, unit {said[2]:02X}, decimals {said[3]}"
            return [Undecoded(self.device, said.hex().upper(), detail=detail, t=now)]
        value = word(said, 4) / 10**decimals
        return self._gas(quantity, value if quantity == "co" else round(value * MG_PER_PPB, 4), now)

    def _gas(self, quantity: str, value: float, now: int) -> list[Item]:
        return self.believed([Reading(self.device, quantity, value, now, self._warm_up.quality(now))], now)


class Player(WinsenPlayer):
    """The module itself: says `co` or `hcho`, as its model does."""

    def __init__(self, setup: Setup) -> None:
        options = _options(setup)
        super().__init__(PERIOD_MS, active=options.mode == "active")
        self._model = options.model

    def data(self) -> bytes:
        """Give the answer to a request."""
        if self._model == "ze07-ch2o":
            return answer_ch2o(self._scaled("hcho", 1000), self._ppb())
        return answer_co(min(self._scaled("co", 10), HIGH_BITS << 8 | 0xFF))

    def said(self) -> bytes:
        """Give what it talks."""
        if self._model == "ze07-ch2o":
            return talking(CH2O, PPB, 0, self._ppb(), CH2O_TOP)
        return talking(CO, PPM, 1, self._scaled("co", 10), CO_TOP)

    def obey(self, code: int, data: bytes) -> bytes:
        """Change its mode."""
        if code == MODE:
            self.active = data[0] == TALK
        return super().obey(code, data)

    def _scaled(self, quantity: str, factor: float) -> int:
        return min(max(round(float(self.seen.get((quantity, ""), 0)) * factor), 0), 0xFFFF)

    def _ppb(self) -> int:
        return self._scaled("hcho", 1 / MG_PER_PPB)


DRIVER: Final = SerialDriver(
    name="winsen-ze07",
    summary="Winsen ZE07-CO / ZE07-CH2O / ZE15-CO gas module, UART",
    build=Device,
    player=Player,
    quantities=("co", "hcho"),
    options=ModuleOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, guess=True),
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
)
