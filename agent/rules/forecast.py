"""Rule kind `forecast`: the time until a limit is reached, by a robust slope (C01 bin full, M28 tank empty in n hours).

The slope is the median of the slopes between all pairs of panes (Theil-Sen): a quarter of them may be nonsense. No
data: while too few panes have values it says so; while the value moves away from the limit it is not true.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, inf, isnan, nan
from statistics import median
from typing import Any, Final, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.needs import Amount, Need
from agent.rules.panes import PANES, Panes
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Forecast(RuleBase):
    """If it goes on as in `window`, it reaches `to` in less than `within`."""

    kind: Literal["forecast"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device")
    to: float = Field(description="the limit that it moves to")
    unit: str = Field("", description="unit of `to` and `refilled`; empty: the quantity's own")
    direction: Literal["rise", "fall"] = Field("rise", description="from which side the limit is reached")
    within: Duration = Field(ge=60_000, le=31 * 86_400_000, description="how soon it must be reached")
    window: Duration = Field(ge=60_000, le=31 * 86_400_000, description="the past that is looked at; kept as 60 panes")
    least: int = Field(10, ge=3, le=PANES, description="panes that must have values before anything is foretold")
    refilled: float | None = Field(
        None, gt=0, description="a step so large the other way (emptied, refilled) makes the past count no more"
    )

    def needs(self) -> tuple[Need, ...]:
        """Want one number."""
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="number"),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert the limit and the step."""
        to = Amount(("to",), self.to, self.quantity, self.unit)
        if self.refilled is None:
            return (to,)
        return (to, Amount(("refilled",), self.refilled, self.quantity, self.unit, span=True))

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return ForecastStep(self, seat)


MOST: Final = 30
"""Of more points every second (third, …) is looked at: pairs grow with the square."""


def slope_of(points: list[tuple[int, float]]) -> float:
    """Give the median slope of all pairs, per ms; NaN of fewer than two."""
    points = points[:: ceil(len(points) / MOST) or 1]
    slopes = [
        (value - before) / (t - earlier)
        for number, (t, value) in enumerate(points)
        for earlier, before in points[:number]
    ]
    return median(slopes) if slopes else nan


class ForecastStep(BaseStep):
    """A window, and the slope of its finished panes. `measure`: hours until the limit, infinity for never."""

    def __init__(self, rule: Forecast, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._sign = 1.0 if rule.direction == "rise" else -1.0
        self._panes = Panes(rule.window, seat.interval)
        self._slope = nan
        self._last = nan
        self.no_data = True

    def reading(self, reading: Reading) -> Truth:
        """Take it into the window, and look ahead. The slope is computed anew with each new pane."""
        if isinstance(reading.value, str | bool):
            return None
        value = float(reading.value)
        step_back = self._sign * (self._last - value)
        if self._rule.refilled is not None and step_back >= self._rule.refilled:
            self._panes.gap(0, "reset")
        self._last = value
        if self._panes.add(reading.t, value):
            self._fit()
        return self._ahead(value)

    def _fit(self) -> None:
        finished = self._panes.means()[:-1]
        self._slope = slope_of(finished) if len(finished) >= self._rule.least else nan
        self.no_data = len(finished) < self._rule.least

    def _ahead(self, value: float) -> Truth:
        left = self._sign * (self._rule.to - value)
        if left <= 0:
            self.no_data, self.measure = False, 0.0
            return True
        self.no_data = isnan(self._slope)
        if self.no_data:
            self.measure = nan
            return None
        speed = self._sign * self._slope
        ms = left / speed if speed > 0 else inf
        self.measure = ms / 3_600_000
        return ms <= self._rule.within

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the window stood still; reset: it begins anew; count: time went on."""
        self._panes.gap(length, policy)
        if policy == "reset":
            self._last = nan
            self._fit()

    def words(self) -> str:
        """Give the forecast in words."""
        rule = self._rule
        return f"{rule.quantity} reaches {rule.to:g} {rule.unit}".rstrip() + f" within {duration_text(rule.within)}"

    def state(self) -> State:
        """Remember the window."""
        return {"panes": self._panes.state(), "last": self._last}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back; a window of another length begins anew."""
        if "panes" in state and self._panes.restore(state["panes"]):
            self._last = state["last"]
            self._fit()
            self._ahead(self._last)
