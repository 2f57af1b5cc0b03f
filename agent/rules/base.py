"""What every rule has in common: which devices it watches, how urgent it is, what people are told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from agent.model.events import Service
from agent.model.units import Duration
from agent.rules.needs import Amount, Contradiction, Need
from agent.rules.paper import Basis, Example
from agent.rules.paper import Strict as Strict  # noqa: PLC0414  # every kind takes it from here
from agent.rules.step import Seat, Step


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


class Limit(Strict):
    """Compare the reading with a value, in the quantity's unit or in one that converts to it."""

    op: Literal[">=", "<=", ">", "<", "==", "!="] = Field(description="how to compare")
    value: float | bool | str = Field(description="with what")
    unit: str = Field("", description="unit of the value; empty: the quantity's own")


def limit_words(limit: Limit) -> str:
    """Give a limit in words."""
    value = str(limit.value).lower() if isinstance(limit.value, bool) else limit.value
    return f"{limit.op} {value} {limit.unit}".rstrip()


class Stage(Strict):
    """The same matter, graver: a limit further out, or the same condition for longer. Severity rises and stays."""

    when: Limit | None = Field(None, description="the limit of this stage; unset: the rule's own condition")
    on_delay: Duration = Field(0, le=30 * 86_400_000, description="it must hold this long")
    priority: Literal[1, 2, 3] = Field(description="the priority from there on")


class Sla(Strict):
    """Service clocks of this rule, where they differ from the standard of the site."""

    ack: Duration | None = Field(None, ge=1000, le=366 * 86_400_000, description="until it is acknowledged")
    start: Duration | None = Field(None, ge=1000, le=366 * 86_400_000, description="until somebody is on the spot")
    resolve: Duration | None = Field(None, ge=1000, le=366 * 86_400_000, description="until it is resolved")


class RuleBase(Strict, ABC):
    """Fields of every rule."""

    of_absence: ClassVar[bool] = False
    """Kinds whose condition is the absence itself: that a device is silent is no lack of data to them."""

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
    stages: list[Stage] = Field([], max_length=3, description="graver stages, the least grave first")
    latching: bool | Literal["local"] = Field(
        False, description="kept until a person resets it; local: at the panel only (fire, entrapment)"
    )
    no_data: Literal["hold", "alarm", "clear"] = Field(
        "hold", description="what no data means: nothing (hold), an alarm, or returned to normal (priority 4 only)"
    )
    auto_resolve: bool | None = Field(
        None,
        description="resolved by itself once acknowledged and back to normal (priority 4: also unacknowledged); "
        "unset: yes for priorities 3 and 4",
    )
    evidence: list[Literal["photo", "reading", "checklist"]] = Field(
        [], max_length=3, description="what must be shown to resolve it"
    )
    highly_managed: bool = Field(False, description="never shelved")
    one_tap: bool = Field(False, description="may be resolved without having been acknowledged")
    sla: Sla = Field(Sla(), description="service clocks that differ from the standard of the site")
    reopen_window: Duration | None = Field(
        None, le=366 * 86_400_000, description="back within this time counts as opened again; unset: the standard's"
    )
    plan: str = Field("", description="the runbook: plans/NAME.yaml; priorities 1 and 2 must have one")
    basis: Basis | None = Field(None, description="where its numbers come from")
    inhibit_by: list[str] = Field([], max_length=8, description="rules and groups whose alarms make this one needless")
    examples: list[Example] = Field([], max_length=16, description="what it does when; run by `caretaker test`")

    @abstractmethod
    def needs(self) -> tuple[Need, ...]:
        """Tell what it wants to be told."""

    def amounts(self) -> tuple[Amount, ...]:
        """Give its numbers that have the unit of a quantity."""
        return ()

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Give what of it cannot be meant, as far as the rule alone can show."""
        return ()

    @abstractmethod
    def step(self, seat: Seat) -> Step:
        """Give a fresh step of it on one device."""
