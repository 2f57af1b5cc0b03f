"""Runbooks and the risk register as types: plans/NAME.yaml says what is done first, risks.yaml what may go wrong.

They decide nothing: people read them. Outside parties are told by a person's tap, never by the agent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.model.units import Duration
from agent.settings.strict import Id, Strict, Text

Mirrored = Literal["", "fire-alarm", "gas-detection", "lift", "fire-water"]
Phone = Annotated[str, Field(max_length=32, pattern=r"^[0-9+*# -]*$")]
Date = Annotated[str, Field(pattern=r"^(|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))$")]
DAY = 86_400_000


class Sentence(Strict):
    """A whole sentence for people, in Chinese and English."""

    zh: str = Field(min_length=1, max_length=240, description="in Chinese")
    en: str = Field(min_length=1, max_length=240, description="in English")


class Contact(Strict):
    """Somebody of the house who must know."""

    who: Sentence = Field(description="person or post")
    level: Literal[0, 1, 2, 3, 4] = Field(0, description="level of escalation: 0 frontline … 4 company")
    phone: Phone = Field("", description="number, if it is not in the list of people")


class OutsideParty(Strict):
    """Somebody outside the house. A person calls them."""

    who: Sentence = Field(description="who it is")
    phone: Phone = Field("", description="number")
    when: Sentence = Field(description="in which case they are called")


class Drill(Strict):
    """How often the plan is rehearsed."""

    every: Duration = Field(ge=7 * DAY, le=1100 * DAY, description="due so long after the last, such as 180d")
    note: Text = Field(Text(), description="what is rehearsed")


class RunbookFile(Strict):
    """plans/NAME.yaml: what people do when a rule with this `plan` raises its alarm."""

    title: Sentence = Field(description="its name for people")
    mirrors: Mirrored = Field("", description="the certified system that the rules of this plan mirror, never replace")
    first_actions: list[Sentence] = Field(min_length=1, max_length=12, description="what is done first, in this order")
    contacts: list[Contact] = Field(min_length=1, max_length=12, description="who of the house must know")
    outside: list[OutsideParty] = Field([], max_length=12, description="who outside is called, by a person")
    drill: Drill | None = Field(None, description="how often it is rehearsed; unset: it is not")


class Risk(Strict):
    """One line of the register. Its weight is likelihood x severity, 1 to 25."""

    title: Sentence = Field(description="what may happen")
    likelihood: Literal[1, 2, 3, 4, 5] = Field(description="1 hardly ever … 5 often")
    severity: Literal[1, 2, 3, 4, 5] = Field(description="1 a nuisance … 5 lives")
    rules: list[Id] = Field(min_length=1, max_length=32, description="rules that watch it, own ones or those of packs")
    plan: Id = Field(description="the runbook: plans/NAME.yaml")
    owner: str = Field("", max_length=64, description="who answers for it")
    last_drill: Date = Field("", description="date of the last drill, such as 2024-03-15; empty: none yet")


class RisksFile(Strict):
    """risks.yaml: the risk register."""

    risks: dict[Id, Risk] = Field({}, description="risks, by a name of your own")
