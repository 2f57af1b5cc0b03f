"""Rule kind `starts`: how often something starts within a sliding window (M02 pump short cycling, M31 jockey pump).

No data: what is not heard is no start, and old ones leave the window. The first value that is heard is no start.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import Limit, RuleBase, limit_words
from agent.rules.clause import Clause
from agent.rules.edge import Edge
from agent.rules.needs import Amount, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth

MOST: Final = 1000


class Starts(RuleBase):
    """The number of starts in `window` against a limit; a start is a state turning true, or a value passing `above`."""

    kind: Literal["starts"]
    quantity: str = Field(description="a state such as running, or a number such as current")
    part: str = Field("", description="which part of the device, such as pump=1")
    above: float | None = Field(None, description="for a number: it runs while the value is above this")
    unit: str = Field("", description="unit of `above`; empty: the quantity's own")
    when: Limit = Field(description="how many starts, such as {op: '>', value: 8}")
    window: Duration = Field(3_600_000, ge=1000, le=7 * 86_400_000, description="within which time")

    def needs(self) -> tuple[Need, ...]:
        """Want a state, or a number where `above` is given."""
        of: Literal["state", "number"] = "state" if self.above is None else "number"
        return (Need("quantity", self.quantity, ("quantity",), self.part, of=of),)

    def amounts(self) -> tuple[Amount, ...]:
        """Convert what it runs above."""
        return () if self.above is None else (Amount(("above",), self.above, self.quantity, self.unit),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return StartsStep(self, seat)


class StartsStep(BaseStep):
    """The times of the starts in the window, the last thousand at most. `measure`: how many."""

    def __init__(self, rule: Starts, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._times: deque[int] = deque(maxlen=MOST)
        self._edge = Edge(rule.when)
        self._runs: Truth = None

    def reading(self, reading: Reading) -> Truth:
        """Look whether it starts."""
        above = self._rule.above
        runs = reading.value is True if above is None else not isinstance(reading.value, str) and reading.value > above
        started = runs and self._runs is False
        if started:
            self._times.append(reading.t)
        first, self._runs = self._runs is None, runs
        return self.at(reading.t) if started or first else None

    def at(self, t: int) -> Truth:
        """Let go what has left the window, and judge."""
        while self._times and self._times[0] <= t - self._rule.window:
            self._times.popleft()
        self.due = self._times[0] + self._rule.window if self._times else None
        self.measure = float(len(self._times))
        return self._edge.judge(self.measure)

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the window stood still; reset: begin anew; count: time went on. A start in between is not known."""
        self._runs = None
        if policy == "reset":
            self._times.clear()
            self.due = None
        elif policy == "hold":
            self._times = deque((t + length for t in self._times), maxlen=MOST)
            self.due = self.due + length if self.due is not None else None

    def words(self) -> str:
        """Give the limit in words."""
        rule = self._rule
        return f"starts of {rule.quantity} in {duration_text(rule.window)} {limit_words(rule.when)}"

    def explain(self, now: int) -> list[Clause]:
        """Give the starts in the window now."""
        inside = [t for t in self._times if t > now - self._rule.window]
        since = inside[0] if inside else -1
        return [Clause(self.words(), self._edge.truth, float(len(inside)), self._rule.when.value, since)]

    def state(self) -> State:
        """Remember the starts."""
        return {"times": list(self._times), "runs": self._runs, "truth": self._edge.truth, "due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._times.extend(state.get("times", ()))
        self._runs, self.due, self._edge.truth = state.get("runs"), state.get("due"), state.get("truth")
