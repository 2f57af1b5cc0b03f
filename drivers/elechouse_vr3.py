"""Elechouse Voice Recognition V3: up to seven phrases at a time, trained for one speaker. For a guard-room.

It trains nothing and understands no language: a record is a number, and the settings say what it means. There is no
checksum, so the length, the last byte and the length of the signature must all fit.

9600 8N1; `len` counts itself, the command and the data, and 0A may stand in the data:

    AA | len | cmd | data …                              | 0A
    AA | 07+n | 0D | 00 | group | record | slot | n | signature | 0A      heard; group FF: none, 80+n: user group
    AA | 03   | FF | code | 0A                                            refused
    AA | 09   | 30 | records … | 0A      host: load (at most 7)    AA 02 31 0A clear    AA 02 01 0A what is loaded?

Told `records`, the host clears the recogniser and loads them when it starts and after a minute without a word; the
answers to that are not in the reference, and are taken for a sign of life only.
Source: serial.md §C4 (elechouse/VoiceRecognitionV3).
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Value
from drivers.wire.asking import Asking
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker
from drivers.wire.lines import clean, readable

HEADER, TAIL = b"\xaa", b"\x0a"
CHECK, HEARD, LOAD, CLEAR, ERROR = 0x01, 0x0D, 0x30, 0x31, 0xFF
LOADED_MOST: Final = 7
ERRORS: Final = {1: "length"}
"""What is known of error codes; the library has no more."""
NO_GROUP: Final = 0xFF
USER_GROUP: Final = 0x80
GREATEST_RECORD: Final = 254
LONGEST: Final = 66
"""The reference has no longest frame; a signature of 56 characters is far beyond any."""
Record = Annotated[int, Field(ge=0, le=GREATEST_RECORD)]


class RecogniserOptions(Options):
    """Which phrases it listens to."""

    records: list[Record] = Field(
        [], max_length=LOADED_MOST, description="trained records to be loaded; none: the board's own start is kept"
    )


class Heard(NamedTuple):
    """What was heard: a record 0..254 in slot 0..6 of the recogniser, its group (FF: none) and signature."""

    record: int
    slot: int = 0
    group: int = NO_GROUP
    signature: bytes = b""


def frame_of(command: int, *data: int) -> bytes:
    """Give a frame: a command and its data, either way."""
    return HEADER + bytes([len(data) + 2, command, *data]) + TAIL


def load(*records: int) -> bytes:
    """Give the host's order to load records, at most seven."""
    return frame_of(LOAD, *records)


def encode(heard: Heard) -> bytes:
    """Give the board's word that it heard a phrase."""
    signature = heard.signature
    return frame_of(HEARD, 0, heard.group, heard.record, heard.slot, len(signature), *signature)


def decode(frame: bytes) -> Heard | None:
    """Give what was heard, None if the lengths in the frame do not fit each other."""
    if len(frame) < 9 or frame[7] != len(frame) - 9:
        return None
    return Heard(frame[5], frame[6], frame[4], frame[8:-1])


def _size(head: bytes) -> int:
    if len(head) < 2:
        return MORE
    return head[1] + 2 if 2 <= head[1] <= LONGEST - 2 else NONE


SHAPE: Final = Shape(HEADER, TAIL, LONGEST, _size, lambda _frame: True)


def _group(number: int) -> str:
    if number == NO_GROUP:
        return ""
    return f",group={'user' if number & USER_GROUP else 'system'}-{number & ~USER_GROUP}"


class Device(Asking):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        options = setup.options if isinstance(setup.options, RecogniserOptions) else RecogniserOptions()
        begin = [frame_of(CLEAR), load(*options.records)] if options.records else []
        super().__init__(setup, SHAPE, begin=begin)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give `voice` (the record as a decimal word), or what the board refused."""
        if frame[2] == ERROR:
            code = frame[3] if len(frame) == 5 else 0
            return [Fault(self.device, "refused", f"error {code} {ERRORS.get(code, '')}".rstrip(), t=now)]
        if frame[2] != HEARD:
            return []
        heard = decode(frame)
        if heard is None or heard.record > GREATEST_RECORD or heard.slot >= LOADED_MOST:
            return [Fault(self.device, "insane", frame.hex(" ").upper(), t=now)]
        detail = f"slot={heard.slot}" + _group(heard.group)
        if signature := "".join(c for c in clean(readable(heard.signature)) if c.isalnum() or c in "_-."):
            detail += f",signature={signature}"
        return [Event(self.device, "voice", str(heard.record), now, detail=detail)]


class Player(Speaker):
    """The board itself: the fact `voice` (value: a record that is loaded, or any while none was told)."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__()
        self._host = Frames(SHAPE)
        self.loaded: list[int] = []
        self._told = False

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Hear a phrase and say so, if it is loaded."""
        if kind != "voice":
            return
        record = int(value)
        if record in self.loaded or not self._told:
            self.say(encode(Heard(record, self.loaded.index(record) if self._told else 0)), now)

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Load and clear as the host says; how the board answers is not known, so it does not."""
        for one in self._host.feed(data):
            if isinstance(one, Refused):
                continue
            if one[2] == CLEAR:
                self.loaded.clear()
                self._told = True
            elif one[2] == LOAD:
                self.loaded = [*self.loaded, *one[3:-1]][:LOADED_MOST]
                self._told = True
        return b""


DRIVER: Final = SerialDriver(
    name="elechouse-vr3",
    summary="Elechouse Voice Recognition V3, UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("voice",),
    options=RecogniserOptions,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
