"""Rule kind `threshold`: a reading, or what a window of readings comes to, beyond a limit.

Raises at >= or <=; the deadband works on the clearing side only (edge.py). No data: a single reading's truth stays what
it was; a window with fewer readings than `min_valid` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import Limit, RuleBase, limit_words
from agent.rules.clause import Clause
from agent.rules.edge import Edge
from agent.rules.needs import Need
from agent.rules.panes import Panes
from agent.rules.paper import Strict
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Aggregate(Strict):
    """What a window of readings comes to, and how much of it must be there."""

    fn: Literal["mean", "min", "max", "spread", "percentile"] = Field(
        description="what is compared with the limit; spread: greatest less least, of a total what it rose by"
    )
    window: Duration = Field(ge=1000, le=31 * 86_400_000, description="of which time; kept as 60 panes")
    percent: float = Field(50.0, ge=0, le=100, description="for a percentile: how many percent lie below it")
    min_valid: float = Field(
        0.7, gt=0, le=1, description="share of the window that must have readings; below it there is no data"
    )


class Threshold(RuleBase):
    """A reading beyond a limit, or a state that holds."""

    kind: Literal["threshold"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")
    when: Limit = Field(description="the limit")
    deadband: float = Field(0.0, ge=0, description="the value must retreat this far past the limit to clear")
    agg: Aggregate | None = Field(None, description="compare what a window of readings comes to, not each of them")

    def needs(self) -> tuple[Need, ...]:
        """Want one quantity."""
        return (Need("quantity", self.quantity, ("quantity",), self.part),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device: of each reading, or of what a window of them comes to."""
        return ThresholdStep(self, seat) if self.agg is None else AggregateStep(self, self.agg, seat)


class ThresholdStep(BaseStep):
    """Compare each reading; between limit and deadband the truth stays what it was."""

    __slots__ = ("_edge", "_rule")

    banded = True

    def __init__(self, rule: Threshold, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._edge = Edge(rule.when, rule.deadband)

    def reading(self, reading: Reading) -> Truth:
        """Tell whether the limit is passed, with the deadband on the clearing side."""
        if isinstance(reading.value, str) != isinstance(self._rule.when.value, str):
            return None
        if isinstance(reading.value, float):
            self.measure = reading.value
        return self._edge.judge(reading.value)

    def band(self) -> tuple[float, float]:
        """Give the values that leave the truth as it is."""
        return self._edge.band()

    def words(self) -> str:
        """Give the comparison in words."""
        return f"{self._rule.quantity} {limit_words(self._rule.when)}"

    def explain(self, _now: int) -> list[Clause]:
        """Give the limit, or what is left of it once it was passed: it clears a deadband behind it."""
        rule, truth = self._rule, self._edge.truth
        held = f", cleared {rule.deadband:g} behind it" if truth and rule.deadband else ""
        return [Clause(self.words() + held, truth, limit=rule.when.value)]

    def state(self) -> State:
        """Remember the truth."""
        return {"truth": self._edge.truth}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take the truth back."""
        self._edge.truth = state.get("truth")


class AggregateStep(BaseStep):
    """Compare what a window of readings comes to. With too few of them it has no data: neither true nor false."""

    def __init__(self, rule: Threshold, agg: Aggregate, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule, self._agg = rule, agg
        self._panes = Panes(agg.window, seat.interval)
        self._edge = Edge(rule.when, rule.deadband)
        self.no_data = True

    def reading(self, reading: Reading) -> Truth:
        """Take it into the window, and judge."""
        if isinstance(reading.value, str | bool):
            return None
        self._panes.add(reading.t, float(reading.value))
        return self._judge(reading.t)

    def _judge(self, t: int) -> Truth:
        agg, panes = self._agg, self._panes
        panes.slide(t)
        self.no_data = panes.coverage < agg.min_valid
        if self.no_data:
            self.due, self.measure = None, nan
            return None
        if self.due is None:
            self.due = panes.thin_at(agg.min_valid)
        self.measure = panes.percentile(agg.percent) if agg.fn == "percentile" else getattr(panes, agg.fn)()
        return self._edge.judge(self.measure)

    def at(self, t: int) -> Truth:
        """Look whether the window has become too thin. The deadline is moved lazily, when it comes."""
        self.due = None
        return self._judge(t)

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the window stood still; reset: it begins anew; count: time went on."""
        self._panes.gap(length, policy)
        if policy == "reset":
            self.no_data, self.due, self.measure = True, None, nan
        elif policy == "hold" and self.due is not None:
            self.due += length

    def words(self) -> str:
        """Give the comparison in words."""
        agg = self._agg
        fn = f"P{agg.percent:g}" if agg.fn == "percentile" else agg.fn
        return f"{fn} of {self._rule.quantity} over {duration_text(agg.window)} {limit_words(self._rule.when)}"

    def state(self) -> State:
        """Remember the window and the truth."""
        return {"panes": self._panes.state(), "truth": self._edge.truth, "due": self.due, "thin": self.no_data}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back; a window of another length begins anew."""
        if "panes" in state and self._panes.restore(state["panes"]):
            self._edge.truth, self.due, self.no_data = state["truth"], state["due"], state["thin"]
