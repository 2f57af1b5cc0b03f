"""RDM6300, EM-18 and ID-12/ID-20 readers for 125 kHz EM4100 cards: who came on patrol or to clean.

It opens no door: an EM4100 card is copied in seconds, so a card read here is a routine check-in and nothing more.

9600 8N1, reader to host only. `hex` is upper-case ASCII: version (1 byte), tag (4 bytes), exclusive or of those five:

    rdm6300   02 | 10 hex | 2 hex | 03              14 bytes, repeated every 65 ms while the card is there
    em18           10 hex | 2 hex                   12 bytes, once when the card comes
    id12      02 | 10 hex | 2 hex | 0D 0A | 03      16 bytes, once when the card comes

The value is what is printed on the card: the tag as ten decimal digits. A card is told once per presence (300 ms of
silence: it was taken away) and not again within 3 s.

Source: serial.md §B10 (StackOverflow 11848921, arduino12/rdm6300).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Item, Value
from drivers.wire.checks import xor8
from drivers.wire.frames import NONE, Shape, Speaker, Talker
from drivers.wire.presence import Presences

Format = Literal["rdm6300", "em18", "id12"]
FRAMING: Final[dict[Format, tuple[bytes, bytes]]] = {
    "rdm6300": (b"\x02", b"\x03"),
    "em18": (b"", b""),
    "id12": (b"\x02", b"\r\n\x03"),
}
"""What stands before and behind the twelve digits."""
DIGITS: Final = 12
HEX: Final = frozenset(b"0123456789ABCDEF")
REMOVED_MS: Final = 300
REPEAT_MS: Final = 65
HELD_REPEATS: Final = 5
VERSION: Final = 0x3C


class CardOptions(Options):
    """Which reader it is."""

    format: Format = Field("rdm6300", description="how the reader frames a card: rdm6300, em18 or id12")


def encode(tag: int, version: int = VERSION, form: Format = "rdm6300") -> bytes:
    """Give the frame of a card: `tag` 0..2^32-1, `version` 0..255."""
    before, behind = FRAMING[form]
    data = bytes([version]) + tag.to_bytes(4, "big")
    return before + (data + bytes([xor8(data)])).hex().upper().encode("ascii") + behind


def decode(frame: bytes, form: Format = "rdm6300") -> tuple[int, int]:
    """Give version and tag of a checked frame."""
    data = _data(frame, form)
    return data[0], int.from_bytes(data[1:5], "big")


def _data(frame: bytes, form: Format) -> bytes:
    start = len(FRAMING[form][0])
    return bytes.fromhex(frame[start : start + DIGITS].decode("ascii"))


def shape(form: Format) -> Shape:
    """Give the frame shape of a reader."""
    before, behind = FRAMING[form]
    whole = len(before) + DIGITS + len(behind)

    def size(head: bytes) -> int:
        return whole if HEX.issuperset(head[len(before) : len(before) + DIGITS]) else NONE

    return Shape(before, behind, whole, size, lambda frame: xor8(_data(frame, form)) == 0)


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        options = setup.options if isinstance(setup.options, CardOptions) else CardOptions()
        self._form: Format = options.format
        super().__init__(setup.device, shape(self._form))
        self._cards = Presences(REMOVED_MS)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the card as an event when it comes; repeats while it lies there mean nothing."""
        _, tag = decode(frame, self._form)
        card = f"{tag:010d}"
        return [Event(self.device, "card", card, now)] if self._cards.new(card, now) else []


class Player(Speaker):
    """The reader itself: the fact `card` (value: the printed number) holds a card to it for about 300 ms."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        options = setup.options if isinstance(setup.options, CardOptions) else CardOptions()
        self._form: Format = options.format

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Hold a card to the reader; other kinds of fact are none of its business."""
        if kind != "card":
            return
        repeats = HELD_REPEATS if self._form == "rdm6300" else 1
        for count in range(repeats):
            self.say(encode(int(value), form=self._form), now + count * REPEAT_MS)


DRIVER: Final = SerialDriver(
    name="rdm6300",
    summary="RDM6300 / EM-18 / ID-12 card reader (125 kHz), UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("card",),
    options=CardOptions,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
)
