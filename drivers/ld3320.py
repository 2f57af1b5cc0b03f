"""Boards with an LD3320 recognition chip and a small controller: a phrase comes as one byte or as a line of text.

It understands no language and knows no frame, because there is none: the LD3320 speaks SPI, and what its controller
says on the UART is the maker's own firmware. Boards of the AA 55 family are aa55-voice.

9600 8N1 as a rule, board to host only:

    B                       `format: byte`: one byte a phrase; only bytes that the options name are phrases
    T E X T 0D 0A           `format: line`: one line a phrase, 64 bytes at most

There is neither header nor sum, so only what `phrases` names is a phrase. The same one within 300 ms is a repetition.
Source: serial.md §C3 (confidence D: UNVERIFIED, ask for the board's own paper).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Value
from agent.model.units import Duration
from drivers.wire.frames import NONE, Cutter, Frames, Shape, Speaker, Talker
from drivers.wire.lines import LINE_QUIET_MS, Lines, clean, readable

LONGEST: Final = 64
MOST_PHRASES: Final = 50
"""The chip keeps no more."""
Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class PhraseOptions(Options):
    """How this board says a phrase."""

    format: Literal["line", "byte"] = Field("line", description="line: a line of text; byte: one byte a phrase")
    phrases: dict[Word, Word] = Field(
        min_length=1,
        max_length=MOST_PHRASES,
        description="what the board says (a line, or a byte such as 0x21), and the word for it",
    )
    repeat: Duration = Field(300, le=10_000, description="the same phrase within this time is one; 0ms: never")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.format == "byte":
            self.codes()
        return self

    def codes(self) -> dict[int, str]:
        """Give the word by byte; ValueError saying which is none."""
        found = {}
        for text, word in self.phrases.items():
            try:
                code = int(text, 0)
            except ValueError as error:
                raise ValueError(f"'{text}' is no byte; expected 0 to 255, such as 0x21") from error
            if not 0 <= code <= 255:
                raise ValueError(f"{text} is no byte; expected 0 to 255, such as 0x21")
            found[code] = word
        return found


NOTHING: Final = PhraseOptions.model_construct(format="line", phrases={}, repeat=0)
"""Without options (`caretaker decode`) nothing is a phrase."""


def _options(setup: Setup) -> PhraseOptions:
    return setup.options if isinstance(setup.options, PhraseOptions) else NOTHING


def encode(word: str, options: PhraseOptions) -> bytes:
    """Give what the board says for a word; KeyError if it has no such phrase."""
    if options.format == "byte":
        return bytes([{known: code for code, known in options.codes().items()}[word]])
    return {known: text for text, known in options.phrases.items()}[word].encode() + b"\r\n"


def _cutter(options: PhraseOptions) -> Cutter:
    if options.format == "line":
        return Lines(LONGEST)
    codes = options.codes()
    return Frames(Shape(b"", b"", 1, lambda head: 1 if head[0] in codes else NONE, lambda _frame: True))


class Device(Talker):
    """The host's side."""

    quiet_ms = LINE_QUIET_MS

    def __init__(self, setup: Setup) -> None:
        self._options = _options(setup)
        super().__init__(setup.device, cutter=_cutter(self._options))
        self._codes = self._options.codes() if self._options.format == "byte" else {}
        self._last: tuple[str, int] | None = None

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the phrase as the event `voice`; another line is junk, shown as it is."""
        text = readable(frame).strip()
        word = self._codes[frame[0]] if self._codes else self._options.phrases.get(text)
        if word is None:
            return [Fault(self.device, "junk", clean(text), len(frame), now)]
        again = self._last is not None and self._last[0] == word and now - self._last[1] < self._options.repeat
        if again:
            return []
        self._last = (word, now)
        return [Event(self.device, "voice", word, now)]


class Player(Speaker):
    """The board itself: the fact `voice` (value: the word)."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._options = _options(setup)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Hear a phrase and say so; KeyError for one that the board was not taught."""
        if kind == "voice":
            self.say(encode(str(value), self._options), now)


DRIVER: Final = SerialDriver(
    name="ld3320",
    summary="LD3320 voice boards (a byte or a line a phrase), UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("voice",),
    options=PhraseOptions,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "any-cut", "hostile"),
)
