"""Threads: only this file starts them. Each part does one turn at a time; what dies is said, counted and begun again.

An exception that no part expected is a bug: it ends the turn, is logged with its trace, and the part goes on after a
pause. This is the one place that catches `Exception`. The watchdog is fed while the pump makes progress.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from agent.backoff import Backoff
from agent.runtime.fault_log import FaultLog

LOG: Final = logging.getLogger("caretaker.supervisor")


@dataclass(slots=True)
class Part:
    """One moving part: `turn` blocks at most a minute or until `wake`; `close` gives back what it holds."""

    name: str
    turn: Callable[[], object]
    wake: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None
    deaths: int = 0
    thread: threading.Thread | None = field(default=None, repr=False)


class Supervisor:
    """Runs parts in threads of their own until `stop`."""

    def __init__(self, faults: FaultLog) -> None:
        self._faults = faults
        self._parts: list[Part] = []
        self._stopping = threading.Event()

    @property
    def parts(self) -> list[Part]:
        """Give all parts in the order in which they were started."""
        return list(self._parts)

    @property
    def stopping(self) -> bool:
        """Tell whether `stop` was called."""
        return self._stopping.is_set()

    def start(self, part: Part) -> None:
        """Start a part in a thread of its own."""
        part.thread = threading.Thread(target=self._run, args=(part,), name=part.name, daemon=True)
        self._parts.append(part)
        part.thread.start()

    def stop(self, seconds: float = 10.0, *, but: tuple[str, ...] = ()) -> list[str]:
        """End all parts but those named, newest first; give the names of those that did not end in time."""
        self._stopping.set()
        late: list[str] = []
        for part in reversed([part for part in self._parts if part.name not in but]):
            part.wake()
            if part.thread is not None:
                part.thread.join(seconds)
                if part.thread.is_alive():
                    late.append(part.name)
        return late

    def _run(self, part: Part) -> None:
        backoff = Backoff(1_000, 60_000)
        while not self._stopping.is_set():
            try:
                while not self._stopping.is_set():
                    part.turn()
            except Exception as error:  # the one place: a bug in one part must not take the others along
                part.deaths += 1
                LOG.exception("%s died", part.name)
                self._faults.report("CT701", part.name, part=part.name, detail=f"{type(error).__name__}: {error}")
                self._stopping.wait(backoff.next_ms() / 1000)
        part.close()
