"""Rule kind `threshold`: a reading beyond a limit. Raises at >= or <=; the deadband works on the clearing side only.

(domain.md §1.1: AVEVA and Rockwell semantics; older texts apply the deadband to both sides.)
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.rules.base import RuleBase, Strict


class Limit(Strict):
    """Compare the reading with a value, in the quantity's unit or in one that converts to it."""

    op: Literal[">=", "<=", ">", "<", "==", "!="]
    value: float | bool | str
    unit: str = ""


class Threshold(RuleBase):
    """A reading beyond a limit, or a state that holds."""

    kind: Literal["threshold"]
    quantity: str
    part: str = ""
    when: Limit
    deadband: float = Field(0.0, ge=0, description="the value must retreat this far past the limit to clear")
