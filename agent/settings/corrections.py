"""From settings to the corrections that the engine applies (agent/engine/calibration.py). Pure."""

from __future__ import annotations

from math import inf, isclose

from agent.engine.calibration import Correction, Fill, Linear
from agent.engine.derivation import Derivation, Derived
from agent.model.quantities import QUANTITIES
from agent.rules.expression import TRUTH, Unit, compiled, unit, unit_of
from agent.settings.device_parts import Calibration, DerivedFormula
from agent.settings.types import DeviceSettings, Settings


def corrections_of(settings: Settings) -> dict[str, Correction]:
    """Give the corrections by device; devices without any are not in it, so that they cost nothing."""
    return {
        name: _correction(device)
        for name, device in settings.devices.items()
        if device.calibration or device.derive.fill_level is not None
    }


def derivations_of(settings: Settings) -> dict[str, Derivation]:
    """Give what makes derived quantities, by device; devices without formulas are not in it."""
    return {name: Derivation(_formulas(device)) for name, device in settings.devices.items() if device.derive.formulas}


def _formulas(device: DeviceSettings) -> list[Derived]:
    return [
        Derived(
            quantity,
            one.part,
            tuple((of.quantity, of.part) for of in one.of.values()),
            compiled(one.formula, tuple(one.of)),
            scale_of(quantity, one),
        )
        for quantity, one in device.derive.formulas.items()
    ]


def _linear(line: Calibration) -> Linear:
    low, high = -inf if line.low is None else line.low, inf if line.high is None else line.high
    return Linear(line.scale, line.offset, low, high)


def _correction(device: DeviceSettings) -> Correction:
    fill = device.derive.fill_level
    return Correction(
        {quantity: _linear(line) for quantity, line in device.calibration.items()},
        Fill(fill.empty_mm, fill.full_mm) if fill is not None else None,
    )


def unit_for(quantity: str) -> Unit:
    """Give the unit of a quantity for formulas."""
    found = QUANTITIES[quantity]
    return TRUTH if found.kind == "state" else unit(found.unit)


def scale_of(quantity: str, formula: DerivedFormula) -> float:
    """Give the factor from what a checked formula comes to into the quantity's own unit; 0 for a state."""
    wanted = unit_for(quantity)
    if wanted.truth:
        return 0.0
    found = unit_of(formula.formula, {name: unit_for(of.quantity) for name, of in formula.of.items()})
    scale = 1.0 if found.free else found.factor / wanted.factor
    return 1.0 if isclose(scale, 1.0, rel_tol=1e-12) else float(f"{scale:.12g}")
