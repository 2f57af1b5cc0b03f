"""Rule kind `count`: so many events or presses within a window (C11 repeated negatives, S05 motion twice)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.model.events import Sentiment, Service
from agent.model.units import Duration
from agent.rules.base import RuleBase, Strict


class EventMatch(Strict):
    """An event of a device: its kind and, if given, its value."""

    event: str
    value: float | bool | str | None = None


class FeedbackMatch(Strict):
    """A press or phrase: all words that are given must hold."""

    service: Service | None = None
    sentiment: Sentiment | None = None


class BecameMatch(Strict):
    """A reading of a state that turns to this value (false -> true counts once)."""

    quantity: str
    part: str = ""
    value: bool = True


class Count(RuleBase):
    """At least `count` of something within `window`; clears when the window holds fewer."""

    kind: Literal["count"]
    of: EventMatch | FeedbackMatch | BecameMatch
    count: int = Field(ge=1, le=1000)
    window: Duration = Field(ge=1000, le=7 * 86_400_000)
