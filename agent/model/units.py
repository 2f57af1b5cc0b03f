"""Durations and units as people write them, converted once at load. Nothing in the engine converts anything.

Errors are ValueErrors whose text is "what is wrong; expected what would do": agent/settings/ splits it there.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

_DURATION: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|min|h|d)", re.ASCII)
_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION_PATTERN: Final = r"^\d{1,12}(\.\d{1,6})?\s*(ms|s|m|min|h|d)$"
"""The same for JSON Schema."""


def duration_ms(text: object) -> int:
    """Convert "500ms", "10s", "5m", "8h", "14d" to milliseconds; raise ValueError saying what was expected."""
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        shown = "true" if text is True else "false" if text is False else text
        raise ValueError(
            f"'{shown}' is no duration; expected a number with its unit, such as 500ms, 10s, 5m, 8h or 14d"
        )
    return round(float(match[1]) * _MS[match[2]])


def duration_text(ms: int) -> str:
    """Give milliseconds in the largest unit that leaves no fraction: 600000 is "10m", 1500 is "1500ms", 0 is "0s"."""
    if ms == 0:
        return "0s"
    return next(f"{ms // _MS[unit]}{unit}" for unit in ("d", "h", "m", "s", "ms") if ms % _MS[unit] == 0)


Duration = Annotated[
    int,
    BeforeValidator(duration_ms),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
"""A settings field in milliseconds, written with its unit."""

# (unit as written, unit of the quantity) -> (factor, offset): value_in_quantity_unit = value * factor + offset
_CONVERSIONS: Final[dict[tuple[str, str], tuple[float, float]]] = {
    ("°C", "degC"): (1, 0),
    ("℃", "degC"): (1, 0),
    ("K", "degC"): (1, -273.15),
    ("degF", "degC"): (5 / 9, -160 / 9),
    ("°F", "degC"): (5 / 9, -160 / 9),
    ("%", "%RH"): (1, 0),
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
    ("MPa", "kPa"): (1000, 0),
    ("bar", "kPa"): (100, 0),
    ("Pa", "hPa"): (0.01, 0),
    ("kPa", "hPa"): (10, 0),
    ("MPa", "hPa"): (10_000, 0),
    ("mbar", "hPa"): (1, 0),
    ("bar", "hPa"): (1000, 0),
    ("mmHg", "hPa"): (1.333224, 0),
    ("min", "s"): (60, 0),
    ("h", "s"): (3600, 0),
    ("ppb", "ppm"): (0.001, 0),
    ("ppm", "ppb"): (1000, 0),
    ("mg/m3", "ug/m3"): (1000, 0),
    ("ug/m3", "mg/m3"): (0.001, 0),
    ("µg/m³", "ug/m3"): (1, 0),
    ("mg/m³", "mg/m3"): (1, 0),
    ("klx", "lx"): (1000, 0),
    ("kn", "km/h"): (1.852, 0),
    ("m/s", "km/h"): (3.6, 0),
}

_MOLAR_MASS: Final = {
    "nh3": (17.03, "ppm"),
    "h2s": (34.08, "ppm"),
    "co": (28.01, "ppm"),
    "o3": (48.00, "ppm"),
    "no2": (46.01, "ppm"),
    "so2": (64.06, "ppm"),
    "hcho": (30.03, "mg/m3"),
}
"""Gas -> (g/mol, unit of the quantity): standards limit gases in mg/m3, sensors say ppm, or the other way round."""
_MOLAR_VOLUME: Final = 24.45
"""Litres per mol at 25 degC and 101.3 kPa: ppm = mg/m3 x 24.45 / molar mass (domain.md §2.2)."""


def _gas(quantity: str) -> dict[str, tuple[float, float]]:
    """Give, for a gas, the units that convert to the quantity's own with the help of its molar mass."""
    if quantity not in _MOLAR_MASS:
        return {}
    mass, unit = _MOLAR_MASS[quantity]
    if unit == "ppm":
        factor = _MOLAR_VOLUME / mass
        return {"mg/m3": (factor, 0), "mg/m³": (factor, 0), "ug/m3": (factor / 1000, 0), "µg/m³": (factor / 1000, 0)}
    return {"ppm": (mass / _MOLAR_VOLUME, 0), "ppb": (mass / _MOLAR_VOLUME / 1000, 0)}


def _ways(unit: str, quantity: str) -> dict[str, tuple[float, float]]:
    return {written: way for (written, own), way in _CONVERSIONS.items() if own == unit} | _gas(quantity)


def units_for(unit: str, quantity: str = "") -> list[str]:
    """Give every unit in which a limit for a quantity of this unit may be written."""
    return [unit, *_ways(unit, quantity)]


def convert(value: float, written: str, unit: str, quantity: str = "") -> float:
    """Convert a value to the quantity's own unit; raise ValueError naming the units that would do."""
    if written == unit:
        return value
    way = _ways(unit, quantity).get(written)
    if way is None:
        would_do = ", ".join(units_for(unit, quantity)) if unit else "no unit at all"
        raise ValueError(f"'{written}' is no unit of this; expected {would_do}")
    factor, offset = way
    # 12 digits hide the dust of binary fractions (0.35 MPa is 3500 hPa), and no instrument has more.
    return float(f"{value * factor + offset:.12g}")


def convert_span(value: float, written: str, unit: str, quantity: str = "") -> float:
    """Convert a difference (a deadband), for which offsets such as that of degF do not count."""
    return float(f"{convert(value, written, unit, quantity) - convert(0.0, written, unit, quantity):.12g}")
