"""Devices that took another's place (`replaces: OLD`): renamed, or swapped for another model, with the history kept.

In devices.yaml and rules.yaml a device has its new name; rules may still say the old one. Everywhere else, in topics,
alarms, the journal and the store, it goes on under the old name: that is what history is kept by.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.rules import Rule
from agent.settings.draft import DEVICES, Draft
from agent.settings.types import DeviceSettings


def check_renamed(draft: Draft) -> None:
    """Look at each `replaces`, and let rules that say the old name mean the new one."""
    taken: dict[str, str] = {}
    for name, device in draft.devices.items():
        old, path = device.replaces, ("devices", name, "replaces")
        if old is None:
            continue
        if old in draft.devices:
            message = "this is its own name" if old == name else f"'{old}' is still here: two devices cannot be one"
            draft.say(DEVICES, path, message, "the name that it had before, which no device has now")
        elif old in taken:
            draft.say(DEVICES, path, f"'{taken[old]}' replaces '{old}' already", "each device once")
        taken.setdefault(old, name)
    for name, rule in draft.rules.items():
        draft.rules[name] = _saying(rule, taken)


def under_old_names(
    devices: Mapping[str, DeviceSettings], rules: Mapping[str, Rule]
) -> tuple[dict[str, DeviceSettings], dict[str, Rule]]:
    """Give devices and rules with every device under the name that history knows."""
    names = {name: device.replaces for name, device in devices.items() if device.replaces}
    return (
        {names.get(name, name): device for name, device in devices.items()},
        {name: _saying(rule, names) for name, rule in rules.items()},
    )


def _saying(rule: Rule, names: Mapping[str, str]) -> Rule:
    """Give a rule with devices called otherwise."""
    if not names or not {*rule.select.devices, *(one.device for one in rule.switch)} & names.keys():
        return rule
    select = rule.select.model_copy(update={"devices": [names.get(name, name) for name in rule.select.devices]})
    switch = [one.model_copy(update={"device": names.get(one.device, one.device)}) for one in rule.switch]
    return rule.model_copy(update={"select": select, "switch": switch})
