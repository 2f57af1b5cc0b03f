"""Rule kind `state_duration`: in a state for too long (S01 a door held open, S06 a fire lane occupied).

No data: the state is believed to go on, as nobody said otherwise; that the device is silent is another rule's matter
(kind absent). It keeps no history, only since when.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agent.model.events import Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class StateDuration(RuleBase):
    """A state or word that lasts `longer_than`; it counts from the first reading that says so."""

    kind: Literal["state_duration"]
    quantity: str = Field(description="the state")
    part: str = Field("", description="which part of the device, such as channel=1")
    value: bool | str = Field(True, description="the value that must not last")
    longer_than: Duration = Field(ge=0, le=31 * 86_400_000, description="how long it may last")

    def needs(self) -> tuple[Need, ...]:
        """Want one state."""
        of: Literal["state", "any"] = "any" if isinstance(self.value, str) else "state"
        return (Need("quantity", self.quantity, ("quantity",), self.part, of=of),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return StateDurationStep(self, seat)


class StateDurationStep(BaseStep):
    """`since` is the engine time since when the state holds, -1 if it does not. `measure`: how long in seconds."""

    __slots__ = ("_rule", "_since")

    def __init__(self, rule: StateDuration, seat: Seat) -> None:
        super().__init__(((seat.device, rule.quantity, rule.part),))
        self._rule = rule
        self._since = -1

    def reading(self, reading: Reading) -> Truth:
        """Look whether the state begins, goes on or ends."""
        if reading.value != self._rule.value:
            self._since, self.due = -1, None
            self.measure = 0.0
            return False
        if self._since < 0:
            self._since = reading.t
        return self.at(reading.t)

    def at(self, t: int) -> Truth:
        """Tell whether it has lasted too long."""
        self.measure = (t - self._since) / 1000
        ripe = self._since + self._rule.longer_than
        self.due = ripe if t < ripe else None
        return t >= ripe

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: the time stood still; reset: it begins with the next reading; count: it went on."""
        if self._since < 0 or policy == "count":
            return
        if policy == "reset":
            self._since, self.due = -1, None
        else:
            self._since += length
            self.due = self.due + length if self.due is not None else None

    def words(self) -> str:
        """Give the state and how long it may last."""
        rule = self._rule
        value = rule.value if isinstance(rule.value, str) else str(rule.value).lower()
        return f"{rule.quantity} == {value} for {duration_text(rule.longer_than)}"

    def explain(self, now: int) -> list[Clause]:
        """Give the state, and how long it has lasted in seconds."""
        rule = self._rule
        state = Clause(f"{rule.quantity} == {str(rule.value).lower()}", self._since >= 0, limit=rule.value)
        if self._since < 0:
            return [state]
        lasted, words = now - self._since, f"for {duration_text(rule.longer_than)}"
        left = max(0, rule.longer_than - lasted)
        ripe = lasted >= rule.longer_than
        return [state, Clause(words, ripe, lasted / 1000, rule.longer_than / 1000, self._since, -1 if ripe else left)]

    def state(self) -> State:
        """Remember since when."""
        return {"since": self._since, "due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self._since, self.due = state.get("since", -1), state.get("due")
