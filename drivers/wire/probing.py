"""A meter of which two kinds are sold that differ in one place: it looks in both until it finds the quantity there.

It probes by reading alone, one table a poll, and settles on the first table that gives a value above 0. What was
found holds until the agent starts again.

    poll 1   table 1: refused, or 0      poll 2   table 2: 12.5 kWh      poll 3 and later   table 2

Until it has settled, the quantity is not told at all: a wrong place that reads 0 must not look like a meter at 0.
Source: serial.md §A5 and §E.2 (DTSU666: "probe once").
"""

from __future__ import annotations

from collections import deque

from agent.driver import Setup
from agent.model.events import Item, Reading
from drivers.wire.likely import LikelyMeter
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.plan import Plan
from drivers.wire.register_table import Table


class ProbingMeter(LikelyMeter):
    """A meter of one of several tables. `sought` are the quantities that stand elsewhere in each; the first decides."""

    def __init__(self, setup: Setup, sought: tuple[str, ...], *tables: Table) -> None:
        super().__init__(setup, *tables)
        self._sought = sought
        self._settled = len(tables) == 1
        self._plans = deque([self._plan, *(Plan(table) for table in tables[1:])])
        self._fresh = True

    def ask(self, now: int) -> bytes:
        """Give the next request; a new poll goes to the next table as long as none is settled on."""
        if not self._settled and not self._plan.more:
            if not self._fresh:
                self._tables = (*self._tables[1:], self._tables[0])
                self._plans.rotate(-1)
                self._plan = self._plans[0]
            self._fresh = False
        return super().ask(now)

    def expect(self, request: bytes, now: int) -> None:
        """Wait for the answer to this request; whoever put it knows where he looked."""
        super().expect(request, now)
        self._settled = True

    def _understood(self, request: Request, reply: Reply, now: int) -> list[Item]:
        told = super()._understood(request, reply, now)
        values = [item.value for item in told if isinstance(item, Reading) and item.quantity == self._sought[0]]
        self._settled = self._settled or any(not isinstance(value, str) and value > 0 for value in values)
        if self._settled:
            return told
        return [item for item in told if not (isinstance(item, Reading) and item.quantity in self._sought)]
