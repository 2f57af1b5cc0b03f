"""What an FTL/1 terminal says means, and what the host answers: HELLO, HEARTBEAT, EVENT, ACK. It counts no silence.

Answers are queued in `out` (WELCOME, TIME, HELLO_REQ, refusals); the acknowledgement of an event comes from `settled`
alone, after the journal's commit. Source: serial.md §D.5.
"""

from __future__ import annotations

from typing import Final

from agent.driver import Setup
from agent.model.effects import Configure, Order, Prompt
from agent.model.events import Event, Fault, Item, Outcome, Undecoded
from drivers.ftl1_clips import Clips
from drivers.ftl1_config import Ftl1Options, setting_of
from drivers.ftl1_frame import CLOCK_OK, RETX, Frame, Message
from drivers.ftl1_messages import (
    BUSY,
    DUPLICATE,
    INVALID,
    OK,
    Ack,
    ClipChunk,
    Heartbeat,
    Hello,
    HelloReq,
    Log,
    Record,
    Result,
    TerminalAck,
    Time,
    Welcome,
    frame_of,
)
from drivers.ftl1_prompts import LATE_NEWS, STALE_MS, Prompts, feedback_of
from drivers.ftl1_records import Stuck, fact_of, record_of
from drivers.ftl1_terminal import Receipt, Receipts, Terminal, latest_generation, readings_of

ACK_TIMEOUT_MS: Final = 500
TIME_EVERY_MS: Final = 3_600_000
MOST_WAITING: Final = 1024
KEYS: Final = range(1, 17)
SETTING: Final = "setting "
RESULTS: Final = ("done", "started", "rejected", "unsupported", "interrupted")
CAUSES: Final = {1: "power", 2: "brown-out", 3: "watchdog", 4: "software", 5: "pin"}
STATUS: Final[dict[Outcome, int]] = {"stored": OK, "existed": DUPLICATE, "conflict": DUPLICATE, "failed": BUSY}


