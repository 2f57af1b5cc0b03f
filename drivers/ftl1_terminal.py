"""What the host knows of one FTL/1 terminal: who it is, how long it runs, when its events happened. It sends nothing.

A terminal's identity is its uid and, after its flash was wiped, a generation: `a1b2c3d4e5f60718`, then
`a1b2c3d4e5f60718.1`. Ids are never used twice within one of them, so `<identity>:<event id>` names a press for ever.
Source: serial.md §D.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from agent.model.events import Fault, Reading, TimeQuality, Value
from agent.model.quantities import believable
from drivers.ftl1_messages import (
    BATTERY_LOW,
    NO_MILLIVOLTS,
    NO_PERCENT,
    NO_TEMPERATURE,
    TAMPER_OPEN,
    Heartbeat,
    Hello,
    Record,
)

RECEIPTS: Final = 64
BOOTS: Final = 8
"""How many boots of a terminal are remembered to date its old events."""


def latest_generation(have: Mapping[str, int], uid: str) -> int:
    """Give the highest generation of a uid that the journal holds events of, 0 when it holds none."""
    numbers = [key.partition(".")[2] for key in have if key.partition(".")[0] == uid]
    return max((int(number) for number in numbers if number.isdigit()), default=0)


class Receipt(NamedTuple):
    """From where and under which sequence number an event came last, and how old it was."""

    addr: int
    seq: int
    age_ms: int


class Receipts:
    """The receipts of the last events, by native id: an acknowledgement goes back the way that its event came."""

    def __init__(self) -> None:
        self._kept: dict[str, Receipt] = {}

    def keep(self, native: str, receipt: Receipt) -> None:
        """Note how an event came; the oldest of too many are forgotten."""
        self._kept.pop(native, None)
        self._kept[native] = receipt
        while len(self._kept) > RECEIPTS:
            del self._kept[next(iter(self._kept))]

    def get(self, native: str) -> Receipt | None:
        """Give how an event came last, None if that is not known any more."""
        return self._kept.get(native)


@dataclass(slots=True)
class Terminal:
    """A terminal that has said HELLO. Times are engine milliseconds, uptimes 0.1 s.

    `bound` is false once there are signs that it restarted unheard: until its next HELLO nothing it says is taken.
    `contacts` has the time and the uptime of the last contact by boot id.
    """

    uid: str
    addr: int
    boot_id: int
    generation: int = 0
    uptime_ds: int = 0
    bound: bool = True
    contacts: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its lasting identity, under which events are known."""
        return f"{self.uid}.{self.generation}" if self.generation else self.uid

    def greeted(self, addr: int, hello: Hello, now: int) -> None:
        """Take a HELLO: from here on `addr` is this terminal in this boot."""
        self.addr, self.boot_id, self.bound, self.uptime_ds = addr, hello.boot_id, True, 0
        self.heard(hello.uptime_ds, now)

    def heard(self, uptime_ds: int, now: int) -> None:
        """Note a contact in the current boot; an uptime that falls means a restart that nobody heard."""
        if uptime_ds < self.uptime_ds:
            self.bound = False
        if not self.bound:
            return
        self.uptime_ds = uptime_ds
        self.contacts.pop(self.boot_id, None)
        self.contacts[self.boot_id] = (now, uptime_ds)
        while len(self.contacts) > BOOTS:
            del self.contacts[next(iter(self.contacts))]

    def when(self, record: Record, now: int, wall: int | None) -> tuple[int, TimeQuality]:
        """Give how many milliseconds ago an event was, and how that is known (serial.md §D.5 rule 4).

        exact: in this boot; derived: by the terminal's clock, or by a contact in the same old boot; bounded: at least
        so long ago, because an event of an old boot is older than this boot.
        """
        least = 0
        if record.boot_id == self.boot_id:
            if record.t_event_ds <= record.uptime_now_ds:
                return (record.uptime_now_ds - record.t_event_ds) * 100, "exact"
        else:
            least = record.uptime_now_ds * 100
        if record.epoch_s:
            return max(least, 0 if wall is None else wall - record.epoch_s * 1000), "derived"
        if record.boot_id in self.contacts and record.boot_id != self.boot_id:
            then, uptime_ds = self.contacts[record.boot_id]
            return max(least, now - then - (record.t_event_ds - uptime_ds) * 100), "derived"
        return least, "bounded"


def readings_of(device: str, heartbeat: Heartbeat, now: int) -> list[Reading | Fault]:
    """Give what a heartbeat measures; what it does not know is left out, what cannot be is a fault."""
    values: list[tuple[str, Value]] = []
    if heartbeat.batt_pct != NO_PERCENT:
        values.append(("battery", float(heartbeat.batt_pct)))
    if heartbeat.batt_mv != NO_MILLIVOLTS:
        values.append(("battery_voltage", heartbeat.batt_mv / 1000))
    if heartbeat.temp_dc != NO_TEMPERATURE:
        values.append(("device_temperature", heartbeat.temp_dc / 10))
    values += [
        ("tamper", bool(heartbeat.status & TAMPER_OPEN)),
        ("battery_low", bool(heartbeat.status & BATTERY_LOW)),
        ("pending_events", float(heartbeat.pending)),
        ("bad_frames", float(heartbeat.rx_bad)),
        ("uptime", heartbeat.uptime_ds / 10),
    ]
    return [
        Reading(device, name, value, now)
        if believable(name, value)
        else Fault(device, "insane", f"{name} {value}", t=now)
        for name, value in values
    ]
