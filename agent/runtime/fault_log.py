"""Which faults of the catalogue are there, since when and how often. One log line when one comes, one when it goes.

It mends nothing and asks nobody. Any thread may report; a repeat raises the count and writes no further line, and a
fault that comes and goes is said again only after a while.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import Final

from agent.model.effects import Health
from agent.model.faults import FAULTS, sentence
from agent.ports import Clock, FarEndError

LOG: Final = logging.getLogger("caretaker.faults")
LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
AGAIN: Final = 3_600_000
"""A fault that went and came back is logged again after so many milliseconds."""
MOST: Final = 2_000
"""Entries kept: beyond it the oldest inactive one goes, or else the oldest."""


@dataclass(slots=True)
class _Entry:
    first: int
    last: int
    said: int
    """When it was last logged; `told`: whether this coming was."""
    count: int = 1
    active: bool = True
    told: bool = True
    words: dict[str, str] = field(default_factory=dict)


class FaultLog:
    """Entries by (code, subject). A subject is the line, device, broker or file that the fault is about."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._lock = threading.Lock()

    def report(self, code: str, subject: str, **words: str) -> None:
        """A fault is there (again)."""
        now = self._clock.now()
        with self._lock:
            entry = self._entries.get((code, subject))
            if entry is None:
                self._make_room()
                self._entries[code, subject] = _Entry(now, now, now, words=words)
            else:
                if not entry.active:
                    entry.told = now - entry.said >= AGAIN
                repeated = entry.active or not entry.told
                entry.count += 1
                entry.active, entry.last, entry.words = True, now, words
                if repeated:
                    return
                entry.said = now
        LOG.log(LEVELS[FAULTS[code].severity], "%s %s: %s", code, subject, sentence(code, **words))

    def caught(self, error: FarEndError, subject: str) -> str:
        """Report an error of the far end by its code, which is given back for `cleared`."""
        if error.code:
            self.report(error.code, subject, **error.words)
        return error.code

    def cleared(self, code: str, subject: str) -> None:
        """A fault is gone; harmless if it was not there."""
        with self._lock:
            entry = self._entries.get((code, subject))
            if entry is None or not entry.active:
                return
            entry.active, entry.last = False, self._clock.now()
        if entry.told:
            LOG.info("%s %s: over", code, subject)

    def snapshot(self) -> list[Health]:
        """Give all entries, the active ones first, then by the time they came."""
        with self._lock:
            rows = [
                Health(code, entry.first, subject, sentence(code, **entry.words), entry.count, entry.active)
                for (code, subject), entry in self._entries.items()
            ]
        return sorted(rows, key=lambda row: (not row.active, row.t))

    def _make_room(self) -> None:
        if len(self._entries) >= MOST:
            oldest = next((key for key, entry in self._entries.items() if not entry.active), next(iter(self._entries)))
            del self._entries[oldest]
