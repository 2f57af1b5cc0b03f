"""FTL/1-A terminal, the line profile for prototypes, the host's side: the same presses, ids and promises as ftl1.

It can ask nothing, set no clock and send no text: the profile has no lines for that. A line without @…* (boot logs,
`BTN,3`) is no press and is ignored; a host's own line that comes back is ignored too.

    terminal                  host
    @H,…*crc  at boot                            who it is: the profile has no uid, so it is the device of this line
    @E,…*crc ─────▶ journal ──▶ @A,id,status     0 stored, 1 existed or conflict, 2 failed: it comes again
                                @F,code,…        once, unless the event came over 60 s late
    @B,…*crc  30 s ───────────▶                  readings

An event's `native` is `ascii-<device>[.<generation>]:<event id>`: a renamed device begins anew. As nobody can ask for
H, events are taken without it: before the first H or B their age is `estimated`. Lines: ftl1_lines.py.
Source: serial.md §D.8.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.effects import Order, Prompt
from agent.model.events import Availability, Event, Fault, Item, Outcome, Reading, Undecoded
from drivers.ftl1_ascii_player import Player
from drivers.ftl1_lines import LONGEST, AckLine, EventLine, FeedbackLine, HelloLine, body_of, line, said_of, text_of
from drivers.ftl1_messages import INVALID, Heartbeat, Hello, Record
from drivers.ftl1_prompts import LATE_NEWS, STALE_MS, feedback_of
from drivers.ftl1_records import Key, fact_of
from drivers.ftl1_session import STATUS
from drivers.ftl1_terminal import RECEIPTS, Terminal, latest_generation, readings_of
from drivers.wire.lines import LineTalker

MOST_WAITING: Final = 512
UNTOLD: Final = ("bad_frames",)
"""What the heartbeat of the binary profile has and this one has not."""
SILENT_AFTER_MS: Final = 90_000


class Host(LineTalker):
    """The host's side. With `in_session` false an event's boot is taken for the one that goes on."""

    quiet_ms = 100

    def __init__(self, setup: Setup, *, in_session: bool = True) -> None:
        super().__init__(setup.device, LONGEST)
        self._wall, self._have = setup.wall, dict(setup.memory)
        self._uid = "ascii-" + setup.device.replace(".", "-").replace(":", "-")
        self._terminal = Terminal(self._uid, 1, -1, latest_generation(self._have, self._uid))
        self._known = self._online = False
        self._in_session = in_session
        self._ages: dict[str, int] = {}
        self._out = b""

    def due(self) -> int | None:
        """Give 0 while a refusal waits to be sent."""
        return 0 if self._out else None

    def ask(self, now: int) -> bytes:  # noqa: ARG002 - it is sent whenever it can be
        """Give the refusals that wait."""
        out, self._out = self._out, b""
        return out

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a line means; nothing for one that is not of this profile."""
        body = body_of(frame)
        if isinstance(body, bytes):
            return self._means(body, now)
        return [Fault(self.device, body, size=len(frame), t=now)] if body else []

    def _means(self, body: bytes, now: int) -> list[Item]:
        items: list[Item] = []
        match said_of(body):
            case HelloLine() as told:
                items = self._contact(now) + self._hello(told, now)
            case Heartbeat() as beat:
                items = self._contact(now) + self._heartbeat(beat, now)
            case EventLine() as event:
                items = self._event(event, now)
            case "unknown":
                items = [Undecoded(self.device, body.hex(), detail=f"line {body[:1].decode()}", t=now)]
            case "insane":
                items = [Fault(self.device, "insane", body[:60].decode(), size=len(body), t=now)]
        return items

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002
        """Give F for a prompt; none for an event that came over 60 s late, unless it is news about it."""
        if not isinstance(order, Prompt):
            return b""
        if self._ages.get(order.ref, 0) > STALE_MS and order.code not in LATE_NEWS:
            return b""
        told = feedback_of(order, 0)
        return line(text_of(FeedbackLine(told.code, told.ticket, told.led, told.prompt))) if told else b""

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:  # noqa: ARG002
        """Give the acknowledgement of an event, b"" for what has no number of its own."""
        key, _, number = event.native.rpartition(":")
        if not number.isdecimal():
            return b""
        if outcome in ("stored", "existed"):
            self._have[key] = max(int(number), self._have.get(key, 0))
        return line(text_of(AckLine(int(number), STATUS[outcome])))

    def _contact(self, now: int) -> list[Item]:
        if self._online:
            return []
        self._online = True
        return [Availability(self.device, "online", t=now)]

    def _hello(self, told: HelloLine, now: int) -> list[Item]:
        terminal, items = self._terminal, self._boots(told.boot_id, now)
        hello = Hello(told.uptime_ds, told.boot_id, 0, b"", 0, 0, 0, 0, 0, told.n_keys, told.next_event_id, 0)
        terminal.greeted(terminal.addr, hello, now)
        self._known = True
        have = self._have.get(terminal.key, 0)
        if have > 0 and told.next_event_id <= have:
            terminal.generation += 1
            detail = f"next event {told.next_event_id}, known up to {have}: flash wiped or another terminal"
            items.append(Event(self.device, "identity_conflict", terminal.key, now, detail=detail))
        return items

    def _heartbeat(self, told: Heartbeat, now: int) -> list[Item]:
        items = self._boots(told.boot_id, now)
        self._terminal.heard(told.uptime_ds, now)
        self._known = True
        beat = readings_of(self.device, told, now)
        return items + [item for item in beat if not (isinstance(item, Reading) and item.quantity in UNTOLD)]

    def _event(self, told: EventLine, now: int) -> list[Item]:
        fact = fact_of(Key(told.key, told.hold_ms, 1)) if told.kind == "K" and told.event_id else None
        if fact is None:
            if len(self._out) < MOST_WAITING:
                self._out += line(text_of(AckLine(told.event_id, INVALID)))
            data = text_of(told).encode().hex()
            return [Undecoded(self.device, data, detail=f"event {told.event_id} of kind {told.kind[:8]}", t=now)]
        items = self._unheard(told, now)
        record = Record(told.uptime_now_ds, told.event_id, told.boot_id, told.t_event_ds, 0, 1, b"")
        age_ms, quality = self._terminal.when(record, now, self._wall(now))
        if quality == "exact" and self._in_session and not self._known:
            quality = "estimated"
        native = f"{self._terminal.key}:{told.event_id}"
        self._ages.pop(native, None)
        self._ages[native] = age_ms
        while len(self._ages) > RECEIPTS:
            del self._ages[next(iter(self._ages))]
        word, value, part, detail = fact
        return [*items, Event(self.device, word, value, now, part, native, age_ms, quality, detail=detail)]

    def _unheard(self, told: EventLine, now: int) -> list[Item]:
        """An event of a newer boot than the known one: the terminal runs in that boot at least."""
        items: list[Item] = []
        boot = self._terminal.boot_id
        newer = boot < 0 or 0 < (told.boot_id - boot) & 0xFFFF < 0x8000
        if newer and told.t_event_ds <= told.uptime_now_ds:
            items, self._known = self._boots(told.boot_id, now), False
        if told.boot_id == self._terminal.boot_id and told.uptime_now_ds >= self._terminal.uptime_ds:
            self._terminal.heard(told.uptime_now_ds, now)
        return items

    def _boots(self, boot_id: int, now: int) -> list[Item]:
        """The terminal runs in this boot; say so if it ran in another one before."""
        terminal, before = self._terminal, self._terminal.boot_id
        terminal.bound = True
        if boot_id == before:
            return []
        terminal.boot_id, terminal.uptime_ds = boot_id, 0
        return [] if before < 0 else [Event(self.device, "reboot", "unknown", now)]


DRIVER: Final = SerialDriver(
    name="ftl1-ascii",
    summary="FTL/1-A feedback terminal in lines, for prototypes: keys; answers residents",
    build=Host,
    player=Player,
    quantities=("battery", "battery_voltage", "tamper", "battery_low", "pending_events", "uptime"),
    events=("button", "identity_conflict", "reboot"),
    options=Options,
    serial=SerialSettings(115_200),
    decoder=partial(Host, in_session=False),
    silent_after_ms=SILENT_AFTER_MS,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
