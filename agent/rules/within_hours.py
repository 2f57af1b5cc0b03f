"""Rule kind `within_hours`: a state during daily hours, such as a roof door open at night (S03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.rules.base import Hours, RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class WithinHours(RuleBase):
    """The state `quantity` is `value` within `hours`; a state that began before the hours counts from their start."""

    kind: Literal["within_hours"]
    quantity: str = Field(description="the state that is looked at")
    part: str = Field("", description="which part of the device")
    value: bool = Field(True, description="the value that matters")
    hours: Hours = Field(description="daily hours in the site's time zone")

    def needs(self) -> tuple[Need, ...]:
        """Want one state."""
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="state"),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return WithinHoursStep(self, seat)


class WithinHoursStep(BaseStep):
    """The state alone; the hours are looked at in one place for all kinds (agent/engine/point.py)."""

    __slots__ = ("_rule", "_truth")

    def __init__(self, rule: WithinHours, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._truth: Truth = None

    def reading(self, reading: Reading) -> Truth:
        """Tell whether the state holds."""
        self._truth = reading.value == self._rule.value
        return self._truth

    def words(self) -> str:
        """Give the state and the hours in words."""
        hours = self._rule.hours
        return f"{self._rule.quantity} == {str(self._rule.value).lower()} within {hours.from_}-{hours.to}"

    def explain(self, _now: int) -> list[Clause]:
        """Give the state; the hours are a clause of their own for all kinds (agent/engine/explain.py)."""
        value = self._rule.value
        return [Clause(f"{self._rule.quantity} == {str(value).lower()}", self._truth, limit=value)]

    def state(self) -> State:
        """Remember the state."""
        return {"truth": self._truth}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self._truth = state.get("truth")
