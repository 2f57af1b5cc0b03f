"""Rule kind `rate_of_change`: a value that moved by so much within so long (C02 a bin fire: +10 K in 5 minutes).

The value now is compared with the least (or greatest) of the window. No data: with fewer than two values in the window
it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.needs import Amount, Need
from agent.rules.panes import Panes
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class RateOfChange(RuleBase):
    """It rose, fell or did either `by` at least so much `within` the time before now."""

    kind: Literal["rate_of_change"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")
    direction: Literal["rise", "fall", "either"] = Field("rise", description="which way it moves")
    by: float = Field(gt=0, description="by how much")
    unit: str = Field("", description="unit of `by`; empty: the quantity's own")
    within: Duration = Field(ge=1000, le=7 * 86_400_000, description="within which time; kept as 60 panes")

    def needs(self) -> tuple[Need, ...]:
        """Want one number."""
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="number"),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert the difference."""
        return (Amount(("by",), self.by, self.quantity, self.unit, span=True),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return RateOfChangeStep(self, seat)


class RateOfChangeStep(BaseStep):
    """A window of readings and the newest of them. `measure`: by how much it moved, in the quantity's unit."""

    def __init__(self, rule: RateOfChange, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._panes = Panes(rule.within)
        self._last = nan
        self.no_data = True

    def reading(self, reading: Reading) -> Truth:
        """Take it into the window, and look how far the value moved."""
        if isinstance(reading.value, str | bool):
            return None
        self._last = float(reading.value)
        self._panes.add(reading.t, self._last)
        return self.at(reading.t)

    def at(self, t: int) -> Truth:
        """Let go what has left the window, and judge. The deadline is the next leaving."""
        panes = self._panes
        panes.slide(t)
        self.due = panes.leaves_at
        self.no_data = panes.count < 2  # one value moves nowhere
        if self.no_data:
            self.measure = nan
            return None
        up, down = self._last - panes.min(), panes.max() - self._last
        self.measure = {"rise": up, "fall": down, "either": max(up, down)}[self._rule.direction]
        return self.measure >= self._rule.by

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the window stood still; reset: it begins anew; count: time went on."""
        self._panes.gap(length, policy)
        self.due = self._panes.leaves_at
        self.no_data = self._panes.count < 2

    def words(self) -> str:
        """Give the movement in words."""
        rule = self._rule
        verb = {"rise": "rises", "fall": "falls", "either": "moves"}[rule.direction]
        return f"{rule.quantity} {verb} >= {rule.by:g} {rule.unit}".rstrip() + f" within {duration_text(rule.within)}"

    def state(self) -> State:
        """Remember the window."""
        return {"panes": self._panes.state(), "last": self._last}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back; a window of another length begins anew."""
        if "panes" in state and self._panes.restore(state["panes"]):
            self._last, self.due = state["last"], self._panes.leaves_at
            self.no_data = self._panes.count < 2
