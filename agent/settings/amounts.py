"""Numbers in rules that have the unit of a quantity: checked, and converted once, at load.

Each kind names its own (agent/rules/needs.py: Amount); limits of thresholds mean more, which is in limits.py.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from agent.model.quantities import QUANTITIES, Quantity
from agent.model.units import convert, convert_span, units_for
from agent.rules import Rule
from agent.rules.base import Limit
from agent.rules.formula import Formula
from agent.rules.needs import Amount
from agent.rules.threshold import Threshold
from agent.settings.complaints import Where, nearest
from agent.settings.draft import RULES, Draft
from agent.settings.limits import checked_limit


def amounts(draft: Draft, path: Where, rule: Rule) -> Rule:
    """Complain about amounts that mean nothing; give the rule with all of them in the quantities' own units."""
    if isinstance(rule, Threshold):
        return checked_limit(draft, path, rule)
    if not _counts(draft, path, rule):
        return rule
    for amount in rule.amounts():
        quantity = QUANTITIES.get(amount.quantity)
        if quantity is None or quantity.kind in ("state", "text"):
            continue  # cross_needs.py has said so
        written = amount.unit or quantity.unit
        try:
            way = convert_span if amount.span else convert
            value = way(amount.value, written, quantity.unit, quantity.name)
        except ValueError as error:
            _, _, expected = str(error).partition("; expected ")
            hint = nearest(written, units_for(quantity.unit, quantity.name)) if quantity.unit else ""
            draft.say(RULES, (*path, *amount.unit_path), f"'{written}' is no unit of {quantity.name}", expected, hint)
            return rule
        _believable(draft, path, amount, quantity, value)
        rule = _put(rule, amount.path, value)
    for unit_path, name in {amount.unit_path: amount.quantity for amount in rule.amounts() if amount.unit}.items():
        rule = _put(rule, unit_path, QUANTITIES[name].unit if name in QUANTITIES else "")
    return rule


def _counts(draft: Draft, path: Where, rule: Rule) -> bool:
    """Look whether the limit of a kind that counts or reckons is a number, with a unit only where it has one."""
    when = getattr(rule, "when", None)
    if not isinstance(when, Limit):
        return True
    if isinstance(when.value, bool | str):
        shown = str(when.value).lower() if isinstance(when.value, bool) else when.value
        message = f"'{shown}' is no number, and a rule of kind {rule.kind} compares numbers"
        draft.say(RULES, (*path, "when", "value"), message, "a number")
        return False
    where = ("when", "unit")
    if when.unit and not isinstance(rule, Formula) and where not in [amount.unit_path for amount in rule.amounts()]:
        message = f"what a rule of kind {rule.kind} compares here has no unit"
        draft.say(RULES, (*path, *where), message, "no 'unit'", key=True)
        return False
    return True


def _believable(draft: Draft, path: Where, amount: Amount, quantity: Quantity, value: float) -> None:
    """Refuse what the quantity never is, and differences that it can never make."""
    unit = f" {quantity.unit}".rstrip()
    if amount.span:
        widest = quantity.high - quantity.low
        if not abs(value) <= widest:
            message = f"{quantity.name} never differs by {value:g}{unit}"
            draft.say(RULES, (*path, *amount.path), message, f"0 to {widest:g}{unit}")
    elif not quantity.low <= value <= quantity.high:
        message = f"{quantity.name} is never {value:g}{unit}"
        draft.say(RULES, (*path, *amount.path), message, f"{quantity.low:g} to {quantity.high:g}{unit}")


def _put(model: Any, path: Where, value: Any) -> Any:
    """Give a copy of a model with another value at a path."""
    first, *rest = path
    if isinstance(model, BaseModel):
        inner = getattr(model, str(first))
        return model.model_copy(update={str(first): _put(inner, tuple(rest), value) if rest else value})
    if isinstance(model, dict):
        return model | {first: _put(model[first], tuple(rest), value) if rest else value}
    changed = list(model)
    changed[int(first)] = _put(changed[int(first)], tuple(rest), value) if rest else value
    return changed
