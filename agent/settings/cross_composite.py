"""Cross checks of rules that are made of others: members that are there, on that device, and no circles."""

from __future__ import annotations

from collections.abc import Mapping

from agent.rules.composite import Composite, Member
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import RULES, Draft
from agent.settings.select import meant, watched


def check_composites(draft: Draft) -> None:
    """Look at every composite; it needs every rule to have been looked at before."""
    composites = {name: rule for name, rule in draft.rules.items() if isinstance(rule, Composite)}
    for name, rule in composites.items():
        found = watched(rule, draft.devices)
        for word, number, member in rule.members():
            where: Where = ("rules", name, word, number)
            other = draft.rules.get(member.rule)
            if other is not None:
                _member(draft, where, member, found, watched(other, draft.devices))
            elif not draft.was_refused(RULES, ("rules", member.rule)):
                expected, hint = f"one of {listed(draft.rules)}", nearest(member.rule, draft.rules)
                draft.say(RULES, (*where, "rule"), f"there is no rule '{member.rule}'", expected, hint)
        _circle(draft, name, composites)


def _member(draft: Draft, where: Where, member: Member, found: list[str], there: list[str]) -> None:
    """Look whether a member is on every device that is meant by it; `there` are those that its rule is on."""
    for name in found:
        wanted = meant(member, name, draft.devices, itself=True) if member.device or member.role else (name,)
        absent = [device for device in wanted if device not in there] or ([] if wanted else [member.role])
        if absent:
            message = f"rule '{member.rule}' is not on {listed(absent, 4)}"
            expected = f"one of {listed(there)}, or a 'select' that finds only these"
            word = "device" if member.device else "role" if member.role else "rule"
            draft.say(RULES, (*where, word), message, expected)
            return


def _circle(draft: Draft, name: str, composites: Mapping[str, Composite]) -> None:
    """Refuse a composite that in the end is made of itself."""
    for word, number, member in composites[name].members():
        way = _way(member.rule, name, composites, (name,))
        if way:
            message = f"this goes round in a circle: {' -> '.join(way)}"
            draft.say(RULES, ("rules", name, word, number, "rule"), message, "a rule that is not made of this one")
            return


def _way(start: str, goal: str, composites: Mapping[str, Composite], gone: tuple[str, ...]) -> tuple[str, ...]:
    """Give the way from a rule to the goal, () if there is none."""
    if start == goal:
        return (*gone, goal)
    if start in gone or start not in composites:
        return ()
    for _, _, member in composites[start].members():
        if way := _way(member.rule, goal, composites, (*gone, start)):
            return way
    return ()
