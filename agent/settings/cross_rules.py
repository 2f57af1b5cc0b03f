"""Cross checks of rules: whom they watch, what they are called, when they hold. What they compare is in limits.py.

A selection that finds nothing is refused: a rule that can never fire is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable

from agent.model.units import duration_text
from agent.rules import Rule
from agent.rules.absent import Absent
from agent.settings.amounts import amounts
from agent.settings.complaints import Where, listed, nearest
from agent.settings.cross_feedback import check_feedback
from agent.settings.cross_needs import check_others, exists, given, right_kind, union
from agent.settings.draft import DEVICES, RULES, Draft
from agent.settings.select import able, can_say, gives, matches, own_needs, wants_feedback, watched
from agent.settings.types import DeviceSettings


def check_rules(draft: Draft) -> None:
    """Look at each rule, and put those with amounts back with the amounts in the quantities' own units."""
    ids: dict[str, str] = {}
    for name, rule in draft.rules.items():
        path: Where = ("rules", name)
        _hours(draft, path, rule)
        needs = rule.needs()
        there = [exists(draft, path, rule, need) for need in needs]
        if not all(there):
            continue
        contradicted = rule.contradictions()
        for one in contradicted:
            draft.say(RULES, (*path, *one.path), one.message, one.expected, one.hint, key=one.key)
        found = _selection(draft, path, rule)
        _ids(draft, name, found, ids)
        for need in needs:
            right_kind(draft, path, need)
            if name not in draft.packed:  # a pack's rule without company sleeps
                check_others(draft, path, need, able(rule, draft.devices))
        if not contradicted:
            draft.rules[name] = amounts(draft, path, rule)
        if isinstance(rule, Absent):
            _patience(draft, path, rule, found)
        if wants_feedback(rule) and (found or name not in draft.packed):
            check_feedback(draft, path, rule, able(rule, draft.devices))


def _hours(draft: Draft, path: Where, rule: Rule) -> None:
    if rule.hours is not None and rule.hours.from_ == rule.hours.to:
        message = f"these hours begin and end at {rule.hours.to}"
        draft.say(RULES, (*path, "hours", "to"), message, "another time; without 'hours' a rule always holds")


def _selection(draft: Draft, path: Where, rule: Rule) -> list[str]:
    """Look whether a selection finds something, and whether those that are named fit; give what the rule watches."""
    before = len(draft.complaints)
    for index, name in enumerate(rule.select.devices):
        _named(draft, (*path, "select", "devices", index), rule, name)
    unsure = bool(draft.refused.get(DEVICES))
    asleep = path[1] in draft.packed  # a pack's rule whose role no device has
    if not able(rule, draft.devices) and not unsure and not asleep and len(draft.complaints) == before:
        _nothing(draft, (*path, "select"), rule)
    return watched(rule, draft.devices)


def _named(draft: Draft, where: Where, rule: Rule, name: str) -> None:
    device = draft.devices.get(name)
    if device is None:
        if not draft.was_refused(DEVICES, ("devices", name)):
            expected = f"one of {listed(draft.devices)}" if draft.devices else "a device in devices.yaml"
            draft.say(RULES, where, f"there is no device '{name}'", expected, nearest(name, draft.devices))
    elif not matches(rule.select, name, device):
        draft.say(RULES, where, f"'{name}' is excluded by the other words of this select", "words that all hold for it")
    elif not can_say(rule, device):
        _unable(draft, where, rule, name, device)


def _unable(draft: Draft, where: Where, rule: Rule, name: str, device: DeviceSettings) -> None:
    """Say that a device that is named cannot say what the rule wants to know."""
    if wants_feedback(rule):
        draft.say(RULES, where, f"'{name}' is no feedback terminal", "a device with a 'terminal' table in devices.yaml")
        return
    need = next(need for need in own_needs(rule) if not gives(device, need))
    choices = given(device, need)
    message = f"'{name}' (driver {device.driver}) gives no '{need.name}'"
    expected = f"one of {listed(choices)}" if choices else f"another device: it gives no {need.what}"
    draft.say(RULES, where, message, expected, nearest(need.name, choices))


def _nothing(draft: Draft, where: Where, rule: Rule) -> None:
    """Say why a selection finds nothing: a word that no device has, or that none of them can say it."""
    select, devices = rule.select, draft.devices.values()
    lists = {
        "zone": union([device.place.zone] for device in devices if device.place.zone),
        "building": union([device.place.building] for device in devices if device.place.building),
        "driver": union([device.driver] for device in devices),
        "role": union(device.roles for device in devices),
    }
    for word, known in lists.items():
        if (wanted := getattr(select, word)) is not None and wanted not in known:
            message = f"no device has the {word} '{wanted}'"
            expected = f"one of {listed(known)}" if known else f"a {word} that a device in devices.yaml has"
            draft.say(RULES, (*where, word), message, expected, nearest(wanted, known))
            return
    for tag, value in select.tags.items():
        known = union([device.tags[tag]] for device in devices if tag in device.tags)
        if value not in known:
            message = f"no device has the tag {tag}: '{value}'"
            expected = f"one of {listed(known)}" if known else f"a tag '{tag}' on the devices that are meant"
            draft.say(RULES, (*where, "tags", tag), message, expected, nearest(value, known))
            return
    subject = next((need.name for need in own_needs(rule) if need.name), "")
    what = f" that gives '{subject}'" if subject else " that is a feedback terminal" if wants_feedback(rule) else ""
    draft.say(RULES, where, f"this finds no device{what}", "words that hold for at least one", key=True)


def _ids(draft: Draft, name: str, found: Iterable[str], ids: dict[str, str]) -> None:
    """Look whether every alarm gets an id of its own that fits into a topic."""
    for device in found:
        alarm = f"{name}-{device}"
        if len(alarm) > 64:
            message = f"the alarm's id {alarm} has {len(alarm)} characters"
            draft.say(RULES, ("rules", name), message, "at most 64 for <rule>-<device>", key=True)
        elif alarm in ids:
            message = f"the alarm's id {alarm} is also that of rule '{ids[alarm]}'"
            draft.say(RULES, ("rules", name), message, "names that are not joined to the same id", key=True)
        ids.setdefault(alarm, name)


def _patience(draft: Draft, path: Where, rule: Absent, found: Iterable[str]) -> None:
    """A device must have a chance to speak before it is missed."""
    slow = [name for name in found if rule.after is not None and rule.after <= draft.devices[name].interval]
    if slow and rule.after is not None:
        longest = max(draft.devices[name].interval for name in slow)
        message = f"{duration_text(rule.after)} is not longer than the interval of {listed(slow, 4)}"
        expected = f"more than {duration_text(longest)}; without 'after' it is 3 intervals"
        draft.say(RULES, (*path, "after"), message, expected)
