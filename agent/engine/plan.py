"""What the engine is built from: devices, terminals and rules, checked and resolved. Made in agent/settings/plan.py."""

from __future__ import annotations

from typing import Literal

import msgspec

from agent.alarms.occurrence import Clocks, Spec, Standard
from agent.engine.builtin import BuiltIn
from agent.feedback.classify import Table
from agent.model.events import Scope, Service
from agent.rules import Rule


class OutputSpec(msgspec.Struct, frozen=True):
    """Who may switch an output (`rule`, `command`), its longest on-time (ms, 0: none), its state after a restart."""

    by: tuple[str, ...]
    longest_on: int = 0
    after_restart: Literal["off", "on", "resume"] = "off"
    read_back: bool = True


class Watched(msgspec.Struct, frozen=True):
    """What the engine knows of a device: `interval` is how often it is expected, in ms."""

    zone: str
    interval: int
    service: Service = "other"
    terminal: Table | None = None
    outputs: dict[str, OutputSpec] = {}
    silence: int = 0
    """Silence in ms after which it is missed; 0: three intervals, at least a minute (domain.md §2, A01)."""
    keys: tuple[str, ...] = ()
    """Settings of the device itself that may be set from outside."""


class Link(msgspec.Struct, frozen=True):
    """What carries devices: a line, the south broker, a gateway. `says` is its name in what it says of itself."""

    scope: Scope
    says: str
    devices: tuple[str, ...]
    behind: tuple[str, ...] = ()
    """Alarms of links that are cut off with it."""


class Plan(msgspec.Struct, frozen=True):
    """Everything that decides what the engine does; `rules` maps a rule's id to it and to the devices it watches."""

    site: str
    node: str
    devices: dict[str, Watched]
    rules: dict[str, tuple[Rule | BuiltIn, tuple[str, ...]]]
    standard: Standard
    revision: str = ""
    others: dict[str, dict[str, tuple[str, ...]]] = {}
    """By alarm id: the further devices, or points of other rules, that the rule speaks of, by its names for them."""
    links: dict[str, Link] = {}
    """By the alarm id that tells that it is down."""
    inhibitors: dict[str, tuple[str, ...]] = {}
    """By alarm id: the alarms while which it is needless."""


def alarm_id(rule: str, device: str) -> str:
    """Give the id of the alarm of a rule on a device."""
    return f"{rule}-{device}"


def spec_of(plan: Plan, rule_id: str, device: str) -> Spec:
    """Give what an alarm is made from: the rule's own words, the site's standard where it has none."""
    rule, _ = plan.rules[rule_id]
    watched = plan.devices.get(device)
    first, second, third, fourth = (_clocks(rule, clocks) for clocks in plan.standard.clocks)
    return Spec(
        alarm=alarm_id(rule_id, device),
        key=f"{plan.site}/{rule.category}/{rule_id}/{device}",
        rule=rule_id,
        device=device,
        category=rule.category,
        priority=rule.priority,
        on_delay=rule.on_delay,
        off_delay=rule.off_delay,
        clocks=(first, second, third, fourth),
        standard=plan.standard.name,
        interval=watched.interval if watched else 60_000,
        on_gap=rule.on_gap,
        no_data=rule.no_data,
        latching=bool(rule.latching),
        local_reset=rule.latching == "local",
        auto_resolve=rule.auto_resolve if rule.auto_resolve is not None else rule.priority >= 3,
        one_tap=rule.one_tap,
        highly_managed=rule.highly_managed,
        evidence=tuple(rule.evidence),
    )


def _clocks(rule: Rule | BuiltIn, clocks: Clocks) -> Clocks:
    """Give the clocks of one priority with what the rule says otherwise."""
    own = {"ack": rule.sla.ack, "start": rule.sla.start, "resolve": rule.sla.resolve, "reopen": rule.reopen_window}
    said = {name: value for name, value in own.items() if value is not None}
    return msgspec.structs.replace(clocks, **said) if said else clocks
