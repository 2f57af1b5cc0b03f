"""One row of a register table: a number in one or two Modbus registers, both ways. It asks nothing and sends nothing.

    registers        R0        R1
    wire bytes     b0  b1    b2  b3
    ABCD           A   B     C   D      high word first, high byte first (Eastron, CHINT)
    CDAB           C   D     A   B      low word first (PZEM)
    BADC           B   A     D   C      high word first, bytes swapped
    DCBA           D   C     B   A      low byte first

Published value = number x scale + offset, in the one unit of the quantity. Source: serial.md §A0 ("32-bit values"),
§1.6 and §1.7: scale, order, sign and limits belong to the table, never to code.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Final, Literal

from agent.model.events import Value
from agent.model.quantities import believable, unit_of

NumberType = Literal["u16", "s16", "u32", "s32", "f32", "flag"]
"""flag: one bit, or one register that is 0 for false and anything else for true."""
WordOrder = Literal["ABCD", "CDAB", "BADC", "DCBA"]

_FORMATS: Final[dict[str, str]] = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f", "flag": ">H"}
_SINGLE_MAX: Final = 3.4028234663852886e38
_LIMITS: Final[dict[str, tuple[float, float]]] = {
    "u16": (0, 0xFFFF),
    "s16": (-0x8000, 0x7FFF),
    "u32": (0, 0xFFFF_FFFF),
    "s32": (-0x8000_0000, 0x7FFF_FFFF),
    "f32": (-_SINGLE_MAX, _SINGLE_MAX),
}
_ON: Final = 0xFFFF


class InsaneError(ValueError):
    """The register holds no believable value; the message says which and why. It never leaves the meter."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of a device.

    `function` reads it (1 or 2 for bits, 3 or 4 for registers), `address` is the wire address of its first register.
    `sentinels` are raw numbers that mean "no value". `low` and `high` bound what this device can measure, in the unit
    of the quantity, where that is narrower than what the quantity allows.
    """

    address: int
    type: NumberType
    quantity: str
    scale: float = 1.0
    offset: float = 0.0
    order: WordOrder = "ABCD"
    part: str = ""
    function: int = 4
    sentinels: tuple[int, ...] = ()
    low: float = -math.inf
    high: float = math.inf

    @property
    def size(self) -> int:
        """How many registers (or bits) it takes."""
        return 2 if self.type in ("u32", "s32", "f32") else 1

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size

    def value(self, words: tuple[int, ...]) -> Value:
        """Give the value that these registers hold; raise InsaneError when that is none."""
        raw = _number(words, self.type, self.order)
        if raw in self.sentinels:
            raise InsaneError(f"{self._name()}: the device has no value ({raw:g})")
        # 12 digits hide the dust of binary fractions (2257 x 0.1 is 225.7), and no register has more.
        value = raw != 0 if self.type == "flag" else float(f"{raw * self.scale + self.offset:.12g}")
        if not believable(self.quantity, value) or not self.low <= value <= self.high:
            raise InsaneError(f"{self._name()}: {value:g} {unit_of(self.quantity)}".rstrip() + " is impossible")
        return value

    def words(self, value: Value) -> tuple[int, ...]:
        """Give the registers that hold this value; what is beyond them stops at their end, as in the device."""
        if isinstance(value, str):
            raise TypeError(f"{self._name()}: a register holds no text")
        if self.type == "flag":
            on = 1 if self.function in (1, 2) else _ON
            return (on if value else 0,)
        low, high = _LIMITS[self.type]
        number = min(max((value - self.offset) / self.scale, low), high)
        data = struct.pack(_FORMATS[self.type], number if self.type == "f32" else round(number))
        return _ordered(struct.unpack(f">{self.size}H", data), self.order)

    def _name(self) -> str:
        return f"{self.quantity} {self.part}".rstrip()


def _number(words: tuple[int, ...], kind: NumberType, order: WordOrder) -> float:
    data = struct.pack(f">{len(words)}H", *_ordered(words, order))
    number: float = struct.unpack(_FORMATS[kind], data)[0]
    return _meant(number) if kind == "f32" else number


def _ordered(words: tuple[int, ...], order: WordOrder) -> tuple[int, ...]:
    """Turn wire order into ABCD, and back: each of the four is its own inverse."""
    if order in ("CDAB", "DCBA"):
        words = words[::-1]
    if order in ("BADC", "DCBA"):
        words = tuple((word & 0xFF) << 8 | word >> 8 for word in words)
    return words


def _meant(single: float) -> float:
    """Give what the maker meant, 230.2 for 230.2000122: a single carries seven decimal digits, or a whole number."""
    return single if not math.isfinite(single) or single.is_integer() else float(f"{single:.7g}")
