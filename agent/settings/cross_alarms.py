"""Cross checks of how alarms live: which standard, what no data means, stages that rise. Limits are converted here."""

from __future__ import annotations

from typing import Any, Final

from agent.rules import Rule
from agent.rules.base import Limit, Stage
from agent.settings.amounts import amounts
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import RULES, SITE, Draft
from agent.settings.standards import FOLDER

_HIGH: Final = (">", ">=")
_LOW: Final = ("<", "<=")


def check_alarms(draft: Draft) -> None:
    """Look at the site's standard and at each rule."""
    if draft.site is not None and draft.site.standards not in draft.standards:
        name = draft.site.standards
        if not draft.was_refused(f"{FOLDER}{name}.yaml", ()):
            known = list(draft.standards)
            draft.say(SITE, ("standards",), f"there is no file {FOLDER}{name}.yaml", f"one of {listed(known)}",
                      nearest(name, known))  # fmt: skip
    for name, rule in draft.rules.items():
        path: Where = ("rules", name)
        if rule.no_data == "clear" and rule.priority != 4:
            message = "no data is never good news: it clears tasks alone (priority 4)"
            draft.say(RULES, (*path, "no_data"), message, "hold or alarm", "hold")
        if rule.stages:
            draft.rules[name] = _staged(draft, path, rule)


def _staged(draft: Draft, path: Where, rule: Rule) -> Rule:
    """Look whether each stage is graver than the one before; give the rule with their limits in the right unit."""
    stages: list[Stage] = []
    before = rule.priority
    limit: Limit | None = getattr(rule, "when", None)
    for number, stage in enumerate(rule.stages):
        where = (*path, "stages", number)
        if stage.priority >= before:
            message = f"a stage of priority {stage.priority} is no graver than {before} before it"
            expected = f"a priority below {before}" if before > 1 else "no further stage: 1 is the gravest"
            draft.say(RULES, (*where, "priority"), message, expected)
        before = stage.priority
        checked = _limited(draft, where, rule, stage)
        _further(draft, where, limit, checked.when)
        limit = checked.when or limit
        stages.append(checked)
    return rule.model_copy(update={"stages": stages})


def _limited(draft: Draft, where: Where, rule: Rule, stage: Stage) -> Stage:
    if stage.when is None:
        return stage
    if not isinstance(getattr(rule, "when", None), Limit):
        message = f"a rule of kind {rule.kind} has no limit that could be passed further"
        draft.say(RULES, (*where, "when"), message, "stages with 'on_delay' alone", key=True)
        return stage
    bare = {"when": stage.when} | ({"deadband": 0.0} if hasattr(rule, "deadband") else {})
    checked: Any = amounts(draft, where, rule.model_copy(update=bare))
    return stage.model_copy(update={"when": checked.when})


def _further(draft: Draft, where: Where, before: Limit | None, after: Limit | None) -> None:
    """A stage's limit lies beyond the one before: else it would be reached first, or never."""
    if before is None or after is None or isinstance(before.value, bool | str) or isinstance(after.value, bool | str):
        return
    way = _HIGH if before.op in _HIGH else _LOW
    if after.op not in way:
        draft.say(RULES, (*where, "when", "op"), f"'{after.op}' looks the other way than '{before.op}'", listed(way))
    elif (after.value <= before.value) if way is _HIGH else (after.value >= before.value):
        message = f"{after.value:g} does not lie beyond {before.value:g}"
        expected = f"{'more' if way is _HIGH else 'less'} than {before.value:g}"
        draft.say(RULES, (*where, "when", "value"), message, expected)
