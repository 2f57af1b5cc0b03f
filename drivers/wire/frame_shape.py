"""The shape of a foreign frame as it is written in the settings: start, length, checks, end. Both ways.

It gives no byte a meaning: that is drivers/frame_table.py. What it can say and what not is drawn there.
Positions count from the frame's first byte; negative ones from its end (-1 is the last byte of all).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.driver import Options
from drivers.wire import checks
from drivers.wire.frames import MORE, NONE

LONGEST: Final = 1024
_START: Final = re.compile(r"(?:[0-9A-Fa-f]{2}|\?\?)(?: (?:[0-9A-Fa-f]{2}|\?\?))*")
_END: Final = re.compile(r"[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2})*")

CheckKind = Literal[
    "sum8", "xor8", "twos8", "sum16", "neg-sum16", "crc8", "crc16-modbus", "crc16-xmodem", "crc16-ccitt", "crc32"
]
SUMS: Final[dict[CheckKind, tuple[Callable[[bytes], int], int]]] = {
    "sum8": (checks.sum8, 1),
    "xor8": (checks.xor8, 1),
    "twos8": (checks.twos8, 1),
    "sum16": (checks.sum16, 2),
    "neg-sum16": (lambda data: -checks.sum16(data) & 0xFFFF, 2),
    "crc8": (checks.crc8, 1),
    "crc16-modbus": (checks.crc16_modbus, 2),
    "crc16-xmodem": (checks.crc16_xmodem, 2),
    "crc16-ccitt": (checks.crc16_ccitt, 2),
    "crc32": (checks.crc32_ieee, 4),
}
"""Sum and its size in bytes."""
LENGTHS: Final = {"u8": (1, "big"), "u16be": (2, "big"), "u16le": (2, "little")}


def _bytes(pattern: re.Pattern[str], text: str, such: str) -> str:
    if text and not pattern.fullmatch(text):
        raise ValueError(f"'{text}' are no bytes; expected pairs of 0-9 A-F with blanks between, such as {such}")
    return text


Start = Annotated[
    str, StringConstraints(max_length=96), AfterValidator(lambda text: _bytes(_START, text, "AA 55 or AA ?? 01"))
]
End = Annotated[str, StringConstraints(max_length=24), AfterValidator(lambda text: _bytes(_END, text, "0D 0A"))]
Place = Annotated[int, Field(ge=-LONGEST, lt=LONGEST)]


def position(at: int, length: int) -> int:
    """Give a position in a frame of this length."""
    return at + length if at < 0 else at


class FrameLength(Options):
    """A length that stands in the frame."""

    at: int = Field(ge=0, lt=64, description="where it stands")
    type: Literal["u8", "u16be", "u16le"] = Field("u8", description="its bytes")
    factor: int = Field(1, ge=1, le=8, description="bytes for each that it counts")

    @property
    def until(self) -> int:
        """The first position behind it."""
        return self.at + LENGTHS[self.type][0]

    def read(self, head: bytes) -> int:
        """Give the bytes that it counts."""
        return int.from_bytes(head[self.at : self.until], self._order()) * self.factor

    def write(self, frame: bytearray, counted: int) -> None:
        """Let it count so many bytes; OverflowError if it cannot."""
        frame[self.at : self.until] = (counted // self.factor).to_bytes(self.until - self.at, self._order())

    def _order(self) -> Literal["big", "little"]:
        return "big" if LENGTHS[self.type][1] == "big" else "little"


class FrameCheck(Options):
    """A sum over a part of the frame."""

    kind: CheckKind = Field(description="how it is made; twos8, neg-sum16: two's complement of the sum")
    order: Literal["big", "little"] | None = Field(
        None, description="which byte comes first: big the high one; unset: little for crc16-modbus, else big"
    )
    at: Place | None = Field(None, description="where it stands; unset: before the end bytes")
    first: Place = Field(0, description="first byte that it covers")
    last: Place | None = Field(None, description="last byte that it covers; unset: the one before the check")

    @property
    def size(self) -> int:
        """Its bytes."""
        return SUMS[self.kind][1]

    def place(self, length: int, end: int) -> int:
        """Give its position in a frame of this length with so many end bytes."""
        return length - end - self.size if self.at is None else position(self.at, length)

    def make(self, frame: bytes, end: int) -> bytes:
        """Give what must stand there."""
        place, length = self.place(len(frame), end), len(frame)
        stop = place if self.last is None else position(self.last, length) + 1
        order = self.order or ("little" if self.kind == "crc16-modbus" else "big")
        return SUMS[self.kind][0](frame[position(self.first, length) : stop]).to_bytes(self.size, order)


class FrameShape(Options):
    """How frames of one kind begin, how long they are, and what proves them."""

    start: Start = Field("", description="first bytes in hex; ?? for any byte")
    end: End = Field("", description="last bytes in hex")
    length: int | None = Field(None, ge=2, le=LONGEST, description="bytes of the whole frame, if it is always the same")
    lengths: list[FrameLength] = Field([], max_length=4, description="else: the length fields, which add up")
    add: int = Field(0, ge=-64, le=256, description="bytes of the whole frame that the length fields do not count")
    longest: int = Field(256, ge=4, le=LONGEST, description="a greater length in a length field is none")
    checks: list[FrameCheck] = Field([], max_length=4, description="what proves it; all must be right")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for complaint in self._wrong():
            raise ValueError(complaint)
        return self

    def _wrong(self) -> Iterator[str]:
        if (self.length is None) == (not self.lengths):
            both = "both always the same and in the frame" if self.lengths else "said nowhere"
            yield f"the length of the frame is {both}; expected length, or lengths"
        if not (self.wanted or self.checks):
            yield "without start bytes and check any noise is a frame; expected one of them at least"
        shortest = self.length or max(len(self.mask), *(one.until for one in self.lengths)) + len(self.tail)
        if len(self.mask) + len(self.tail) > shortest:
            yield f"start and end do not fit in {shortest} bytes; expected a greater length"
        for check in self.checks:
            place = check.place(shortest, len(self.tail))
            if self.length and not 0 <= place <= shortest - check.size:
                yield f"check {check.kind} stands outside of the frame; expected a place in its {shortest} bytes"

    @property
    def mask(self) -> list[str]:
        """The start, byte by byte, ?? for any."""
        return self.start.split()

    @property
    def wanted(self) -> list[tuple[int, int]]:
        """Position and value of the start bytes that must be so."""
        return [(at, int(pair, 16)) for at, pair in enumerate(self.mask) if pair != "??"]

    @property
    def tail(self) -> bytes:
        """The end bytes."""
        return bytes.fromhex(self.end)


class Cut:
    """A shape made ready to cut frames: `size` as frames.Shape wants it, and whether a frame is sound."""

    def __init__(self, shape: FrameShape) -> None:
        self.shape = shape
        self._wanted, self._tail = shape.wanted, shape.tail
        self._told_after = max((one.until for one in shape.lengths), default=0)
        self.longest = shape.length or shape.longest

    def size(self, head: bytes) -> int:
        """Give the whole length, MORE or NONE."""
        if any(head[at] != byte for at, byte in self._wanted if at < len(head)):
            return NONE
        if self.shape.length:
            size = self.shape.length
        elif len(head) < self._told_after:
            return MORE
        else:
            size = sum(one.read(head) for one in self.shape.lengths) + self.shape.add
        if not max(len(self.shape.mask), self._told_after) + len(self._tail) <= size <= self.longest:
            return NONE
        return NONE if len(head) >= size and not head[:size].endswith(self._tail) else size

    def sound(self, frame: bytes) -> bool:
        """Tell whether a frame of this kind passes all its checks."""
        if self.size(frame) != len(frame):
            return False
        end = len(self._tail)
        for check in self.shape.checks:
            place = check.place(len(frame), end)
            if place < 0 or frame[place : place + check.size] != check.make(frame, end):
                return False
        return True

    def blank(self, front: int, back: int) -> bytearray:
        """Give a frame with room for `front` bytes from its start and `back` from its end; lengths, start, end set."""
        end, counted = len(self._tail), [one.until for one in self.shape.lengths]
        for check in self.shape.checks:
            if check.at is not None and check.at >= 0:
                counted.append(check.at + check.size)
            else:
                back = max(back, -check.at if check.at is not None else end + check.size)
        room = max(front, len(self.shape.mask), *counted, 0) + max(back, end)
        size = self.shape.length or max(room, self.shape.add)
        for one in self.shape.lengths[:1]:
            size += (self.shape.add - size) % one.factor
        frame = bytearray(size)
        for at, byte in self._wanted:
            frame[at] = byte
        for one in self.shape.lengths[:1]:
            one.write(frame, len(frame) - self.shape.add)
        frame[len(frame) - end :] = self._tail
        return frame

    def seal(self, frame: bytearray) -> bytes:
        """Give the frame with its checks, made in the order in which they stand in the settings."""
        end = len(self._tail)
        for check in self.shape.checks:
            place = check.place(len(frame), end)
            frame[place : place + check.size] = check.make(bytes(frame), end)
        return bytes(frame)
