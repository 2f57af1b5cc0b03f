"""Offline voice modules of the AA 55 family (SU-03T, CI1302, CI-03T, JX-A7T, ASRPRO) and the M5Stack Unit ASR.

It understands no language: the module hears phrases, here they are numbers, and the settings say what a number means.
It never searches for 55 AA, because parameters may contain it.

9600 or 115200 8N1 (M5: 115200; say so at the line). The integrator defines the messages, there is neither length nor
checksum, so a table in the options says which parameters an id has; little endian, the same both ways:

    AA 55 | id | id ~id | parameters | sum | 55 AA
    0       2    3        …            …           id ~id: option `complement`; sum of all before it: option `sum8`
    AA 55 | id | 55 AA                             M5 Unit ASR: always five bytes

Modules say a phrase twice when set up as recommended: the same message within 300 ms is the same phrase.
Source: serial.md §C2 (smartpi.cn documents, DFRobot_SU03T, M5Unit-ASR); the ids 0x11… and 0x31… are our convention.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.effects import PROMPT_CODES, Order, Prompt
from agent.model.events import Event, Item, Undecoded, Value
from agent.model.units import Duration
from drivers.wire.checks import sum8
from drivers.wire.frames import MORE, Frames, Refused, Shape, Speaker, Talker

HEADER, TAIL = b"\xaa\x55", b"\x55\xaa"
FORMATS: Final = {"char": "B", "u16": "H", "s32": "i", "double": "d"}
SAID_AGAIN_MS: Final = 100
GREATEST_TICKET: Final = 0x7FFF_FFFF

Parameter = Literal["char", "u16", "s32", "double"]
Table = dict[int, list[Parameter]]
Model = Literal["aa55", "m5-unit-asr"]


def _number(text: object) -> object:
    """Give "0x11" or "17" as a number: the keys of a YAML table may be quoted or not."""
    return int(text, 0) if isinstance(text, str) else text


MessageId = Annotated[int, BeforeValidator(_number), Field(ge=0, le=255)]

TEMPLATE: Final[Table] = {1: [], 2: ["char", "char"], 3: ["s32"], 4: ["double"], 5: ["s32"], 0x16: ["char"]}
"""Messages of the makers' examples."""
OURS: Final[Table] = {**{id_: [] for id_ in (0x11, 0x12, 0x13, 0x14, 0x15, 0x1F, 0x31, 0x33)}, 0x32: ["s32"]}
"""Our convention. Heard: 11 cleaning, 12 security, 13 repair, 14 thanks, 15 emergency, 1F woken. Told: see PROMPTS."""
FIXED: Final[Table] = {id_: [] for id_ in range(256)}
PROMPTS: Final = {"thank-you": 0x31, "ticket-opened": 0x32, "already-open": 0x32, "resolved": 0x33}
M5_WAKE: Final = 0xFF
OUR_WAKE: Final = 0x1F


class VoiceOptions(Options):
    """The messages as they were defined for this module."""

    model: Model = Field("aa55", description="m5-unit-asr: every message is five bytes")
    messages: dict[MessageId, list[Parameter]] = Field(
        TEMPLATE | OURS, description="replaces the default table: parameter types by message id, both ways"
    )
    prompts: dict[str, MessageId] | None = Field(
        None,
        description="by prompt, the id that makes the module say it (default: 0x31, 0x32, 0x33; m5-unit-asr: none)",
    )
    wake: list[MessageId] = Field([M5_WAKE, OUR_WAKE], description="ids that only say that the module was woken")
    complement: bool = Field(False, description="every message has its id and the complement of it behind its id")
    sum8: bool = Field(False, description="a sum of all bytes stands before the tail")
    repeat: Duration = Field(
        300, le=10_000, description="the same message within this time is a repetition; 0ms: never"
    )

    @property
    def table(self) -> Table:
        """Give the parameter types by id."""
        return FIXED if self.model == "m5-unit-asr" else self.messages

    @property
    def spoken(self) -> dict[str, int]:
        """Give the message id by prompt code."""
        if self.prompts is not None:
            return self.prompts
        return {} if self.model == "m5-unit-asr" else {c: id_ for c, id_ in PROMPTS.items() if id_ in self.messages}

    @model_validator(mode="after")
    def _speakable(self) -> Self:
        for code, id_ in self.spoken.items():
            if code not in PROMPT_CODES:
                raise ValueError(f"'{code}' is no prompt; prompts are {', '.join(PROMPT_CODES)}")
            if self.table.get(id_) not in ([], ["s32"]):
                raise ValueError(
                    f"message {id_:#x} for '{code}' must be in the table, with [] or [s32] (ticket number)"
                )
        return self


class Message(NamedTuple):
    """An id and its parameters."""

    id: int
    values: tuple[float, ...] = ()


