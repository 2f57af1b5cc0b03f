"""Cross checks of the limits of thresholds: units, bounds, deadbands. Limits are converted here, once, at load."""

from __future__ import annotations

from agent.model.quantities import QUANTITIES, Quantity
from agent.model.units import convert, convert_span, units_for
from agent.rules.threshold import Threshold
from agent.settings.complaints import Where, nearest
from agent.settings.draft import RULES, Draft


def checked_limit(draft: Draft, path: Where, rule: Threshold) -> Threshold:
    """Complain about a limit that means nothing; give the rule with the limit in the quantity's own unit."""
    quantity = QUANTITIES[rule.quantity]
    if quantity.kind in ("state", "text"):
        _word(draft, path, rule, quantity)
        if rule.agg is not None:
            message = f"{quantity.name} is no number: a window of it comes to nothing"
            draft.say(RULES, (*path, "agg"), message, "no 'agg'; see kind state_duration", key=True)
        return rule
    value = rule.when.value
    if isinstance(value, bool | str):
        shown = str(value).lower() if isinstance(value, bool) else value
        expected = f"a number in {quantity.unit or 'no unit'}; its unit stands apart: unit: {quantity.unit or '…'}"
        draft.say(RULES, (*path, "when", "value"), f"'{shown}' is no number, but {quantity.name} is one", expected)
        return rule
    written = rule.when.unit or quantity.unit
    try:
        # A spread is a difference, for which offsets do not count.
        way = convert_span if rule.agg is not None and rule.agg.fn == "spread" else convert
        value = way(value, written, quantity.unit, quantity.name)
        deadband = convert_span(rule.deadband, written, quantity.unit, quantity.name)
    except ValueError as error:
        _, _, expected = str(error).partition("; expected ")
        hint = nearest(written, units_for(quantity.unit, quantity.name)) if quantity.unit else ""
        message = f"'{written}' is no unit of {quantity.name}"
        draft.say(RULES, (*path, "when", "unit"), message, expected, hint)
        return rule
    _reach(draft, path, rule, value, deadband)
    when = rule.when.model_copy(update={"value": value, "unit": quantity.unit})
    return rule.model_copy(update={"when": when, "deadband": deadband})


def _word(draft: Draft, path: Where, rule: Threshold, quantity: Quantity) -> None:
    """Check the limit of a state or text: only equality, no unit, no deadband."""
    when, name = (*path, "when"), quantity.name
    wanted = bool if quantity.kind == "state" else str
    kind = "true or false" if quantity.kind == "state" else "text"
    if not isinstance(rule.when.value, wanted):
        shown = rule.when.value if isinstance(rule.when.value, str) else f"{rule.when.value:g}"
        hint = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}.get(shown, "")
        draft.say(RULES, (*when, "value"), f"{name} is {kind}, not '{shown}'", kind, hint if wanted is bool else "")
    if rule.when.op not in ("==", "!="):
        draft.say(RULES, (*when, "op"), f"{name} is {kind}, neither more nor less", "== or !=", "==")
    if rule.when.unit:
        draft.say(RULES, (*when, "unit"), f"{name} is {kind} and has no unit", "no 'unit'", key=True)
    if rule.deadband:
        draft.say(RULES, (*path, "deadband"), f"{name} is {kind}: nothing lies between", "no 'deadband'", key=True)


def _reach(draft: Draft, path: Where, rule: Threshold, value: float, deadband: float) -> None:
    """Look whether a limit can be reached and left again, within what is believable of the quantity."""
    quantity = QUANTITIES[rule.quantity]
    spread = rule.agg is not None and rule.agg.fn == "spread"
    low, high = (0.0, quantity.high - quantity.low) if spread else (quantity.low, quantity.high)
    bounds = f"{low:g} to {high:g} {quantity.unit}".rstrip()
    if not low <= value <= high:
        message = f"{quantity.name} is never {value:g} {quantity.unit}".rstrip()
        draft.say(RULES, (*path, "when", "value"), message, bounds)
        return
    if not deadband:
        return
    if rule.when.op in ("==", "!="):
        message = f"a deadband means nothing with '{rule.when.op}'"
        draft.say(RULES, (*path, "deadband"), message, "no 'deadband', or >= or <=", key=True)
        return
    clears = value - deadband if rule.when.op in (">", ">=") else value + deadband
    if not low <= clears <= high:
        message = f"it would clear at {clears:g} {quantity.unit}, which {quantity.name} never reaches"
        draft.say(RULES, (*path, "deadband"), message, f"a smaller one: {quantity.name} is {bounds}")
