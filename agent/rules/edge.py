"""A number against a limit, with the deadband on the clearing side only: shared by every kind that compares numbers.

(domain.md §1.1: AVEVA and Rockwell semantics; older texts apply the deadband to both sides.) It keeps the truth and
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isnan
from typing import Any, Final

from agent.rules.base import Limit
from agent.rules.step import NOTHING, Truth

COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": lambda value, limit: value >= limit,
    ">": lambda value, limit: value > limit,
    "<=": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
    "==": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
}
HIGH: Final = (">=", ">")


class Edge:
    """Between limit and deadband the truth stays what it was; NaN says nothing new."""

    __slots__ = ("_clear", "_deadband", "_limit", "_op", "truth")

    def __init__(self, when: Limit, deadband: float = 0.0) -> None:
        self._op, self._limit, self._deadband = when.op, when.value, deadband
        self.truth: Truth = None
        self._clear = 0.0
        if not isinstance(self._limit, str | bool):
            self._clear = self._limit - deadband if self._op in HIGH else self._limit + deadband

    def judge(self, value: float | bool | str) -> Truth:
        """Tell whether the limit is passed."""
        if isinstance(value, float) and isnan(value):
            return self.truth
        if COMPARE[self._op](value, self._limit):
            self.truth = True
        elif self.truth is not True or self._cleared(value):
            self.truth = False
        return self.truth

    def _cleared(self, value: Any) -> bool:
        if not self._deadband or self._op in ("==", "!="):
            return True
        return bool(value < self._clear if self._op in HIGH else value > self._clear)

    def band(self) -> tuple[float, float]:
        """Give the values that leave the truth as it is; equality and first values are always looked at."""
        if self.truth is None or isinstance(self._limit, str | bool) or self._op in ("==", "!="):
            return NOTHING
        edge = self._clear if self.truth else self._limit
        above = (self._op in HIGH) == self.truth
        return (edge, inf) if above else (-inf, edge)
