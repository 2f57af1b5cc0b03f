"""Cross checks of rules about residents: whether any key or phrase of the selected terminals can mean what they ask."""

from __future__ import annotations

from collections.abc import Iterable

from agent.rules import Rule
from agent.rules.count import Count, FeedbackMatch
from agent.rules.pressed import Pressed
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import RULES, Draft
from agent.settings.types import KeyMeaning


def check_feedback(draft: Draft, path: Where, rule: Rule, found: Iterable[str]) -> None:
    """Complain about keys that no selected terminal has, and about a meaning that none of their keys has."""
    meanings = list(_meanings(draft, found))
    if isinstance(rule, Pressed):
        keys = list(dict.fromkeys(key for key, _ in meanings))
        strange = [index for index, key in enumerate(rule.key) if key not in keys]
        for index in strange:
            message = f"no selected terminal has the key or phrase '{rule.key[index]}'"
            hint = nearest(rule.key[index], keys)
            draft.say(RULES, (*path, "key", index), message, f"one of {listed(keys)}", hint)
        if not strange and not any(_is_meant(rule, key, meaning) for key, meaning in meanings):
            draft.say(RULES, path, "no key or phrase of the selected terminals means this", _said(meanings), key=True)
    elif isinstance(rule, Count) and isinstance(rule.of, FeedbackMatch):
        match = rule.of
        if not any(_is_counted(match, meaning) for _, meaning in meanings):
            message = "no key or phrase of the selected terminals means this"
            draft.say(RULES, (*path, "of"), message, _said(meanings), key=True)


def _meanings(draft: Draft, found: Iterable[str]) -> Iterable[tuple[str, KeyMeaning]]:
    for name in found:
        terminal = draft.devices[name].terminal
        if terminal is not None:
            yield from terminal.keys.items()
            yield from terminal.phrases.items()


def _is_meant(rule: Pressed, key: str, meaning: KeyMeaning) -> bool:
    return (
        (not rule.key or key in rule.key)
        and (not rule.service or meaning.service in rule.service)
        and (not rule.sentiment or meaning.sentiment in rule.sentiment)
        and (not rule.urgency or meaning.urgency in rule.urgency)
    )


def _is_counted(match: FeedbackMatch, meaning: KeyMeaning) -> bool:
    return match.service in (None, meaning.service) and match.sentiment in (None, meaning.sentiment)


def _said(meanings: Iterable[tuple[str, KeyMeaning]]) -> str:
    said = dict.fromkeys(f"{meaning.service} {meaning.sentiment} {meaning.urgency}" for _, meaning in meanings)
    return f"what they say: {listed(said)}"
