"""The graver stages of one rule on one device: how long each has held, which is due. They decide no truth.

A stage has a limit further out, or is the rule's own condition for longer. It counts while the rule's condition holds
and its own limit is passed; then the severity of the open alarm rises, and never falls before it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final

from agent.rules.base import Stage
from agent.rules.edge import Edge


class Stages:
    """`begun` has for each stage the engine time since when it holds, -1 if it does not."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = stages
        self._edges = [Edge(stage.when) if stage.when is not None else None for stage in self._stages]
        self._truths: list[bool] = [stage.when is None for stage in self._stages]
        self._begun: list[int] = [-1] * len(stages)
        self._reached: list[bool] = [False] * len(stages)

    def judge(self, measure: float) -> None:
        """Look whether what the rule compares passes the limits of the stages; NaN changes nothing."""
        for number, edge in enumerate(self._edges):
            if edge is not None:
                self._truths[number] = edge.judge(measure) is True

    def band(self, low: float, high: float) -> tuple[float, float]:
        """Narrow a quiet band to where no stage can change either."""
        for edge in self._edges:
            one_low, one_high = edge.band() if edge is not None else (-inf, inf)
            low, high = max(low, one_low), min(high, one_high)
        return low, high

    def follow(self, t: int, *, holds: bool) -> int:
        """Take whether the rule's condition holds; give the gravest priority that was reached by this, 0 for none."""
        for number in range(len(self._stages)):
            if not (holds and self._truths[number]):
                self._begun[number], self._reached[number] = -1, False
            elif self._begun[number] < 0:
                self._begun[number] = t
        return self._ripe(t)

    def _ripe(self, t: int) -> int:
        grave = 0
        for number, stage in enumerate(self._stages):
            begun = self._begun[number]
            if begun >= 0 and not self._reached[number] and t - begun >= stage.on_delay:
                self._reached[number] = True
                grave = min(grave, stage.priority) if grave else stage.priority
        return grave

    def due(self) -> int | None:
        """Give the time at which the next stage is reached, None if none runs."""
        running = [
            begun + stage.on_delay
            for stage, begun, reached in zip(self._stages, self._begun, self._reached, strict=True)
            if begun >= 0 and not reached
        ]
        return min(running, default=None)

    def gap(self, length: int, policy: str, t: int) -> None:
        """Nobody looked for a while: hold, reset or count, as for the delays."""
        for number, begun in enumerate(self._begun):
            if begun >= 0 and policy != "count":
                self._begun[number] = begun + length if policy == "hold" else t

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        edges = [edge.truth if edge is not None else None for edge in self._edges]
        return {
            "truths": list(self._truths),
            "begun": list(self._begun),
            "reached": list(self._reached),
            "edges": edges,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back; stages that are others now begin anew."""
        if "truths" not in state or len(state["truths"]) != len(self._stages):
            return
        self._truths, self._begun = list(state["truths"]), list(state["begun"])
        self._reached = list(state["reached"])
        for edge, truth in zip(self._edges, state["edges"], strict=True):
            if edge is not None:
                edge.truth = truth


NONE: Final = Stages(())
"""The stages of all rules that have none."""
