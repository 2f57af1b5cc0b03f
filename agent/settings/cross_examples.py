"""Cross checks of the examples that are written with rules: whether they can be told to the engine at all.

Whether they come out as expected is `caretaker test`'s matter (examples.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from agent.model.quantities import EVENT_KINDS, QUANTITIES, Quantity
from agent.model.units import convert, duration_text, units_for
from agent.rules import Rule
from agent.rules.paper import Example, Given
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import RULES, Draft

MOST: Final = 200_000
"""How much may happen in one example."""


def watched_series(rule: Rule, device: str = "") -> tuple[str, str]:
    """Give the quantity and part that a rule wants of its own device, or of another one; ("", "") if it wants none."""
    for need in rule.needs():
        whom = (need.whom.device or need.whom.role) if need.whom else ""
        if need.what == "quantity" and whom == device:
            return need.name, need.part
    return watched_series(rule) if device else ("", "")


def check_examples(draft: Draft) -> None:
    """Look at the examples of every rule."""
    for name, rule in draft.rules.items():
        for number, example in enumerate(rule.examples):
            _example(draft, ("rules", name, "examples", number), rule, example)


def _example(draft: Draft, path: Where, rule: Rule, example: Example) -> None:
    try:
        datetime.fromisoformat(example.start)
    except ValueError:
        draft.say(RULES, (*path, "start"), f"there is no such time: {example.start}", "such as 2024-05-31T22:00")
    much = sum((given.until - given.at) // given.every + 1 for given in example.given if given.every)
    if much > MOST:
        draft.say(RULES, (*path, "given"), f"{much} things happen", f"at most {MOST}: a larger 'every'")
    for number, given in enumerate(example.given):
        _given(draft, (*path, "given", number), rule, given)
    for number, (one, after) in enumerate(zip(example.expect, example.expect[1:], strict=False), 1):
        if after.at < one.at:
            message = f"{duration_text(after.at)} comes before {duration_text(one.at)}"
            draft.say(RULES, (*path, "expect", number, "at"), message, "turns in the order of time")


def _given(draft: Draft, path: Where, rule: Rule, given: Given) -> None:
    if given.every and given.until < given.at:
        message = f"it is repeated until {duration_text(given.until)}"
        draft.say(RULES, path, message, f"until: {duration_text(given.at)} or later", key=True)
    if not given.every and (given.until or given.to is not None):
        draft.say(RULES, path, "it happens once", "every: how often it is repeated", key=True)
    if sum((given.press is not None, bool(given.event), bool(given.quantity))) > 1:
        draft.say(RULES, path, "this is not one thing", "either quantity, event or press", key=True)
    elif given.event:
        if given.event not in EVENT_KINDS:
            message, hint = f"there is no event '{given.event}'", nearest(given.event, EVENT_KINDS)
            draft.say(RULES, (*path, "event"), message, f"one of {listed(EVENT_KINDS)}", hint)
    elif given.press is None:
        _reading(draft, path, given, given.quantity or watched_series(rule, given.device)[0])


def _reading(draft: Draft, path: Where, given: Given, name: str) -> None:
    quantity = QUANTITIES.get(name)
    if quantity is None:
        message = f"there is no quantity '{name}'" if name else "it is not said what happens"
        expected = f"one of {listed(QUANTITIES)}" if name else "quantity, event or press"
        draft.say(RULES, (*path, "quantity") if name else path, message, expected, nearest(name, QUANTITIES))
        return
    wanted = {"state": "true or false", "text": "text"}.get(quantity.kind, "a number")
    if not _fits(quantity, given):
        draft.say(RULES, (*path, "value"), f"{name} is {wanted}", wanted)
        return
    try:
        convert(0.0, given.unit or quantity.unit, quantity.unit, name)
    except ValueError as error:
        _, _, expected = str(error).partition("; expected ")
        hint = nearest(given.unit, units_for(quantity.unit, name))
        draft.say(RULES, (*path, "unit"), f"'{given.unit}' is no unit of {name}", expected, hint)


def _fits(quantity: Quantity, given: Given) -> bool:
    if quantity.kind == "state":
        return isinstance(given.value, bool)
    if quantity.kind == "text":
        return isinstance(given.value, str)
    return isinstance(given.value, float) and not isinstance(given.value, bool)
