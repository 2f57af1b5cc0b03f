"""Cross checks of rules about residents: whether any key or phrase of the selected terminals can mean what they ask."""

from __future__ import annotations

from collections.abc import Iterable

from agent.rules import Rule
from agent.rules.pressed import Pressed
from agent.settings.complaints import Where, listed, nearest
from agent.settings.device_parts import KeyMeaning
from agent.settings.draft import RULES, Draft
from agent.settings.select import can_mean


def check_feedback(draft: Draft, path: Where, rule: Rule, terminals: list[str]) -> None:
    """Complain about keys that no selected terminal has, and about a meaning that none of their keys has."""
    if not terminals:
        return
    strange = _strange_keys(draft, path, rule, terminals) if isinstance(rule, Pressed) else False
    deaf = [name for name in terminals if not can_mean(rule, draft.devices[name])]
    if strange or not deaf:
        return
    if len(deaf) == len(terminals):
        where = (*path, *next(need.path for need in rule.needs() if need.what == "feedback"))
        message = "no key or phrase of the selected terminals means this"
        draft.say(RULES, where, message, _said(_meanings(draft, terminals)), key=True)
        return
    for index, name in enumerate(rule.select.devices):
        if name in deaf:
            message = f"no key or phrase of '{name}' means this"
            draft.say(RULES, (*path, "select", "devices", index), message, _said(_meanings(draft, [name])))


def _strange_keys(draft: Draft, path: Where, rule: Pressed, terminals: list[str]) -> bool:
    keys = list(dict.fromkeys(key for key, _ in _meanings(draft, terminals)))
    strange = [index for index, key in enumerate(rule.key) if key not in keys]
    for index in strange:
        message = f"no selected terminal has the key or phrase '{rule.key[index]}'"
        draft.say(RULES, (*path, "key", index), message, f"one of {listed(keys)}", nearest(rule.key[index], keys))
    return bool(strange)


def _meanings(draft: Draft, terminals: Iterable[str]) -> Iterable[tuple[str, KeyMeaning]]:
    for name in terminals:
        terminal = draft.devices[name].terminal
        if terminal is not None:
            yield from terminal.keys.items()
            yield from terminal.phrases.items()


def _said(meanings: Iterable[tuple[str, KeyMeaning]]) -> str:
    said = dict.fromkeys(f"{meaning.service} {meaning.sentiment} {meaning.urgency}" for _, meaning in meanings)
    return f"what they say: {listed(said)}"
