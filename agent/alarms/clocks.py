"""Service-level clocks: acknowledge, start, resolve, acknowledge again, verify, the longest hold. They tell nothing.

They run in engine time, which downtime is part of: the resident was waiting. Lengths come from the profile that the
occurrence was raised under.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from agent.alarms.delays import Action
from agent.alarms.occurrence import Cause

if TYPE_CHECKING:
    from agent.alarms.life import Life

CLOCKS: Final = ("t_ack", "t_start", "t_resolve", "t_reack", "t_verify")
"""What a person is waited for; the first three are told outside as `due`."""
WORK: Final = (*CLOCKS, "t_hold")
PAUSABLE: Final = ("resident_access", "parts", "external_utility")
"""Reasons of a hold that stop the resolve clock (domain.md §1.5.2): nobody of ours can go on."""


def cancel(life: Life, *names: str) -> None:
    """Stop clocks."""
    for name in names:
        life.due.pop(name, None)


def _ack(life: Life, t: int, _cause: Cause) -> None:
    life.due["t_ack"] = t + life.clocks.ack


def _resolve(life: Life, t: int, _cause: Cause) -> None:
    life.due["t_resolve"] = t + life.clocks.resolve


def _verify(life: Life, t: int, _cause: Cause) -> None:
    life.due["t_verify"] = t + life.clocks.verify


def _acked(life: Life, t: int, _cause: Cause) -> None:
    life.due["t_start"] = t + life.clocks.start
    life.due["t_reack"] = t + life.clocks.reack


def _pause(life: Life, t: int, cause: Cause) -> None:
    life.occurrence.comment = cause.comment or cause.word
    longest = life.clocks.hold
    life.due["t_hold"] = t + (min(cause.length, longest) if cause.length > 0 else longest)
    if cause.word in PAUSABLE:
        life.occurrence.paused = max(0, life.due.pop("t_resolve", t) - t)


def _unpause(life: Life, t: int, _cause: Cause) -> None:
    cancel(life, "t_hold")
    if life.occurrence.paused >= 0:
        life.due["t_resolve"] = t + life.occurrence.paused
        life.occurrence.paused = -1


def _again(name: str, length: str) -> Action:
    """Arm an overdue clock again: half of its length but not oftener than `repeat`; at the top level every `repeat`."""

    def again(life: Life, t: int, _cause: Cause) -> None:
        clocks = life.clocks
        half: int = 0 if life.occurrence.level >= clocks.top else getattr(clocks, length) // 2
        life.due[name] = t + max(half, clocks.repeat)

    return again


def _defer(name: str) -> Action:
    def defer(life: Life, t: int, _cause: Cause) -> None:
        life.due[name] = t + life.clocks.repeat

    return defer


ACTIONS: Final[Mapping[str, Action]] = {
    "ack_clock": _ack,
    "resolve_clock": _resolve,
    "ack_clocks": _acked,
    "cancel_ack": lambda life, _t, _cause: cancel(life, "t_ack"),
    "cancel_start": lambda life, _t, _cause: cancel(life, "t_start", "t_reack"),
    "pause": _pause,
    "unpause": _unpause,
    "again_ack": _again("t_ack", "ack"),
    "again_start": _again("t_start", "start"),
    "again_resolve": _again("t_resolve", "resolve"),
    "verify_clock": _verify,
    **{f"defer_{name}": _defer(f"t_{name}") for name in ("ack", "start", "resolve", "reack", "verify")},
}
