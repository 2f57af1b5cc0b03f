"""Quantities that follow from several measured ones by a formula, such as apparent power from voltage and current.

Told every corrected reading of one device. A value comes once all inputs were heard anew: those of one poll belong
together, and nothing is made of half a poll. Not remembered over a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import msgspec

from agent.model.events import Reading
from agent.model.quantities import believable


class Derived(msgspec.Struct, frozen=True):
    """One derived quantity: `inputs` are (quantity, part) in the order of the values that `compute` wants.

    `scale` turns what it comes to into the quantity's own unit; 0: the quantity is a state.
    """

    quantity: str
    part: str
    inputs: tuple[tuple[str, str], ...]
    compute: Callable[[Sequence[Any]], Any]
    scale: float = 1.0


class Derivation:
    """The formulas of one device with the newest values of their inputs."""

    def __init__(self, formulas: Sequence[Derived]) -> None:
        self._formulas = formulas
        self._heard: list[dict[tuple[str, str], Reading]] = [{} for _ in formulas]

    def take(self, reading: Reading) -> list[Reading]:
        """Give what follows from this reading and those before it; nothing from what a device sends late."""
        if reading.historical:
            return []
        found: list[Reading] = []
        key = (reading.quantity, reading.part)
        for formula, heard in zip(self._formulas, self._heard, strict=True):
            if key in formula.inputs:
                heard[key] = reading
                if len(heard) == len(set(formula.inputs)):
                    found += _derived(formula, [heard[one] for one in formula.inputs], reading)
                    heard.clear()
        return found


def _derived(formula: Derived, inputs: list[Reading], last: Reading) -> list[Reading]:
    """Compute; [] where the result is none (a division by zero) or beyond belief: the inputs say more than it would."""
    try:
        result = formula.compute([one.value for one in inputs])
        value = bool(result) if not formula.scale else float(result) * formula.scale
    except ArithmeticError:
        return []
    if not isfinite(value) or not believable(formula.quantity, value):
        return []
    quality = next((one.quality for one in inputs if one.quality != "good"), "good")
    changed = {"quantity": formula.quantity, "part": formula.part, "value": value, "quality": quality}
    return [msgspec.structs.replace(last, **changed)]
