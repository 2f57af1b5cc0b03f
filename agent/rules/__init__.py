"""Rule kinds: what may be written in YAML, and a pure step for each. One file per kind.

A rule is written once and watches every device that its `select` finds. A step is told readings, events and the time,
and answers with the truth of its condition; delays, acknowledgement and the rest are the alarm's (agent/alarms/).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.rules.absent import Absent, AbsentStep
from agent.rules.count import Count, CountStep
from agent.rules.pressed import Pressed, PressedStep
from agent.rules.step import Step
from agent.rules.threshold import Threshold, ThresholdStep
from agent.rules.within_hours import WithinHours, WithinHoursStep

Rule = Annotated[Threshold | Absent | Pressed | Count | WithinHours, Field(discriminator="kind")]
"""Any rule, told apart by `kind`."""


def step_for(rule: Rule, device: str, silence: int, now: int) -> Step:
    """Give a fresh step of a rule on one device; `silence` is what it may be silent for, in ms."""
    match rule:
        case Threshold():
            return ThresholdStep(rule, device)
        case Absent():
            return AbsentStep(rule, device, silence, now)
        case Pressed():
            return PressedStep(rule)
        case Count():
            return CountStep(rule, device)
        case WithinHours():
            return WithinHoursStep(rule, device)
