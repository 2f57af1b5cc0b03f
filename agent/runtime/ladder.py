"""A line that is open and brings nothing sound: what is tried, in which order, and how often. Decides, and says so.

    k polls of a bus on which nobody answers   flush   what lies in the buffers is forgotten
    k more                                     reopen  the port is closed and opened
    k more                                     reset   the adapter is reset on its bus, where the machine lets us
    then from the beginning, with 2, 4, 8 ... times as many polls in between: a bus without power is mended by nobody

Adapters hang (CH340 after a brown-out, FTDI after a surge) and only unplugging helps; this is unplugging, by software.
"""

from __future__ import annotations

from typing import Final, Literal

from agent.ports import NotConnectedError, Transport
from agent.runtime.counters import Tally
from agent.runtime.fault_log import FaultLog

Rung = Literal["", "flush", "reopen", "reset"]
RUNGS: Final[tuple[Rung, ...]] = ("flush", "reopen", "reset")
PATIENCE_MOST: Final = 64
CODE: Final = "CT215"


class Ladder:
    """One line's. `look` is told how many polls brought nothing sound since every device began to fail."""

    def __init__(self, line: str, transport: Transport, faults: FaultLog, tally: Tally, after: int) -> None:
        self._line, self._transport, self._faults, self._tally, self._after = line, transport, faults, tally, after
        self._climbed = 0
        self._next = after

    def look(self, fruitless: int) -> Rung:
        """Give what was begun now, "" for nothing. After `reopen` and `reset` the line opens its port again."""
        if not fruitless:
            if self._climbed:
                self._climbed, self._next = 0, self._after
                self._faults.cleared(CODE, self._line)
            return ""
        if fruitless < self._next:
            return ""
        rung = RUNGS[self._climbed % len(RUNGS)]
        self._climbed += 1
        self._next = fruitless + self._after * min(2 ** (self._climbed // len(RUNGS)), PATIENCE_MOST)
        return self._do(rung, fruitless)

    def _do(self, rung: Rung, count: int) -> Rung:
        words: str = rung
        if rung == "flush":
            try:
                self._transport.flush()
            except NotConnectedError:
                return ""  # the line meets the same error in its next read, and says it
        elif rung == "reset":
            why_not = self._transport.reset()
            words = f"reset, which was not possible: {why_not}" if why_not else rung
        self._tally.mended[rung] = self._tally.mended.get(rung, 0) + 1
        self._faults.report(CODE, self._line, count=str(count), detail=words)
        return rung
