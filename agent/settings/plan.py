"""From settings to the engine's plan: rules resolved to devices, terminals to their tables. Pure."""

from __future__ import annotations

from typing import Any

from agent.driver import SerialDriver
from agent.engine.builtin import NAMES, built_in
from agent.engine.plan import OutputSpec, Plan, Watched, alarm_id
from agent.feedback.classify import SCORES, Meaning, Table
from agent.model.place import Label, Place
from agent.registry import driver
from agent.settings.abilities import silent_after
from agent.settings.device_parts import KeyMeaning, Terminal
from agent.settings.inhibition import Rules, built_ins, inhibitors_of, links_of
from agent.settings.select import devices_of, others_of
from agent.settings.standards import standard_of
from agent.settings.types import DeviceSettings, Settings


def plan_of(settings: Settings) -> Plan:
    """Give what the engine is built from."""
    links, rules = links_of(settings), _rules(settings)
    others = {
        alarm_id(rule_id, device): others_of(rule, device, settings.devices)
        for rule_id, rule in settings.rules.items()
        for device in rules[rule_id][1]
    }
    return Plan(
        site=settings.site.site,
        node=settings.site.node,
        devices={name: _watched(device) for name, device in settings.devices.items()},
        rules={**rules, **built_ins(links, rules)},
        others={alarm: found for alarm, found in others.items() if found},
        standard=standard_of(settings.standard_name, settings.standard),
        revision=settings.revision,
        links=links,
        inhibitors=inhibitors_of(settings, rules),
    )


def labels_of(settings: Settings) -> dict[str, Label]:
    """Give place, tags, model and driver of every device: what travels with everything it says."""
    return {
        name: Label(
            name,
            Place(device.place.building, device.place.floor, device.place.zone, device.place.point),
            dict(device.tags),
            device.model,
            device.driver,
        )
        for name, device in settings.devices.items()
    }


def titles_of(settings: Settings) -> dict[str, dict[str, Any]]:
    """Give what people are told by rule: title and advice in Chinese and English, the runbook, what it only mirrors."""
    return {
        name: {
            "title": rule.title.model_dump(),
            "advice": rule.advice.model_dump(),
            "plan": rule.plan,
            "mirrors": rule.basis.mirrors if rule.basis else "",
        }
        for name, rule in {**{name: built_in(name) for name in NAMES}, **settings.rules}.items()
    }


def alarms_of(settings: Settings) -> list[str]:
    """Give the ids of all alarm points."""
    rules = _rules(settings)
    everything = {**rules, **built_ins(links_of(settings), rules)}
    return [alarm_id(name, device) for name, (_, devices) in everything.items() for device in devices]


def _rules(settings: Settings) -> Rules:
    return {name: (rule, tuple(devices_of(rule, settings))) for name, rule in settings.rules.items()}


def _watched(device: DeviceSettings) -> Watched:
    table = _table(device.terminal) if device.terminal else None
    outputs = {
        name: OutputSpec(tuple(out.by), out.longest_on, out.after_restart, out.read_back)
        for name, out in device.outputs.items()
    }
    found = driver(device.driver)
    keys = found.keys if isinstance(found, SerialDriver) else ()
    return Watched(device.place.zone, device.interval, device.service, table, outputs, silent_after(device) or 0, keys)


def _table(terminal: Terminal) -> Table:
    return Table(
        {key: _meaning(meaning) for key, meaning in terminal.keys.items()},
        {phrase: _meaning(meaning) for phrase, meaning in terminal.phrases.items()},
        terminal.min_confidence,
    )


def _meaning(meaning: KeyMeaning) -> Meaning:
    score = meaning.score if meaning.score is not None else SCORES[meaning.sentiment]
    return Meaning(meaning.service, meaning.sentiment, meaning.urgency, score if meaning.rating else -1.0)
