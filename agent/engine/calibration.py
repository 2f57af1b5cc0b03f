"""Corrections of what a device measures, and what follows from it: scale and offset, and a fill level from a distance.

Pure, and only asked for devices that have a `Correction`: the caller skips all others. A value that a correction makes
unbelievable is left out: it is the correction that is wrong, and no rule shall fire on it.
"""

from __future__ import annotations

from math import inf

import msgspec

from agent.model.events import Reading
from agent.model.quantities import believable


class Linear(msgspec.Struct, frozen=True):
    """published = measured x scale + offset, in the quantity's own unit; beyond `low` or `high` it is doubted."""

    scale: float = 1.0
    offset: float = 0.0
    low: float = -inf
    high: float = inf


class Fill(msgspec.Struct, frozen=True):
    """Distances in mm from the sensor above to the surface: `empty` is the larger one."""

    empty: float
    full: float


class Correction(msgspec.Struct, frozen=True):
    """What is corrected for one device, by quantity, and what is derived."""

    linear: dict[str, Linear] = {}
    fill: Fill | None = None


def calibrate(reading: Reading, correction: Correction) -> list[Reading]:
    """Give the corrected reading and what is derived from it, in this order; [] when it is no longer believable."""
    linear = correction.linear.get(reading.quantity)
    if linear is not None and isinstance(reading.value, float | int):
        value = reading.value * linear.scale + linear.offset
        reading = msgspec.structs.replace(reading, value=value)
        if not believable(reading.quantity, value):
            return []
        if not linear.low <= value <= linear.high:
            reading = msgspec.structs.replace(reading, quality="suspect")
    if correction.fill is None or reading.quantity != "distance":
        return [reading]
    return [reading, _filled(reading, correction.fill)]


def _filled(reading: Reading, fill: Fill) -> Reading:
    """Give the fill level in percent: 0 at `empty` and beyond, 100 at `full` and nearer."""
    share = (fill.empty - float(reading.value)) / (fill.empty - fill.full) * 100
    return msgspec.structs.replace(reading, quantity="fill_level", value=min(max(share, 0.0), 100.0))
