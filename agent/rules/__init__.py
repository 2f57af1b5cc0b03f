"""Rule kinds: what may be written in YAML, and a pure step for each. One file per kind.

A rule is written once and watches every device that its `select` finds. A step is told readings, events and the time,
and answers with the truth of its condition; delays, acknowledgement and the rest are the alarm's (agent/alarms/).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.rules.absent import Absent
from agent.rules.baseline import Baseline
from agent.rules.compare import Compare
from agent.rules.composite import Composite
from agent.rules.count import Count
from agent.rules.drift import Drift
from agent.rules.due import Due
from agent.rules.feedback_share import FeedbackShare
from agent.rules.forecast import Forecast
from agent.rules.formula import Formula
from agent.rules.implausible import Implausible
from agent.rules.missed_round import MissedRound
from agent.rules.pressed import Pressed
from agent.rules.rate_of_change import RateOfChange
from agent.rules.sequence import Sequence
from agent.rules.starts import Starts
from agent.rules.state_duration import StateDuration
from agent.rules.step import Seat, Step
from agent.rules.stuck import Stuck
from agent.rules.threshold import Threshold
from agent.rules.within_hours import WithinHours

Rule = Annotated[
    Threshold
    | Absent
    | Pressed
    | Count
    | WithinHours
    | StateDuration
    | Starts
    | RateOfChange
    | Sequence
    | Compare
    | MissedRound
    | FeedbackShare
    | Stuck
    | Implausible
    | Forecast
    | Baseline
    | Drift
    | Due
    | Composite
    | Formula,
    Field(discriminator="kind"),
]
"""Any rule, told apart by `kind`."""


def step_for(rule: Rule, device: str, silence: int, now: int) -> Step:
    """Give a fresh step of a rule on one device that is on its own; see `Seat` for more."""
    return rule.step(Seat(device, now, silence))
