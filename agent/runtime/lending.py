"""A line's port lent to a tool while the service runs: the port is let go, and nothing of its devices counts meanwhile.

Asked by the local socket (agent/requests.py). A line takes its port back by itself when the time is over, so a tool
that dies is no matter. Meanwhile its devices are under a maintenance lock: for their rules the time is a gap, and
nobody is woken because of a search for slaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from agent.model.events import Instruction
from agent.ports import Clock
from agent.runtime.commands import local_order
from agent.runtime.line import Line

LONGEST: Final = 3600
"""Seconds for which a line may be lent."""
SHORTEST_LOCK: Final = 60
"""Seconds: no maintenance lock is shorter (agent/engine/orders/devices.py)."""
WHO: Final = "lent"


class Lending:
    """Who has which line. All methods belong to the thread of the local socket.

    `lines` gives the lines of now, `unlocked` the devices on one that nobody has locked, `order` carries orders out.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        lines: Callable[[], Mapping[str, Line]],
        unlocked: Callable[[str], Sequence[str]],
        order: Callable[[list[Instruction]], None],
    ) -> None:
        self._clock, self._lines, self._unlocked, self._order = clock, lines, unlocked, order
        self._locked: dict[str, Sequence[str]] = {}

    def lend(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """`lend`: let go of the port of `line` for at most `seconds`."""
        name, seconds = str(request.get("line")), request.get("seconds")
        line = self._lines().get(name)
        if line is None or not isinstance(seconds, int) or not 0 < seconds <= LONGEST:
            return {"error": f'expected {{"cmd": "lend", "line": NAME, "seconds": 1 to {LONGEST}}}'}
        if line.lent:
            return {"error": "somebody else has it: another tool is at work on this line"}
        self._unlock(name)  # of a tool that died: its line came back by itself
        self._locked[name] = self._unlocked(name)
        self._maintain(self._locked[name], {"state": "on", "seconds": max(seconds, SHORTEST_LOCK)})
        if line.lend(seconds * 1000):
            return {"lent": True}
        self._unlock(name)
        return {"error": "it did not let go of its port within 5 s"}

    def back(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """`return`: take the port of `line` back now; harmless if it is not lent."""
        name = str(request.get("line"))
        line = self._lines().get(name)
        if line is None:
            return {"error": 'expected {"cmd": "return", "line": NAME}'}
        line.take_back()
        self._unlock(name)
        return {"lent": False}

    def _unlock(self, line: str) -> None:
        self._maintain(self._locked.pop(line, []), {"state": "off"})

    def _maintain(self, devices: Sequence[str], args: Mapping[str, Any]) -> None:
        now = self._clock.now()
        orders = [
            local_order("maintenance", f"{WHO}-{uuid.uuid4()}", now, WHO, {"device": name, **args}) for name in devices
        ]
        if orders:
            self._order(orders)
