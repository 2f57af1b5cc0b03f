"""Days and Unix milliseconds, held against the standard library's calendar."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from drivers.wire.calendar import DAY_MS, civil, unix_ms


def test_every_month_end_and_random_instants_agree_with_the_standard_library() -> None:
    dice = random.Random(3)
    days = [datetime(year, month, 1, tzinfo=UTC) for year in range(1970, 2120) for month in range(1, 13)]
    for first in days:
        start = round(first.timestamp() * 1000)
        for ms in (start, start - 1, start + dice.randrange(27 * DAY_MS)):
            if ms >= 0:
                moment = datetime.fromtimestamp(ms / 1000, UTC)
                year, month, day, of_day = civil(ms)
                assert (year, month, day) == (moment.year, moment.month, moment.day)
                assert unix_ms(year, month, day, of_day) == ms


@pytest.mark.parametrize(
    ("year", "month", "day", "ms"),
    [(2025, 2, 29, 0), (2100, 2, 29, 0), (2025, 4, 31, 0), (2025, 13, 1, 0), (2025, 0, 1, 0), (2025, 1, 0, 0),
     (1969, 1, 1, 0), (2025, 1, 1, DAY_MS), (2025, 1, 1, -1)],
)  # fmt: skip
def test_days_that_never_were(year: int, month: int, day: int, ms: int) -> None:
    assert unix_ms(year, month, day, ms) == -1


def test_leap_days() -> None:
    assert civil(unix_ms(2024, 2, 29))[:3] == (2024, 2, 29)
    assert civil(unix_ms(2000, 2, 29))[:3] == (2000, 2, 29)
