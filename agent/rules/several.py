"""What rules on several series share: the newest value of each, and whether all are young enough to be put together.

No data: while one value is missing or older than `max_age`, they say so. They compute nothing themselves.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from math import nan
from typing import Any

from agent.model.events import Reading, Value
from agent.rules.step import BaseStep, Series, State, Truth


class SeveralStep(BaseStep):
    """`values` and `times` are in the order of `series`."""

    def __init__(self, series: tuple[Series, ...], max_age: int) -> None:
        super().__init__(tuple(dict.fromkeys(series)))
        self._places: dict[Series, list[int]] = {}
        for place, key in enumerate(series):
            self._places.setdefault(key, []).append(place)
        self._max_age = max_age
        self.values: list[Value | None] = [None] * len(series)
        self._times: list[int] = [0] * len(series)
        self.no_data = True

    @abstractmethod
    def judge(self) -> Truth:
        """Tell the truth of the values, all of which are there and young."""

    def reading(self, reading: Reading) -> Truth:
        """Take a value, and judge all if they are young enough."""
        for place in self._places[reading.device, reading.quantity, reading.part]:
            self.values[place], self._times[place] = reading.value, reading.t
        return self._look(reading.t)

    def _look(self, t: int) -> Truth:
        oldest = min(self._times)
        self.no_data = None in self.values or oldest + self._max_age <= t
        if self.no_data:
            self.due, self.measure = None, nan
            return None
        if self.due is None:
            self.due = oldest + self._max_age
        return self.judge()

    def at(self, t: int) -> Truth:
        """Look whether a value has become too old. The deadline is moved lazily, when it comes."""
        self.due = None
        return self._look(t)

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: no time has passed; reset: forget all values; count: they are as old as they are."""
        if policy == "reset":
            self.values = [None] * len(self.values)
            self.no_data, self.due, self.measure = True, None, nan
        elif policy == "hold":
            self._times = [t + length for t in self._times]
            self.due = self.due + length if self.due is not None else None

    def state(self) -> State:
        """Remember the values."""
        return {"values": list(self.values), "times": list(self._times), "due": self.due, "none": self.no_data}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back; those of other series than now are forgotten."""
        if len(state.get("values", ())) == len(self.values):
            self.values, self._times = list(state["values"]), list(state["times"])
            self.due, self.no_data = state["due"], state["none"]
