"""The FTL/1 terminal's own side, for the simulator and the tests: it sends a press until the host has committed it.

It has no key debouncing, no LEDs and no microphone: what happens at the terminal comes in as facts.

`flash` outlives `reboot`, everything else does not. An event is erased by ACK 0, 1 or 3 or by WELCOME's have_up_to, and
by nothing else. Source: serial.md §D.4.
"""

from __future__ import annotations

import zlib
from typing import Final

import msgspec

from agent.driver import Setup
from agent.model.events import Value
from drivers.ftl1_clips import Recordings
from drivers.ftl1_config import Ftl1Options, settings_in
from drivers.ftl1_frame import (
    ACK_REQ,
    BROADCAST,
    CLOCK_OK,
    FROM_HOST,
    LONGEST_CHUNK,
    MORE,
    RETX,
    Frame,
    Message,
    unwire,
)
from drivers.ftl1_hardware import Flash, Panel, Screen
from drivers.ftl1_messages import (
    BUSY,
    INVALID,
    OK,
    UNSUPPORTED,
    Ack,
    ClipChunk,
    ClipDone,
    ClipReq,
    Config,
    Feedback,
    HelloReq,
    Idle,
    Poll,
    TerminalAck,
    Time,
    Welcome,
    frame_of,
    message_of,
)
from drivers.ftl1_records import Clip, record_for
from drivers.ftl1_session import ACK_TIMEOUT_MS
from drivers.wire.cobs import Chunks

HELLO_EVERY_MS: Final = 2000
HEARTBEAT_MS: Final = 30_000
BACKOFF_MS: Final = (1000, 2000, 5000, 10_000, 30_000)
POWER_ON, BROWN_OUT = 1, 2


