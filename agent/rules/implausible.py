"""Rule kind `implausible`: a value outside its plausible bounds, or one that jumped farther than anything real (A03).

The bounds are narrower than those of the quantity itself: what is outside those is refused at the driver and never
comes here. No data: the truth stays what it was; the first value can be no jump.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.rules.base import RuleBase
from agent.rules.needs import Amount, Contradiction, Need
from agent.rules.step import NOTHING, BaseStep, Seat, State, Step, Truth


class Implausible(RuleBase):
    """Outside [`low`, `high`], or moved by more than `per_second` x the time since the last plausible value."""

    kind: Literal["implausible"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")
    low: float | None = Field(None, description="lowest plausible value")
    high: float | None = Field(None, description="highest plausible value")
    per_second: float | None = Field(None, gt=0, description="the fastest plausible change in a second")
    unit: str = Field("", description="unit of all three; empty: the quantity's own")

    def needs(self) -> tuple[Need, ...]:
        """Want one number."""
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="number"),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert bounds and speed."""
        given = (("low", self.low, False), ("high", self.high, False), ("per_second", self.per_second, True))
        return tuple(
            Amount((name,), value, self.quantity, self.unit, span=span)
            for name, value, span in given
            if value is not None
        )

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse bounds that are the wrong way round, and none at all."""
        if self.low is None and self.high is None and self.per_second is None:
            return (Contradiction((), "nothing is implausible to this rule", "one of low, high, per_second", key=True),)
        if self.low is not None and self.high is not None and self.low >= self.high:
            message = f"{self.high:g} is not above 'low', {self.low:g}: every value would be implausible"
            return (Contradiction(("high",), message, f"more than {self.low:g}"),)
        return ()

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return ImplausibleStep(self, seat) if self.per_second is None else JumpStep(self, self.per_second, seat)


class ImplausibleStep(BaseStep):
    """The bounds alone. `measure`: the value."""

    banded = True

    def __init__(self, rule: Implausible, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._low = -inf if rule.low is None else rule.low
        self._high = inf if rule.high is None else rule.high
        self._truth: Truth = None

    def reading(self, reading: Reading) -> Truth:
        """Tell whether the value is outside."""
        if isinstance(reading.value, str | bool):
            return None
        self.measure = float(reading.value)
        self._truth = not self._low <= self.measure <= self._high
        return self._truth

    def band(self) -> tuple[float, float]:
        """Give the inside while the truth is that nothing is wrong."""
        return (self._low, self._high) if self._truth is False else NOTHING

    def words(self) -> str:
        """Give bounds and speed in words."""
        rule, unit = self._rule, f" {self._rule.unit}".rstrip()
        bounds = [f"< {rule.low:g}{unit}"] if rule.low is not None else []
        bounds += [f"> {rule.high:g}{unit}"] if rule.high is not None else []
        bounds += [f"moves faster than {rule.per_second:g}{unit}/s"] if rule.per_second is not None else []
        return f"{rule.quantity} {' or '.join(bounds)}"

    def state(self) -> State:
        """Remember the truth."""
        return {"truth": self._truth}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self._truth = state.get("truth")


class JumpStep(ImplausibleStep):
    """The bounds, and the speed since the last plausible value.

    A value that stays where it jumped to becomes plausible: the longer ago the last one is, the farther it may be away.
    """

    banded = False

    def __init__(self, rule: Implausible, per_second: float, seat: Seat) -> None:
        super().__init__(rule, seat)
        self._speed = per_second / 1000
        self._last: tuple[int, float] | None = None

    def reading(self, reading: Reading) -> Truth:
        """Tell whether the value is outside, or came too fast."""
        if super().reading(reading) is None:
            return None
        if not self._truth and self._last is not None:
            t, value = self._last
            self._truth = abs(self.measure - value) > self._speed * max(reading.t - t, 1)
        if not self._truth:
            self._last = (reading.t, self.measure)
        return self._truth

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: as if no time had passed; else the next value is no jump."""
        if policy == "hold" and self._last is not None:
            self._last = (self._last[0] + length, self._last[1])
        elif policy == "reset":
            self._last = None

    def state(self) -> State:
        """Remember the truth and the last plausible value."""
        return super().state() | {"last": self._last}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        super().restore(state)
        last = state.get("last")
        self._last = (last[0], last[1]) if last else None
