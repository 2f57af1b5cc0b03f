"""Wall times are looked up, corrections are rows, daily hours go over midnight."""

from __future__ import annotations

import pytest

from agent.engine.calendar import HOUR, WallTimes, next_hour, within
from agent.model.events import Offset
from agent.rules.base import Hours

DAY0 = 1_700_006_400_000  # 2023-11-15T00:00:00Z


def hours(start: str, end: str, untrusted: str = "active") -> Hours:
    return Hours.model_validate({"from": start, "to": end, "clock_untrusted": untrusted})


@pytest.mark.parametrize(
    ("window", "minute", "inside", "changes_in"),
    [
        (("08:00", "18:00"), 8 * 60, True, 600),
        (("08:00", "18:00"), 18 * 60, False, 840),
        (("22:00", "06:00"), 23 * 60, True, 420),
        (("22:00", "06:00"), 5 * 60 + 59, True, 1),
        (("22:00", "06:00"), 6 * 60, False, 960),
        (("22:00", "06:00"), 12 * 60, False, 600),
    ],
)
def test_daily_hours(window: tuple[str, str], minute: int, *, inside: bool, changes_in: int) -> None:
    row = Offset(1, 0, DAY0, trusted=True, tz_min=0)
    t = minute * 60_000
    assert within(hours(*window), t, row) == (inside, t + changes_in * 60_000)


def test_hours_are_those_of_the_site() -> None:
    shanghai = Offset(1, 0, DAY0, trusted=True, tz_min=480)
    assert within(hours("22:00", "06:00"), 15 * HOUR, shanghai)[0]  # 15:00Z is 23:00 in Shanghai


@pytest.mark.parametrize(("word", "inside"), [("active", True), ("inactive", False)])
def test_a_clock_that_nobody_trusts_is_not_read(word: str, *, inside: bool) -> None:
    assert within(hours("22:00", "06:00", word), 0, Offset(1, 0, DAY0, trusted=False)) == (inside, None)
    assert within(hours("22:00", "06:00", word), 0, None) == (inside, None)


def test_a_correction_that_comes_late_counts_backwards_in_its_own_boot_only() -> None:
    times = WallTimes(
        [
            Offset(1, 0, 1000, trusted=True),
            Offset(2, 500, 7, trusted=False),
            Offset(2, 900, 2000, trusted=True),
            Offset(2, 950, 3000, trusted=True),
        ]
    )
    assert times.wall(100) == (1100, True)
    assert times.wall(600) == (2600, True), "before trust came: by the first trusted row of its boot"
    assert times.wall(940) == (2940, True)
    assert times.wall(960) == (3960, True)
    assert times.wall(600, boot=1) == (1600, True)


def test_untrusted_time_is_said_to_be_untrusted() -> None:
    assert WallTimes([Offset(1, 0, 5, trusted=False)]).wall(10) == (15, False)
    assert WallTimes().wall(10) == (10, False)


def test_the_next_hour() -> None:
    assert next_hour(DAY0) == DAY0 + HOUR
    assert next_hour(DAY0 + HOUR - 1) == DAY0 + HOUR
