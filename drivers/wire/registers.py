"""One row of a register table: what stands in one or more Modbus registers, both ways. It asks and sends nothing.

    registers        R0        R1
    wire bytes     b0  b1    b2  b3
    ABCD           A   B     C   D      high word first, high byte first (Eastron, CHINT)
    CDAB           C   D     A   B      low word first (PZEM)
    BADC           B   A     D   C      high word first, bytes swapped
    DCBA           D   C     B   A      low byte first

Longer values go on in the same way: with 64 bits, CDAB is GH EF CD AB (last word first), BADC is BA DC FE HG (bytes of
every word swapped), DCBA is HG FE DC BA. With 16 bits only the bytes can be swapped: BADC and DCBA.

Published value = number x scale + offset, in the one unit of the quantity. With a mask, number is what the mask cuts
out, shifted down: so several rows may lie on one register. Source: serial.md §A0 ("32-bit values"), §1.6 and §1.7:
scale, order, sign and limits belong to the table, never to code; §1.14: text of a device is bounded and cleaned.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Final, Literal

from agent.model.events import Value
from agent.model.quantities import believable, unit_of

RowType = Literal["u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "bcd16", "bcd32", "text", "flag"]
"""flag: one bit, or one register that is 0 for false and anything else for true; bcd: a decimal digit in four bits."""
WordOrder = Literal["ABCD", "CDAB", "BADC", "DCBA"]

_FORMATS: Final[dict[str, str]] = {
    "u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q", "f32": ">f", "f64": ">d",
    "bcd16": ">H", "bcd32": ">I", "flag": ">H",
}  # fmt: skip
_LIMITS: Final[dict[str, tuple[int, int]]] = {
    "u16": (0, 0xFFFF),
    "s16": (-0x8000, 0x7FFF),
    "u32": (0, 0xFFFF_FFFF),
    "s32": (-0x8000_0000, 0x7FFF_FFFF),
    "u64": (0, 2**64 - 1),
    "s64": (-(2**63), 2**63 - 1),
    "bcd16": (0, 9_999),
    "bcd32": (0, 99_999_999),
}
_SINGLE_MAX: Final = 3.4028234663852886e38
_ON: Final = 0xFFFF
TEXT_MOST: Final = 64
"""Characters of a text that are published, and twice the registers that one may take."""


class InsaneError(ValueError):
    """The register holds no believable value; the message says which and why. It never leaves the meter."""


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity of a device.

    `function` reads it (1 or 2 for bits, 3 or 4 for registers), `address` is the wire address of its first register.
    `sentinels` are numbers that mean "no value", before scale and offset. `low` and `high` bound what this device can
    measure, in the unit of the quantity, where that is narrower than what the quantity allows. `mask` (0: none) is for
    unsigned numbers and flags, `shift` the bits by which what it cuts out stands too high. `length` are the registers
    of a text.
    """

    address: int
    type: RowType
    quantity: str
    scale: float = 1.0
    offset: float = 0.0
    order: WordOrder = "ABCD"
    part: str = ""
    function: int = 4
    sentinels: tuple[float, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    mask: int = 0
    shift: int = 0
    length: int = 1

    @property
    def size(self) -> int:
        """How many registers (or bits) it takes."""
        return self.length if self.type == "text" else struct.calcsize(_FORMATS[self.type]) // 2

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size

    def value(self, words: tuple[int, ...]) -> Value:
        """Give the value that these registers hold; raise InsaneError when that is none."""
        if self.type == "text":
            return self._text(words)
        raw = self._number(words)
        if raw in self.sentinels:
            raise InsaneError(f"{self._name()}: the device has no value ({raw:g})")
        # 12 digits hide the dust of binary fractions (2257 x 0.1 is 225.7), and only 64 bits have more to say.
        digits = 15 if self.size == 4 else 12
        value = raw != 0 if self.type == "flag" else float(f"{raw * self.scale + self.offset:.{digits}g}")
        if not believable(self.quantity, value) or not self.low <= value <= self.high:
            raise InsaneError(f"{self._name()}: {value:g} {unit_of(self.quantity)}".rstrip() + " is impossible")
        return value

    def words(self, value: Value, before: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Give the registers that hold this value; what is beyond them stops at their end, as in the device.

        `before` is what they held: the bits outside the mask stay.
        """
        if self.type == "text":
            data = str(value).encode()[: 2 * self.size].ljust(2 * self.size, b"\0")
        elif isinstance(value, str):
            raise TypeError(f"{self._name()}: a register holds no text")
        elif self.type == "flag" and not self.mask:
            return (int(value) if self.function in (1, 2) else _ON * bool(value),)
        elif self.type in ("f32", "f64"):
            most = _SINGLE_MAX if self.type == "f32" else math.inf
            data = struct.pack(_FORMATS[self.type], min(max((value - self.offset) / self.scale, -most), most))
        else:
            data = struct.pack(_FORMATS[self.type], self._raw(value, before))
        return _ordered(struct.unpack(f">{self.size}H", data), self.order)

    def _number(self, words: tuple[int, ...]) -> float:
        data = _bytes(words, self.order)
        number: int | float = struct.unpack(_FORMATS[self.type], data)[0]
        if self.type == "f32":
            return _meant(number)
        if self.type in ("bcd16", "bcd32"):
            if not data.hex().isdecimal():
                raise InsaneError(f"{self._name()}: {data.hex().upper()} is no decimal number")
            return int(data.hex())
        return (int(number) & self.mask) >> self.shift if self.mask else number

    def _raw(self, value: float, before: tuple[int, ...]) -> int:
        """Give the bits of an integer; BCD as the hex number that reads the same."""
        if self.type == "flag":
            number, most = bool(value) * self.mask, self.mask
        else:
            low, most = _LIMITS[self.type]
            most = self.mask >> self.shift if self.mask else most
            number = min(max(round((value - self.offset) / self.scale), low), most) << self.shift
        if not self.mask:
            return int(str(number), 16) if self.type in ("bcd16", "bcd32") else number
        kept: int = struct.unpack(_FORMATS[self.type], _bytes(before, self.order))[0] if before else 0
        return kept & ~self.mask | number & self.mask

    def _text(self, words: tuple[int, ...]) -> str:
        text = _bytes(words, self.order).split(b"\0", 1)[0].decode("utf-8", "replace")
        text = "".join(char for char in text if char.isprintable()).strip()[:TEXT_MOST]
        if not text.strip("\ufffd "):
            raise InsaneError(f"{self._name()}: the registers hold no text")
        return text

    def _name(self) -> str:
        return f"{self.quantity} {self.part}".rstrip()


def _bytes(words: tuple[int, ...], order: WordOrder) -> bytes:
    return struct.pack(f">{len(words)}H", *_ordered(words, order))


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
