"""The pump: the one place that makes the order. Records come in, the engine steps, the journal commits; then we tell.

    lines, topics --> inbox --> clamp --> engine --> journal commit --> acknowledgements, prompts, forwarders

One thread calls `turn` in a loop; tests call it without a thread.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from agent.engine.engine import Engine
from agent.model.effects import ORDERS, Alarm, Effect
from agent.model.events import Availability, Cause, Event, Gap, Instruction, Item, Offset, Outcome, Reading, Reload
from agent.ports import Clock, Cursors, Journal, Sayer, Source

Token = object
Record = Item | Instruction | Offset | Reload | Gap
Incoming = Sequence[Record]
Delivery = tuple[Incoming, Token | None]
"""What came by one message, and what acknowledges it (None: nobody waits for that)."""

PENDING_MOST: Final = 20_000
"""Causes held in memory before a commit is forced: what a power cut could take with it is bounded."""
HELD_MOST: Final = 100_000
"""Causes held while the medium fails; beyond it readings are dropped (law 11), events never."""


def _always(reading: Reading) -> bool:  # noqa: ARG001 - the form of `Pump.keeps`
    return True


class Pump:
    """Holds what is between two commits. All sizes are bounded; `inbox` is bounded by its sources' windows."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        *,
        interval: int = 10_000,
        sayer: Sayer | None = None,
        committed: Callable[[Sequence[Effect], bool], None] = lambda _effects, _readings: None,
        failed: Callable[[OSError], None] = lambda _error: None,
    ) -> None:
        self.engine = engine
        self.journal = journal
        self.clock = clock
        self.interval = interval
        self.sayer = sayer
        self.committed = committed
        self.failed = failed
        self.inbox: queue.SimpleQueue[tuple[Sequence[Delivery], Source | None]] = queue.SimpleQueue()
        self.progress = 0
        """Turns done: the watchdog is fed while this moves."""
        self.stored = 0
        self.dropped = 0
        self.keeps: Callable[[Reading], bool] = _always
        """Whether a reading is worth keeping (agent/engine/reporting.py)."""
        self.last_commit = clock.now()
        self._causes: list[Cause] = []
        self._effects: list[Effect] = []
        self._tokens: dict[int, tuple[Source, list[Token]]] = {}
        self._jobs: deque[Callable[[], None]] = deque()
        self._settling: list[tuple[Source, Event, Outcome]] = []
        self._cursors: dict[tuple[str, str], int] = {}
        self._saved_cursors: Cursors = {}
        self._urgent = False
        self.failing = False

    def put(self, records: Incoming, source: Source | None = None, token: Token | None = None) -> None:
        """Hand records over, from any thread, in their order of arrival. `token` is acknowledged after the commit."""
        self.inbox.put((((records, token),), source))

    def put_all(self, deliveries: Sequence[Delivery], source: Source) -> None:
        """Hand over what came at once: waking the pump for each message costs a quarter of all CPU under load."""
        self.inbox.put((deliveries, source))

    def confirm(self, sink: str, stream: str, seq: int) -> None:
        """Note, from any thread, up to which row a sink has confirmed: it is written with the next commit."""
        self._cursors[sink, stream] = seq

    def between(self, job: Callable[[], None]) -> None:
        """Let `job` run in the pump's thread between two turns: the journal has one writer. From any thread."""
        self._jobs.append(job)
        self.put([])

    def turn(self, limit_ms: int = 1000) -> bool:
        """Take what has come (waiting at most so long), step, commit if due. Tell whether anything came."""
        self.progress += 1
        came = self._drain(self._patience(limit_ms))
        now = self.clock.now()
        due = self.engine.next_due()
        if due is not None and due <= now:
            self._take(self.engine.advance(now))
        if self._commit_due(now):
            self.commit()
        while self._jobs:
            self._jobs.popleft()()
        return came

    def _patience(self, limit_ms: int) -> float:
        now = self.clock.now()
        waits = [limit_ms]
        if (due := self.engine.next_due()) is not None:
            waits.append(due - now)
        if self._causes:
            waits.append(self.last_commit + self.interval - now)
        return max(0.0, min(waits) / 1000)

    def _drain(self, patience: float) -> bool:
        try:
            deliveries, source = self.inbox.get(timeout=patience) if patience else self.inbox.get_nowait()
        except queue.Empty:
            return False
        get, step = self.inbox.get_nowait, self._step
        for _ in range(PENDING_MOST):
            for records, _ in deliveries:
                for record in records:
                    step(record, source)
            tokens = [token for _, token in deliveries if token is not None]
            if tokens and source is not None:
                self._hold(source, tokens)
            if self._urgent or len(self._causes) >= PENDING_MOST:
                break
            try:
                deliveries, source = get()
            except queue.Empty:
                break
        return True

    def _hold(self, source: Source, tokens: list[Token]) -> None:
        _, held = self._tokens.setdefault(id(source), (source, []))
        held += tokens
        if len(held) >= source.window:
            self._urgent = True

    def _step(self, record: Record, source: Source | None) -> None:
        engine = self.engine
        if type(record) is Reading:
            if not self.keeps(record):
                return
            if record.t < engine.now:
                record = msgspec.structs.replace(record, t=engine.now)
            self._causes.append(record)
            effects = engine.step(record)
            if effects:
                self._take(effects)
            return
        if not isinstance(record, Event | Availability | Instruction | Offset | Reload | Gap):
            return
        if record.t < engine.now:
            record = msgspec.structs.replace(record, t=engine.now)
        if isinstance(record, Event) and record.native and not self._is_new(record, source):
            return
        self._urgent = self._urgent or not isinstance(record, Availability)
        self._causes.append(record)
        self._take(engine.step(record))

    def _is_new(self, event: Event, source: Source | None) -> bool:
        outcome = self.journal.outcome(event)
        if source is not None:
            self._settling.append((source, event, outcome))
            self._urgent = True
        if outcome == "conflict":
            self._step(
                Event(
                    event.device, "identity_conflict", event.native, event.t, detail=f"{event.quantity} {event.value}"
                ),
                None,
            )
        return outcome == "stored"

    def _take(self, effects: Iterable[Effect]) -> None:
        before = len(self._effects)
        self._effects += effects
        self._urgent = self._urgent or len(self._effects) > before

    def _commit_due(self, now: int) -> bool:
        if self.failing:
            return now - self.last_commit >= min(self.interval, 1000)
        held = self._causes or self._tokens or self._cursors != self._saved_cursors
        return (
            self._urgent or len(self._causes) >= PENDING_MOST or bool(held and now - self.last_commit >= self.interval)
        )

    def commit(self) -> None:
        """Commit what is held, then tell sources, terminals, forwarders. On failure it is all held and tried again."""
        self.last_commit = self.clock.now()
        # Other threads confirm meanwhile: a copy in one step, and nothing is ever taken out.
        causes, effects, cursors = self._causes, self._effects, dict(self._cursors)
        moved = {key: seq for key, seq in cursors.items() if self._saved_cursors.get(key) != seq}
        try:
            if causes or effects or moved:
                self.journal.commit(causes, effects, self.engine.now, moved)
        except OSError as error:
            self._refuse(error)
            return
        self.failing = False
        self._saved_cursors = cursors
        self.stored += len(causes)
        self._causes, self._effects, self._urgent = [], [], False
        self._tell(causes, effects)

    def _refuse(self, error: OSError) -> None:
        """The medium failed: terminals hear "failed" and send again; messages stay unacknowledged."""
        self.failing, self._urgent = True, False
        for source, event, _ in self._settling:
            source.settle(event, "failed")
        self._settling = []
        if len(self._causes) > HELD_MOST:
            kept = [cause for cause in self._causes if type(cause) is not Reading]
            self.dropped += len(self._causes) - len(kept)
            self._causes = kept
        self.failed(error)

    def _tell(self, causes: Sequence[Cause], effects: Sequence[Effect]) -> None:
        for source, event, outcome in self._settling:
            source.settle(event, outcome)
        self._settling = []
        self.committed(effects, bool(causes))
        for effect in effects:
            if isinstance(effect, ORDERS) and self.sayer is not None:
                self.sayer.say(effect)
        tokens, self._tokens = self._tokens, {}
        for source, held in tokens.values():
            source.acknowledge(held)

    def open_alarms(self) -> list[Alarm]:
        """Give the transitions that wait for the medium (they go out marked as not durable when it fails)."""
        return [effect for effect in self._effects if isinstance(effect, Alarm)]
