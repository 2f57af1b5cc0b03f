"""Cross checks of `derive.formulas`: inputs that the device gives, a formula that is one, and the right unit."""

from __future__ import annotations

from agent.model.quantities import QUANTITIES
from agent.rules.expression import FormulaError, compiled, unit_of
from agent.settings.abilities import measured_by
from agent.settings.complaints import Where, listed, nearest
from agent.settings.corrections import unit_for
from agent.settings.device_parts import DerivedFormula
from agent.settings.draft import DEVICES, Draft


def check_derived(draft: Draft) -> None:
    """Look at the formulas of every device."""
    for name, device in draft.devices.items():
        given = measured_by(device)
        for quantity, formula in device.derive.formulas.items():
            path: Where = ("devices", name, "derive", "formulas", quantity)
            if quantity not in QUANTITIES:
                message, hint = f"there is no quantity '{quantity}'", nearest(quantity, QUANTITIES)
                draft.say(DEVICES, path, message, "a quantity that is known", hint, key=True)
            elif quantity in given:
                draft.say(DEVICES, path, f"the device gives '{quantity}' itself", "another quantity", key=True)
            elif _inputs(draft, path, formula, given):
                _formula(draft, path, quantity, formula)


def _inputs(draft: Draft, path: Where, formula: DerivedFormula, given: tuple[str, ...]) -> bool:
    before = len(draft.complaints)
    for name, of in formula.of.items():
        where = (*path, "of", name, "quantity")
        if of.quantity not in given:
            message = f"this device gives no '{of.quantity}'"
            draft.say(DEVICES, where, message, f"one of {listed(given)}", nearest(of.quantity, given))
        elif QUANTITIES[of.quantity].kind == "text":
            draft.say(DEVICES, where, f"{of.quantity} is text, which no formula can reckon with", "a number or a state")
    return len(draft.complaints) == before


def _formula(draft: Draft, path: Where, quantity: str, formula: DerivedFormula) -> None:
    try:
        compiled(formula.formula, tuple(formula.of))
        found = unit_of(formula.formula, {name: unit_for(of.quantity) for name, of in formula.of.items()})
    except FormulaError as error:
        message, _, expected = str(error).partition("; expected ")
        draft.say(DEVICES, (*path, "formula"), message, expected)
        return
    wanted = unit_for(quantity)
    if found.truth != wanted.truth:
        message = f"{quantity} is {'true or false' if wanted.truth else 'a number'}, the formula is not"
        draft.say(DEVICES, (*path, "formula"), message, "a comparison" if wanted.truth else "a number")
    elif not found.free and not wanted.truth and found.powers != wanted.powers:
        message = f"the formula does not come to {QUANTITIES[quantity].unit or 'a number without unit'}"
        draft.say(DEVICES, (*path, "formula"), message, "units that make it: V * A is W, mm / mm is none")
