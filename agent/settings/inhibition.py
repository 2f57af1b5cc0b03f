"""From settings to who suppresses whom: links with the devices that they carry, and what rules say by `inhibit_by`.

Only an MQTT family whose driver tells of its gateway under the family's base topic has a link of its own: where
several gateways hear the same sensors, one that is offline silences nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from agent.engine.builtin import BROKER, GATEWAY, LINE, BuiltIn, built_in
from agent.engine.plan import Link, alarm_id
from agent.rules import Rule
from agent.rules.absent import Absent
from agent.settings.abilities import ecosystem_options, ecosystems_for
from agent.settings.types import DeviceSettings, Settings

SOUTH: Final = "south"
"""The broker's name in alarms."""
SOUTH_SAYS: Final = "broker:south"
"""The broker's name in what is said of it: no line can be called so."""
ONE_GATEWAY: Final = ("zigbee2mqtt",)
"""Drivers of families behind one gateway, which speaks under their `base_topic`."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "mains-fail": ("m27-mains-fail",),
    "switch-down": (),
    "device-silent": (),
    "fire-mode": ("s13-fire-alarm",),
    "maintenance-mode": (),
}
"""Groups of inhibition (domain.md §2.4) with the catalogue's rules that stand for them; a rule of the site with the
name of a group does so too. `device-silent` is every `absent` rule of the device. In `maintenance-mode` nothing of the
device is judged at all (agent/engine/locks.py)."""

Rules = Mapping[str, tuple[Rule | BuiltIn, tuple[str, ...]]]


def links_of(settings: Settings) -> dict[str, Link]:
    """Give every link that carries a device, by its alarm id."""
    found: dict[str, Link] = {}
    for line in settings.lines.lines:
        here = tuple(name for name, fields in settings.devices.items() if fields.line == line)
        found[alarm_id(LINE, line)] = Link("line", line, here)
    south = settings.lines.south
    families: dict[str, list[str]] = {}
    for name, fields in settings.devices.items():
        if south is not None and fields.id and fields.line is None:
            families.setdefault(fields.ecosystem or ecosystems_for(fields, settings.lines)[0], []).append(name)
    gateways: list[str] = []
    for family, names in families.items():
        if south is not None and south.ecosystems[family].driver in ONE_GATEWAY:
            base = str(getattr(ecosystem_options(family, settings), "base_topic", family))
            gateways.append(alarm_id(GATEWAY, family))
            found[gateways[-1]] = Link("gateway", base, tuple(names))
    everyone = tuple(name for names in families.values() for name in names)
    found[alarm_id(BROKER, SOUTH)] = Link("line", SOUTH_SAYS, everyone, tuple(gateways))
    return {alarm: link for alarm, link in found.items() if link.devices}


def built_ins(links: Mapping[str, Link], rules: Rules) -> dict[str, tuple[BuiltIn, tuple[str, ...]]]:
    """Give the rules of links. As grave as the gravest rule of what they carry, at most P2 (domain.md §2.4, A01)."""
    found: dict[str, tuple[BuiltIn, tuple[str, ...]]] = {}
    for name in (LINE, BROKER, GATEWAY):
        carried = {alarm: link for alarm, link in links.items() if alarm.startswith(f"{name}-")}
        everything = {device for link in carried.values() for device in link.devices}
        grave = [rule.priority for rule, devices in rules.values() if everything.intersection(devices)]
        if carried and name not in rules:
            gravest = max(2, min([3, *grave]))
            subjects = tuple(alarm[len(name) + 1 :] for alarm in carried)
            found[name] = built_in(name, 2 if gravest == 2 else 3), subjects
    return found


def names_meant(name: str, rules: Mapping[str, Rule]) -> list[str]:
    """Give the rules that a word of `inhibit_by` means."""
    if name == "device-silent":
        return [other for other, rule in rules.items() if isinstance(rule, Absent)]
    return [other for other in (name, *GROUPS.get(name, ())) if other in rules]


def inhibitors_of(settings: Settings, rules: Rules) -> dict[str, tuple[str, ...]]:
    """Give, by alarm id, the alarms that make it needless: on the same device, else in the same building."""
    found: dict[str, tuple[str, ...]] = {}
    for rule_id, (rule, devices) in rules.items():
        for device in devices if rule.inhibit_by else ():
            sources = dict.fromkeys(_sources(rule_id, rule, device, settings, rules))
            if sources:
                found[alarm_id(rule_id, device)] = tuple(sources)
    return found


def _sources(rule_id: str, rule: Rule | BuiltIn, device: str, settings: Settings, rules: Rules) -> Iterator[str]:
    for word in rule.inhibit_by:
        for other in names_meant(word, settings.rules):
            there = rules[other][1]
            if device in there:
                near = [device] if other != rule_id else []
            elif word == "device-silent":
                near = []
            else:
                near = [one for one in there if _together(settings.devices[one], settings.devices[device])]
            yield from (alarm_id(other, one) for one in near)


def _together(one: DeviceSettings, other: DeviceSettings) -> bool:
    return one.place.building == other.place.building
