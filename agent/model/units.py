"""Durations and units as people write them, converted once at load."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)")
_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def duration_ms(text: object) -> int:
    """Convert "500ms", "10s", "5m", "8h", "14d" to milliseconds; raise ValueError saying what was expected."""
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"expected a duration with its unit, such as 500ms, 10s, 5m, 8h or 14d, not {text!r}")
    return round(float(match[1]) * _MS[match[2]])


Duration = Annotated[
    int, BeforeValidator(duration_ms), WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|min|h|d)$"})
]
"""A settings field in milliseconds, written with its unit."""

# (unit as written, unit of the quantity) -> (factor, offset): value_in_quantity_unit = value * factor + offset
_CONVERSIONS: Final[dict[tuple[str, str], tuple[float, float]]] = {
    ("degF", "degC"): (5 / 9, -160 / 9),
    ("K", "degC"): (1, -273.15),
    ("cm", "mm"): (10, 0),
    ("m", "mm"): (1000, 0),
    ("mV", "V"): (0.001, 0),
    ("kV", "V"): (1000, 0),
    ("mA", "A"): (0.001, 0),
    ("kW", "W"): (1000, 0),
    ("kVA", "VA"): (1000, 0),
    ("kvar", "var"): (1000, 0),
    ("kWh", "Wh"): (1000, 0),
    ("MWh", "Wh"): (1_000_000, 0),
    ("kvarh", "varh"): (1000, 0),
    ("Pa", "hPa"): (0.01, 0),
    ("kPa", "hPa"): (10, 0),
    ("MPa", "hPa"): (10_000, 0),
    ("mbar", "hPa"): (1, 0),
    ("mmHg", "hPa"): (1.333224, 0),
    ("min", "s"): (60, 0),
    ("h", "s"): (3600, 0),
    ("ppb", "ppm"): (0.001, 0),
    ("ppm", "ppb"): (1000, 0),
    ("mg/m3", "ug/m3"): (1000, 0),
    ("ug/m3", "mg/m3"): (0.001, 0),
    ("klx", "lx"): (1000, 0),
    ("%", "%RH"): (1, 0),
    ("°C", "degC"): (1, 0),
    ("℃", "degC"): (1, 0),
    ("°F", "degC"): (5 / 9, -160 / 9),
}


def units_for(unit: str) -> list[str]:
    """Give every unit in which a limit for a quantity of this unit may be written."""
    return [unit, *(written for written, own in _CONVERSIONS if own == unit)]


def convert(value: float, written: str, unit: str) -> float:
    """Convert a value to the quantity's own unit; raise ValueError naming the units that would do."""
    if written == unit:
        return value
    try:
        factor, offset = _CONVERSIONS[written, unit]
    except KeyError:
        raise ValueError(f"'{written}' is no unit for this; use {', '.join(units_for(unit))}") from None
    return value * factor + offset


def convert_span(value: float, written: str, unit: str) -> float:
    """Convert a difference (a deadband), for which offsets such as that of degF do not count."""
    return convert(value, written, unit) - convert(0.0, written, unit)
