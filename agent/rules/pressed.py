"""Rule kind `pressed`: a resident pressed or spoke, and somebody should come."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.model.events import Sentiment, Service, Urgency
from agent.model.units import Duration
from agent.rules.base import RuleBase


class Pressed(RuleBase):
    """Feedback that matches (all words that are given) raises at once; the condition holds for `hold`."""

    kind: Literal["pressed"]
    service: list[Service] = Field([], description="empty: any")
    sentiment: list[Sentiment] = Field([], description="empty: any")
    urgency: list[Urgency] = Field([], description="empty: any")
    key: list[str] = Field([], description="empty: any key or phrase of the terminal's table")
    hold: Duration = Field(900_000, ge=1000, description="how long one press keeps the condition true")
