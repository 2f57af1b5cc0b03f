"""What one rule on one device costs and does: evaluations, errors, firings, time. And the one place where it may fail.

An error of a step's own arithmetic (a division by zero, a value that cannot be compared) is counted; the rule rests and
is tried again later. It harms no other rule, and nothing else is caught. Counters are of this run and not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from agent.rules.step import Step, Truth

SAMPLED: Final = 64
"""Every so manieth evaluation is timed."""
REST: Final = 60_000
"""Milliseconds until a rule that failed is tried again."""


def no_time() -> int:
    """Give 0: the stopwatch of an engine that nobody gave one."""
    return 0


class Gauges:
    """What all gauges of an engine share: the stopwatch, and which rules rest after an error (alarm id -> error).

    The engine asks no clock of its own: somebody outside sets `read`, which gives ns.
    """

    __slots__ = ("failing", "read")

    def __init__(self) -> None:
        self.read: Callable[[], int] = no_time
        self.failing: dict[str, str] = {}


class Gauge:
    """`last` is the last answer that was not None, `failed` what the error said while the rule rests."""

    __slots__ = ("_point", "_shared", "errors", "evaluations", "failed", "firings", "last", "ns", "retry", "sampled")

    def __init__(self, point: str, shared: Gauges) -> None:
        self._point, self._shared = point, shared
        self.evaluations = self.errors = self.firings = 0
        self.ns = self.sampled = 0
        self.last: Truth = None
        self.failed = ""
        self.retry = 0

    def ask(self, step: Step, t: int, call: Callable[..., Truth], *given: Any) -> Truth:
        """Let a step judge. While it rests after an error nothing is asked, and None is the answer."""
        if self.failed:
            if t < self.retry:
                self._postpone(step, t)
                return None
            self.failed = ""
            self._shared.failing.pop(self._point, None)
        self.evaluations += 1
        timed = self.evaluations % SAMPLED == 1
        begun = self._shared.read() if timed else 0
        try:
            truth = call(*given)
        except (ArithmeticError, ValueError) as error:
            self.errors += 1
            self.failed, self.retry = f"{type(error).__name__}: {error}"[:120], t + REST
            self._shared.failing[self._point] = self.failed
            self._postpone(step, t)
            return None
        if timed:
            self.ns += self._shared.read() - begun
            self.sampled += 1
        if truth is not None:
            self.firings += truth and self.last is not True
            self.last = truth
        return truth

    def _postpone(self, step: Step, t: int) -> None:
        """A deadline that could not be met comes again with the next try."""
        if step.due is not None and step.due <= t:
            step.due = self.retry

    def state(self) -> dict[str, Any]:
        """Remember until when it rests: replay from a snapshot must rest as long."""
        return {"failed": self.failed, "retry": self.retry}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back; a snapshot of before there were gauges has none."""
        self.failed, self.retry = state.get("failed", ""), state.get("retry", 0)
        if self.failed:
            self._shared.failing[self._point] = self.failed

    def shown(self) -> dict[str, Any]:
        """Give it for people: `ns` is the mean of the sampled evaluations, None before the first."""
        return {
            "evaluations": self.evaluations,
            "errors": self.errors,
            "firings": self.firings,
            "ns": round(self.ns / self.sampled) if self.sampled else None,
            "last": self.last,
            "error": self.failed,
        }
