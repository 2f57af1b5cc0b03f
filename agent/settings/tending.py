"""From settings to how devices are tended: which readings are kept, how totals go on, whose silence matters. Pure."""

from __future__ import annotations

from agent.engine.reporting import Key, Report
from agent.engine.totals import Counter
from agent.model.quantities import QUANTITIES
from agent.settings.abilities import is_asked, quantities_of, silent_after, wraps_at
from agent.settings.types import Settings


def reports_of(settings: Settings) -> dict[Key, Report]:
    """Give what is thinned out, by device and quantity."""
    return {
        (name, quantity): Report(report.deadband, report.min_interval, report.max_interval)
        for name, device in settings.devices.items()
        for quantity, report in device.report.items()
    }


def counters_of(settings: Settings) -> dict[Key, Counter]:
    """Give the totals that wrap somewhere or go on behind a reset, by device and quantity."""
    found: dict[Key, Counter] = {}
    for name, device in settings.devices.items():
        for quantity in quantities_of(device):
            if QUANTITIES[quantity].kind != "total":
                continue
            written = device.counters.get(quantity)
            end = (written.wraps_at if written else 0.0) or wraps_at(device, quantity)
            if end or (written and written.continue_):
                found[name, quantity] = Counter(end, bool(written and written.continue_))
    return found


def silences_of(settings: Settings) -> dict[str, int]:
    """Give the silence in ms after which a device is offline; those that are asked on a bus are not in it."""
    found = {name: silent_after(device) for name, device in settings.devices.items() if not is_asked(device)}
    return {name: after for name, after in found.items() if after is not None}
