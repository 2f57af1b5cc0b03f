"""Cross checks of what belongs to rules beside their condition: runbooks, inhibition, roles, the risk register.

A priority that gets somebody out of bed needs a runbook: what is done first is not invented at night.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.rules import Rule
from agent.settings.companions import PLANS
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import DEVICES, RISKS, RULES, Draft, read
from agent.settings.inhibition import GROUPS
from agent.settings.runbooks import RunbookFile
from agent.settings.select import watched

URGENT: Final = 2
"""Priorities up to this one need a runbook."""


def check_runbooks(draft: Draft, *, demanded: bool) -> None:
    """Read the runbooks; if they are demanded, look whether each rule and risk has the one it needs."""
    for file in sorted(draft.texts):
        if file.startswith(PLANS) and (found := read(draft, file, RunbookFile)) is not None:
            draft.runbooks[file[len(PLANS) : -len(".yaml")]] = found
    for name, rule in draft.rules.items():
        path: Where = ("rules", name)
        if demanded:
            _runbook(draft, path, rule)
        _inhibited(draft, path, rule)


def _runbook(draft: Draft, path: Where, rule: Rule) -> None:
    file = f"{PLANS}{rule.plan}.yaml"
    gravest = min([rule.priority, *(stage.priority for stage in rule.stages)])
    if not rule.plan:
        if gravest <= URGENT:
            message = f"a rule of priority {gravest} has no runbook"
            draft.say(RULES, path, message, "plan: NAME, with what is done first in plans/NAME.yaml", key=True)
        return
    if file not in draft.texts:
        message = f"there is no runbook {file}"
        known = sorted(draft.known_plans)
        draft.say(RULES, (*path, "plan"), message, f"one of {listed(known)}", nearest(rule.plan, known))
        return
    book = draft.runbooks.get(rule.plan)
    said = rule.basis.mirrors if rule.basis else ""
    if book is not None and book.mirrors != said:
        message = f"its runbook is about a certified system ({book.mirrors})" if book.mirrors else "its runbook is not"
        expected = f"basis: {{mirrors: {book.mirrors}}}: it mirrors that system and never replaces it"
        draft.say(RULES, (*path, "basis"), message, expected if book.mirrors else "another runbook, or no 'mirrors'")


def _inhibited(draft: Draft, path: Where, rule: Rule) -> None:
    known = [*GROUPS, *draft.rules]
    for index, name in enumerate(rule.inhibit_by):
        if name not in known and not draft.was_refused(RULES, ("rules", name)):
            message, hint = f"there is no rule or group '{name}'", nearest(name, known)
            draft.say(RULES, (*path, "inhibit_by", index), message, f"one of {listed(known)}", hint)


def check_roles(draft: Draft) -> None:
    """Look whether some rule asks for each role that a device has: a role that was misspelt would watch nothing."""
    known = sorted({role for rule in draft.rules.values() for role in _roles(rule)})
    if draft.refused.get(RULES) or any(draft.refused.get(file) for file in draft.packed.values()):
        return
    for name, device in draft.devices.items():
        for index, role in enumerate(device.roles):
            if role not in known:
                expected = f"one of {listed(known)}" if known else "a rule that selects by role, or packs: […]"
                where: Where = ("devices", name, "roles", index)
                draft.say(DEVICES, where, f"no rule asks for the role '{role}'", expected, nearest(role, known))


def _roles(rule: Rule) -> list[str]:
    """Give the roles that a rule asks for, for itself and for the others that it speaks of."""
    others = [need.whom.role for need in rule.needs() if need.whom is not None]
    return [role for role in (rule.select.role, *others) if role]


def check_risks(draft: Draft) -> None:
    """Look whether the rules and the runbook of each risk are there."""
    for name, risk in draft.risks.items():
        path: Where = ("risks", name)
        for index, rule in enumerate(risk.rules):
            if rule not in draft.rules and not draft.was_refused(RULES, ("rules", rule)):
                hint = nearest(rule, draft.rules)
                where = (*path, "rules", index)
                draft.say(RISKS, where, f"there is no rule '{rule}'", f"one of {listed(draft.rules)}", hint)
        if f"{PLANS}{risk.plan}.yaml" not in draft.texts:
            known = sorted(draft.known_plans)
            message = f"there is no runbook {PLANS}{risk.plan}.yaml"
            draft.say(RISKS, (*path, "plan"), message, f"one of {listed(known)}", nearest(risk.plan, known))


def awake(draft: Draft) -> Mapping[str, Rule]:
    """Give the rules that watch something: a pack's rule whose role no device has sleeps, and that is no fault."""
    return {
        name: rule for name, rule in draft.rules.items() if name not in draft.packed or watched(rule, draft.devices)
    }
