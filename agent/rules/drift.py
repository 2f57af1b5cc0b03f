"""Rule kind `drift`: a mean that moved for good, seen by a CUSUM (tabular form: NIST handbook 6.3.2.3).

Means over `every` are compared with a target that is given, or the median of the first `learn` means. What lies more
than `slack` off is summed; the sum above `decision` is the condition. No data: while the target is being learned it
says so. A recorded service (calibration) makes it learn anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.needs import Amount, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Drift(RuleBase):
    """The CUSUM of means over `every` passes `decision`."""

    kind: Literal["drift"]
    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device")
    every: Duration = Field(3_600_000, ge=1000, le=7 * 86_400_000, description="over which time means are taken")
    target: float | None = Field(None, description="where it should be; unset: learned")
    learn: int = Field(24, ge=3, le=200, description="from how many means the target is learned")
    slack: float = Field(ge=0, description="so far off is normal; usually half the shift that matters")
    decision: float = Field(gt=0, description="the sum that is too much; usually 4 or 5 standard deviations")
    unit: str = Field("", description="unit of target, slack and decision; empty: the quantity's own")
    direction: Literal["up", "down", "either"] = Field("either", description="which way it must not drift")

    def needs(self) -> tuple[Need, ...]:
        """Want one number."""
        return (Need("quantity", self.quantity, ("quantity",), self.part, of="number"),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert all three."""
        spans = (
            Amount(("slack",), self.slack, self.quantity, self.unit, span=True),
            Amount(("decision",), self.decision, self.quantity, self.unit, span=True),
        )
        return spans if self.target is None else (Amount(("target",), self.target, self.quantity, self.unit), *spans)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return DriftStep(self, seat)


class DriftStep(BaseStep):
    """The running mean, the target or what it is learned from, and both sums. `measure`: the larger sum that counts."""

    def __init__(self, rule: Drift, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._begun, self._count, self._total = -1, 0, 0.0
        self._learned: list[float] = []
        self._target = rule.target
        self._up = self._down = 0.0
        self.no_data = rule.target is None

    def reading(self, reading: Reading) -> Truth:
        """Take it into the running mean; the first one behind its end closes it."""
        if isinstance(reading.value, str | bool):
            return None
        told: Truth = None
        if self._begun >= 0 and reading.t - self._begun >= self._rule.every:
            told = self._take(self._total / self._count)
            self._begun = -1
        if self._begun < 0:
            self._begun, self._count, self._total = reading.t, 0, 0.0
        self._count += 1
        self._total += float(reading.value)
        return told

    def _take(self, mean: float) -> Truth:
        rule = self._rule
        if self._target is None:
            self._learned.append(mean)
            if len(self._learned) >= rule.learn:
                self._target, self._learned = median(self._learned), []
                self.no_data = False
                return False
            return None
        # Bounded at twice the decision, so that it comes back in the time that it took to go.
        most = 2 * rule.decision
        self._up = min(max(0.0, self._up + mean - self._target - rule.slack), most)
        self._down = min(max(0.0, self._down + self._target - mean - rule.slack), most)
        self.measure = {"up": self._up, "down": self._down, "either": max(self._up, self._down)}[rule.direction]
        return self.measure > rule.decision

    def recorded(self, _t: int) -> Truth:
        """It was calibrated or mended: what is normal is learned anew."""
        self._begun, self._learned, self._up, self._down = -1, [], 0.0, 0.0
        self._target = self._rule.target
        self.no_data = self._target is None
        return False

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the running mean goes on; reset: it begins anew; what was learned and summed stays."""
        if policy == "reset":
            self._begun = -1
        elif policy == "hold" and self._begun >= 0:
            self._begun += length

    def words(self) -> str:
        """Give what is too much."""
        rule = self._rule
        return (
            f"{rule.quantity} drifts {rule.direction}: CUSUM of {duration_text(rule.every)} means > {rule.decision:g}"
        )

    def state(self) -> State:
        """Remember target, sums and the running mean."""
        return {
            "mean": [self._begun, self._count, self._total], "learned": list(self._learned), "target": self._target,
            "sums": [self._up, self._down],
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        if "sums" in state:
            self._begun, self._count, self._total = state["mean"]
            self._learned, self._target = list(state["learned"]), state["target"]
            self._up, self._down = state["sums"]
            self.no_data = self._target is None
