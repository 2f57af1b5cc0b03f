"""FTL/1-A, the line profile of FTL/1: its lines and their fields, both ways. It keeps no state, means nothing by them.

    @ body * crc CR LF       crc: CRC-16/MODBUS of the body as a number, 4 upper-case hex digits; at most 120 characters

    terminal  H,boot,fw,keys,next,oldest,uptime             E,event id,boot,t event,uptime now,K,key,hold ms
              B,uptime,boot,status (hex),mV,percent,pending,next
    host      A,event id,status                             F,code,ticket,led,prompt

Times in 0.1 s from boot. Further fields at the end are newer ones and ignored. Source: serial.md §D.8.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from drivers.ftl1_messages import NO_TEMPERATURE, Heartbeat
from drivers.wire.checks import crc16_modbus

LONGEST: Final = 120
U8, U16, U32 = 0xFF, 0xFFFF, 0xFFFF_FFFF
_LINE: Final = re.compile(rb"@([\x20-\x29\x2b-\x3f\x41-\x7e]+)\*([0-9A-F]{4})")
_MARKED: Final = re.compile(rb"@[^@]*$")


class HelloLine(NamedTuple):
    """H: the terminal has started: its boot number and the number of its next event."""

    boot_id: int
    firmware: str
    n_keys: int
    next_event_id: int
    oldest_pending: int
    uptime_ds: int


class EventLine(NamedTuple):
    """E: one press of the terminal's flash. `kind` is K, or one that is not known here: then key and hold are 0."""

    event_id: int
    boot_id: int
    t_event_ds: int
    uptime_now_ds: int
    kind: str
    key: int
    hold_ms: int


class AckLine(NamedTuple):
    """A, from the host: status 0 committed, 1 duplicate, 2 retry later, 3 do not retry."""

    event_id: int
    status: int


class FeedbackLine(NamedTuple):
    """F, from the host: what the terminal shall show and say."""

    code: int
    ticket: int
    led: int
    prompt: int


Said = HelloLine | EventLine | Heartbeat | AckLine | FeedbackLine


def line(body: str) -> bytes:
    """Give the bytes of a line with this body."""
    data = body.encode("ascii")
    return b"@%s*%04X\r\n" % (data, crc16_modbus(data))


def body_of(raw: bytes) -> bytes | Literal["", "junk", "checksum"]:
    """Give what stands between @ and * of a line without its end; "" for a line of another kind, which is ignored.

    What stands before the last @ is not looked at: a log may have been cut off by a restart.
    """
    found = _MARKED.search(raw)
    if found is None:
        return "" if raw.isascii() else "junk"
    match = _LINE.fullmatch(found[0])
    if match is None:
        return "junk"
    return match[1] if crc16_modbus(match[1]) == int(match[2], 16) else "checksum"


def text_of(said: Said) -> str:
    """Give the body of a line that says this."""
    if isinstance(said, Heartbeat):
        beat = (said.uptime_ds, said.boot_id, f"{said.status:04X}", said.batt_mv, said.batt_pct, said.pending)
        return _joined("B", *beat, said.next_event_id)
    if isinstance(said, EventLine) and said.kind != "K":
        return _joined("E", *said[:5])
    word = {HelloLine: "H", EventLine: "E", AckLine: "A", FeedbackLine: "F"}[type(said)]
    return _joined(word, *said)


def said_of(body: bytes) -> Said | Literal["unknown", "insane"]:
    """Give what a body says, or why that cannot be told: an unknown letter, fields missing or beyond their bounds."""
    word, *fields = body.decode("ascii").split(",")
    readers: dict[str, Callable[[list[str]], Said]] = {
        "H": _hello,
        "E": _event,
        "B": _heartbeat,
        "A": _ack,
        "F": _feedback,
    }
    read = readers.get(word)
    if read is None:
        return "unknown"
    try:
        return read(fields)
    except (ValueError, IndexError):
        return "insane"


def _joined(*fields: object) -> str:
    return ",".join(str(field) for field in fields)


def _number(text: str, most: int, base: int = 10) -> int:
    value = int(text, base) if re.fullmatch(r"[0-9A-Fa-f]{1,10}", text) else -1
    if not 0 <= value <= most:
        raise ValueError(text)
    return value


def _numbers(fields: list[str], *most: int) -> list[int]:
    return [_number(fields[at], bound) for at, bound in enumerate(most)]


def _hello(fields: list[str]) -> HelloLine:
    boot, keys = _number(fields[0], U16), _number(fields[2], U8)
    return HelloLine(boot, fields[1], keys, *_numbers(fields[3:], U32, U32, U32))


def _event(fields: list[str]) -> EventLine:
    numbers, kind = _numbers(fields, U32, U16, U32, U32), fields[4]
    key, hold_ms = _numbers(fields[5:], U8, U16) if kind == "K" else (0, 0)
    return EventLine(numbers[0], numbers[1], numbers[2], numbers[3], kind, key, hold_ms)


def _heartbeat(fields: list[str]) -> Heartbeat:
    uptime_ds, boot_id = _numbers(fields, U32, U16)
    status = _number(fields[2], U16, 16)
    millivolts, percent, pending, next_id = _numbers(fields[3:], U16, U8, U16, U32)
    return Heartbeat(uptime_ds, boot_id, status, millivolts, percent, NO_TEMPERATURE, 0, pending, next_id, 0)


def _ack(fields: list[str]) -> AckLine:
    return AckLine(*_numbers(fields, U32, U8))


def _feedback(fields: list[str]) -> FeedbackLine:
    return FeedbackLine(*_numbers(fields, U8, U32, U8, U8))
