"""What polling a device is like: round trips, lateness, and the counts of this hour and the last. Cheap, and bounded.

A round trip is from the first byte sent to the end of a sound answer. Slip is how much later than due a device was
asked: a bus that is too full shows here first. Both are in ms.
"""

from __future__ import annotations

from typing import Any, Final

HOUR: Final = 3_600_000
COUNTED: Final = ("polls", "answers", "timeouts", "checksum", "exceptions")
WEIGHT: Final = 0.1
"""Of the newest value in the running mean."""


class Mean:
    """The last value, a running mean and the largest, in ms; -1 while there is none."""

    __slots__ = ("largest", "last", "mean")

    def __init__(self) -> None:
        self.last = self.largest = -1
        self.mean = -1.0

    def take(self, ms: int) -> None:
        """Take one value."""
        self.last = ms
        self.largest = max(self.largest, ms)
        self.mean = float(ms) if self.mean < 0 else self.mean + WEIGHT * (ms - self.mean)

    def plain(self) -> dict[str, float]:
        """Give them as plain data; {} while there is none."""
        if self.last < 0:
            return {}
        return {"last": self.last, "mean": round(self.mean, 1), "max": self.largest}


class Polling:
    """One polled device. `count` bumps a count in the running hour; the hour before is kept whole."""

    __slots__ = ("_hour", "last_hour", "round_trip", "slip", "this_hour")

    def __init__(self) -> None:
        self.round_trip = Mean()
        self.slip = Mean()
        self._hour = -1
        self.this_hour: dict[str, int] = {}
        self.last_hour: dict[str, int] = {}

    def count(self, what: str, now: int) -> None:
        """Count something of COUNTED."""
        self._roll(now)
        self.this_hour[what] = self.this_hour.get(what, 0) + 1

    def _roll(self, now: int) -> None:
        hour = now // HOUR
        if hour == self._hour:
            return
        self.last_hour = self.this_hour if hour == self._hour + 1 else {}
        self.this_hour, self._hour = {}, hour

    def plain(self, now: int) -> dict[str, Any]:
        """Give all of it as plain data; {} for a device that was never polled. From any thread: it changes nothing."""
        if self._hour < 0:
            return {}
        gone = now // HOUR - self._hour
        hours: list[dict[str, int]] = [{}] * gone + [self.this_hour, self.last_hour]
        found: dict[str, Any] = {"this_hour": dict(hours[0]), "last_hour": dict(hours[1])}
        for name, mean in (("round_trip_ms", self.round_trip), ("slip_ms", self.slip)):
            if told := mean.plain():
                found[name] = told
        return found
