"""Button panels of an Arduino or RP2040 that print a line for every press. For pilots only.

A press during a hiccup of the USB is lost, a line that is sent again counts twice, and the panel gives no sign of life:
FTL/1 knows a press for ever, this cannot. Each event says so: `quality=best_effort`.

9600 or 115200 8N1, a project convention, panel to host only; a line ends with CR, LF or both and has 64 bytes at most:

    B T N , n           n: key 1 to 16      a press
    B T N , n , L       L: long press, D: double press, R: released

The same word of the same key within 300 ms is a bounce. Other lines (a boot banner) are junk.
Source: serial.md §C5. What D means stands nowhere and is taken for a double press (UNVERIFIED).
"""

from __future__ import annotations

import re
from typing import Final

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Value
from drivers.wire.frames import Speaker
from drivers.wire.lines import LineTalker

LONGEST: Final = 64
KEYS: Final = range(1, 17)
BOUNCE_MS: Final = 300
WORDS: Final = {"": "single", "L": "long", "D": "double", "R": "release"}
LETTERS: Final = {word: letter for letter, word in WORDS.items()}
_LINE: Final = re.compile(rb"BTN,(\d{1,2})(?:,([LDR]))?", re.ASCII)


def encode(key: int, word: str = "single") -> bytes:
    """Give the line of a key, 1..16, and how it was pressed: one of WORDS."""
    letter = LETTERS[word]
    return f"BTN,{key}{',' if letter else ''}{letter}\r\n".encode("ascii")


def decode(line: bytes) -> tuple[int, str] | None:
    """Give key and word of a line without its end, None if it is another line."""
    match = _LINE.fullmatch(line.strip())
    return (int(match[1]), WORDS[(match[2] or b"").decode("ascii")]) if match else None


class Device(LineTalker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, LONGEST)
        self._last: dict[tuple[int, str], int] = {}

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give a press as the event `button` of its channel."""
        said = decode(frame)
        if said is None:
            return [Fault(self.device, "junk", size=len(frame), t=now)]
        key, word = said
        if key not in KEYS:
            return [Fault(self.device, "insane", f"key {key}", t=now)]
        last = self._last.get(said)
        if last is not None and now - last < BOUNCE_MS:
            return []
        self._last[said] = now
        return [Event(self.device, "button", word, now, f"channel={key}", detail="quality=best_effort")]


class Player(Speaker):
    """The panel itself: the fact `button` (value: single, long, double, release; part: `channel=3`, else 1)."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__()

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Press a key; what the panel cannot tell it does not."""
        if kind == "button" and str(value) in LETTERS:
            self.say(encode(int(part.partition("=")[2] or 1), str(value)), now)


DRIVER: Final = SerialDriver(
    name="ascii-button",
    summary="Button panel that prints lines (BTN,3), UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("button",),
    options=Options,
    serial=SerialSettings(9600),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
