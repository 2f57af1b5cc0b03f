"""From settings to the corrections that the engine applies (agent/engine/calibration.py). Pure."""

from __future__ import annotations

from math import inf

from agent.engine.calibration import Correction, Fill, Linear
from agent.settings.device_parts import Calibration
from agent.settings.types import DeviceSettings, Settings


def corrections_of(settings: Settings) -> dict[str, Correction]:
    """Give the corrections by device; devices without any are not in it, so that they cost nothing."""
    return {
        name: _correction(device)
        for name, device in settings.devices.items()
        if device.calibration or device.derive.fill_level is not None
    }


def _linear(line: Calibration) -> Linear:
    low, high = -inf if line.low is None else line.low, inf if line.high is None else line.high
    return Linear(line.scale, line.offset, low, high)


def _correction(device: DeviceSettings) -> Correction:
    fill = device.derive.fill_level
    return Correction(
        {quantity: _linear(line) for quantity, line in device.calibration.items()},
        Fill(fill.empty_mm, fill.full_mm) if fill is not None else None,
    )
