"""What a rule carries for people: where its numbers come from, and the examples that show what it does.

No rule decides anything by them; `caretaker test` runs the examples (agent/settings/examples.py).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.model.events import Sentiment, Service, Urgency
from agent.model.units import Duration


class Strict(BaseModel):
    """Unknown words are refused; nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Basis(Strict):
    """Where a rule's numbers come from."""

    type: Literal["standard", "practice"] = Field(description="a standard, or what experience says")
    ref: str = Field("", max_length=80, description="the standard with its edition, such as GB 5749-2022")
    note: str = Field("", max_length=240, description="what it says, and what was not confirmed")
    mirrors: Literal["", "fire-alarm", "gas-detection", "lift", "fire-water"] = Field(
        "", description="the certified system that this rule only mirrors, and never replaces"
    )


class Press(Strict):
    """A resident's word in an example."""

    service: Service = Field("cleaning", description="whose matter it is")
    sentiment: Sentiment = Field("negative", description="what the resident feels")
    urgency: Urgency = Field("normal", description="how urgent it is")
    key: str = Field("", max_length=64, description="the key or phrase, where the rule asks for one")


class Given(Strict):
    """One thing that happens in an example: a value (of the rule's quantity, unless another is named), event or press.

    Once at `at`, or again `every` so often until `until`; a number then goes in equal steps to `to`.
    """

    at: Duration = Field(description="when, counted from the start")
    value: float | bool | str | None = Field(None, description="what is read; for an event its word")
    unit: str = Field("", description="unit of the value; empty: the quantity's own")
    quantity: str = Field("", description="empty: the quantity that the rule watches")
    part: str = Field("", description="which part of the device; empty: the part that the rule watches")
    event: str = Field("", description="kind of event; then no quantity")
    press: Press | None = Field(None, description="a resident pressed or spoke")
    device: str = Field("", description="which device; empty: the one that the rule is on")
    to: float | None = Field(None, description="the value at `until`")
    every: Duration = Field(0, ge=0, description="how often it is repeated; 0s: once")
    until: Duration = Field(0, ge=0, description="how long it is repeated")


class Expected(Strict):
    """One turn of the alarm: the only ones that may happen are those that are expected."""

    at: Duration = Field(description="when, counted from the start")
    alarm: Literal["raised", "cleared"] = Field(description="it became active, or ceased to be")
    priority: Literal[0, 1, 2, 3, 4] = Field(0, description="its priority then; 0: that of the rule")
    device: str = Field("", description="on which device; empty: the one that the example does not name")


class Example(Strict):
    """Given these readings and events at these times, expect these alarms at these times."""

    name: str = Field("", max_length=120, description="what it shows")
    start: str = Field(
        "2024-01-01T12:00",
        pattern=r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$",
        description="the site's wall time at its start",
    )
    interval: Duration = Field(10_000, ge=100, description="how often the device is expected to speak")
    given: list[Given] = Field(max_length=64, description="what happens")
    expect: list[Expected] = Field(max_length=64, description="every turn of the alarm, in order; []: none")
    until: Duration = Field(0, ge=0, description="how long to look on; default: the last time that is written")
