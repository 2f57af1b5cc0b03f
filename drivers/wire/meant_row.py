"""A row whose registers need more than a scale: codes that stand for words, or a number that another register scales.

It asks and sends nothing, and keeps nothing: what the registers mean follows from these registers alone.

    coded(0x2100, "run_state", {1: "forward", 3: "stopped"})      0003 -> "stopped"    0007 -> "code 7"
    among(0x2100, "running", (1, 2), off=3)                       0001 -> true         0003 -> false
    MeantRow(..., span=2, read=..., write=...)                    two registers, read and written by two functions

Source: serial.md §A9, §A11, §A17: units, decimals and states that stand beside the number they are for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.model.events import Value
from agent.model.quantities import believable, unit_of
from drivers.wire.registers import InsaneError, Row

Words = tuple[int, ...]
ANY: Final = range(1, 0x10000)
"""Every number but 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeantRow(Row):
    """A row over `span` registers. `read` gives their value or raises InsaneError; `write` is its inverse.

    `write` also gets what the registers held before, and raises ValueError for a value that they cannot hold.
    """

    span: int = 1
    read: Callable[[Words], Value]
    write: Callable[[Value, Words], Words]

    @property
    def size(self) -> int:
        """How many registers it takes."""
        return self.span

    def value(self, words: Words) -> Value:
        """Give the value that these registers hold; raise InsaneError when that is none."""
        value = self.read(words)
        inside = isinstance(value, bool | str) or self.low <= value <= self.high
        if not inside or not believable(self.quantity, value):
            raise InsaneError(f"{self.quantity}: {value} {unit_of(self.quantity)}".rstrip() + " is impossible")
        return value

    def words(self, value: Value, before: Words = ()) -> Words:
        """Give the registers that hold this value; raise ValueError if they cannot."""
        return self.write(value, before or (0,) * self.span)


def coded(
    address: int, quantity: str, names: Mapping[int, str], *, mask: int = 0xFFFF, shift: int = 0, function: int = 3
) -> MeantRow:
    """Give a row whose number stands for a word; one that stands for none is told as `code 7`."""
    numbers = {name: number for number, name in names.items()}

    def read(words: Words) -> Value:
        number = (words[0] & mask) >> shift
        return names.get(number, f"code {number}")

    def write(value: Value, before: Words) -> Words:
        if value not in numbers:
            raise ValueError(f"{quantity}: no code stands for {value}; one of {', '.join(names.values())}")
        return (before[0] & ~mask | numbers[str(value)] << shift,)

    return MeantRow(address, "u16", quantity, function=function, read=read, write=write)


def among(
    address: int,
    quantity: str,
    on: Sequence[int],
    *,
    off: int = 0,
    mask: int = 0xFFFF,
    function: int = 3,
) -> MeantRow:
    """Give a row that is true while its number is one of `on`. The player writes the first of them, or `off`.

    A number of the right side is left as it is: another row on the same register may have set it.
    """

    def read(words: Words) -> Value:
        return words[0] & mask in on

    def write(value: Value, before: Words) -> Words:
        if read(before) is bool(value):
            return before
        return (before[0] & ~mask | (on[0] if value else off),)

    return MeantRow(address, "u16", quantity, function=function, read=read, write=write)
