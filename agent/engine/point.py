"""A point: one rule on one device, with its alarm. Joins the step's truth, daily hours, stages and data quality.

It knows when its device is heard again after a restart or a silence: until then no band is quiet, so that the first
good value settles what is still true (found_at_start). It computes no condition and moves no alarm itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec

from agent.alarms.life import Cause, Life
from agent.engine.calendar import within
from agent.engine.gauge import Gauge, Gauges
from agent.engine.plan import Plan, Watched, spec_of
from agent.engine.stages import NONE, Stages
from agent.model.effects import Alarm
from agent.model.events import Offset, Reading
from agent.rules.step import NOTHING, Seat, Step, Truth

UNCAUSED: Final = Cause()
SHORT_GAP = 3
"""A hold over more intervals than these begins anew."""


class Point:
    """One rule on one device. `truth` is the step's last word; the alarm sees it only within the rule's hours."""

    __slots__ = (
        "because", "device", "fresh", "gauge", "hours_due", "id", "inside", "life", "rule", "stages", "step",
        "targets", "truth",
    )  # fmt: skip

    def __init__(
        self, plan: Plan, rule_id: str, device: str, *, now: int, tickets: Callable[[], int], gauges: Gauges
    ) -> None:
        rule, _ = plan.rules[rule_id]
        watched = plan.devices.get(device, Watched("", 60_000))
        silence = watched.silence or max(3 * watched.interval, 60_000)
        self.life = Life(spec_of(plan, rule_id, device), tickets)
        self.id = self.life.spec.alarm
        self.rule = rule
        self.device = device
        self.targets = tuple((one.device, one.output, one.on) for one in rule.switch)
        """What it switches while its alarm is active: device, output, and what that shall be."""

        seat = Seat(device, now, silence, watched.interval, plan.others.get(self.id, {}))
        self.step: Step = rule.step(seat)
        self.gauge = Gauge(self.id, gauges)
        self.stages = Stages(rule.stages) if rule.stages else NONE
        self.truth: Truth = None
        self.because = UNCAUSED
        """What made the truth what it is: an alarm that comes of it later, by a delay or an hour, names it."""
        self.inside = rule.hours is None
        self.hours_due: int | None = None
        self.fresh = False
        """Not heard since the agent was away."""

    def band(self) -> tuple[float, float]:
        """Give the values that can change nothing; none is quiet before the first one after a silence."""
        if self.fresh or self.life.quality != "GOOD":
            return NOTHING
        return self.stages.band(*self.step.band())

    def reading(self, reading: Reading) -> Truth:
        """Let the step look at a good, live reading."""
        return self.gauge.ask(self.step, reading.t, self.step.reading, reading)

    def ask(self, t: int, call: Callable[..., Truth], *given: Any) -> Truth:
        """Let the step judge by one of its methods; an error of its arithmetic ends there (agent/engine/gauge.py)."""
        return self.gauge.ask(self.step, t, call, *given)

    @property
    def word(self) -> Truth:
        """What it says to rules that are made of others: None without data."""
        return None if self.truth is None or self.life.quality != "GOOD" else self.truth and self.inside

    def hear(self, truth: Truth, t: int, cause: Cause) -> list[Alarm]:
        """Take the step's word on what the device said (None: nothing new), and give what the alarm tells."""
        if self.fresh:
            self.fresh = False
            cause = msgspec.structs.replace(cause, at_start=True)
        if self.gauge.failed:
            return self.lose(t, "eval_error", msgspec.structs.replace(cause, condition=self.gauge.failed))
        if self.step.no_data:
            return self.lose(t, "no_data", cause)
        if self.life.quality == "GOOD":
            return self._learn(truth, t, cause)
        told = self.life.fire("data_back", t, cause)
        if truth is not None:
            self.truth, self.because = truth, cause
        if self.truth is not None and self.inside:
            told += self._judge(t, cause)
        return told + self.life.fire("settle", t, cause)

    def lose(self, t: int, event: Literal["no_data", "eval_error"], cause: Cause) -> list[Alarm]:
        """The device is gone, its values say too little, or the rule cannot be computed."""
        return [] if self.rule.of_absence and event == "no_data" else self.life.fire(event, t, cause)

    def back(self, t: int) -> list[Alarm]:
        """The device is there again. A point that watches a series believes it at the first good value."""
        if not self.step.series and self.life.quality != "GOOD":
            return self.hear(None, t, Cause(condition=self.step.words()))
        return []

    def look_at_hours(self, t: int, offset: Offset | None) -> list[Alarm]:
        """Look whether the daily hours began or ended, and set the time at which they will."""
        if self.rule.hours is None:
            return []
        was = self.inside
        self.inside, self.hours_due = within(self.rule.hours, t, offset)
        return self._judge(t, self._late()) if was != self.inside else []

    def _learn(self, truth: Truth, t: int, cause: Cause) -> list[Alarm]:
        if truth is None or truth == self.truth:
            return self._grave(t, cause) if self.rule.stages else []
        self.truth, self.because = truth, cause
        return self._judge(t, cause) if self.inside else []

    def _judge(self, t: int, cause: Cause) -> list[Alarm]:
        effective = bool(self.truth) and self.inside
        told = self.life.fire("cond_true" if effective else "cond_false", t, cause)
        return told + self._grave(t, cause) if self.rule.stages else told

    def _grave(self, t: int, cause: Cause) -> list[Alarm]:
        """Let the severity rise if a stage is reached."""
        self.stages.judge(self.step.measure)
        priority = self.stages.follow(t, holds=bool(self.truth) and self.inside and self.life.quality == "GOOD")
        return self.life.fire("severity_up", t, msgspec.structs.replace(cause, priority=priority)) if priority else []

    def dues(self) -> dict[str, int]:
        """Give all running deadlines of this point by name."""
        others = (("step", self.step.due), ("hours", self.hours_due), ("stage", self.stages.due()))
        return self.life.due | {name: due for name, due in others if due is not None}

    def fire(self, name: str, t: int, offset: Offset | None) -> list[Alarm]:
        """A deadline has come: the step's, the hours', a stage's or the alarm's."""
        cause = Cause(condition=self.step.words())
        match name:
            case "step":
                truth = self.ask(t, self.step.at, t)
                if self.gauge.failed or self.step.no_data:
                    return self.hear(None, t, cause)
                return self._learn(truth, t, cause)
            case "hours":
                return self.look_at_hours(t, offset)
            case "stage":
                return self._grave(t, self._late())
        return self.life.timer(name, t, self._late())

    def _late(self) -> Cause:
        """Give the cause of what comes by time alone: what was said before."""
        said = self.because
        return Cause(said.quantity, said.value, self.step.words(), feedback=said.feedback)

    def gap(self, length: int, interval: int, t: int, *, measured: bool = True, away: bool = False) -> list[Alarm]:
        """Nobody looked until t: delays and windows obey `on_gap`; `away`: the agent itself was not there."""
        policy = self.rule.on_gap
        if policy == "hold" and length > SHORT_GAP * interval:
            policy = "reset"
        self.step.gap(length, policy, t)
        self.stages.gap(length, policy, t)
        self.fresh = self.fresh or away
        return self.life.gap(length, t, measured=measured)

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {
            "truth": self.truth,
            "inside": self.inside,
            "hours_due": self.hours_due,
            "fresh": self.fresh,
            "because": [self.because.quantity, self.because.value, self.because.feedback],
            "step": self.step.state(),
            "gauge": self.gauge.state(),
            "stages": self.stages.state(),
            "kind": self.rule.kind,
            "life": self.life.state(),
        }

    def restore(self, state: Mapping[str, Any], t: int) -> None:
        """Take it back. A rule that changed its kind keeps its alarm and begins its condition anew."""
        self.life.restore(state["life"], t)
        self.fresh = state.get("fresh", False)
        if state["kind"] == self.rule.kind:
            self.truth = state["truth"]
            quantity, value, feedback = state.get("because", ("", True, ""))
            self.because = Cause(quantity, value, feedback=feedback)
            self.step.restore(state["step"])
            self.gauge.restore(state.get("gauge", {}))
            self.stages.restore(state.get("stages", {}))
            if self.rule.hours is not None:
                self.inside, self.hours_due = state["inside"], state["hours_due"]
