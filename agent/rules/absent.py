"""Rule kind `absent`: a device said nothing for too long. No data is never good news (DESIGN law 10)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.model.units import Duration
from agent.rules.base import RuleBase


class Absent(RuleBase):
    """No reading of a quantity (or nothing at all) from a device for `after`."""

    kind: Literal["absent"]
    quantity: str = Field("", description="empty: any reading or event of the device counts as a sign of life")
    part: str = ""
    after: Duration | None = Field(None, ge=1000, description="default: 3 x the device's interval, at least 60 s (A01)")
