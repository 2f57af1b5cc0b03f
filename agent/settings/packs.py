"""Rule packs: rules by role that a site uses without copying them (`packs:` and `override:` in rules.yaml).

A pack's rules join the site's own. An override changes words of one of them and is judged like a rule of one's own, in
rules.yaml. Rules whose role no device has watch nothing and are no complaint; where that is so is found out later.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError

from agent.rules import Rule
from agent.settings.companions import PACKS, known
from agent.settings.complaints import Where, listed, nearest
from agent.settings.document import Document
from agent.settings.draft import RULES, Draft, read
from agent.settings.plain import complaints_of
from agent.settings.strict import Id, Strict, Text

NOT_TO_CHANGE: Final = ("kind", "basis")


class PackFile(Strict):
    """rules/NAME.yaml: a rule pack."""

    title: Text = Field(Text(), description="its name for people")
    rules: dict[Id, Rule] = Field({}, description="rules by the id of the catalogue; they select by role")


class _Overrides(Strict):
    """The rules that an `override:` makes, where they stand."""

    override: dict[Id, Rule] = Field({}, description="rules of packs with other numbers")


def join(draft: Draft, folder: Path) -> None:
    """Add the rules of the packs that rules.yaml names, changed as it says."""
    for index, name in enumerate(draft.packs):
        file = f"{PACKS}{name}.yaml"
        if file not in draft.texts:
            expected = f"one of {listed(known(folder, PACKS))}"
            hint = nearest(name, known(folder, PACKS))
            draft.say(RULES, ("packs", index), f"there is no rule pack '{name}'", expected, hint)
        elif file not in draft.documents:
            _join(draft, file, read(draft, file, PackFile) or PackFile())
    _override(draft, folder)


def _join(draft: Draft, file: str, pack: PackFile) -> None:
    for name, rule in pack.rules.items():
        if name in draft.packed:
            message = f"'{name}' is also a rule of {draft.packed[name]}"
            draft.complaints.append(draft.documents[file].complaint(("rules", name), message, "another id", key=True))
        elif name in draft.rules or draft.was_refused(RULES, ("rules", name)):
            message = f"'{name}' is a rule of {file}"
            draft.say(RULES, ("rules", name), message, "another name, or 'override' to change that one", key=True)
        else:
            draft.packed[name] = file
            draft.rules[name] = rule


def _override(draft: Draft, folder: Path) -> None:
    """Put the changed rules in the place of the packs' own."""
    merged: dict[str, Any] = {}
    for name, change in draft.overrides.items():
        path: Where = ("override", name)
        if name not in draft.packed:
            _unknown(draft, folder, name)
            continue
        for word in NOT_TO_CHANGE:
            if word in change:
                draft.say(RULES, (*path, word), f"a rule of a pack keeps its {word}", "a rule of your own", key=True)
                draft.drop(RULES, path)
        if not draft.was_refused(RULES, path):
            merged[name] = _laid_over(draft.documents[draft.packed[name]].data["rules"][name], change)
    draft.rules |= _rules_of(draft, merged)


def _rules_of(draft: Draft, merged: dict[str, Any]) -> dict[str, Rule]:
    """Read what the overrides make; what is wrong with it is told where the override stands."""
    if not merged:
        return {}
    written = draft.documents[RULES]
    document = Document(RULES, {"override": merged}, written.values, written.keys)
    try:
        return dict(_Overrides.model_validate(document.data).override)
    except ValidationError as error:
        draft.complaints += complaints_of(error, _Overrides, document)
        wrong = {str(details["loc"][1]) for details in error.errors(include_url=False) if len(details["loc"]) > 1}
        for name in wrong:
            draft.drop(RULES, ("override", name))
            draft.rules.pop(name, None)
        return _rules_of(draft, {name: rule for name, rule in merged.items() if name not in wrong}) if wrong else {}


def _unknown(draft: Draft, folder: Path, name: str) -> None:
    """Say that an override changes nothing: no pack in use has such a rule."""
    path: Where = ("override", name)
    if any(draft.was_refused(f"{PACKS}{pack}.yaml", ("rules", name)) for pack in draft.packs):
        return
    if name in draft.rules:
        draft.say(RULES, path, f"'{name}' is a rule of your own", "the change there, under 'rules'", key=True)
        return
    for pack, file in known(folder, PACKS).items():
        if pack not in draft.packs and f"\n  {name}:\n" in file.read_text(encoding="utf-8"):
            draft.say(RULES, path, f"the pack '{pack}' is not in use", f"packs: [{pack}]", key=True)
            return
    expected = f"one of {listed(draft.packed)}" if draft.packed else "packs: [security, cleaning, maintenance, health]"
    draft.say(RULES, path, f"no pack in use has a rule '{name}'", expected, nearest(name, draft.packed), key=True)


def _laid_over(rule: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Give the rule with the words of the change in their place, mappings word by word."""
    made = dict(rule)
    for word, value in change.items():
        old = made.get(word)
        made[word] = _laid_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return made
