"""DFRobot DF2301Q (Gravity SEN0539) offline voice recognition module, switched to UART.

It understands no language: a command id is a number, and the settings say what it means. It knows no I2C mode and
trains no phrases. The module gives no confidence, so a ticket should be confirmed by a key.

9600 8N1, little endian, `len` counts the data bytes only (at most 8):

    F4 F5 | len16 | type | cmd | seq | data … | sum16 | FB         sum = type … data
    0       2       4      5     6     7
    module: A0 91 result: id           A2 AA ack: 00 done, FE unsupported, FF checksum
            A3 9A notify: B0 power-on, B1 wake entered, B2 wake left, B3 play starts, B4 play ends
    host:   A1 92 play: 80 92 id32     A1 96 set: code u32 (80 volume 1..7, 83 mute, 84 wake time s)    A1 95 "reset"

Ids: 1, 2 wake words, 5 to 21 phrases taught by users, 22 to 142 fixed phrases, 200 to 208 learning, 0 nothing.
Source: serial.md §C1 (DFRobot_DF2301Q; no public capture exists, all vectors are built from its code).
"""

from __future__ import annotations

import struct
from collections import deque
from typing import Annotated, Final, NamedTuple, Self

from pydantic import Field, model_validator

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.effects import PROMPT_CODES, Order, Prompt
from agent.model.events import Event, Fault, Item, Undecoded, Value
from drivers.wire.checks import sum16
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker, Talker

HEADER, TAIL = b"\xf4\xf5", b"\xfb"
AROUND: Final = 10
LONGEST_DATA: Final = 8
UP, DOWN, ACK, NOTIFY = 0xA0, 0xA1, 0xA2, 0xA3
RESULT, PLAY, RESET, SET, NOTE, DONE = 0x91, 0x92, 0x95, 0x96, 0x9A, 0xAA
VOLUME, MUTE, WAKE_TIME = 0x80, 0x83, 0x84
PLAY_START, PLAY_BY_COMMAND = 0x80, 0x92
POWER_ON, WOKEN, ASLEEP, PLAY_BEGINS, PLAY_ENDS = 0xB0, 0xB1, 0xB2, 0xB3, 0xB4
NOTES: Final = {
    POWER_ON: ("reboot", "power_on"),
    WOKEN: ("wake", "entered"),
    ASLEEP: ("wake", "left"),
    PLAY_BEGINS: ("prompt_result", "started"),
    PLAY_ENDS: ("prompt_result", "done"),
}
OK, UNSUPPORTED, BAD_SUM = 0x00, 0xFE, 0xFF
WAKE_IDS: Final = (1, 2)
PLAY_MS: Final = 1500
RESET_MS: Final = 3000

CommandId = Annotated[int, Field(ge=1, le=0xFFFF_FFFF)]


