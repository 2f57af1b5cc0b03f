"""Rule kind `compare`: the difference or the ratio of two values (M24 two meters, M34 supply and return).

The other value is of the same device, of one by name, or of one with a role nearby. No data: while one of the two is
missing or older than `max_age`, it says so; a ratio to zero has no data either.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any, Literal

from pydantic import Field

from agent.model.quantities import QUANTITIES
from agent.model.units import Duration
from agent.rules.base import Limit, RuleBase, limit_words
from agent.rules.edge import Edge
from agent.rules.needs import Amount, Contradiction, Need, Who
from agent.rules.several import SeveralStep
from agent.rules.step import Seat, State, Step, Truth


class Other(Who):
    """The value that it is compared with."""

    quantity: str = Field("", description="empty: the same quantity")
    part: str = Field("", description="which part of the device, such as probe=2")


class Compare(RuleBase):
    """`quantity` less the other (difference), how far they lie apart (distance), or `quantity` by the other (ratio)."""

    kind: Literal["compare"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as probe=1")
    other: Other = Field(description="what it is compared with")
    by: Literal["difference", "distance", "ratio"] = Field("difference", description="how they are compared")
    when: Limit = Field(description="the limit; a ratio has no unit")
    deadband: float = Field(0.0, ge=0, description="it must retreat this far past the limit to clear")
    max_age: Duration | None = Field(
        None, ge=1000, description="both values must be younger; unset: what silence means for the device"
    )

    def needs(self) -> tuple[Need, ...]:
        """Want two numbers."""
        name = self.other.quantity or self.quantity
        whom = self.other if self.other.device or self.other.role else None
        path = ("other", "quantity")
        other = Need("quantity", name, path, self.other.part, "number", whom=whom, key="other", single=True)
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="number"), other)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert the limit, unless it is a ratio."""
        if self.by == "ratio" or isinstance(self.when.value, bool | str):
            return ()
        unit, where = self.when.unit, ("when", "unit")
        return (
            Amount(("when", "value"), self.when.value, self.quantity, unit, where, span=True),
            Amount(("deadband",), self.deadband, self.quantity, unit, where, span=True),
        )

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse the difference of two units."""
        name = self.other.quantity or self.quantity
        if self.by == "ratio" or name not in QUANTITIES or self.quantity not in QUANTITIES:
            return ()
        one, other = QUANTITIES[self.quantity].unit, QUANTITIES[name].unit
        if one == other:
            return ()
        message = f"{self.quantity} is in {one or 'no unit'}, {name} in {other or 'no unit'}"
        return (Contradiction(("other", "quantity"), message, "two quantities of one unit, or 'by: ratio'"),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return CompareStep(self, seat)


class CompareStep(SeveralStep):
    """Two values and their limit. `measure`: what they come to; with several others the first that is meant counts."""

    def __init__(self, rule: Compare, seat: Seat) -> None:
        device = next(iter(seat.others.get("other", ())), seat.device)
        other = (device, rule.other.quantity or rule.quantity, rule.other.part)
        super().__init__(((seat.device, rule.quantity, rule.part), other), rule.max_age or seat.silence)
        self._rule = rule
        self._edge = Edge(rule.when, rule.deadband)

    def judge(self) -> Truth:
        """Compare."""
        one, other = (float(value) for value in self.values if not isinstance(value, str | None))
        match self._rule.by:
            case "difference":
                self.measure = one - other
            case "distance":
                self.measure = abs(one - other)
            case "ratio":
                self.measure = one / other if other else nan
                self.no_data = not other
        return None if self.no_data else self._edge.judge(self.measure)

    def words(self) -> str:
        """Give the comparison in words."""
        rule = self._rule
        device, quantity, _ = self.series[-1]
        return f"{rule.by} of {rule.quantity} and that of {device} ({quantity}) {limit_words(rule.when)}"

    def state(self) -> State:
        """Remember the values and the truth."""
        return super().state() | {"truth": self._edge.truth}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        super().restore(state)
        self._edge.truth = state.get("truth")
