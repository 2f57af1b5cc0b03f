"""The fields of a foreign frame as they are written in the settings: where a value stands and of which type it is.

It knows no start, length or check of a frame: that is frame_shape.py. Positions are counted as there.
"""

from __future__ import annotations

import struct
from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from agent.driver import Options
from drivers.wire.frame_shape import Cut, FrameShape, Place, position
from drivers.wire.lines import clean, readable
from drivers.wire.table_talk import Repeat, SaidValue

FORMATS: Final = {
    "u8": ">B", "s8": ">b", "u16be": ">H", "u16le": "<H", "s16be": ">h", "s16le": "<h", "u32be": ">I", "u32le": "<I",
    "s32be": ">i", "s32le": "<i", "u64be": ">Q", "u64le": "<Q", "f32be": ">f", "f32le": "<f", "f64be": ">d",
    "f64le": "<d",
}  # fmt: skip

FieldType = Literal[
    "u8", "s8", "u16be", "u16le", "s16be", "s16le", "u32be", "u32le", "s32be", "s32le", "u64be", "u64le", "f32be",
    "f32le", "f64be", "f64le", "text",
]  # fmt: skip


class FrameField(SaidValue):
    """One value of a frame and where it stands."""

    at: Place = Field(description="its first byte; negative: from the frame's end")
    type: FieldType = Field("u8", description="its bytes; be: high byte first, le: low byte first")
    length: int = Field(0, ge=0, le=64, description="text: its bytes")
    mask: int = Field(0, ge=0, lt=2**64, description="bits that count; 0: all of them")
    shift: int | None = Field(None, ge=0, le=63, description="bits to shift down by; unset: to the mask's lowest bit")

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.length if self.type == "text" else struct.calcsize(FORMATS[self.type])

    @property
    def bits(self) -> int:
        """By how many bits it is shifted down."""
        return self.shift if self.shift is not None else max((self.mask & -self.mask).bit_length() - 1, 0)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if (self.type == "text") != bool(self.length):
            raise ValueError("type text and length belong together; expected both or none of them")
        if self.mask and (self.type[0] != "u" or self.mask >= 1 << 8 * self.size):
            raise ValueError(f"mask {self.mask:#x} does not fit {self.type}; expected bits of u8, u16, u32 or u64")
        if self.shift is not None and not self.mask >> self.shift:
            raise ValueError("shift leaves nothing of the mask; expected a mask with bits above it")
        if self.at < 0 < self.at + self.size:
            raise ValueError(f"{self.type} at {self.at} reaches beyond the end; expected {-self.size} or before")
        return self

    def raw(self, frame: bytes) -> Any:
        """Give the number or text that stands there, None if the frame is too short for it."""
        start = position(self.at, len(frame))
        said = frame[start : start + self.size] if start >= 0 else b""
        if len(said) < self.size:
            return None
        if self.type == "text":
            return clean(readable(said.rstrip(b"\0")))
        number = struct.unpack(FORMATS[self.type], said)[0]
        number = (number & self.mask) >> self.bits if self.mask else number
        return bool(number) if self.is_state and not self.words else number

    def put(self, frame: bytearray, raw: Any) -> None:
        """Write a number or text there; a number is kept within the type's bounds."""
        start = position(self.at, len(frame))
        if self.type == "text":
            frame[start : start + self.size] = str(raw).encode()[: self.size].ljust(self.size, b"\0")
            return
        form, number = FORMATS[self.type], float(raw) if self.type[0] == "f" else round(float(raw))
        if self.type[0] != "f":
            bits = 8 * self.size - (self.type[0] == "s")
            number = min(max(number, -(1 << bits) if self.type[0] == "s" else 0), (1 << bits) - 1)
        if self.mask:
            there = struct.unpack_from(form, frame, start)[0]
            number = (there & ~self.mask) | ((int(number) << self.bits) & self.mask)
        struct.pack_into(form, frame, start, number)


class FrameKind(FrameShape):
    """Frames of one kind, and what stands in them."""

    fields: list[FrameField] = Field([], max_length=64, description="what stands in it; none: known, and skipped")

    @model_validator(mode="after")
    def _inside(self) -> Self:
        for one in self.fields:
            if self.length and not 0 <= position(one.at, self.length) <= self.length - one.size:
                raise ValueError(f"{one.type} at {one.at} stands outside of the frame; expected a place inside")
            if one.at + one.size > self.longest and not self.length:
                raise ValueError(f"{one.type} at {one.at} stands beyond the longest frame; expected longest: greater")
        try:
            self.make([])
        except OverflowError as error:
            raise ValueError("no length field can count as far as the last field; expected a longer type") from error
        return self

    def make(self, said: list[tuple[FrameField, Any]]) -> bytes:
        """Give a frame with these raw values in it; what is not given is 0."""
        cut = Cut(self)
        front = max((one.at + one.size for one in self.fields if one.at >= 0), default=0)
        frame = cut.blank(front, max((-one.at for one in self.fields if one.at < 0), default=0))
        for one, raw in said:
            one.put(frame, raw)
        return cut.seal(frame)


class FrameTableOptions(Options):
    """The frames of a device."""

    frames: list[FrameKind] = Field(min_length=1, max_length=16, description="kinds of frames, tried in this order")
    repeat: Repeat = 0
