"""What JSON devices write (numbers as text with units, words for states, their own time) brought to our quantities.

It knows no device and no topic: ecosystems bring tables of `Field`s made here. A field reads one raw value and gives
the value in our unit, `ABSENT` (null, "nan": there is no value now) or `INSANE` (it cannot be). Nothing raises.
Sources: mqtt.md §1.0 rules 2 (polarity), 3 (numbers as text), 4 (sentinels), 5 (device time).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import msgspec

from agent.model.events import Value
from agent.model.quantities import QUANTITIES, Quantity
from agent.model.units import convert

MAX_PAYLOAD: Final = 262_144
"""Bytes: no message of a sensor is longer, and a hostile one shall not be parsed."""
MAX_WORD: Final = 64
"""Characters of a device's text that are kept."""

_WEEK: Final = 7 * 86_400_000
_AHEAD: Final = 120_000
_Y2020: Final = 1_577_836_800_000
_Y2100: Final = 4_102_444_800_000
_NUMBER: Final = re.compile(r"\s*([-+]?\d{1,18}(?:\.\d{1,18})?)\s*([^\d\s].{0,15})?", re.ASCII)
_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))", re.ASCII
)
_NO_VALUE: Final = frozenset(("", "nan", "none", "null", "unknown", "unavailable", "n/a"))
_UNIT_WORDS: Final = {"C": "degC", "F": "degF", "lux": "lx"}


class Verdict(Enum):
    """Why there is no value: absent (the device has none), insane (it cannot be), broken (the JSON is not whole)."""

    ABSENT = "absent"
    INSANE = "insane"
    BROKEN = "broken"


ABSENT: Final = Verdict.ABSENT
INSANE: Final = Verdict.INSANE
BROKEN: Final = Verdict.BROKEN

Read = Callable[[Any], Value | Verdict]
Field = tuple[str, Read]
"""The quantity that a key gives, and how its value is read."""


_DECODE: Final = msgspec.json.Decoder().decode


def load(payload: bytes) -> Any:
    """Parse JSON; `BROKEN` if it is not whole, not UTF-8, nested too deeply or has numbers out of range."""
    try:
        return _DECODE(payload)
    except (ValueError, RecursionError):
        return BROKEN


def word(raw: object) -> str:
    """Give a device's text made harmless: printable, at most 64 characters; "" if it is no text."""
    return "".join(c for c in raw[:MAX_WORD] if c.isprintable()) if isinstance(raw, str) else ""


def _within(known: Quantity, number: float) -> Value | Verdict:
    return number if known.low <= number <= known.high else INSANE


def _from_text(raw: object, known: Quantity, factor: float) -> Value | Verdict:
    if raw is None or (isinstance(raw, str) and raw.strip().lower() in _NO_VALUE):
        return ABSENT
    match = _NUMBER.fullmatch(raw.rstrip()) if isinstance(raw, str) else None
    if match is None:
        return INSANE
    number, unit = float(match[1]), (match[2] or "").strip()
    if not unit:
        return _within(known, round(number * factor, 6))
    try:
        return _within(known, convert(number, _UNIT_WORDS.get(unit, unit), known.unit))
    except ValueError:
        return INSANE


def measure(quantity: str, factor: float = 1.0) -> Field:
    """Make a field for a number. `factor` brings the bare number to the quantity's unit; text may name another unit."""
    known = QUANTITIES[quantity]
    low, high = known.low / factor, known.high / factor

    def same_unit(raw: Any) -> Value | Verdict:
        if raw.__class__ is float or raw.__class__ is int:
            return float(raw) if low <= raw <= high else INSANE
        return _from_text(raw, known, factor)

    def scaled(raw: Any) -> Value | Verdict:
        if raw.__class__ is float or raw.__class__ is int:
            return round(raw * factor, 6) if low <= raw <= high else INSANE
        return _from_text(raw, known, factor)

    return quantity, same_unit if factor == 1.0 else scaled


_TRUE: Final = ("on", "true", "yes", "1")
_FALSE: Final = ("off", "false", "no", "0")


def state(quantity: str, true: tuple[str, ...] = (), false: tuple[str, ...] = (), *, invert: bool = False) -> Field:
    """Make a field for yes or no: booleans, 0/1, on/off, and the words given. `invert` turns all of them round."""
    words = dict.fromkeys((*_TRUE, *true), not invert) | dict.fromkeys((*_FALSE, *false), invert)

    def read(raw: Any) -> Value | Verdict:
        if raw.__class__ is bool:
            return raw is not invert
        if raw is None:
            return ABSENT
        if raw.__class__ is str:
            lower = raw.strip().lower()
            return words.get(lower, ABSENT if lower in _NO_VALUE else INSANE)
        return bool(raw) is not invert if raw in (0, 1) else INSANE

    return quantity, read


def field_table(*groups: Mapping[str, Field]) -> dict[str, Field]:
    """Join tables; raise ValueError if two of them explain the same key differently."""
    table: dict[str, Field] = {}
    for group in groups:
        if both := table.keys() & group.keys():
            raise ValueError(f"keys in two tables: {', '.join(sorted(both))}")
        table |= group
    return table


@lru_cache(maxsize=16)
def _midnight(year: str, month: str, day: str) -> int:
    """Give the Unix milliseconds at which a day begins in UTC, -1 if there is no such day."""
    y, m, d = int(year), int(month), int(day)
    if not (1 <= m <= 12 and 1 <= d <= 31):
        return -1
    # Days since 1970 in the Gregorian calendar, counted from March so that the leap day is the year's last.
    y, of_year = (y, m - 3) if m > 2 else (y - 1, m + 9)
    return (y * 365 + y // 4 - y // 100 + y // 400 + (153 * of_year + 2) // 5 + d - 719_469) * 86_400_000


def unix_ms(text: str) -> int:
    """Give ISO 8601 text with an offset as Unix milliseconds; 0 without an offset or if it is no such time."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return 0
    year, month, day, hour, minute, second, fraction, sign, ahead, ahead_minutes = match.groups()
    start = _midnight(year, month, day)
    hours, minutes, seconds = int(hour), int(minute), int(second)
    if start < 0 or hours > 23 or minutes > 59 or seconds > 60:
        return 0
    if sign:
        offset = int(ahead) * 60 + int(ahead_minutes)
        minutes += offset if sign == "-" else -offset
    return start + (hours * 60 + minutes) * 60_000 + seconds * 1000 + (int(f"{fraction}00"[:3]) if fraction else 0)


def device_time(raw: object, wall: int | None, *, stored: bool = False) -> int:
    """Give a device's own time in Unix milliseconds if it may be believed, else 0.

    Text needs an offset; numbers are seconds or milliseconds. Believed is what lies within 7 days before and 2 minutes
    after the wall time `wall`; while that is unknown, anything from 2020 to 2100. `stored` values may be older.
    """
    if isinstance(raw, str):
        claimed = unix_ms(raw)
    elif isinstance(raw, int | float) and not isinstance(raw, bool) and 0 < raw < _Y2100:
        claimed = int(raw if raw > 1e11 else raw * 1000)
    else:
        return 0
    earliest = _Y2020 if wall is None or stored else wall - _WEEK
    latest = _Y2100 if wall is None else wall + _AHEAD
    return claimed if earliest < claimed < latest else 0
