"""What every rule has in common: which devices it watches, how urgent it is, what people are told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent.model.events import Service
from agent.model.units import Duration
from agent.rules.paper import Basis, Example
from agent.rules.paper import Strict as Strict  # noqa: PLC0414  # every kind takes it from here


class Words(Strict):
    """Words for people, in Chinese and English."""

    zh: str = Field("", max_length=120, description="in Chinese")
    en: str = Field("", max_length=120, description="in English")


class Select(Strict):
    """Which devices: by name, or by place, role, driver and tags (all that are given must hold)."""

    devices: list[str] = Field([], description="names from devices.yaml")
    zone: str | None = Field(None, description="devices in this zone")
    building: str | None = Field(None, description="devices in this building")
    driver: str | None = Field(None, description="devices of this driver")
    role: str | None = Field(None, description="devices with this among their `roles`")
    tags: dict[str, str] = Field({}, description="devices with all of these tags")


class Hours(Strict):
    """Daily hours in the site's time zone; `to` before `from` goes over midnight."""

    from_: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        alias="from", description="first minute, such as 22:00"
    )
    to: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = Field(
        description="the minute at which they end, such as 06:00"
    )
    clock_untrusted: Literal["active", "inactive"] = Field(
        "active", description="what the rule does while the wall clock is not known (security: active)"
    )


class SwitchAction(Strict):
    """An output that the rule switches while its alarm is active; the output must be marked for it in devices.yaml."""

    device: str = Field(description="whose output, by its name in devices.yaml")
    output: str = Field(description="which one, such as relay_1 or lamp_red")
    on: bool = Field(True, description="what it shall be while the alarm is active; false keeps it off")


class RuleBase(Strict):
    """Fields of every rule."""

    select: Select = Field(description="which devices it watches; {} means every one that can say what it wants")
    priority: Literal[1, 2, 3, 4] = Field(3, description="1 emergency, 2 urgent, 3 normal, 4 task")
    category: Service = Field("maintenance", description="whose matter it is")
    title: Words = Field(Words(), description="what people are told")
    advice: Words = Field(Words(), description="what to do first")
    on_delay: Duration = Field(0, le=7 * 86_400_000, description="the condition must hold this long")
    off_delay: Duration = Field(
        0, le=7 * 86_400_000, description="the alarm is held this long after the condition ends"
    )
    hours: Hours | None = Field(None, description="only in these daily hours")
    switch: list[SwitchAction] = Field([], max_length=8, description="outputs that are on while the alarm is active")
    on_gap: Literal["hold", "reset", "count"] = Field("hold", description="delays across a restart or a gap")
    plan: str = Field("", description="the runbook: plans/NAME.yaml; priorities 1 and 2 must have one")
    basis: Basis | None = Field(None, description="where its numbers come from")
    inhibit_by: list[str] = Field([], max_length=8, description="rules and groups whose alarms make this one needless")
    examples: list[Example] = Field([], max_length=16, description="what it does when; run by `caretaker test`")
