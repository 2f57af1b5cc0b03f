"""The FTL/1-A terminal's own side: it sends a press until the host has committed it. It has keys, and nothing else.

It says H once when it starts, and B every 30 s and whenever its status changes. Source: serial.md §D.4 and §D.8.
"""

from __future__ import annotations

from typing import Final

from agent.driver import Setup
from agent.model.events import Value
from drivers.ftl1_hardware import Flash, Panel
from drivers.ftl1_lines import LONGEST, AckLine, EventLine, FeedbackLine, HelloLine, body_of, line, said_of, text_of
from drivers.ftl1_messages import BUSY, INVALID, UNSUPPORTED
from drivers.ftl1_records import Key, record_for, record_of
from drivers.wire.frames import Refused
from drivers.wire.lines import Lines

AGAIN_MS: Final = (500, 1000, 2000, 5000, 10_000, 30_000)
HEARTBEAT_MS: Final = 30_000
KEYS: Final = 4
FIRMWARE: Final = "1.0.0"


class Player:
    """A terminal; `flash` outlives `reboot`, everything else does not. `shown` has every prompt (code, ticket)."""

    def __init__(self, _setup: Setup) -> None:
        self.flash = Flash(b"")
        self.panel = Panel()
        self.shown: list[tuple[int, int]] = []
        self._booted_at: int | None = None
        self._forget()

    def _forget(self) -> None:
        self._lines = Lines(LONGEST)
        self._hello = True
        self._event_at = self._heartbeat_at = self._tries = 0

    def reboot(self, now: int) -> None:
        """Start again at `now`, with nothing but the flash."""
        self._forget()
        self._booted_at = now
        self.flash.boot()

    def set(self, quantity: str, value: Value, part: str = "") -> None:  # noqa: ARG002 - a terminal has one of each
        """Change what the next heartbeat says: battery, battery_voltage, tamper, battery_low."""
        if self.panel.set(quantity, value):
            self._heartbeat_at = 0

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """A key is pressed: it is in flash before it is sent. Raise ValueError if it keeps no such record."""
        record = record_for(kind, str(value), part)
        if not isinstance(record, Key) or record.clicks != 1:
            raise ValueError(f"an FTL/1-A terminal keeps no record of {kind} '{value}'")
        uptime_ds = self._uptime_ds(now)
        first = self.flash.records[0] if self.flash.records else None
        self.flash.keep(uptime_ds, 0, record)
        if self.flash.records[0] is not first:
            self._tries, self._event_at = 0, now

    def receive(self, data: bytes, now: int) -> bytes:
        """Take what the host sent, give what the terminal says to it."""
        for raw in self._lines.feed(data):
            body = "junk" if isinstance(raw, Refused) else body_of(raw)
            said = None if isinstance(body, str) else said_of(body)
            if isinstance(said, AckLine):
                self._acked(said, now)
            elif isinstance(said, FeedbackLine):
                self.shown.append((said.code, said.ticket))
        return self.talk(now) if self._booted_at is not None else b""

    def due(self) -> int | None:
        """Give when it next speaks by itself."""
        if self._hello:
            return 0
        return min(self._heartbeat_at, self._event_at) if self.flash.records else self._heartbeat_at

    def talk(self, now: int) -> bytes:
        """Give everything that is due now."""
        uptime_ds, out, flash = self._uptime_ds(now), b"", self.flash
        if self._hello:
            self._hello = False
            oldest = flash.records[0].event_id if flash.records else flash.next_event_id
            out += line(text_of(HelloLine(flash.boot_id, FIRMWARE, KEYS, flash.next_event_id, oldest, uptime_ds)))
        if flash.records and now >= self._event_at:
            self._event_at = now + AGAIN_MS[min(self._tries, len(AGAIN_MS) - 1)]
            self._tries += 1
            out += self._event(uptime_ds)
        if now >= self._heartbeat_at:
            self._heartbeat_at = now + HEARTBEAT_MS
            out += line(text_of(self.panel.heartbeat(uptime_ds, flash, 0, clock=False)))
        return out

    def _event(self, uptime_ds: int) -> bytes:
        record = self.flash.records[0]
        key = record_of(record.kind, record.body)
        assert isinstance(key, Key)
        told = (record.event_id, record.boot_id, record.t_event_ds, uptime_ds, "K", key.key, key.hold_ms)
        return line(text_of(EventLine(*told)))

    def _acked(self, told: AckLine, now: int) -> None:
        records = self.flash.records
        if told.status in (BUSY, UNSUPPORTED) or not records or records[0].event_id != told.event_id:
            return
        record = records.pop(0)
        if told.status == INVALID:
            self.flash.dead.append(record)
        self._tries, self._event_at = 0, now

    def _uptime_ds(self, now: int) -> int:
        if self._booted_at is None:
            self.reboot(now)
        assert self._booted_at is not None
        return (now - self._booted_at) // 100
