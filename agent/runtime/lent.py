"""Whether a line's port is lent to a tool, and until when. Kept apart from the line: two threads look at it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

from agent.runtime.counters import Tally

LETTING_GO: Final = 5.0
"""Seconds within which a line lets go of its port: it ends its wait at once, and an exchange within its time-out."""


class Lent:
    """Until when (engine ms) a port is lent, None if it is not; `gone` is set once the line has let go of it.

    Meanwhile the silence of its devices, whose tallies these are, means nothing.
    """

    def __init__(self, tallies: Iterable[Tally]) -> None:
        self.until: int | None = None
        self.gone = threading.Event()
        self._tallies = tuple(tallies)

    def begin(self, until: int) -> None:
        """Lend it."""
        self.gone.clear()
        self._excuse(until)
        self.until = until

    def end(self, now: int) -> None:
        """It is lent no longer; harmless if it was not."""
        if self.until is not None:
            self.until = None
            self._excuse(now)

    def _excuse(self, until: int) -> None:
        for tally in self._tallies:
            tally.excused = until
