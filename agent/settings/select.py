"""Which devices a rule watches: those that `select` finds and that can say what the rule wants to know.

A device that is named must be able to (the cross checks complain if not); of those found by place, driver or tags the
others are simply not meant: "temperature in zone boiler" says nothing about the door contact there. Here is also whom a
rule means by another device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.engine.plan import alarm_id
from agent.rules import Rule
from agent.rules.base import Select
from agent.rules.count import Count, FeedbackMatch
from agent.rules.feedback_share import FeedbackShare
from agent.rules.needs import Need, Who
from agent.rules.pressed import Pressed
from agent.settings.abilities import events_of, quantities_of
from agent.settings.device_parts import KeyMeaning
from agent.settings.types import DeviceSettings, Settings


def devices_of(rule: Rule, settings: Settings) -> list[str]:
    """Give the names of the devices that a rule watches, in the order of devices.yaml."""
    return watched(rule, settings.devices)


def watched(rule: Rule, devices: Mapping[str, DeviceSettings]) -> list[str]:
    """Give the names of the devices among these that a rule watches."""
    return [name for name in able(rule, devices) if can_mean(rule, devices[name]) and in_company(rule, name, devices)]


def able(rule: Rule, devices: Mapping[str, DeviceSettings]) -> list[str]:
    """Give the names of the devices that `select` finds and that can say what the rule wants to know."""
    found = _worth_a_look(rule.select, devices)
    return [name for name in found if matches(rule.select, name, devices[name]) and can_say(rule, devices[name])]


def _worth_a_look(select: Select, devices: Mapping[str, DeviceSettings]) -> Iterable[str]:
    """Leave out what is not named: a thousand rules that name a device each would else look at a million pairs."""
    named = set(select.devices)
    if len(named) == 1:
        return named & devices.keys()
    return [name for name in devices if name in named] if named else devices


def matches(select: Select, name: str, device: DeviceSettings) -> bool:
    """Tell whether all words of a selection hold for a device; an empty selection finds every device."""
    return (
        (not select.devices or name in select.devices)
        and select.zone in (None, device.place.zone)
        and select.building in (None, device.place.building)
        and select.driver in (None, device.driver)
        and (select.role is None or select.role in device.roles)
        and all(device.tags.get(tag) == value for tag, value in select.tags.items())
    )


def in_company(rule: Rule, name: str, devices: Mapping[str, DeviceSettings]) -> bool:
    """Tell whether the others are there that a rule on this device speaks of, and can say what is wanted of them."""
    wanted = [(need, need.whom) for need in rule.needs() if need.whom is not None and need.what != "point"]
    return all(any(gives(devices[other], need) for other in meant(who, name, devices)) for need, who in wanted)


def own_needs(rule: Rule) -> list[Need]:
    """Give what a rule wants of the very device that it is on."""
    return [need for need in rule.needs() if need.whom is None and need.what != "point"]


def can_say(rule: Rule, device: DeviceSettings) -> bool:
    """Tell whether a device can ever say what a rule wants to know of it."""
    return all(gives(device, need) for need in own_needs(rule))


def gives(device: DeviceSettings, need: Need) -> bool:
    """Tell whether a device can give one thing that is wanted."""
    match need.what:
        case "quantity":
            return need.name in quantities_of(device)
        case "event":
            return need.name in events_of(device)
        case "feedback":
            return device.terminal is not None
    return True


def meant(who: Who, name: str, devices: Mapping[str, DeviceSettings], *, itself: bool = False) -> tuple[str, ...]:
    """Give the devices that a rule on the device `name` means by others: () if there is none.

    By a role it means others than itself, unless `itself`.
    """
    if who.device:
        return (who.device,) if who.device in devices else ()
    place = devices[name].place
    there = [other for other in devices if who.role in devices[other].roles and (itself or other != name)]
    near = [other for other in there if place.zone and devices[other].place.zone == place.zone]
    near = near or [other for other in there if devices[other].place.building == place.building]
    return tuple(near)


def others_of(rule: Rule, name: str, devices: Mapping[str, DeviceSettings]) -> dict[str, tuple[str, ...]]:
    """Give, for a rule on one device, whom it means by each of its names for others; points by their alarm ids."""
    found: dict[str, tuple[str, ...]] = {}
    for need in rule.needs():
        if need.what == "point":
            who = need.whom
            there = meant(who, name, devices, itself=True) if who and (who.device or who.role) else (name,)
            found[need.key] = tuple(alarm_id(need.name, other) for other in there)
        elif need.whom is not None:
            near = meant(need.whom, name, devices)
            found[need.key] = tuple(other for other in near if gives(devices[other], need))
    return found


def can_mean(rule: Rule, device: DeviceSettings) -> bool:
    """Tell, for a rule about residents, whether any key or phrase of the terminal can mean what it asks."""
    if not wants_feedback(rule):
        return True
    terminal = device.terminal
    return terminal is not None and any(
        is_meant(rule, key, meaning) for table in (terminal.keys, terminal.phrases) for key, meaning in table.items()
    )


def is_meant(rule: Rule, key: str, meaning: KeyMeaning) -> bool:
    """Tell whether a key or phrase with this meaning is what a rule about residents waits for."""
    if isinstance(rule, Pressed):
        return (
            (not rule.key or key in rule.key)
            and (not rule.service or meaning.service in rule.service)
            and (not rule.sentiment or meaning.sentiment in rule.sentiment)
            and (not rule.urgency or meaning.urgency in rule.urgency)
        )
    if isinstance(rule, FeedbackShare):
        return meaning.sentiment == "negative" and meaning.rating and rule.service in (None, meaning.service)
    if isinstance(rule, Count) and isinstance(rule.of, FeedbackMatch):
        return rule.of.service in (None, meaning.service) and rule.of.sentiment in (None, meaning.sentiment)
    return False


def wants_feedback(rule: Rule) -> bool:
    """Tell whether a rule is about presses and phrases of residents."""
    return any(need.what == "feedback" for need in rule.needs())
