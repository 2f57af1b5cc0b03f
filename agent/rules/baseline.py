"""Rule kind `baseline`: an hour that differs from the same hour of earlier weeks (M07 night flow).

Each hour of the week keeps its last eight values; their median and median absolute deviation (MAD) say what is usual
(1.4826 x MAD is the standard deviation of a normal distribution). No data: while an hour of the week has fewer than
`weeks` values, or the wall clock is not trusted, it says so. State is bounded: 168 x 8 numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from math import inf, isnan, nan
from statistics import median
from typing import Any, Final, Literal

from pydantic import Field

from agent.model.events import Offset, Reading
from agent.rules.base import RuleBase
from agent.rules.needs import Amount, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth

HOUR: Final = 3_600_000
MINUTE: Final = 60_000
WEEK_HOURS: Final = 168
KEPT: Final = 8
SIGMA: Final = 1.4826


class Baseline(RuleBase):
    """An hour's value lies farther from the median of its hour of the week than `deviations` and `at_least` allow."""

    kind: Literal["baseline"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device")
    fn: Literal["mean", "min", "max"] = Field("mean", description="what counts of an hour")
    direction: Literal["above", "below", "either"] = Field("above", description="on which side it is unusual")
    deviations: float = Field(3.0, gt=0, le=100, description="how many robust standard deviations are usual")
    at_least: float = Field(gt=0, description="differences below this are usual, however alike the weeks were")
    unit: str = Field("", description="unit of `at_least`; empty: the quantity's own")
    weeks: int = Field(3, ge=2, le=KEPT, description="how many earlier weeks must be known")
    hours_of_day: list[int] = Field([], max_length=24, description="only these hours (2 is 02:00 to 03:00); []: all")
    in_a_row: int = Field(1, ge=1, le=WEEK_HOURS, description="so many of these hours one after the other")

    def needs(self) -> tuple[Need, ...]:
        """Want one number."""
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="number"),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert the least difference."""
        return (Amount(("at_least",), self.at_least, self.quantity, self.unit, span=True),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return BaselineStep(self, seat)


class BaselineStep(BaseStep):
    """The running hour, and the past by hour of the week (Monday 00:00 is 0). `measure`: the last hour's deviation."""

    reads_calendar = True

    def __init__(self, rule: Baseline, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._local: int | None = None
        """The site's local time = engine time + this; None: not trusted."""
        self._past: dict[int, array[float]] = {}
        self._count, self._total, self._low, self._high = 0, 0.0, inf, -inf
        self._row = 0
        self.no_data = True

    def reading(self, reading: Reading) -> Truth:
        """Take it into the running hour."""
        if isinstance(reading.value, str | bool) or self._local is None:
            return None
        value = float(reading.value)
        self._count += 1
        self._total += value
        self._low, self._high = min(self._low, value), max(self._high, value)
        return None

    def clock(self, t: int, offset: Offset) -> Truth:
        """Begin an hour by the calendar that is known now; the one that ran belongs to no hour of the week."""
        local = offset.wall + offset.tz_min * MINUTE if offset.trusted else None
        if local != self._local:
            self._local = local
            self._begin()
            self.no_data = self.no_data or local is None
        self.due = t + HOUR - (t + local) % HOUR if local is not None else None
        return None

    def _begin(self) -> None:
        self._count, self._total, self._low, self._high = 0, 0.0, inf, -inf

    def at(self, t: int) -> Truth:
        """The hour is over: compare it with its past, and keep it."""
        assert self._local is not None
        hour = (t + self._local) // HOUR - 1
        self.due = t + HOUR
        fn, rule = self._rule.fn, self._rule
        value = nan if not self._count else {"mean": self._total / self._count, "min": self._low, "max": self._high}[fn]
        self._begin()
        if rule.hours_of_day and hour % 24 not in rule.hours_of_day:
            return None
        # 1970-01-01 was a Thursday: hour 0 is hour 72 of its week.
        return self._judge((hour + 72) % WEEK_HOURS, value)

    def _judge(self, slot: int, value: float) -> Truth:
        rule, past = self._rule, self._past.get(slot, ())
        self.no_data = len(past) < rule.weeks or isnan(value)
        if not isnan(value):
            self._past[slot] = array("d", [*past, value][-KEPT:])
        if self.no_data:
            self._row, self.measure = 0, nan
            return None
        usual = median(past)
        spread = SIGMA * median(abs(one - usual) for one in past)
        off = {"above": value - usual, "below": usual - value, "either": abs(value - usual)}[rule.direction]
        self.measure = off
        self._row = min(self._row + 1, WEEK_HOURS) if off > max(rule.deviations * spread, rule.at_least) else 0
        return self._row >= rule.in_a_row

    def gap(self, length: int, policy: str, t: int) -> None:
        """The hour in which nobody looked is no whole hour; the past stays."""
        if policy != "hold":
            self._begin()
        if self._local is not None and self.due is not None and self.due <= t and length:
            self.due = t + HOUR - (t + self._local) % HOUR
            self._begin()

    def words(self) -> str:
        """Give what is unusual."""
        rule = self._rule
        rows = f", {rule.in_a_row} in a row" if rule.in_a_row > 1 else ""
        return f"{rule.fn} of {rule.quantity} in an hour {rule.direction} the usual of its hour of the week{rows}"

    def state(self) -> State:
        """Remember past and running hour."""
        past = {str(slot): list(values) for slot, values in self._past.items()}
        return {
            "local": self._local, "past": past, "row": self._row,
            "hour": [self._count, self._total, self._low, self._high], "none": self.no_data, "due": self.due,
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        if "past" in state:
            self._local, self._row, self.due, self.no_data = state["local"], state["row"], state["due"], state["none"]
            self._past = {int(slot): array("d", values) for slot, values in state["past"].items()}
            self._count, self._total, self._low, self._high = state["hour"]
