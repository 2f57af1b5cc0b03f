"""Cross checks of how devices are tended: reports, counters, and rules that miss a device which is thinned out."""

from __future__ import annotations

from agent.model.quantities import QUANTITIES
from agent.model.units import duration_text
from agent.rules.absent import Absent
from agent.settings.abilities import quantities_of, silent_after
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import DEVICES, RULES, Draft
from agent.settings.select import watched
from agent.settings.types import DeviceSettings


def check_tending(draft: Draft) -> None:
    """Look at reports and counters of each device, then at rules about absence."""
    for name, device in draft.devices.items():
        _reports(draft, ("devices", name), device)
        _counters(draft, ("devices", name), device)
    for name, rule in draft.rules.items():
        if isinstance(rule, Absent):
            _absence(draft, ("rules", name), rule)


def _reports(draft: Draft, path: Where, device: DeviceSettings) -> None:
    given = quantities_of(device)
    for quantity, report in device.report.items():
        where = (*path, "report", quantity)
        if quantity not in given:
            message = f"this device gives no '{quantity}'"
            draft.say(DEVICES, where, message, f"one of {listed(given)}", nearest(quantity, given), key=True)
        elif report.deadband and QUANTITIES[quantity].kind in ("state", "text"):
            draft.say(DEVICES, (*where, "deadband"), f"'{quantity}' has no size of change", "only max_interval")
        elif report.max_interval and report.max_interval <= report.min_interval:
            message = f"{duration_text(report.max_interval)} is not longer than min_interval"
            draft.say(DEVICES, (*where, "max_interval"), message, f"more than {duration_text(report.min_interval)}")


def _counters(draft: Draft, path: Where, device: DeviceSettings) -> None:
    totals = [quantity for quantity in quantities_of(device) if QUANTITIES[quantity].kind == "total"]
    for quantity in device.counters:
        if quantity not in totals:
            expected = f"one of {listed(totals)}" if totals else "no 'counters': this device gives no total"
            where = (*path, "counters", quantity)
            message = f"'{quantity}' is no total of this device"
            draft.say(DEVICES, where, message, expected, nearest(quantity, totals), key=True)


def _absence(draft: Draft, path: Where, rule: Absent) -> None:
    """A reading that is not kept is no sign of life: what is missed must be repeated often enough."""
    for name in watched(rule, draft.devices):
        device = draft.devices[name]
        after = rule.after or silent_after(device)
        if after is None:
            message = f"'{name}' speaks only when something happens: its silence means nothing by itself"
            draft.say(RULES, path, message, "after: how long is too long here, such as 2d", key=True)
            return
        for quantity, report in device.report.items():
            if rule.quantity in ("", quantity) and not 0 < report.max_interval < after:
                where = (*path, "after") if rule.after else path
                message = f"'{name}' reports {quantity} {_how_often(report.max_interval)}, which this rule would miss"
                expected = f"report: {{{quantity}: {{max_interval: less than {duration_text(after)}}}}} in devices.yaml"
                draft.say(RULES, where, message, expected, key=not rule.after)
                return


def _how_often(interval: int) -> str:
    return f"every {duration_text(interval)} at least" if interval else "only when it changes"
