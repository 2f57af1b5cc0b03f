"""A point: one rule on one device, with its alarm. Joins the truth of the step, the daily hours and the delays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agent.alarms.life import Cause, Life, Spec
from agent.engine.calendar import within
from agent.engine.plan import Plan, Watched, alarm_id
from agent.model.effects import Alarm
from agent.model.events import Offset
from agent.rules import step_for
from agent.rules.step import Step, Truth


class Point:
    """One rule on one device. `truth` is the step's last word; the alarm sees it only within the rule's hours."""

    def __init__(self, plan: Plan, rule_id: str, device: str, *, now: int, tickets: Callable[[], int]) -> None:
        rule, _ = plan.rules[rule_id]
        watched = plan.devices.get(device, Watched("", 60_000))
        self.id = alarm_id(rule_id, device)
        self.rule = rule
        self.device = device
        self.targets = tuple((one.device, one.output, one.on) for one in rule.switch)
        """What it switches while its alarm is active: device, output, and what that shall be."""
        self.step: Step = step_for(rule, device, watched.silence or max(3 * watched.interval, 60_000), now)
        self.life = Life(
            Spec(
                alarm=self.id,
                key=f"{plan.site}/{rule.category}/{rule_id}/{device}",
                rule=rule_id,
                device=device,
                category=rule.category,
                priority=rule.priority,
                on_delay=rule.on_delay,
                off_delay=rule.off_delay,
            ),
            tickets,
        )
        self.truth: Truth = None
        self.inside = rule.hours is None
        self.hours_due: int | None = None

    def learn(self, truth: Truth, t: int, cause: Cause) -> list[Alarm]:
        """Take the step's word (None: nothing new) and give what the alarm tells."""
        if truth is None or truth == self.truth:
            return []
        self.truth = truth
        return self._judge(t, cause) if self.inside else []

    def look_at_hours(self, t: int, offset: Offset | None) -> list[Alarm]:
        """Look whether the daily hours began or ended, and set the time at which they will."""
        if self.rule.hours is None:
            return []
        was = self.inside
        self.inside, self.hours_due = within(self.rule.hours, t, offset)
        return self._judge(t, Cause(condition=self.step.words())) if was != self.inside else []

    def _judge(self, t: int, cause: Cause) -> list[Alarm]:
        effective = bool(self.truth) and self.inside
        return self.life.fire("cond_true" if effective else "cond_false", t, cause)

    def dues(self) -> dict[str, int]:
        """Give all running deadlines of this point by name."""
        found = dict(self.life.due)
        if self.step.due is not None:
            found["step"] = self.step.due
        if self.hours_due is not None:
            found["hours"] = self.hours_due
        return found

    def fire(self, name: str, t: int, offset: Offset | None) -> list[Alarm]:
        """A deadline has come: the step's, the hours' or the alarm's."""
        cause = Cause(condition=self.step.words())
        if name == "step":
            return self.learn(self.step.at(t), t, cause)
        if name == "hours":
            return self.look_at_hours(t, offset)
        self.life.due.pop(name, None)
        return self.life.fire(name, t, cause)

    def gap(self, length: int, interval: int, t: int) -> None:
        """The agent was away until t: delays and windows obey `on_gap`. A hold longer than 3 intervals begins anew."""
        policy = self.rule.on_gap
        if policy == "hold" and length > 3 * interval:
            policy = "reset"
        self.step.gap(length, policy)
        for name in self.life.due:
            if policy == "hold":
                self.life.due[name] += length
            elif policy == "reset":
                delay = self.life.spec.on_delay if name == "t_on" else self.life.spec.off_delay
                self.life.due[name] = t + delay

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {
            "truth": self.truth,
            "inside": self.inside,
            "hours_due": self.hours_due,
            "step": self.step.state(),
            "kind": self.rule.kind,
            "life": self.life.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back. A rule that changed its kind keeps its alarm and begins its condition anew."""
        self.life.restore(state["life"])
        if state["kind"] == self.rule.kind:
            self.truth = state["truth"]
            self.step.restore(state["step"])
            if self.rule.hours is not None:
                self.inside, self.hours_due = state["inside"], state["hours_due"]
