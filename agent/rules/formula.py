"""Rule kind `formula`: a condition over several values, of this device or of others (M03 dry run, S14 stuck gate).

The formula is either true or false, or a number that `when` compares. What may stand in it is in expression.py. No
data: while one value is missing or older than `max_age`, it says so; a division by zero is an error of the rule, which
is counted and tried again later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from agent.model.quantities import QUANTITIES
from agent.model.units import Duration
from agent.rules.base import Limit, RuleBase, limit_words
from agent.rules.edge import Edge
from agent.rules.expression import TRUTH, FormulaError, Unit, compiled, unit, unit_of
from agent.rules.needs import Contradiction, Need, Who
from agent.rules.several import SeveralStep
from agent.rules.step import Seat, State, Step, Truth

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class Operand(Who):
    """A value of the formula: a number or a state."""

    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")


class Formula(RuleBase):
    """`formula` is true; or what it comes to passes `when`."""

    kind: Literal["formula"]
    formula: str = Field(max_length=200, description="such as 'current < 0.6 * 8 and running'")
    of: dict[Name, Operand] = Field(min_length=1, max_length=16, description="the values, by the names in the formula")
    when: Limit | None = Field(None, description="the limit, if the formula comes to a number; in the formula's unit")
    deadband: float = Field(0.0, ge=0, description="the number must retreat this far past the limit to clear")
    max_age: Duration | None = Field(
        None, ge=1000, description="all values must be younger; unset: what silence means for the device"
    )

    def needs(self) -> tuple[Need, ...]:
        """Want every value."""
        return tuple(
            Need("quantity", of.quantity, ("of", name, "quantity"), of.part, "any",
                 of if of.device or of.role else None, name, single=True)
            for name, of in self.of.items()
        )  # fmt: skip

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse what is no formula, and units that do not go together."""
        if any(of.quantity not in QUANTITIES for of in self.of.values()):
            return ()
        for name, of in self.of.items():
            if QUANTITIES[of.quantity].kind == "text":
                message = f"{of.quantity} is text, which no formula can reckon with"
                return (Contradiction(("of", name, "quantity"), message, "a number or a state"),)
        try:
            compiled(self.formula, tuple(self.of))
            found = unit_of(self.formula, {name: _unit(of.quantity) for name, of in self.of.items()})
        except FormulaError as error:
            message, _, expected = str(error).partition("; expected ")
            return (Contradiction(("formula",), message, expected),)
        return self._limit(found)

    def _limit(self, found: Unit) -> tuple[Contradiction, ...]:
        """Look whether what the formula comes to goes together with `when`."""
        if found.truth:
            message = "the formula is true or false: there is nothing to compare"
            return (Contradiction(("when",), message, "no 'when'"),) if self.when is not None else ()
        if self.when is None:
            return (Contradiction(("formula",), "this is a number", "a comparison in it, or 'when'"),)
        if self.when.unit and unit(self.when.unit) != found:
            message = f"the formula does not come to {self.when.unit}"
            return (Contradiction(("when", "unit"), message, "no 'unit': the value is in the formula's own"),)
        return ()

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return FormulaStep(self, seat)


def _unit(quantity: str) -> Unit:
    found = QUANTITIES[quantity]
    return TRUTH if found.kind == "state" else unit(found.unit)


class FormulaStep(SeveralStep):
    """The values and the compiled formula. `measure`: what it comes to."""

    def __init__(self, rule: Formula, seat: Seat) -> None:
        series = tuple(
            (next(iter(seat.others.get(name, ())), seat.device), of.quantity, of.part) for name, of in rule.of.items()
        )
        super().__init__(series, rule.max_age or seat.silence)
        self._rule = rule
        self._compute = compiled(rule.formula, tuple(rule.of))
        self._edge = Edge(rule.when, rule.deadband) if rule.when is not None else None

    def judge(self) -> Truth:
        """Compute."""
        self.measure = float(found := self._compute(self.values))
        return bool(found) if self._edge is None else self._edge.judge(self.measure)

    def words(self) -> str:
        """Give the formula."""
        return f"{self._rule.formula} {limit_words(self._rule.when) if self._rule.when else ''}".rstrip()

    def state(self) -> State:
        """Remember the values and the truth."""
        return super().state() | {"truth": self._edge.truth if self._edge is not None else None}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        super().restore(state)
        if self._edge is not None:
            self._edge.truth = state.get("truth")