class Player:
    """A terminal at `setup.address`, its uid made of its name; `shown` has all prompts, `config` what it was set to."""

    def __init__(self, setup: Setup) -> None:
        self.flash = Flash(b"FTL1" + zlib.crc32(setup.device.encode()).to_bytes(4, "big"))
        self.panel = Panel()
        self.shown: list[tuple[int, int, str]] = []
        self.config: dict[int, bytes] = {}
        self.recordings = Recordings()
        self._poll = isinstance(setup.options, Ftl1Options) and setup.options.poll
        self._addr = setup.address
        self._booted_at: int | None = None
        self._forget(POWER_ON)

    def _forget(self, cause: int) -> None:
        self._cause = cause
        self._chunks = Chunks(LONGEST_CHUNK)
        self._replies: list[bytes] = []
        self._screen = Screen(self.shown)
        self._seq = self._hello_seq = self._event_seq = -1
        self._welcomed = False
        self._hello_at = self._event_at = self._heartbeat_at = 0
        self._heartbeat_ms, self._ack_ms = HEARTBEAT_MS, ACK_TIMEOUT_MS
        self._tries = 0
        self._clock: int | None = None
        self._rx_bad = 0
        self._piece: ClipChunk | None = None

    def reboot(self, now: int, cause: int = BROWN_OUT) -> None:
        """Start again at `now`, with nothing but the flash."""
        self._forget(cause)
        self._booted_at = self._hello_at = now
        self.flash.boot()

    def set(self, quantity: str, value: Value, part: str = "") -> None:  # noqa: ARG002 - a terminal has one of each
        """Change what the next heartbeat says: battery, battery_voltage, device_temperature, tamper, battery_low."""
        if self.panel.set(quantity, value):
            self._heartbeat_at = 0

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Something happens: it is in flash before it is sent. Raise ValueError if a terminal keeps no such record."""
        self._uptime_ds(now)
        if self.panel.fact(kind, str(value), part):
            self._heartbeat_at = 0
        if kind == "key_stuck" and value == "free":
            return
        self._kept(record_for(kind, str(value), part), now)

    def _kept(self, record: Message, now: int) -> None:
        uptime_ds = self._uptime_ds(now)
        epoch_s = 0 if self._clock is None else (self._clock + now) // 1000
        first = self.flash.records[0] if self.flash.records else None
        self.flash.keep(uptime_ds, epoch_s, record)
        if self.flash.records[0] is not first:
            self._tries, self._event_at = 0, now

    def recorded(self, clip_id: int, data: bytes, now: int, codec: int = 1) -> None:
        """A resident has spoken: the recording is kept, and a record tells of it."""
        self.recordings.clips[clip_id] = data
        self._kept(Clip(clip_id, codec, 10, len(data), zlib.crc32(data)), now)

    def receive(self, data: bytes, now: int) -> bytes:
        """Take what the host sent, give what the terminal answers (when polled: one frame for a POLL)."""
        self._uptime_ds(now)
        polled = False
        for chunk in self._chunks.feed(data):
            frame = unwire(chunk)
            if isinstance(frame, str):
                self._rx_bad = min(self._rx_bad + 1, 0xFFFF)
            elif frame.code & FROM_HOST and frame.addr in (self._addr, BROADCAST):
                message = message_of(frame)
                polled = polled or isinstance(message, Poll)
                self._told(frame, message, now)
        if not self._poll:
            return self.talk(now)
        return (self._next(now) or self._frame(Idle())) if polled else b""

    def due(self) -> int | None:
        """Give when it next speaks by itself; a polled terminal never does."""
        if self._poll:
            return None
        if self._booted_at is None or self._replies:
            return 0
        if not self._welcomed:
            return self._hello_at
        times = [self._heartbeat_at, *self._screen.due()]
        return min([*times, self._event_at] if self.flash.records else times)

    def talk(self, now: int) -> bytes:
        """Give everything that is due now."""
        self._uptime_ds(now)
        out = b""
        while not self._poll and (frame := self._next(now)):
            out += frame
        return out

    def _uptime_ds(self, now: int) -> int:
        if self._booted_at is None:
            self.reboot(now, POWER_ON)
        assert self._booted_at is not None
        return (now - self._booted_at) // 100

    def _next(self, now: int) -> bytes:
        if self._replies:
            return self._replies.pop(0)
        if not self._welcomed:
            return self._hello(now) if now >= self._hello_at else b""
        if self.flash.records and now >= self._event_at:
            return self._event(now)
        if any(now >= at for at in self._screen.due()):
            return self._frame(self._screen.ended())
        if now >= self._heartbeat_at:
            return self._heartbeat(now)
        piece, self._piece = self._piece, None
        return self._frame(piece) if piece else b""

    def _frame(self, message: Message, flags: int = 0) -> bytes:
        self._seq = (self._seq + 1) & 0xFFFF
        return self._again(message, self._seq, flags)

    def _again(self, message: Message, seq: int, flags: int) -> bytes:
        return frame_of(message, seq, self._addr, flags if self._clock is None else flags | CLOCK_OK)

    def _hello(self, now: int) -> bytes:
        self._hello_at = now + HELLO_EVERY_MS
        out = self._frame(self.flash.hello(self._uptime_ds(now), self._cause), ACK_REQ)
        self._hello_seq = self._seq
        return out

    def _event(self, now: int) -> bytes:
        record = msgspec.structs.replace(self.flash.records[0], uptime_now_ds=self._uptime_ds(now))
        self._event_at = now + (self._ack_ms, *BACKOFF_MS)[min(self._tries, len(BACKOFF_MS))]
        self._tries += 1
        flags = ACK_REQ | (MORE if len(self.flash.records) > 1 else 0)
        if self._tries > 1:
            return self._again(record, self._event_seq, flags | RETX)
        out = self._frame(record, flags)
        self._event_seq = self._seq
        return out

    def _heartbeat(self, now: int) -> bytes:
        self._heartbeat_at = now + self._heartbeat_ms
        clock = self._clock is not None
        return self._frame(self.panel.heartbeat(self._uptime_ds(now), self.flash, self._rx_bad, clock=clock))

    def _told(self, frame: Frame, message: Message | str, now: int) -> None:
        match message:
            case Welcome() if message.ack_seq == self._hello_seq:
                self._welcome(message, now)
            case Time(epoch_s, ms):
                self._set_clock(epoch_s, ms, now)
            case Ack(seq, status, event_id) if self._tries and seq == self._event_seq:
                self._acked(status, event_id, now)
            case Feedback():
                self._screen.show(message, frame.seq, now, again=bool(frame.flags & RETX))
            case ClipReq() | ClipDone():
                self._piece = self.recordings.told(message)
            case Config():
                self.config |= settings_in(message) or {}
            case HelloReq():
                self._welcomed, self._hello_at = False, now
        if frame.flags & ACK_REQ:
            status = {"unknown": UNSUPPORTED, "short": INVALID}.get(message, OK) if isinstance(message, str) else OK
            self._replies.append(self._frame(TerminalAck(frame.seq, status, 0)))

    def _welcome(self, welcome: Welcome, now: int) -> None:
        self._welcomed = True
        self._heartbeat_ms, self._ack_ms = welcome.heartbeat_s * 1000, welcome.ack_timeout_ms
        self._set_clock(welcome.epoch_s, welcome.ms, now)
        self.flash.records = [record for record in self.flash.records if record.event_id > welcome.have_up_to]
        self.flash.tell_lost(self._uptime_ds(now))
        self._tries, self._event_at = 0, now

    def _acked(self, status: int, event_id: int, now: int) -> None:
        records = self.flash.records
        if status in (BUSY, UNSUPPORTED) or not records or records[0].event_id != event_id:
            return
        record = records.pop(0)
        if status == INVALID:
            self.flash.dead.append(record)
        self.flash.tell_lost(self._uptime_ds(now))
        self._tries, self._event_at = 0, now

    def _set_clock(self, epoch_s: int, ms: int, now: int) -> None:
        if epoch_s:
            self._clock = epoch_s * 1000 + ms - now
