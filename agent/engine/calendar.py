"""Wall time for the engine: looked up in the table of offsets, never asked. Daily hours in the site's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agent.model.events import Offset
from agent.rules.base import Hours

DAY: Final = 86_400_000
HOUR: Final = 3_600_000


class WallTimes:
    """The table of offsets: rows are appended, never rewritten (DESIGN law 6)."""

    def __init__(self, rows: Sequence[Offset] = ()) -> None:
        self.rows: list[Offset] = list(rows)

    def add(self, row: Offset) -> None:
        """Append a row."""
        self.rows.append(row)

    @property
    def current(self) -> Offset | None:
        """Give the newest row."""
        return self.rows[-1] if self.rows else None

    def row_for(self, t: int, boot: int | None = None) -> Offset | None:
        """Give the row that holds at engine time t: the last trusted one at or before t in its boot.

        Before the first trusted row of a boot, that row counts backwards (a correction comes late); with no trusted
        row, the last one at or before t.
        """
        if not self.rows:
            return None
        if boot is None:
            boot = next((row.boot for row in reversed(self.rows) if row.since <= t), self.rows[0].boot)
        own = [row for row in self.rows if row.boot == boot]
        trusted = [row for row in own if row.trusted]
        before = [row for row in trusted if row.since <= t]
        if before:
            return before[-1]
        if trusted:
            return trusted[0]
        earlier = [row for row in own if row.since <= t]
        return earlier[-1] if earlier else (own[0] if own else self.rows[0])

    def wall(self, t: int, boot: int | None = None) -> tuple[int, bool]:
        """Give Unix milliseconds for engine time t, and whether they can be trusted."""
        row = self.row_for(t, boot)
        return (t + row.wall, row.trusted) if row else (t, False)


def _minutes(text: str) -> int:
    return (int(text[:2]) * 60 + int(text[3:])) * 60_000


def within(hours: Hours, t: int, offset: Offset | None) -> tuple[bool, int | None]:
    """Tell whether t lies in the daily hours, and at which engine time that changes (None: clock not trusted)."""
    if offset is None or not offset.trusted:
        return hours.clock_untrusted == "active", None
    time_of_day = (t + offset.wall + offset.tz_min * 60_000) % DAY
    start, end = _minutes(hours.from_), _minutes(hours.to)
    inside = start <= time_of_day < end if start < end else time_of_day >= start or time_of_day < end
    edge = end if inside else start
    return inside, t + ((edge - time_of_day) % DAY or DAY)


def next_hour(wall: int) -> int:
    """Give the wall time at which the hour after `wall` begins (UTC; whole-hour zones share it)."""
    return wall - wall % HOUR + HOUR
