"""Rule kind `stuck`: a value that has not changed for too long although readings come (A02).

No data: silence is not sameness; only readings make the time count, and a device that is silent is another rule's
matter (kind absent).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading, Value
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Amount, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Stuck(RuleBase):
    """Readings that differ by no more than `tolerance` from one value for `longer_than`."""

    kind: Literal["stuck"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")
    longer_than: Duration = Field(ge=1000, le=31 * 86_400_000, description="how long it may stay the same")
    tolerance: float = Field(0.0, ge=0, description="differences up to this are none")
    unit: str = Field("", description="unit of `tolerance`; empty: the quantity's own")

    def needs(self) -> tuple[Need, ...]:
        """Want one quantity of any kind."""
        return (Need("quantity", self.quantity, ("quantity",), self.part),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert the tolerance."""
        return (Amount(("tolerance",), self.tolerance, self.quantity, self.unit, span=True),) if self.tolerance else ()

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return StuckStep(self, seat)


class StuckStep(BaseStep):
    """The value that stays, and since when. `measure`: for how many seconds."""

    def __init__(self, rule: Stuck, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._value: Value | None = None
        self._since = 0

    def reading(self, reading: Reading) -> Truth:
        """Look whether the value is still the same."""
        if not self._same(reading.value):
            self._value, self._since = reading.value, reading.t
        self.measure = (reading.t - self._since) / 1000
        return reading.t - self._since >= self._rule.longer_than

    def _same(self, value: Value) -> bool:
        if isinstance(value, float) and isinstance(self._value, float):
            return abs(value - self._value) <= self._rule.tolerance
        return value == self._value

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the time stood still; reset: it begins with the next reading; count: it went on."""
        if policy == "reset":
            self._value = None
        elif policy == "hold":
            self._since += length

    def words(self) -> str:
        """Give how long it may stay the same."""
        return f"{self._rule.quantity} unchanged for {duration_text(self._rule.longer_than)}"

    def explain(self, now: int) -> list[Clause]:
        """Give for how many seconds readings have said the same, up to the last of them."""
        length = self._rule.longer_than / 1000
        holds = None if isnan(self.measure) else self.measure >= length
        since = self._since if self._value is not None and self._since <= now else -1
        return [Clause(self.words(), holds, None if isnan(self.measure) else self.measure, length, since)]

    def state(self) -> State:
        """Remember the value and since when."""
        return {"value": self._value, "since": self._since}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._value, self._since = state.get("value"), state.get("since", 0)
