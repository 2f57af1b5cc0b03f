"""Indicators per zone and hour: satisfaction index and press-to-acknowledgement time, each with its n.

The satisfaction index is the arithmetic mean of scores 0..100 (domain.md §3.2, the smiley-terminal index; it is not
the CSAT percentage). A window without presses says n = 0 and no value: "no complaints" is never mistaken for "no data".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.model.effects import Kpi, KpiValue
from agent.model.events import Feedback


class ZoneHour:
    """What is added up for one zone in the running hour."""

    def __init__(self) -> None:
        self.ratings = 0
        self.total = 0.0
        self.presses = 0
        self.waits: list[int] = []

    def press(self, feedback: Feedback) -> None:
        """Count a press or phrase; only ratings enter the index."""
        self.presses += 1
        if feedback.score >= 0:
            self.ratings += 1
            self.total += feedback.score

    def acknowledged(self, wait_ms: int) -> None:
        """Count the time from a press to the first acknowledgement of the alarm that it raised."""
        self.waits.append(wait_ms)

    def values(self) -> tuple[KpiValue, ...]:
        """Give the indicators of this hour."""
        index = round(self.total / self.ratings, 2) if self.ratings else None
        waits = sorted(self.waits)
        middle = len(waits) // 2
        median = (waits[middle] + waits[~middle]) / 2000 if waits else None
        return (
            KpiValue("satisfaction_index", index, "0-100", self.ratings),
            KpiValue("presses", float(self.presses), "count", self.presses),
            KpiValue("press_to_ack_median", median, "s", len(waits)),
        )

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {"ratings": self.ratings, "total": self.total, "presses": self.presses, "waits": self.waits}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self.ratings, self.total, self.presses = state["ratings"], state["total"], state["presses"]
        self.waits = list(state["waits"])


class Indicators:
    """The running hour of every zone that has a terminal. The caller says when the hour ends."""

    def __init__(self, zones: tuple[str, ...]) -> None:
        self.start = 0
        """Wall time in ms at which the running hour began."""
        self.zones = {zone: ZoneHour() for zone in zones}

    def zone(self, name: str) -> ZoneHour:
        """Give the running hour of a zone."""
        return self.zones.setdefault(name, ZoneHour())

    def close(self, t: int, end: int) -> list[Kpi]:
        """End the hour at wall time `end`: give one `Kpi` a zone and begin anew."""
        closed = [Kpi(zone or "site", "hourly", t, self.start, end, hour.values()) for zone, hour in self.zones.items()]
        self.zones = {zone: ZoneHour() for zone in self.zones}
        self.start = end
        return closed

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {"start": self.start, "zones": {zone: hour.state() for zone, hour in self.zones.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back; zones that left the settings end with their hour."""
        self.start = state["start"]
        for zone, hour in state["zones"].items():
            self.zone(zone).restore(hour)
