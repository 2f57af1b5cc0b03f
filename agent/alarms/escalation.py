"""Who is told: the level of the chain, when it rises, what was breached. It knows levels, not people.

L0 frontline, L1 team leader, L2 department, L3 project manager, L4 company and outside party; a P4 stops at L1, a P3
at L3 (domain.md §1.5.2). `life.notify` is the level that the next transition tells, -1 for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from agent.alarms.delays import Action
from agent.alarms.occurrence import Cause

if TYPE_CHECKING:
    from agent.alarms.life import Life


def _notify(life: Life, _t: int, _cause: Cause) -> None:
    life.notify = life.occurrence.level if not life.silent else -1
    life.occurrence.told = life.occurrence.told or not life.silent


def _up(life: Life, t: int, cause: Cause) -> None:
    life.occurrence.level = min(life.occurrence.level + 1, life.clocks.top)
    _notify(life, t, cause)


def annunciate(life: Life, t: int, cause: Cause) -> None:
    """Tell the current level and wait for an acknowledgement, unless suppressed. The level stays what it is (★)."""
    _notify(life, t, cause)
    if not life.silent:
        due = life.due.get("t_ack")
        life.due["t_ack"] = t + life.clocks.ack if due is None else min(due, t + life.clocks.ack)


def _fresh(life: Life, _t: int, _cause: Cause) -> None:
    life.occurrence.level = 0


def _late(word: str) -> Action:
    def late(life: Life, _t: int, _cause: Cause) -> None:
        if word not in life.occurrence.breach:
            life.occurrence.breach.append(word)

    return late


def _rise(life: Life, t: int, cause: Cause) -> None:
    """A graver priority: its clocks apply from now on, none of the running ones becomes later."""
    now = life.occurrence
    now.priority = cause.priority
    now.clocks = life.spec.clocks[cause.priority - 1]
    now.quantity, now.value, now.condition = cause.quantity or now.quantity, cause.value, cause.condition
    now.standard = life.spec.standard
    for name in ("resolve", "verify"):
        if f"t_{name}" in life.due:
            life.due[f"t_{name}"] = min(life.due[f"t_{name}"], t + getattr(now.clocks, name))
    if now.paused >= 0:
        now.paused = min(now.paused, now.clocks.resolve)
    if cause.priority == 1:
        life.forget_shelf()


ACTIONS: Final[Mapping[str, Action]] = {
    "notify": _notify,
    "up": _up,
    "annunciate": annunciate,
    "fresh": _fresh,
    "late_ack": _late("ack"),
    "late_start": _late("start"),
    "late_resolve": _late("resolve"),
    "rise": _rise,
}