class Wire(NamedTuple):
    """How messages are written: one table for encoder and decoder."""

    table: Table
    complement: bool = False
    sum8: bool = False

    def encode(self, message: Message) -> bytes:
        """Give the frame of a message."""
        id_ = message.id
        body = HEADER + bytes([id_, id_, id_ ^ 0xFF] if self.complement else [id_])
        body += struct.pack(self._format(id_), *message.values)
        return body + (bytes([sum8(body)]) if self.sum8 else b"") + TAIL

    def decode(self, frame: bytes) -> Message:
        """Give what a checked frame says."""
        return Message(frame[2], struct.unpack_from(self._format(frame[2]), frame, self._start()))

    def shape(self) -> Shape:
        """Give the frame shape. An id that is in no table is taken to have no parameters."""
        return Shape(HEADER, TAIL, max(self._whole(id_) for id_ in range(256)), self._size, self._check)

    def _format(self, id_: int) -> str:
        return "<" + "".join(FORMATS[word] for word in self.table.get(id_, ()))

    def _start(self) -> int:
        return 5 if self.complement else 3

    def _whole(self, id_: int) -> int:
        return self._start() + struct.calcsize(self._format(id_)) + self.sum8 + len(TAIL)

    def _size(self, head: bytes) -> int:
        return self._whole(head[2]) if len(head) > 2 else MORE

    def _check(self, frame: bytes) -> bool:
        paired = not self.complement or (frame[3] == frame[2] and frame[4] == frame[2] ^ 0xFF)
        return paired and (not self.sum8 or sum8(frame[:-3]) == frame[-3])


def _options(setup: Setup) -> VoiceOptions:
    return setup.options if isinstance(setup.options, VoiceOptions) else VoiceOptions()


def wire(options: VoiceOptions) -> Wire:
    """Give how this module writes its messages."""
    fixed = options.model == "m5-unit-asr"
    return Wire(FIXED) if fixed else Wire(options.table, options.complement, options.sum8)


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        self._options = _options(setup)
        self._wire = wire(self._options)
        super().__init__(setup.device, self._wire.shape())
        self._last: tuple[bytes, int] | None = None

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give `voice` (the id as a decimal word, parameters as detail) or `wake`; nothing for a repetition or echo."""
        message = self._wire.decode(frame)
        if message.id not in self._wire.table:
            return [Undecoded(self.device, frame.hex(), detail=f"message {message.id:#04x} is in no table", t=now)]
        if message.id in self._options.spoken.values():
            return []
        if self._last and self._last[0] == frame and now - self._last[1] < self._options.repeat:
            return []
        self._last = frame, now
        if message.id in self._options.wake:
            return [Event(self.device, "wake", "entered", now, detail=str(message.id))]
        detail = " ".join(str(value) for value in message.values)
        return [Event(self.device, "voice", str(message.id), now, detail=detail)]

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002
        """Give the message that says it. A message that speaks a number without one to speak becomes a thank-you."""
        if not isinstance(order, Prompt):
            return b""
        spoken = self._options.spoken
        id_ = spoken.get(order.code)
        if id_ is not None and self._wire.table[id_] and not order.ticket:
            id_ = spoken.get("thank-you")
        if id_ is None:
            return b""
        ticket = (min(order.ticket, GREATEST_TICKET),)
        return self._wire.encode(Message(id_, ticket if self._wire.table[id_] else ()))


class Player(Speaker):
    """The module itself: the facts `voice` (value: the id as a decimal word) and `wake`; `said` is what it was told."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._options = _options(setup)
        self._wire = wire(self._options)
        self._host = Frames(self._wire.shape())
        self.said: deque[Message] = deque(maxlen=16)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Hear a phrase or the first wake word of the table and say so; parameters are 0."""
        table = self._wire.table
        if kind == "voice":
            self._say_twice(int(value), now)
        elif kind == "wake":
            self._say_twice(next(id_ for id_ in self._options.wake if id_ in table), now)

    def _say_twice(self, id_: int, now: int) -> None:
        frame = self._wire.encode(Message(id_, (0,) * len(self._wire.table.get(id_, ()))))
        self.say(frame, now)
        if self._options.repeat > SAID_AGAIN_MS:
            self.say(frame, now + SAID_AGAIN_MS)

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Say aloud what the host wants said; nothing goes back on the wire."""
        self.said += [self._wire.decode(one) for one in self._host.feed(data) if not isinstance(one, Refused)]
        return b""


DRIVER: Final = SerialDriver(
    name="aa55-voice",
    summary="AA 55 voice modules (SU-03T, CI1302, CI-03T, ASRPRO) and M5 Unit ASR, UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("voice", "wake"),
    options=VoiceOptions,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
