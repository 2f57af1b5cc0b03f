"""FTL/1, our serial feedback terminal, binary profile, the host's side: no press lost, none counted twice.

It stores nothing and acknowledges no event by itself: `settled` does, after the journal's commit. Recordings are pulled
if the option `clips` says so, into memory alone (ftl1_clips.py).

    wire      00 | COBS(ver type flags addr seq[2] payload[0…245] crc[2]) | 00        (ftl1_frame.py)

    terminal             host
    HELLO uid boot ────▶ WELCOME time, have_up_to     binds addr to uid; until then EVENT gets BUSY and HELLO_REQ
    EVENT id body  ────▶ journal ──▶ ACK              0 stored, 1 existed or conflict, 2 failed: it comes again
    ACK            ◀──── FEEDBACK code led text       3 tries, 500 ms
    HEARTBEAT 30 s ────▶ readings                     3 missing and HELLO_REQ unanswered: offline

An event's `native` is `<uid>[.<generation>]:<event id>`. On a resend `quantity, value, part, detail` and `said_at` are
the same; `t`, `age_ms` and `time_quality` may differ. Source: serial.md part D (binary profile).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from agent.driver import SerialDriver, SerialSettings, Setup
from agent.model.effects import Order
from agent.model.events import Availability, Event, Fault, FaultKind, Item, Outcome, Presence, Undecoded
from drivers.ftl1_clips import Held
from drivers.ftl1_config import KEYS, Ftl1Options
from drivers.ftl1_frame import BROADCAST, FROM_HOST, LONGEST_CHUNK, MORE, VERSION, Frame, unwire
from drivers.ftl1_messages import INVALID, UNSUPPORTED, Heartbeat, Hello, HelloReq, Poll, frame_of, message_of, refusal
from drivers.ftl1_player import Player
from drivers.ftl1_session import Session
from drivers.wire.cobs import Chunks

POLL_MS: Final = 200
POLL_LOST_MS: Final = 2000
POLL_ANSWER_MS: Final = 100
ANSWER_MS: Final = 500
QUIET_MS: Final = 50
MISSED: Final = 3
HIGHEST_ADDRESS: Final = 247
UNASSIGNED: Final = 255


class Host:
    """The host's side of one terminal (the contract is in agent/driver/serial.py).

    On its own line a terminal is taken at whatever address it speaks from; with `poll`, only at `address`. When it was
    not heard for three heartbeats, `due` falls, `ask` gives a HELLO_REQ and sets `waiting`, and the `quiet` that
    follows an unanswered one says offline.
    """

    def __init__(self, setup: Setup, *, in_session: bool = True) -> None:
        options = setup.options if isinstance(setup.options, Ftl1Options) else Ftl1Options()
        self.device = setup.device
        self.waiting = False
        self.timeout_ms = POLL_ANSWER_MS if options.poll else ANSWER_MS
        self.quiet_ms = QUIET_MS
        self._poll = options.poll
        self._address = setup.address
        self._patience = MISSED * options.heartbeat
        self._chunks = Chunks(LONGEST_CHUNK)
        self._session = Session(setup, options, in_session=in_session)
        self._presence: Presence = "unknown"
        self._answers_at = 0
        self._silent_at: int | None = None
        self._probed_at: int | None = None
        self._poll_at = 0
        self._polled_at: int | None = None

    def due(self) -> int | None:
        """Give when something is to be sent; at once at the start, to greet a terminal that runs already."""
        times = [self._answers_at] if self._session.out else []
        if self._probed_at is None:
            times.append(0 if self._silent_at is None else self._silent_at)
        if self._poll:
            times.append(self._poll_at)
        later = [self._session.prompts.due(), None if self._poll else self._session.clips.due()]
        return min([*times, *(time for time in later if time is not None)], default=None)

    def ask(self, now: int) -> bytes:
        """Give queued answers, repetitions of prompts, the question whether the terminal is there, and the poll."""
        out, self._session.out = self._session.out, b""
        out += self._session.prompts.again(now)
        if self._probed_at is None and (self._silent_at is None or now >= self._silent_at):
            # The first one only greets: nobody was missed yet.
            self._probed_at = None if self._silent_at is None else now
            self._silent_at = now + self._patience
            out += frame_of(HelloReq(), self._session.next_seq(), self._address if self._poll else BROADCAST)
        if self._poll and now >= self._poll_at:
            self._polled_at = now
            self._poll_at = now + (POLL_LOST_MS if self._presence == "offline" else POLL_MS)
            out += self._session.clip_request(now) + frame_of(Poll(1), self._session.next_seq(), self._address)
        elif not self._poll and not out:
            out = self._session.clip_request(now)
        self._wait()
        return out

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes as they came, give what they mean."""
        items = [item for chunk in self._chunks.feed(data) for item in self._chunk(chunk, now)]
        return items + self._unanswered(now)

    def quiet(self, now: int) -> list[Item]:
        """Take the open chunk for a frame whose last zero was lost, and say what has gone unanswered."""
        chunk = self._chunks.rest()
        return (self._chunk(chunk, now) if chunk else []) + self._unanswered(now)

    def command(self, order: Order, now: int) -> bytes:
        """Give FEEDBACK, CONFIG or IDENTIFY for a terminal that has said HELLO; what cannot be is refused at once."""
        data = self._session.command(order, now)
        self._wait()
        return data

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:  # noqa: ARG002 - the contract's form
        """Give the acknowledgement of an event, b"" for what has no number of its own."""
        return self._session.settled(event, outcome)

    def take_clip(self, now: int) -> Held | None:
        """Give the recording that `clip_ready` told of; whoever takes it keeps it: the terminal will erase its own."""
        held = self._session.clips.taken()
        self._session.clips_done(now)
        self._answers_at = now
        return held

    def _chunk(self, chunk: bytes, now: int) -> list[Item]:
        frame = unwire(chunk)
        if isinstance(frame, str):
            return [Fault(self.device, frame, size=len(chunk), t=now)]
        if frame.code & FROM_HOST:
            return [self._fault("junk", f"a host's frame, type {frame.code:02x}: an echo?", now)]
        before = self._session.out
        items = self._frame(frame, now)
        if self._session.out and not before:
            self._answers_at = now
        return items

    def _frame(self, frame: Frame, now: int) -> list[Item]:
        if frame.ver != VERSION:
            self._session.answer(refusal(frame, UNSUPPORTED))
            return [self._fault("insane", f"FTL version {frame.ver}", now)]
        if self._poll and frame.addr != self._address:
            return []
        if not 1 <= frame.addr <= HIGHEST_ADDRESS and frame.addr != UNASSIGNED:
            return [self._fault("insane", f"address {frame.addr}", now)]
        message = message_of(frame)
        if message == "unknown":
            self._session.answer(refusal(frame, UNSUPPORTED))
            return [Undecoded(self.device, frame.payload.hex(), detail=f"FTL type {frame.code:02x}", t=now)]
        if isinstance(message, str):
            self._session.answer(refusal(frame, INVALID))
            return [self._fault("insane", f"FTL type {frame.code:02x} with {len(frame.payload)} bytes", now)]
        news = self._contact(frame, now, named=isinstance(message, Hello | Heartbeat))
        return news + self._session.said(frame, message, now)

    def _contact(self, frame: Frame, now: int, *, named: bool) -> list[Item]:
        self._silent_at = now + self._patience
        self._probed_at = self._polled_at = None
        if frame.flags & MORE:
            self._poll_at = now
        if self._presence == "online" or (self._presence == "unknown" and not named):
            return []
        self._presence = "online"
        return [Availability(self.device, "online", t=now)]

    def _unanswered(self, now: int) -> list[Item]:
        items: list[Item] = self._session.news()
        items += [
            self._fault("silent", f"{words} not acknowledged", now) for words in self._session.prompts.given_up(now)
        ]
        if self._polled_at is not None and now - self._polled_at >= self.timeout_ms:
            self._polled_at = None
            items.append(self._fault("silent", "no answer to POLL", now))
        if self._probed_at is not None and now - self._probed_at >= self.timeout_ms:
            self._probed_at = None
            items.append(self._fault("silent", "no answer to HELLO_REQ", now))
            if self._presence != "offline":
                self._presence = "offline"
                items.append(Availability(self.device, "offline", t=now, reason=f"{MISSED} heartbeats missed"))
        self._wait()
        return items

    def _wait(self) -> None:
        # A polled terminal can acknowledge a prompt only when it is polled: no waiting for that.
        prompted = self._session.prompts.exhausted and not self._poll
        told = self._session.unsaid
        self.waiting = bool(told) or prompted or self._probed_at is not None or self._polled_at is not None

    def _fault(self, kind: FaultKind, detail: str, now: int) -> Fault:
        return Fault(self.device, kind, detail, t=now)


DRIVER: Final = SerialDriver(
    name="ftl1",
    summary="FTL/1 feedback terminal: keys, ratings, phrases, cards; answers residents",
    build=Host,
    player=Player,
    quantities=(
        "battery", "battery_voltage", "device_temperature", "tamper", "battery_low", "pending_events", "bad_frames",
        "uptime",
    ),
    events=(
        "button", "rating", "voice", "clip_ready", "tamper", "card", "key_stuck", "events_lost", "mains",
        "identity_conflict", "reboot", "prompt_result", "sensor_status",
    ),
    options=Ftl1Options,
    serial=SerialSettings(115_200),
    decoder=partial(Host, in_session=False),
    keys=KEYS,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)  # fmt: skip
