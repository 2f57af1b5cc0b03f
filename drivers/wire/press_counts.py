"""Presses told from counters that wrap at 65536: what a key's counter has gone up by since it was read last.

It reads nothing. Counters lose no press between two polls, however slow these are, and count none twice (serial.md
§1.12, §A16). A panel that restarts begins at 0 again, and that is no press:

    first value          a baseline
    +1 .. +1000          so many presses, also over the wrap: 65535 -> 1 is two
    anything else        the panel restarted: every counter of it gets a new baseline
    lower after silence  the same: a panel that was away may have restarted, and then it has not wrapped
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WRAP: Final = 0x10000
MOST: Final = 1000


class PressCounts:
    """All press counters of one panel, by whatever names the panel gives them."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._doubted: set[str] = set()

    def doubt(self) -> None:
        """The panel was silent: it may have restarted."""
        self._doubted = set(self._last)

    def restart(self) -> None:
        """The panel has restarted: what its counters were is worth nothing now."""
        self._last.clear()

    def presses(self, counters: Mapping[str, int]) -> dict[str, int] | None:
        """Take counters as they are now; give how many presses each has had, or None if the panel restarted."""
        went_back = any(self._went_back(name, count) for name, count in counters.items())
        if went_back:
            self.restart()
        new = {name: (count - self._last.get(name, count)) % WRAP for name, count in counters.items()}
        self._last |= counters
        self._doubted -= set(counters)
        return None if went_back else {name: more for name, more in new.items() if more}

    def _went_back(self, name: str, count: int) -> bool:
        last = self._last.get(name, count)
        return (count - last) % WRAP > MOST or (name in self._doubted and count < last)
