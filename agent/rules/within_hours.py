"""Rule kind `within_hours`: a state during daily hours, such as a roof door open at night (S03)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.rules.base import Hours, RuleBase


class WithinHours(RuleBase):
    """The state `quantity` is `value` at a time within `hours`; a state that began before the hours counts from their start."""

    kind: Literal["within_hours"]
    quantity: str
    part: str = ""
    value: bool = True
    hours: Hours = Field(description="daily hours in the site's time zone")
