"""Rule kinds: what may be written in YAML, and a pure step for each. One file per kind.

A rule is written once and watches every device that its `select` finds. A step is told readings, events and the time,
and answers with the truth of its condition; delays, acknowledgement and the rest are the alarm's (agent/alarms/).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.rules.absent import Absent
from agent.rules.count import Count
from agent.rules.pressed import Pressed
from agent.rules.threshold import Threshold
from agent.rules.within_hours import WithinHours

Rule = Annotated[Threshold | Absent | Pressed | Count | WithinHours, Field(discriminator="kind")]
"""Any rule, told apart by `kind`."""
