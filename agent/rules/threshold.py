"""Rule kind `threshold`: a reading beyond a limit. Raises at >= or <=; the deadband works on the clearing side only.

(domain.md §1.1: AVEVA and Rockwell semantics; older texts apply the deadband to both sides.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Final, Literal

from pydantic import Field

from agent.model.events import Reading, Value
from agent.rules.base import Limit, RuleBase
from agent.rules.step import NOTHING, BaseStep, State, Truth


class Threshold(RuleBase):
    """A reading beyond a limit, or a state that holds."""

    kind: Literal["threshold"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")
    when: Limit = Field(description="the limit")
    deadband: float = Field(0.0, ge=0, description="the value must retreat this far past the limit to clear")


_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
    "==": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
}


class ThresholdStep(BaseStep):
    """Compare each reading; between limit and deadband the truth stays what it was."""

    def __init__(self, rule: Threshold, device: str) -> None:
        super().__init__()
        self.watched = (device, rule.quantity, rule.part)
        self._rule = rule
        self._op = rule.when.op
        self._limit = rule.when.value
        self._clear = self._clearing_limit()
        self._truth: Truth = None

    def _clearing_limit(self) -> float:
        """Give the value past which the condition ends: limit - deadband (high) or limit + deadband (low)."""
        if isinstance(self._limit, str | bool):
            return 0.0
        return self._limit - self._rule.deadband if self._op in (">=", ">") else self._limit + self._rule.deadband

    def _cleared(self, value: Value) -> bool:
        if not self._rule.deadband or isinstance(value, str | bool) or self._op in ("==", "!="):
            return True
        return value < self._clear if self._op in (">=", ">") else value > self._clear

    def reading(self, reading: Reading) -> Truth:
        """Tell whether the limit is passed, with the deadband on the clearing side."""
        value = reading.value
        if isinstance(value, str) != isinstance(self._limit, str):
            return None
        if _COMPARE[self._op](value, self._limit):
            self._truth = True
        elif self._truth is not True or self._cleared(value):
            self._truth = False
        return self._truth

    def band(self) -> tuple[float, float]:
        """Give the values that leave the truth as it is; equality and first values are always looked at."""
        if self._truth is None or isinstance(self._limit, str | bool) or self._op in ("==", "!="):
            return NOTHING
        edge = self._clear if self._truth else self._limit
        above = (self._op in (">=", ">")) == self._truth
        return (edge, inf) if above else (-inf, edge)

    def words(self) -> str:
        """Give the comparison in words."""
        unit = f" {self._rule.when.unit}" if self._rule.when.unit else ""
        limit = str(self._limit).lower() if isinstance(self._limit, bool) else self._limit
        return f"{self._rule.quantity} {self._op} {limit}{unit}"

    def state(self) -> State:
        """Remember the truth."""
        return {"truth": self._truth}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take the truth back."""
        self._truth = state.get("truth")
