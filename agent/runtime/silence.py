"""Who has said nothing for too long: `offline` for devices that nobody asks, and `online` when they are heard again.

Devices on a bus are none of its business: there a poll that is not answered says so (agent/runtime/bus.py). How long is
too long is the setting `silent_after`, else the driver's word for the model: a battery reporter may sleep for a day.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.model.events import Availability
from agent.runtime.counters import Counters


class Silence:
    """Looks at when each device was heard last. `after`: by device, the silence in ms after which it is offline."""

    def __init__(self, counters: Counters, now: int) -> None:
        self.after: Mapping[str, int] = {}
        self._counters, self._begun = counters, now
        self._gone: set[str] = set()

    def look(self, now: int) -> list[Availability]:
        """Give what changed since the last look."""
        told: list[Availability] = []
        for device, after in self.after.items():
            tally = self._counters.of(device)
            if device in self._gone:
                if now - tally.last_seen > after:
                    continue
                self._gone.discard(device)
                told.append(Availability(device, "online", "device", now, "heard"))
            elif now - max(tally.last_seen, tally.excused, self._begun) > after:
                self._gone.add(device)
                told.append(Availability(device, "offline", "device", now, "silent"))
            else:
                continue
            tally.presence = told[-1].value
        return told
