"""Rows to a time-series store: a cursor over the journal, never a buffer. Delivered is what the store said it took.

Batches go out stream by stream; a batch that the store refuses is halved until the row is found that spoils it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from agent.backoff import Backoff
from agent.ports import Clock, NotConnectedError, RefusedError, Row, Sink
from agent.runtime.fault_log import FaultLog
from agent.runtime.northbound import Confirm, Reader


class Storing:
    """Rows to a store, in a thread of its own: `turn` does one turn without it."""

    streams: Final = ("alarm", "feedback", "event", "kpi", "reading")

    def __init__(
        self,
        reader: Reader,
        sink: Sink,
        *,
        clock: Clock,
        confirm: Confirm,
        faults: FaultLog,
        name: str,
        batch: int = 5000,
    ) -> None:
        self._reader, self._sink, self._clock, self._confirm, self._faults = reader, sink, clock, confirm, faults
        self._name, self._batch = name, batch
        self._done = {stream: reader.cursor("influx", stream) for stream in self.streams}
        self._backoff = Backoff(1_000, 60_000)
        self._retry_at = 0
        self._woken = threading.Event()
        self._trouble = ""
        self.delivered = 0
        self.refused = 0

    def positions(self) -> dict[str, int]:
        """Give the number up to which each stream is delivered."""
        return dict(self._done)

    @property
    def trouble(self) -> str:
        """Give the fault code that holds delivery up, "" if none does."""
        return self._trouble

    def wake(self) -> None:
        """End the wait of a turn, from any thread."""
        self._woken.set()

    def turn(self, limit_ms: int = 60_000) -> bool:
        """Deliver one batch a stream, or wait for news. Tell whether anything was delivered."""
        now = self._clock.now()
        if now < self._retry_at:
            self._pause(min(limit_ms, self._retry_at - now))
            return False
        self._woken.clear()
        moved = [self._deliver(stream) for stream in self.streams]
        if any(moved):
            return True
        if now >= self._retry_at:
            self._pause(limit_ms)
        return False

    def _pause(self, ms: int) -> None:
        self._woken.wait(ms / 1000)
        self._woken.clear()

    def _deliver(self, stream: str) -> bool:
        rows, upto = self._reader.rows(stream, self._done[stream], self._batch)
        if upto == self._done[stream] or self._clock.now() < self._retry_at:
            return False
        try:
            self._write(rows)
        except NotConnectedError as error:
            self._trouble = self._faults.caught(error, self._name)
            self._retry_at = self._clock.now() + max(error.retry_after_ms, self._backoff.next_ms())
            return False
        self._recovered()
        self._done[stream] = upto
        self._confirm("influx", stream, upto)
        return True

    def _recovered(self) -> None:
        self._backoff.reset()
        if self._trouble:
            self._faults.cleared(self._trouble, self._name)
            self._trouble = ""

    def _write(self, rows: Sequence[Row]) -> None:
        """Write rows; what the store refuses is halved until the row is found that it will never take."""
        if not rows:
            return
        try:
            self._sink.write(rows)
            self.delivered += len(rows)
        except RefusedError as error:
            if len(rows) == 1:
                self.refused += 1
                self._faults.report("CT404", self._name, **error.words)
                return
            middle = len(rows) // 2
            self._write(rows[:middle])
            self._write(rows[middle:])
