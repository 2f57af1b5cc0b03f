"""How often what happened, per device, line and ecosystem: the difference between "sensor dead" and "cable noisy".

It judges nothing and keeps no history. A tally is bumped by one thread (that of its line or connection) and read by
any other: a snapshot may be a count behind, never wrong for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from agent.model.events import FAULT_KINDS, Fault, Item, Stranger
from agent.runtime.polling import Polling

MOST: Final = 10_000
"""Names that are counted by themselves: ids from outside must not grow the table for ever. The rest is "(others)"."""
OTHERS: Final = "(others)"


class Tally:
    """The counts of one name. `last_seen` is engine time, -1 if never; `last_error` the words of the last fault."""

    __slots__ = (
        "answers", "excused", "faults", "items", "last_error", "last_seen", "mended", "polling", "polls", "presence",
        "stray", "timeouts",
    )  # fmt: skip

    def __init__(self) -> None:
        self.items = 0
        self.polls = 0
        self.answers = 0
        self.timeouts = 0
        self.stray = 0
        """Bytes or messages that belonged to nobody."""
        self.faults: dict[str, int] = dict.fromkeys(FAULT_KINDS, 0)
        self.last_seen = -1
        self.excused = -1
        """Until then (engine ms) its silence means nothing: its port is lent."""
        self.last_error = ""
        self.presence = "unknown"
        self.polling = Polling()
        self.mended: dict[str, int] = {}
        """How often a line was flushed, opened anew, reset."""

    def seen(self, now: int) -> None:
        """Something sound came."""
        self.items += 1
        self.last_seen = now

    def fault(self, fault: Fault) -> None:
        """A frame was refused."""
        self.faults[fault.fault] += 1
        self.last_error = f"{fault.fault}: {fault.detail}" if fault.detail else fault.fault

    def snapshot(self, now: int) -> dict[str, Any]:
        """Give the counts for `status --json`; faults that never happened are left out."""
        apart = ("excused", "faults", "mended", "polling")
        counts = {name: getattr(self, name) for name in self.__slots__ if name not in apart}
        counts |= {"mended": dict(self.mended)} if self.mended else {}
        return counts | self.polling.plain(now) | {"faults": {kind: n for kind, n in self.faults.items() if n}}


class Counters:
    """All tallies, by name. `of` is called once per name by the owner, who then keeps the tally."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}

    def of(self, name: str) -> Tally:
        """Give the tally of a name, a new one if need be."""
        found = self._tallies.get(name)
        if found is not None:
            return found
        if len(self._tallies) >= MOST and name != OTHERS:
            return self.of(OTHERS)
        return self._tallies.setdefault(name, Tally())

    def count(self, items: Iterable[Item], now: int) -> int:
        """Count items under the names of their devices; give how many are strangers, who get no name here."""
        find, strangers = self._tallies.get, 0
        for item in items:
            kind = type(item)
            if kind is Stranger:
                strangers += 1
                continue
            tally = find(item.device) or self.of(item.device)
            if kind is Fault:
                tally.fault(item)  # type: ignore[arg-type]
            else:
                tally.items += 1
                tally.last_seen = now
        return strangers

    def snapshot(self, now: int) -> dict[str, dict[str, Any]]:
        """Give all counts, by name."""
        return {name: tally.snapshot(now) for name, tally in sorted(self._tallies.copy().items())}
