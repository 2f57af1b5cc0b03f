"""The only file that asks the time. Engine time is CLOCK_BOOTTIME plus an offset, continued over restarts.

Wall time is only looked at: it becomes rows of the table of offsets. It is trusted when the kernel says that it is
disciplined (adjtimex, as NTP daemons leave it) or systemd-timesyncd has left its mark; a box without either says so
by `trust: always` from the environment of its test or container.
"""

from __future__ import annotations

import ctypes
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from agent.model.events import Gap, Offset

STEP: Final = 2_000
"""A wall clock that moved this much against engine time has been stepped (A07: > 2 s)."""
SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""


def stopwatch() -> int:
    """Give nanoseconds from anywhere, for what took how long: no time of the engine or of people."""
    return time.perf_counter_ns()


def boot_id() -> str:
    """Give the kernel's id of this boot, "" where there is none."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _kernel_says_synchronised() -> bool:
    timex = ctypes.create_string_buffer(512)
    try:
        return ctypes.CDLL(None, use_errno=True).adjtimex(timex) not in (-1, _TIME_ERROR)
    except (OSError, AttributeError):
        return False


def mono_ms() -> int:
    """Give milliseconds since boot, suspend included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class SystemClock:
    """Engine time, wall time, and the rows by which one becomes the other."""

    def __init__(self, timezone: str = "UTC", *, trust: str = "") -> None:
        self._offset = 0
        self._zone = ZoneInfo(timezone)
        self._trust = trust or os.environ.get("CARETAKER_TRUST_CLOCK", "")
        self.skew = 0
        """Milliseconds added to the wall clock: a clock step for demos and rehearsals, 0 in service."""

    def begin(self, last_t: int, last_boot: tuple[int, str, int, int] | None, last_offset: Offset | None) -> Gap | None:
        """Continue engine time after a restart; give the gap, None on the very first start.

        The same kernel boot: the gap is measured by CLOCK_BOOTTIME. Another boot: by trusted wall time on both sides,
        else it is assumed to be zero and said to be unmeasured.
        """
        mono = mono_ms()
        if last_boot is None:
            self._offset = -mono
            return None
        _, last_boot_id, since, since_mono = last_boot
        if last_boot_id and last_boot_id == boot_id() and mono >= since_mono:
            self._offset = since - since_mono
            return Gap(last_t, max(self.now(), last_t), 0)
        wall, trusted = self.wall()
        measured = trusted and last_offset is not None and last_offset.trusted
        length = max(0, wall - (last_t + last_offset.wall)) if measured and last_offset else 0
        self._offset = last_t + length - mono
        return Gap(last_t, last_t + length, 0, measured=measured)

    def now(self) -> int:
        """Give engine time."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000 + self._offset

    def wall(self) -> tuple[int, bool]:
        """Give wall time in Unix milliseconds and whether it can be trusted."""
        trusted = self._trust == "always" or (
            self._trust != "never" and (SYNCHRONISED.exists() or _kernel_says_synchronised())
        )
        return time.time_ns() // 1_000_000 + self.skew, trusted

    def offset(self, boot: int) -> Offset:
        """Give the row of the table of offsets that holds now."""
        wall, trusted = self.wall()
        local = datetime.fromtimestamp(wall / 1000, UTC).astimezone(self._zone).utcoffset()
        now = self.now()
        return Offset(boot, now, wall - now, trusted, int(local.total_seconds() // 60) if local else 0, now)

    def changed(self, row: Offset | None, boot: int) -> Offset | None:
        """Give a new row if the clock was stepped, came to be trusted, or the zone's offset changed; else None."""
        new = self.offset(boot)
        if row is None or row.boot != boot:
            return new
        stepped = abs(new.wall - row.wall) > STEP
        return new if stepped or new.trusted != row.trusted or new.tz_min != row.tz_min else None
