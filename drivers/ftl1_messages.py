"""FTL/1 messages: every payload of the binary profile, both ways. It keeps no state and means nothing by them.

The frame around them is in ftl1_frame.py, the bodies of event records are in ftl1_records.py. Times in 0.1 s count from
the terminal's boot. Source: serial.md §D.3.
"""

from __future__ import annotations

from typing import Final, Literal

from drivers.ftl1_frame import ACK_REQ, Frame, Message, Shape, pack, parse, shape, wire

OK, DUPLICATE, BUSY, INVALID, UNSUPPORTED = range(5)
"""Statuses of an acknowledgement."""
TAMPER_OPEN, BATTERY_LOW, ON_MAINS, KEY_STUCK, CLOCK_SET = 0x001, 0x002, 0x004, 0x040, 0x200
"""Bits of a heartbeat's status that are used here."""
NO_MILLIVOLTS, NO_PERCENT, NO_TEMPERATURE = 0xFFFF, 0xFF, -0x8000
"""What a heartbeat says when it does not know."""


class Hello(Message, frozen=True):
    """01: the terminal says who it is, at boot and when asked. `uid` is 8 bytes, uptime counts 0.1 s."""

    uptime_ds: int
    boot_id: int
    reset_cause: int
    uid: bytes
    fw_major: int
    fw_minor: int
    fw_patch: int
    hw: int
    caps: int
    n_keys: int
    next_event_id: int
    oldest_pending: int


class Heartbeat(Message, frozen=True):
    """02: the terminal about itself. `batt_mv` FFFF none, `batt_pct` FF unknown, `temp_dc` 0.1 °C, 8000 unknown."""

    uptime_ds: int
    boot_id: int
    status: int
    batt_mv: int
    batt_pct: int
    temp_dc: int
    stuck_keys: int
    pending: int
    next_event_id: int
    rx_bad: int


class Record(Message, frozen=True):
    """03 EVENT: one record of the terminal's flash. `epoch_s` is UTC at the event, or 0; `body` goes by `kind`."""

    uptime_now_ds: int
    event_id: int
    boot_id: int
    t_event_ds: int
    epoch_s: int
    kind: int
    body: bytes


class ClipChunk(Message, frozen=True):
    """04: a piece (1…200 bytes) of a recording."""

    clip_id: int
    offset: int
    data: bytes


class Result(Message, frozen=True):
    """05: what became of a prompt. status: 0 done, 1 started, 2 rejected, 3 unsupported, 4 interrupted."""

    ref_seq: int
    status: int
    detail: int


class Log(Message, frozen=True):
    """06: a line of the firmware's log; `text` is UTF-8 of an unknown hand."""

    level: int
    text: bytes


class Idle(Message, frozen=True):
    """07: nothing to say (the answer to POLL)."""


class Ack(Message, frozen=True):
    """90: the host's answer to an event; status OK means that it is committed to the journal."""

    acked_seq: int
    status: int
    event_id: int


class TerminalAck(Ack, frozen=True):
    """10: the same from the terminal, which has got a command; `event_id` is 0."""


class Welcome(Message, frozen=True):
    """81: the answer to HELLO: the time (`epoch_s` 0: unknown), the pace, and which events need not be sent again."""

    ack_seq: int
    epoch_s: int
    ms: int
    heartbeat_s: int
    ack_timeout_ms: int
    have_up_to: int


class Time(Message, frozen=True):
    """82: the time, with the site's offset from UTC in minutes."""

    epoch_s: int
    ms: int
    tz_min: int


class Feedback(Message, frozen=True):
    """83: what the terminal shall show and say for `duration_s` seconds; `text` is at most 64 bytes of UTF-8."""

    code: int
    led: int
    prompt: int
    duration_s: int
    ticket: int
    ref_event: int
    text: bytes


class Config(Message, frozen=True):
    """84: settings for the terminal, as key, length, value, one after the other."""

    settings: bytes


class ClipReq(Message, frozen=True):
    """85: send me a piece of a recording."""

    clip_id: int
    offset: int
    most: int


class ClipDone(Message, frozen=True):
    """86: the recording is dealt with. status: 0 stored, 1 CRC bad, 2 forget it."""

    clip_id: int
    status: int


class Poll(Message, frozen=True):
    """87: you may speak (RS-485 only)."""

    max_frames: int


class Identify(Message, frozen=True):
    """88: blink, so that somebody finds you."""

    seconds: int


class HelloReq(Message, frozen=True):
    """89: say who you are."""


_SHAPES: Final[dict[type[Message], Shape]] = {
    Hello: shape(0x01, "IHB8sBBBBHBII"),
    Heartbeat: shape(0x02, "IHHHBhHHIH"),
    Record: shape(0x03, "IIHIIB", "rest"),
    ClipChunk: shape(0x04, "HI", "rest"),
    Result: shape(0x05, "HBB"),
    Log: shape(0x06, "B", "rest"),
    Idle: shape(0x07, ""),
    TerminalAck: shape(0x10, "HBI"),
    Welcome: shape(0x81, "HIHHHI"),
    Time: shape(0x82, "IHh"),
    Feedback: shape(0x83, "BBBBIIB", "counted"),
    Config: shape(0x84, "", "rest"),
    ClipReq: shape(0x85, "HIB"),
    ClipDone: shape(0x86, "HB"),
    Poll: shape(0x87, "B"),
    Identify: shape(0x88, "B"),
    HelloReq: shape(0x89, ""),
    Ack: shape(0x90, "HBI"),
}


def frame_of(message: Message, seq: int, addr: int, flags: int = 0) -> bytes:
    """Give the bytes on the wire of a message; raise ValueError (too long) or struct.error (a number does not fit)."""
    return wire(Frame(_SHAPES[type(message)].code, seq, addr, pack(message, _SHAPES), flags))


def message_of(frame: Frame) -> Message | Literal["unknown", "short"]:
    """Give what a frame says, or why that cannot be told: its type is unknown, or it is too short for its type."""
    return parse(frame.code, frame.payload, _SHAPES)


def refusal(frame: Frame, status: int, event_id: int = 0) -> bytes:
    """Give the host's answer that a frame will not be dealt with, or b"" if none was asked for."""
    return frame_of(Ack(frame.seq, status, event_id), frame.seq, frame.addr) if frame.flags & ACK_REQ else b""
