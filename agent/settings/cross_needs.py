"""Cross checks of what rules want to be told: whether it exists, is of the right kind, and whether others can say it.

Every rule kind tells its needs in the same way (agent/rules/needs.py); the selection of its own devices is in
cross_rules.py.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.model.quantities import EVENT_KINDS, QUANTITIES
from agent.rules import Rule
from agent.rules.needs import Need, Who
from agent.settings.abilities import events_of, quantities_of
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import DEVICES, RULES, Draft
from agent.settings.select import gives, matches, meant
from agent.settings.types import DeviceSettings


def union(groups: Iterable[Iterable[str]]) -> list[str]:
    """Give every word once, in order."""
    return list(dict.fromkeys(word for group in groups for word in group))


def given(device: DeviceSettings, need: Need) -> tuple[str, ...]:
    """Give what a device can say of the sort that is wanted."""
    return events_of(device) if need.what == "event" else quantities_of(device)


def exists(draft: Draft, path: Where, rule: Rule, need: Need) -> bool:
    """Look whether a quantity or kind of event exists at all; if not, nothing else can be said."""
    if need.what not in ("quantity", "event"):
        return True
    known = QUANTITIES if need.what == "quantity" else EVENT_KINDS
    if need.name in known:
        return True
    choices = _choices(draft, rule, need) or list(known)
    hint = nearest(need.name, choices) or nearest(need.name, known)
    message = f"there is no {need.what} '{need.name}'"
    draft.say(RULES, (*path, *need.path), message, f"one of {listed(choices)}", hint)
    return False


def _choices(draft: Draft, rule: Rule, need: Need) -> list[str]:
    if need.whom is None:
        meant_ones = [device for name, device in draft.devices.items() if matches(rule.select, name, device)]
    else:
        meant_ones = [device for name, device in draft.devices.items() if _fits(need.whom, name, device)]
    return union(given(device, need) for device in meant_ones)


def _fits(who: Who, name: str, device: DeviceSettings) -> bool:
    return name == who.device if who.device else who.role in device.roles


def right_kind(draft: Draft, path: Where, need: Need) -> None:
    """Refuse numbers and words where a rule kind asks whether something is true, and states where it counts."""
    kind = QUANTITIES[need.name].kind if need.what == "quantity" else ""
    if need.of == "state" and kind != "state":
        states = [other.name for other in QUANTITIES.values() if other.kind == "state"]
        expected = f"a state such as {listed(states, 6)}; for numbers use 'kind: threshold'"
        draft.say(RULES, (*path, *need.path), f"'{need.name}' is not true or false", expected)
    if need.of == "number" and kind in ("state", "text"):
        message = f"'{need.name}' is {'true or false' if kind == 'state' else 'text'}, and no number"
        draft.say(RULES, (*path, *need.path), message, "a quantity that is a number")


def check_others(draft: Draft, path: Where, need: Need, found: list[str]) -> None:
    """Look whether the others that a rule speaks of are there, and can say what is wanted of them."""
    if need.whom is None or need.what == "point" or draft.refused.get(DEVICES):
        return
    where = (*path, *need.path[:-1], "device" if need.whom.device else "role")
    if need.whom.device:
        _by_name(draft, where, need, need.whom.device)
        return
    roles = union(device.roles for device in draft.devices.values())
    if need.whom.role not in roles:
        expected = f"one of {listed(roles)}" if roles else "a role that a device of devices.yaml has"
        message = f"no device has the role '{need.whom.role}'"
        draft.say(RULES, where, message, expected, nearest(need.whom.role, roles))
        return
    for name in found:
        near = [other for other in meant(need.whom, name, draft.devices) if gives(draft.devices[other], need)]
        expected = f"one in zone '{draft.devices[name].place.zone}', or 'device: …'"
        if not near:
            message = f"near '{name}' no device with the role '{need.whom.role}' gives '{need.name}'"
            draft.say(RULES, where, message, expected)
            return
        if need.single and len(near) > 1:
            message = f"near '{name}' several devices have the role '{need.whom.role}': {listed(near, 4)}"
            draft.say(RULES, where, message, expected)
            return


def _by_name(draft: Draft, where: Where, need: Need, name: str) -> None:
    device = draft.devices.get(name)
    if device is None:
        draft.say(RULES, where, f"there is no device '{name}'", f"one of {listed(draft.devices)}",
                  nearest(name, draft.devices))  # fmt: skip
    elif not gives(device, need):
        choices = given(device, need)
        message = f"'{name}' (driver {device.driver}) gives no '{need.name}'"
        expected = f"one of {listed(choices)}" if choices else "another device"
        draft.say(RULES, (*where[:-1], need.path[-1]), message, expected, nearest(need.name, choices))
