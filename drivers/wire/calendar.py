"""Days and clock times in UTC as Unix milliseconds, and back. Gregorian, without leap seconds; it asks no clock."""

from __future__ import annotations

from typing import Final

DAY_MS: Final = 86_400_000
_MONTH_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def unix_ms(year: int, month: int, day: int, ms_of_day: int = 0) -> int:
    """Give Unix milliseconds of an instant; -1 if there is no such day or time."""
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and 0 <= ms_of_day < DAY_MS):
        return -1
    if not 1 <= day <= _MONTH_DAYS[month - 1] or (month == 2 and day == 29 and not _leap(year)):
        return -1
    # Counted from March, the leap day is the last of the year.
    y, of_year = (year, month - 3) if month > 2 else (year - 1, month + 9)
    days = y * 365 + y // 4 - y // 100 + y // 400 + (153 * of_year + 2) // 5 + day - 719_469
    return days * DAY_MS + ms_of_day


def civil(ms: int) -> tuple[int, int, int, int]:
    """Give year, month, day and the milliseconds of the day of an instant from 1970 on."""
    days, of_day = divmod(ms, DAY_MS)
    shifted = days + 719_468
    era, of_era = divmod(shifted, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year_of_era + era * 400 + (month <= 2), month, day, of_day


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
