"""Bridges from a Wiegand card reader to a UART: a card of 26 or 34 bits as text, without any check.

It cannot know a misread card: the bridge judges the two parity bits and drops them, so nothing is left to check here.

9600 8N1, bridge to host only, hex is upper or lower case ASCII without the parity bits:

    02 | 6 hex | 03         Wiegand-26: facility 8 bits, card 16 bits          `format: stx`
    02 | 8 hex | 03         Wiegand-34: facility 16 bits, card 16 bits
    reader , uid 0A         115200 8N1, uid in decimal digits                  `format: line`

    on the reader's own wires: even parity of the first half | data | odd parity of the second half

The value is the number as ten decimal digits, as other readers say it (rdm6300). Wiegand-26 carries only 24 bits of a
tag, so the same card may have a longer number at another reader: the detail has facility and card, to compare by.
Source: serial.md §B11 (confidence C, no standard: UNVERIFIED; that uid is decimal stands nowhere and is assumed).
"""

from __future__ import annotations

import re
from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Value
from drivers.wire.frames import MORE, NONE, Cutter, Frames, Shape, Speaker, Talker
from drivers.wire.lines import LINE_QUIET_MS, Lines
from drivers.wire.presence import Presences

STX, ETX = b"\x02", b"\x03"
HEX: Final = frozenset(b"0123456789ABCDEFabcdef")
DIGITS: Final = {24: 6, 32: 8}
"""Hex digits by data bits."""
LONGEST_LINE: Final = 32
GREATEST: Final = 0xFFFF_FFFF
_LINE: Final = re.compile(rb"(\d{1,3}),(\d{1,10})", re.ASCII)

Format = Literal["stx", "line"]


class BridgeOptions(Options):
    """How the bridge says a card."""

    format: Format = Field("stx", description="stx: 02 hex 03; line: reader,uid (115200 baud: say so at the line)")


def encode(number: int, bits: int = 24) -> bytes:
    """Give what a `stx` bridge says of a card's data: 24 or 32 bits."""
    return STX + f"{number:0{DIGITS[bits]}X}".encode("ascii") + ETX


def encode_line(number: int, reader: int = 1) -> bytes:
    """Give what a `line` bridge says of a card's number."""
    return f"{reader},{number}\n".encode("ascii")


def decode(frame: bytes) -> tuple[int, int]:
    """Give a card's data and how many bits they are, of a `stx` frame."""
    return int(frame[1:-1], 16), 4 * (len(frame) - 2)


def on_the_wire(number: int, bits: int = 24) -> str:
    """Give the bits that the reader itself sends: even parity of the first half, data, odd parity of the second."""
    data = f"{number:0{bits}b}"
    first, second = data[: bits // 2], data[bits // 2 :]
    return f"{first.count('1') % 2}{data}{(second.count('1') + 1) % 2}"


def _size(head: bytes) -> int:
    end = head.find(ETX)
    digits = head[1:] if end < 0 else head[1:end]
    if not HEX.issuperset(digits):
        return NONE
    if end < 0:
        return MORE if len(digits) <= DIGITS[32] else NONE
    return end + 1 if len(digits) in DIGITS.values() else NONE


SHAPE: Final = Shape(STX, ETX, DIGITS[32] + 2, _size, lambda _frame: True)


def _format(setup: Setup) -> Format:
    return setup.options.format if isinstance(setup.options, BridgeOptions) else "stx"


class Device(Talker):
    """The host's side."""

    quiet_ms = LINE_QUIET_MS

    def __init__(self, setup: Setup) -> None:
        self._form = _format(setup)
        cutter: Cutter = Lines(LONGEST_LINE) if self._form == "line" else Frames(SHAPE)
        super().__init__(setup.device, cutter=cutter)
        self._cards = Presences()

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the card as the event `card`, once per presence."""
        if self._form == "stx":
            number, bits = decode(frame)
            return self._card(number, bits, "", now)
        match = _LINE.fullmatch(frame.strip())
        if match is None:
            return [Fault(self.device, "junk", size=len(frame), t=now)]
        number = int(match[2])
        if number > GREATEST:
            return [Fault(self.device, "insane", f"card {number} has more than 32 bits", t=now)]
        return self._card(number, 24 if number < 1 << 24 else 32, f"reader={int(match[1])}", now)

    def _card(self, number: int, bits: int, part: str, now: int) -> list[Item]:
        if not self._cards.new(f"{part} {number}", now):
            return []
        detail = f"facility={number >> 16},card={number & 0xFFFF}"
        if not part:
            detail += f",wiegand={bits + 2}"
        return [Event(self.device, "card", f"{number:010d}", now, part, detail=detail)]


class Player(Speaker):
    """The bridge itself: the fact `card` (value: the number; part, with `format: line`: `reader=2`, else 1)."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._form = _format(setup)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Hold a card to the reader."""
        if kind != "card":
            return
        number = int(value)
        reader = int(part.partition("=")[2] or 1)
        stx = self._form == "stx"
        self.say(encode(number, 24 if number < 1 << 24 else 32) if stx else encode_line(number, reader), now)


DRIVER: Final = SerialDriver(
    name="wiegand26-uart",
    summary="Wiegand-26 / 34 card reader behind a UART bridge",
    build=Device,
    player=Player,
    quantities=(),
    events=("card",),
    options=BridgeOptions,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
