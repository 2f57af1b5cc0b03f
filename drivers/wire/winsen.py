"""The nine bytes that Winsen's gas sensors share, and DFRobot's MultiGas board speaks too.

It knows no gas by its sensor: what the value bytes mean is in the driver's file.

9600 8N1, big endian:

    FF 01 | code | five bytes of data | sum        host
    FF    | code | six bytes of data  | sum        sensor
    0       1      2 … 7                8          sum = two's complement of bytes 1 to 7

    code 78 mode, 79 self calibration, 86 read, 87 zero, 88 span, 99 range, A7 sleep
Source: serial.md §B3 and §B4 (Winsen manuals, DFRobot_MultiGasSensor).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from agent.driver import Setup
from agent.model.events import Fault, Item
from drivers.wire.asking import Asking
from drivers.wire.checks import twos8
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker

HEAD: Final = b"\xff"
SIZE: Final = 9
HOST: Final = 0x01
MODE, SELF_CALIBRATION, READ, ZERO, RANGE, SLEEP = 0x78, 0x79, 0x86, 0x87, 0x99, 0xA7
CODES: Final = (MODE, SELF_CALIBRATION, READ, ZERO, RANGE, SLEEP)


class Gas(NamedTuple):
    """A gas by its code: the quantity, and the decimals of the whole number on the wire where no byte tells them."""

    quantity: str
    decimals: int


GASES: Final = {
    0x02: Gas("nh3", 0),
    0x03: Gas("h2s", 0),
    0x04: Gas("co", 0),
    0x05: Gas("o2", 1),
    0x06: Gas("h2", 0),
    0x2A: Gas("o3", 1),
    0x2B: Gas("so2", 1),
    0x2C: Gas("no2", 1),
    0x2E: Gas("hcl", 1),
    0x31: Gas("cl2", 1),
    0x33: Gas("hf", 1),
    0x45: Gas("ph3", 1),
}
"""Codes as in DFRobot_MultiGasSensor and guillaumechardin/MH411D, decimals as the latter has them (UNVERIFIED)."""
CODE_OF: Final = {gas.quantity: code for code, gas in GASES.items()}


def frame(*data: int) -> bytes:
    """Give FF, at most seven bytes filled up with 0, and the sum."""
    body = bytes(data).ljust(SIZE - 2, b"\0")
    return HEAD + body + bytes([twos8(body)])


def command(code: int, *data: int) -> bytes:
    """Give a command of the host."""
    return frame(HOST, code, *data)


def reply(code: int, *data: int) -> bytes:
    """Give what the sensor says."""
    return frame(code, *data)


def high_low(number: int) -> tuple[int, int]:
    """Give a number of 0 to 65535 as two bytes."""
    return number >> 8, number & 0xFF


def word(said: bytes, at: int) -> int:
    """Give the two bytes at a place as a number."""
    return int.from_bytes(said[at : at + 2], "big")


def sound(said: bytes) -> bool:
    """Tell whether a frame of any length has its right sum."""
    return twos8(said[1:-1]) == said[-1]


def shape(*codes: int) -> Shape:
    """Give the shape of the frames with these codes as byte 1."""

    def size(head: bytes) -> int:
        return MORE if len(head) < 2 else SIZE if head[1] in codes else NONE

    return Shape(HEAD, b"", SIZE, size, sound)


COMMANDS: Final = shape(HOST)


class Winsen(Asking):
    """The host's side. A device file says in `values` what a data frame means.

    Replies to commands and our own commands (an echo) mean nothing. `data_codes` are those of its data frames.
    """

    data_codes: ClassVar[tuple[int, ...]] = (READ,)

    def __init__(
        self,
        setup: Setup,
        *shapes: Shape,
        request: bytes = b"",
        begin: Sequence[bytes] = (),
        least_ms: int = 1000,
    ) -> None:
        known = shapes or (shape(HOST, *CODES, *self.data_codes),)
        super().__init__(setup, *known, request=request, begin=begin, least_ms=least_ms)

    @abstractmethod
    def values(self, said: bytes, now: int) -> list[Item]:
        """Give what a data frame means."""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a frame means."""
        return self.values(frame, now) if frame[1] in self.data_codes else []

    def is_answer(self, frame: bytes, asked: bytes) -> bool:
        """Tell whether the frame has the code that was asked for."""
        return frame[1] == asked[2]

    def insane(self, detail: str, now: int) -> list[Item]:
        """Give the fault of a frame that cannot be."""
        return [Fault(self.device, "insane", detail, t=now)]


class WinsenPlayer(Speaker):
    """The sensor itself. A device file says in `data` its data frame as an answer, and in `frame` what it talks."""

    def __init__(self, period_ms: int = 0, *, active: bool = False) -> None:
        super().__init__(period_ms)
        self._host = Frames(COMMANDS)
        self.active, self.awake = active, True

    def data(self) -> bytes:
        """Give the answer to a request."""
        return b""

    def said(self) -> bytes:
        """Give what it says by itself in active mode: the same, unless a device file says otherwise."""
        return self.data()

    def frame(self) -> bytes:
        """Give what it says each period."""
        return self.said() if self.active and self.awake else b""

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host's commands."""
        return b"".join(self.obey(one[2], one[3:8]) for one in self._host.feed(data) if not isinstance(one, Refused))

    def obey(self, code: int, data: bytes) -> bytes:  # noqa: ARG002 - only commands have data
        """Do what a command says and give its reply."""
        if code == READ:
            return self.data() if self.awake else b""
        return b""