class VoiceOptions(Options):
    """What the module can say. It answers phrases by itself; prompts are extra and by default there are none."""

    prompts: dict[str, CommandId] = Field(
        {}, description="by prompt, the command id whose spoken reply is played, such as thank-you: 5"
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        for code in self.prompts:
            if code not in PROMPT_CODES:
                raise ValueError(f"'{code}' is no prompt; prompts are {', '.join(PROMPT_CODES)}")
        return self


class Frame(NamedTuple):
    """Type, command, sequence number 0..255 and at most 8 data bytes."""

    type: int
    cmd: int
    seq: int
    data: bytes


def encode(frame: Frame) -> bytes:
    """Give the bytes of a frame."""
    body = bytes([frame.type, frame.cmd, frame.seq]) + frame.data
    return HEADER + struct.pack("<H", len(frame.data)) + body + struct.pack("<H", sum16(body)) + TAIL


def decode(frame: bytes) -> Frame:
    """Give what checked bytes say."""
    return Frame(frame[4], frame[5], frame[6], frame[7:-3])


def play(seq: int, command_id: int) -> bytes:
    """Give the host's order to play the reply of a command id."""
    return encode(Frame(DOWN, PLAY, seq, struct.pack("<BBI", PLAY_START, PLAY_BY_COMMAND, command_id)))


def setting(seq: int, code: int, value: int) -> bytes:
    """Give the host's order to set VOLUME (1..7), MUTE (0, 1) or WAKE_TIME (0..255 s)."""
    return encode(Frame(DOWN, SET, seq, struct.pack("<BI", code, value)))


def reset(seq: int) -> bytes:
    """Give the host's order to start again (takes about 3 s)."""
    return encode(Frame(DOWN, RESET, seq, b"reset"))


def result(seq: int, command_id: int) -> bytes:
    """Give the module's word that it heard a phrase."""
    return encode(Frame(UP, RESULT, seq, bytes([command_id])))


def note(seq: int, code: int) -> bytes:
    """Give the module's notification: one of NOTES."""
    return encode(Frame(NOTIFY, NOTE, seq, bytes([code])))


def ack(seq: int, error: int = OK) -> bytes:
    """Give the module's acknowledgement."""
    return encode(Frame(ACK, DONE, seq, bytes([error])))


def _size(head: bytes) -> int:
    if len(head) < 4:
        return MORE
    length = int.from_bytes(head[2:4], "little")
    return length + AROUND if length <= LONGEST_DATA else NONE


def _check(frame: bytes) -> bool:
    return struct.pack("<H", sum16(frame[4:-3])) == frame[-3:-1]


SHAPE: Final = Shape(HEADER, TAIL, LONGEST_DATA + AROUND, _size, _check)


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, SHAPE)
        self._prompts = (setup.options if isinstance(setup.options, VoiceOptions) else VoiceOptions()).prompts
        self._seq = 0

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give `voice` (the command id as a decimal word), `wake`, `reboot`, `prompt_result`, or what was refused."""
        type_, cmd, _, data = decode(frame)
        if data and (type_, cmd) == (UP, RESULT):
            return self._heard(data[0], now)
        if data and (type_, cmd) == (NOTIFY, NOTE) and data[0] in NOTES:
            kind, value = NOTES[data[0]]
            return [Event(self.device, kind, value, now)]
        if data and (type_, cmd) == (ACK, DONE):
            return self._acknowledged(data[0], now)
        if type_ == DOWN:
            return []
        return [Undecoded(self.device, frame.hex(), detail=f"type {type_:02X} command {cmd:02X}", t=now)]

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002
        """Give the order to play the reply that the settings name for this prompt."""
        command_id = self._prompts.get(order.code) if isinstance(order, Prompt) else None
        if command_id is None:
            return b""
        self._seq = (self._seq + 1) & 0xFF
        return play(self._seq, command_id)

    def _heard(self, command_id: int, now: int) -> list[Item]:
        if command_id == 0:
            return []
        if command_id in WAKE_IDS:
            return [Event(self.device, "wake", "entered", now, detail=str(command_id))]
        return [Event(self.device, "voice", str(command_id), now)]

    def _acknowledged(self, error: int, now: int) -> list[Item]:
        if error == OK:
            return []
        if error == BAD_SUM:
            return [Fault(self.device, "checksum", "the module found our checksum wrong", t=now)]
        detail = "unsupported" if error == UNSUPPORTED else f"error {error:02X}"
        return [Fault(self.device, "refused", detail, t=now)]


class Player(Speaker):
    """The module itself: the facts `voice` (value: the command id), `wake` and `reboot`; `said` is what it played."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__()
        self._host = Frames(SHAPE)
        self._seq = 0
        self.said: deque[int] = deque(maxlen=16)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Hear a phrase, wake up, fall asleep or start again, and say so."""
        if kind == "voice":
            self.say(result(self._numbered(), int(value)), now)
        for code, known in NOTES.items():
            if known == (kind, value):
                self.say(note(self._numbered(), code), now)

    def receive(self, data: bytes, now: int) -> bytes:
        """Acknowledge the host's orders; play what it wants played."""
        frames = [decode(one) for one in self._host.feed(data) if not isinstance(one, Refused)]
        return b"".join(self._obey(frame, now) for frame in frames if frame.type == DOWN)

    def _obey(self, frame: Frame, now: int) -> bytes:
        if frame.cmd == PLAY and len(frame.data) == 6:
            self.said.append(int.from_bytes(frame.data[2:], "little"))
            self.say(note(self._numbered(), PLAY_BEGINS), now)
            self.say(note(self._numbered(), PLAY_ENDS), now + PLAY_MS)
        elif frame.cmd == RESET:
            self.say(note(self._numbered(), POWER_ON), now + RESET_MS)
        elif frame.cmd != SET:
            return ack(frame.seq, UNSUPPORTED)
        return ack(frame.seq)

    def _numbered(self) -> int:
        self._seq = (self._seq + 1) & 0xFF
        return self._seq


DRIVER: Final = SerialDriver(
    name="df2301q",
    summary="DFRobot DF2301Q voice recognition, UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("voice", "wake", "reboot", "prompt_result"),
    options=VoiceOptions,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