class Session:
    """One terminal's conversation. With `in_session` false, events without a HELLO before them are explained too."""

    def __init__(self, setup: Setup, options: Ftl1Options, *, in_session: bool) -> None:
        self.out = b""
        self.prompts = Prompts()
        self.unsaid: list[Item] = []
        self.clips = Clips(setup.device, wanted=options.clips)
        self._clip_seq = 0
        self._device = setup.device
        self._wall = setup.wall
        self._options = options
        self._in_session = in_session
        self._have = dict(setup.memory)
        self._terminal: Terminal | None = None
        self._receipts = Receipts()
        self._stuck = 0
        self._told_at: int | None = None
        self._seq = -1

    def answer(self, data: bytes) -> None:
        """Queue an answer; while too many wait, more are left out: whoever needs one asks again."""
        if len(self.out) < MOST_WAITING:
            self.out += data

    def next_seq(self) -> int:
        """Give the sequence number of the host's next frame that is no answer."""
        self._seq = (self._seq + 1) & 0xFFFF
        return self._seq

    def said(self, frame: Frame, message: Message, now: int) -> list[Item]:
        """Take a message of the terminal, give what it means; `out` has the answers."""
        items: list[Item] = []
        match message:
            case Hello():
                items = self._hello(frame, message, now)
            case Heartbeat():
                items = self._heartbeat(frame, message, now)
            case Record():
                items = self._record(frame, message, now)
            case ClipChunk():
                items = self._piece(frame, message, now)
            case TerminalAck():
                items = self._acked(message, now)
            case Result(ref_seq, status):
                word = RESULTS[status] if status < len(RESULTS) else str(status)
                items = [Event(self._device, "prompt_result", word, now, detail=f"prompt={ref_seq}")]
            case Log(level, text):
                items = [self._undecoded(frame, f"log level {level}: {text[:80].decode('utf-8', 'replace')}", now)]
        return items

    def news(self) -> list[Item]:
        """Give (once) what could not be said before: orders that were refused here, recordings that do not come."""
        news, self.unsaid = self.unsaid, []
        return news

    def clip_request(self, now: int) -> bytes:
        """Give the next request for a piece of a recording, b"" when it is not time for one; again: the same number."""
        self.unsaid += self.clips.overdue(now)
        asked = self.clips.request(now)
        if asked is None or self._terminal is None:
            return b""
        if not self.clips.again:
            self._clip_seq = self.next_seq()
        return frame_of(asked, self._clip_seq, self._terminal.addr, RETX if self.clips.again else 0)

    def _piece(self, frame: Frame, chunk: ClipChunk, now: int) -> list[Item]:
        if not self._in_session:
            return [self._undecoded(frame, f"clip {chunk.clip_id} from {chunk.offset}, {len(chunk.data)} bytes", now)]
        items = self.clips.chunk(chunk, now)
        self.clips_done(now)
        return items

    def clips_done(self, now: int) -> None:
        """Queue what the terminal is to be told of its recordings."""
        terminal = self._terminal
        while terminal and self.clips.done:
            one = self.clips.done.pop(0)
            self.answer(self.prompts.send(one, self.next_seq(), terminal.addr, now, f"the end of clip {one.clip_id}"))

    def command(self, order: Order, now: int) -> bytes:
        """Give FEEDBACK, CONFIG or IDENTIFY for a terminal that has said HELLO; see `unsaid` for what cannot be."""
        terminal = self._terminal
        if isinstance(order, Configure):
            setting = setting_of(order, self._options.config) if terminal else "the terminal has not said HELLO yet"
            if terminal and not isinstance(setting, str):
                return self.prompts.send(setting, self.next_seq(), terminal.addr, now, f"{SETTING}{order.key}")
            self.unsaid.append(Fault(self._device, "refused", str(setting), t=now))
        if terminal is None or not isinstance(order, Prompt):
            return b""
        receipt = self._receipts.get(order.ref)
        if receipt and receipt.age_ms > STALE_MS and order.code not in LATE_NEWS:
            return b""
        key, _, number = order.ref.rpartition(":")
        feedback = feedback_of(order, int(number) if key == terminal.key and number.isdecimal() else 0)
        return self.prompts.send(feedback, self.next_seq(), terminal.addr, now) if feedback else b""

    def settled(self, event: Event, outcome: Outcome) -> bytes:
        """Give the acknowledgement of an event, with the sequence number under which it came last."""
        key, _, number = event.native.rpartition(":")
        if not number.isdecimal():
            return b""
        if outcome in ("stored", "existed"):
            self._have[key] = max(int(number), self._have.get(key, 0))
        self.clips.settled(event.native, outcome)
        receipt = self._receipts.get(event.native)
        if receipt is None:
            return b""
        return frame_of(Ack(receipt.seq, STATUS[outcome], int(number)), receipt.seq, receipt.addr)

    def _hello(self, frame: Frame, hello: Hello, now: int) -> list[Item]:
        items: list[Item] = []
        uid, terminal = hello.uid.hex(), self._terminal
        if terminal is None or terminal.uid != uid:
            terminal = Terminal(uid, frame.addr, hello.boot_id, latest_generation(self._have, uid))
            self._terminal, self._stuck = terminal, 0
            self.clips.forget()
        elif terminal.boot_id != hello.boot_id:
            items.append(Event(self._device, "reboot", CAUSES.get(hello.reset_cause, str(hello.reset_cause)), now))
        terminal.greeted(frame.addr, hello, now)
        # An id that the journal holds would be used again: the flash was wiped, or the terminal is a clone.
        if 0 < (have := self._have.get(terminal.key, 0)) >= hello.next_event_id:
            self.clips.forget()  # The numbers of its recordings begin anew as well.
            terminal.generation += 1
            detail = f"next event {hello.next_event_id}, known up to {have}: flash wiped or cloned terminal"
            items.append(Event(self._device, "identity_conflict", terminal.key, now, detail=detail))
        wall, known = self._time(now), self._have.get(terminal.key, 0)
        welcome = Welcome(frame.seq, *wall, self._options.heartbeat // 1000, ACK_TIMEOUT_MS, known)
        self.answer(frame_of(welcome, frame.seq, frame.addr))
        return items

    def _heartbeat(self, frame: Frame, heartbeat: Heartbeat, now: int) -> list[Item]:
        self._recognised(frame, heartbeat.boot_id, heartbeat.uptime_ds, now)
        stale = self._told_at is None or not frame.flags & CLOCK_OK or now - self._told_at >= TIME_EVERY_MS
        if stale and self._wall(now) is not None:
            self.answer(frame_of(Time(*self._time(now), self._options.tz_min), self.next_seq(), frame.addr))
        changed, self._stuck = heartbeat.stuck_keys ^ self._stuck, heartbeat.stuck_keys
        items: list[Item] = [*readings_of(self._device, heartbeat, now)]
        for key in (key for key in KEYS if changed >> (key - 1) & 1):
            word = "stuck" if self._stuck >> (key - 1) & 1 else "free"
            items.append(Event(self._device, "key_stuck", word, now, f"channel={key}"))
        return items

    def _record(self, frame: Frame, record: Record, now: int) -> list[Item]:
        if self._terminal is None and not self._in_session:
            boot = record.boot_id if record.t_event_ds <= record.uptime_now_ds else -1
            self._terminal = Terminal("unknown", frame.addr, boot)
        # A resend may be the bytes of the first try: only that one's uptime can tell of a restart.
        uptime_ds = None if frame.flags & RETX else record.uptime_now_ds
        terminal = self._recognised(frame, None, uptime_ds, now)
        if terminal is None:
            return [self._not_taken(frame, record, BUSY, "before HELLO", now)]
        body = record_of(record.kind, record.body)
        fact = fact_of(body)
        if fact is None or record.event_id == 0:
            return [self._not_taken(frame, record, INVALID, f"of kind {record.kind} is not understood", now)]
        if isinstance(body, Stuck) and body.key in KEYS:
            self._stuck |= 1 << (body.key - 1)  # so that the next heartbeat does not tell it again
        native = f"{terminal.key}:{record.event_id}"
        age_ms, quality = terminal.when(record, now, self._wall(now))
        self._receipts.keep(native, Receipt(frame.addr, frame.seq, age_ms))
        word, value, part, detail = fact
        said_at = record.epoch_s * 1000
        event = Event(self._device, word, value, now, part, native, age_ms, quality, said_at, detail=detail)
        return [event, *self.clips.event(native, body, now)]

    def _not_taken(self, frame: Frame, record: Record, status: int, why: str, now: int) -> Undecoded:
        self.answer(frame_of(Ack(frame.seq, status, record.event_id), frame.seq, frame.addr))
        return self._undecoded(frame, f"event {record.event_id} {why}", now)

    def _acked(self, ack: TerminalAck, now: int) -> list[Item]:
        words = "" if ack.status == BUSY else self.prompts.answered(ack.acked_seq)
        if words and ack.status not in (OK, DUPLICATE):
            return [Fault(self._device, "refused", f"{words} answered with status {ack.status}", t=now)]
        if words.startswith(SETTING):
            detail = f"key={words.removeprefix(SETTING)}"
            return [Event(self._device, "sensor_status", "configured", now, detail=detail)]
        return []

    def _recognised(self, frame: Frame, boot_id: int | None, uptime_ds: int | None, now: int) -> Terminal | None:
        """Give the terminal that spoke; if none has said HELLO here, or it restarted unheard, ask for its HELLO."""
        terminal = self._terminal
        if terminal is not None and terminal.addr == frame.addr:
            if boot_id is not None and boot_id != terminal.boot_id:
                terminal.bound = False
            elif uptime_ds is not None:
                terminal.heard(uptime_ds, now)
            if terminal.bound:
                return terminal
        self.answer(frame_of(HelloReq(), self.next_seq(), frame.addr))
        return None

    def _time(self, now: int) -> tuple[int, int]:
        """Give Unix seconds and milliseconds for the terminal's clock, (0, 0) while ours is not trusted."""
        wall = self._wall(now)
        if wall is None:
            return 0, 0
        self._told_at = now
        return divmod(wall, 1000)

    def _undecoded(self, frame: Frame, detail: str, now: int) -> Undecoded:
        return Undecoded(self._device, frame.payload.hex(), detail=detail, t=now)
