"""What a played FTL/1 terminal is made of: flash that outlives a reboot, and what its heartbeat tells. It is mute.

Source: serial.md §D.3 (HEARTBEAT) and §D.4 rules 2 and 5 (records, ids, full storage).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from agent.model.events import Value
from drivers.ftl1_frame import Message
from drivers.ftl1_messages import (
    BATTERY_LOW,
    CLOCK_SET,
    KEY_STUCK,
    NO_MILLIVOLTS,
    NO_PERCENT,
    NO_TEMPERATURE,
    ON_MAINS,
    TAMPER_OPEN,
    Feedback,
    Heartbeat,
    Hello,
    Record,
    Result,
)
from drivers.ftl1_records import Lost, body_of

ID_BLOCK: Final = 64
CAPACITY: Final = 512
CAPS: Final = 0x03FF
KEYS: Final = 4
STORAGE_FULL: Final = 1
BITS: Final = {"tamper": TAMPER_OPEN, "battery_low": BATTERY_LOW}


@dataclass(slots=True)
class Flash:
    """What survives: `records`, oldest first; `dead` ones, refused for ever; first id and count of overwritten ones."""

    uid: bytes
    boot_id: int = 0
    next_event_id: int = 1
    records: list[Record] = field(default_factory=list)
    dead: list[Record] = field(default_factory=list)
    lost: tuple[int, int] = (0, 0)

    def boot(self) -> None:
        """Count a boot; of a block of ids that was begun, the rest is skipped (it was reserved in one write)."""
        self.boot_id = (self.boot_id + 1) & 0xFFFF
        if self.next_event_id > 1:
            self.next_event_id += -self.next_event_id % ID_BLOCK

    def hello(self, uptime_ds: int, cause: int) -> Hello:
        """Give what the terminal says of itself."""
        oldest = self.records[0].event_id if self.records else self.next_event_id
        return Hello(uptime_ds, self.boot_id, cause, self.uid, 1, 0, 0, 1, CAPS, KEYS, self.next_event_id, oldest)

    def keep(self, t_event_ds: int, epoch_s: int, message: Message) -> None:
        """Write a record; when full, the oldest is overwritten."""
        kind, body = body_of(message)
        if len(self.records) >= CAPACITY:
            first, count = self.lost
            self.lost = (first or self.records[0].event_id, count + 1)
            del self.records[0]
        self.records.append(Record(0, self.next_event_id, self.boot_id, t_event_ds, epoch_s, kind, body))
        self.next_event_id += 1

    def tell_lost(self, t_event_ds: int) -> None:
        """Write a LOST record if something was overwritten: called when there is room again."""
        if self.lost[1]:
            (first, count), self.lost = self.lost, (0, 0)
            self.keep(t_event_ds, 0, Lost(first, count, STORAGE_FULL))

    def wipe(self) -> None:
        """Lose everything but the uid, as a careless firmware update does."""
        self.records.clear()
        self.next_event_id, self.boot_id, self.lost = 1, 0, (0, 0)


@dataclass(slots=True)
class Panel:
    """What the heartbeat tells of the hardware. Its methods tell whether the status changed: that is said at once."""

    values: dict[str, float] = field(default_factory=dict)
    status: int = ON_MAINS
    stuck: int = 0

    def set(self, quantity: str, value: Value) -> bool:
        """Take battery (%), battery_voltage (V), device_temperature (°C), tamper or battery_low; others are ignored."""
        if quantity in BITS:
            return self._bit(BITS[quantity], on=bool(value))
        self.values[quantity] = float(value)
        return False

    def fact(self, kind: str, value: str, part: str) -> bool:
        """Take what a fact changes: tamper, mains, a stuck key."""
        if kind == "tamper":
            return self._bit(TAMPER_OPEN, on=value == "open")
        if kind == "mains" and value != "battery_low":
            return self._bit(ON_MAINS, on=value == "back")
        if kind == "key_stuck":
            key = 1 << (int(part.partition("=")[2]) - 1)
            self.stuck = self.stuck & ~key if value == "free" else self.stuck | key
            self._bit(KEY_STUCK, on=self.stuck != 0)
            return True
        return False

    def heartbeat(self, uptime_ds: int, flash: Flash, rx_bad: int, *, clock: bool) -> Heartbeat:
        """Give the heartbeat of now."""
        values = self.values
        return Heartbeat(
            uptime_ds,
            flash.boot_id,
            self.status | (CLOCK_SET if clock else 0),
            round(values["battery_voltage"] * 1000) if "battery_voltage" in values else NO_MILLIVOLTS,
            round(values.get("battery", NO_PERCENT)),
            round(values["device_temperature"] * 10) if "device_temperature" in values else NO_TEMPERATURE,
            self.stuck,
            len(flash.records),
            flash.next_event_id,
            rx_bad,
        )

    def _bit(self, bit: int, *, on: bool) -> bool:
        changed = bool(self.status & bit) != on
        self.status = self.status | bit if on else self.status & ~bit
        return changed


class Screen:
    """What residents see and hear: each prompt is put in `shown` (code, ticket, text) once, ends after its time."""

    def __init__(self, shown: list[tuple[int, int, str]]) -> None:
        self._shown, self._last = shown, -1
        self._ends: list[tuple[int, int]] = []

    def show(self, feedback: Feedback, seq: int, now: int, *, again: bool) -> None:
        """Show a prompt, unless it is the last one sent again."""
        if again and seq == self._last:
            return
        self._last = seq
        self._shown.append((feedback.code, feedback.ticket, feedback.text.decode("utf-8", "replace")))
        self._ends.append((now + feedback.duration_s * 1000, seq))

    def due(self) -> list[int]:
        """Give when the oldest prompt ends, in a list that is empty when none is shown."""
        return [at for at, _ in self._ends[:1]]

    def ended(self) -> Result:
        """Give the word that the oldest prompt is done."""
        return Result(self._ends.pop(0)[1], 0, 0)
