"""Outputs of a polled device: what writes them, and whether the device's own reading says that it obeyed.

It sends nothing and keeps no time. The reply to a write proves nothing: for functions 05 and 06 it is a copy of the
request, which an echoing adapter returns for a dead slave too (serial.md §1.4). Only what is read afterwards counts:

    Switch -> write -> reply | exception | silence -> read back -- as ordered --------------------> done
                ^                                               -- otherwise -- tries left --.      |
                '----------------------------------------------------------------------------'  Fault refused

A read-back without an answer proves nothing either: it is tried again as often, then the order is given up. So no
order is carried out long after it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.model.effects import Order, Switch
from agent.model.events import Value
from drivers.wire.modbus_rtu import Request

WriteFunction = Literal[5, 6, 15, 16]


@dataclass(frozen=True, slots=True)
class Output:
    """One thing that can be on or off. `name` is the state quantity of the row that reads it back.

    `function` writes it at `address`: 05 and 06 the word `on` or `off`, 10 the same word as the only one, 0F one bit
    that is set when the word is not 0. Some devices take words beyond the standard's FF00 and 0000 (serial.md §A15).
    """

    name: str
    function: WriteFunction
    address: int
    on: int = 0xFF00
    off: int = 0x0000

    def word(self, *, on: bool) -> int:
        """Give what stands in the request: the word, or the bit of function 0F."""
        word = self.on if on else self.off
        return int(word != 0) if self.function == 15 else word

    def request(self, slave: int, *, on: bool) -> Request:
        """Give the request that switches it."""
        return Request(slave, self.function, self.address, 1, (self.word(on=on),))


@dataclass(slots=True)
class Wish:
    """An order on its way: how often it may still be tried, whether it was written, whether it was refused for good."""

    output: Output
    on: bool
    tries: int
    written: bool = False
    refused: bool = False


class Wishes:
    """The orders of one device that its readings have not confirmed yet: one an output, the newest."""

    def __init__(self, outputs: Sequence[Output], retries: int = 0) -> None:
        self._outputs = {output.name: output for output in outputs}
        self._retries = retries
        self._open: dict[str, Wish] = {}

    def __bool__(self) -> bool:
        return bool(self._open)

    def take(self, order: Order) -> bool:
        """Take an order; False if it is none that this device can carry out."""
        output = self._outputs.get(order.output) if isinstance(order, Switch) else None
        if output is None or not isinstance(order, Switch):
            return False
        self._open[output.name] = Wish(output, order.on, self._retries)
        return True

    def unwritten(self) -> Wish | None:
        """Give the next order that must be written."""
        return next((wish for wish in self._open.values() if not wish.written), None)

    def unread(self) -> str:
        """Give the output that must be read back next, "" if none must."""
        return next((name for name, wish in self._open.items() if wish.written), "")

    def written(self, wish: Wish, *, refused: bool, readable: bool) -> None:
        """The write went out; `refused`: no repetition cures it; not `readable`: nothing can confirm it."""
        wish.written, wish.refused = True, refused
        if not readable and self._open.get(wish.output.name) is wish:
            del self._open[wish.output.name]

    def judged(self, states: Mapping[str, Value | None]) -> list[str]:
        """Compare with what was read (None: asked for, and not told); give a sentence for each order that failed."""
        complaints: list[str] = []
        for name, state in states.items():
            wish = self._open.get(name)
            if wish is None or not wish.written:
                continue
            if state != wish.on and wish.tries and not wish.refused:
                wish.tries -= 1
                wish.written = state is None
                continue
            del self._open[name]
            if state is not None and state != wish.on:
                complaints.append(f"{name} stays {'on' if state else 'off'}, ordered {'on' if wish.on else 'off'}")
        return complaints
