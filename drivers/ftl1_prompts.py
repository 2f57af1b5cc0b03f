"""FTL/1: what a terminal shall show, say or keep, sent up to three times until it acknowledges. It chooses no text.

Source: serial.md §D.3 (codes, led) and §D.5 rule 6 (3 tries, 500 ms).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agent.model.effects import PROMPT_CODES, Prompt
from drivers.ftl1_frame import ACK_REQ, RETX, Message
from drivers.ftl1_messages import Feedback, frame_of

TRIES: Final = 3
AGAIN_MS: Final = 500
TEXT_BYTES: Final = 64
MOST_OPEN: Final = 8
STALE_MS: Final = 60_000
LATE_NEWS: Final = ("resolved", "staff-arrived")
"""Prompts that may refer to an old event: they are no answer to a press, but news about it."""
_U32: Final = 0xFFFF_FFFF

GREEN, AMBER, RED, BLUE, BLINK = 0x01, 0x02, 0x03, 0x04, 0x10
LEDS: Final = {
    "thank-you": GREEN,
    "ticket-opened": GREEN,
    "already-open": AMBER,
    "resolved": BLUE | BLINK,
    "saved-offline": AMBER,
    "not-understood": AMBER | BLINK,
    "emergency-forwarded": RED | BLINK,
    "staff-arrived": BLUE,
}


def feedback_of(prompt: Prompt, ref_event: int) -> Feedback | None:
    """Give a prompt as FEEDBACK; the spoken prompt has the code's number. None if the code is not known here."""
    if prompt.code not in PROMPT_CODES:
        return None
    code = PROMPT_CODES.index(prompt.code) + 1
    ticket, ref = (number if 0 <= number <= _U32 else 0 for number in (prompt.ticket, ref_event))
    return Feedback(code, LEDS[prompt.code], code, max(0, min(prompt.seconds, 255)), ticket, ref, cut(prompt.text))


def cut(text: str) -> bytes:
    """Give at most 64 bytes of UTF-8, cut between characters."""
    return text.encode("utf-8", "replace")[:TEXT_BYTES].decode("utf-8", "ignore").encode()


@dataclass(slots=True)
class _Open:
    message: Message
    words: str
    addr: int
    tries: int
    again_at: int


class Prompts:
    """The prompts and settings that a terminal has not acknowledged yet, by sequence number."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}

    @property
    def exhausted(self) -> bool:
        """Whether one of them was sent for the last time and its answer is awaited."""
        return any(one.tries >= TRIES for one in self._open.values())

    def send(self, message: Message, seq: int, addr: int, now: int, words: str = "") -> bytes:
        """Give the bytes of the first try; when too many are open, the oldest is forgotten. `words` name it."""
        while len(self._open) >= MOST_OPEN:
            del self._open[next(iter(self._open))]
        self._open[seq] = _Open(message, words or f"prompt {seq}", addr, 1, now + AGAIN_MS)
        return frame_of(message, seq, addr, ACK_REQ)

    def due(self) -> int | None:
        """Give when the next repetition is due, or None."""
        return min((one.again_at for one in self._open.values() if one.tries < TRIES), default=None)

    def again(self, now: int) -> bytes:
        """Give the bytes of all repetitions that are due."""
        out = b""
        for seq, one in self._open.items():
            if one.tries < TRIES and now >= one.again_at:
                one.tries, one.again_at = one.tries + 1, now + AGAIN_MS
                out += frame_of(one.message, seq, one.addr, ACK_REQ | RETX)
        return out

    def answered(self, seq: int) -> str:
        """Take the terminal's answer; give what it answers, "" for nothing that is open."""
        one = self._open.pop(seq, None)
        return one.words if one else ""

    def given_up(self, now: int) -> list[str]:
        """Give (once) what has gone unanswered in its last try."""
        over = [seq for seq, one in self._open.items() if one.tries >= TRIES and now >= one.again_at]
        return [self._open.pop(seq).words for seq in over]
