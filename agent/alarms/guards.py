"""Guards G1 to G9 of domain.md §1.5.4: why an event is refused, with its stable code. They change nothing.

G3 (the wrong state) is that the table has no row. G10 (no gap within a delay) is kept by `Life.gap` and by C9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from agent.alarms.occurrence import Cause
from agent.alarms.roles import SUPERVISOR, forbidden, rank

if TYPE_CHECKING:
    from agent.alarms.life import Life

OOS_MOST: Final = 30 * 86_400_000
"""The longest time out of service (domain.md §1.5.5 S5)."""


class Refusal(NamedTuple):
    """Why not: a stable code, and words for people."""

    code: str
    words: str


Guard = Callable[["Life", Cause, str], str]
"""Gives the words of the refusal of an event, "" if there is none."""


def _current(life: Life, cause: Cause, _event: str) -> str:
    if cause.occurrence and cause.occurrence != life.id():
        return f"{life.spec.alarm} is now occurrence {life.id()}"
    if cause.rev and cause.rev != life.occurrence.rev:
        return f"{life.spec.alarm} is at rev {life.occurrence.rev}"
    return ""


def _evidence(life: Life, cause: Cause, _event: str) -> str:
    missing = [word for word in life.spec.evidence if not cause.evidence.get(word)]
    if missing:
        return f"this needs as evidence: {', '.join(missing)}"
    return "" if cause.word else "this needs a cause code"


def _second(life: Life, cause: Cause, _event: str) -> str:
    same = life.clocks.second and cause.actor == life.occurrence.resolved_by
    return "who resolved it cannot verify it" if same else ""


def _shelvable(life: Life, cause: Cause, _event: str) -> str:
    longest = life.clocks.shelve
    if life.priority == 1 or longest == 0:
        return "a P1 is never shelved"
    if life.spec.highly_managed:
        return "this alarm is highly managed and never shelved"
    if not cause.word:
        return "shelving needs a reason"
    if cause.length > longest or cause.length < 0:
        return f"a P{life.priority} is shelved for at most {longest // 1000} s"
    if life.priority == 2 and rank(cause.role) < SUPERVISOR:
        return "a P2 is shelved by a supervisor only"
    return ""


def _work_order(_life: Life, cause: Cause, _event: str) -> str:
    if not cause.word:
        return "out of service needs the number of a work order"
    return "" if 0 < cause.length <= OOS_MOST else f"out of service is for at most {OOS_MOST // 1000} s"


def _p1_at_rest(life: Life, _cause: Cause, _event: str) -> str:
    return "a P1 that is active stays in service" if life.priority == 1 and life.condition_on else ""


def _panel(life: Life, cause: Cause, _event: str) -> str:
    return "this is reset at the local panel" if life.spec.local_reset and cause.via != "local" else ""


def _rank(_life: Life, cause: Cause, _event: str) -> str:
    return "" if rank(cause.role) >= SUPERVISOR else "this needs a supervisor"


GUARDS: Final[Mapping[str, tuple[str, Guard]]] = {
    "G1": ("FORBIDDEN", lambda life, cause, event: forbidden(cause.role, event, life.spec.category)),
    "G2": ("STALE_VERSION", _current),
    "G4": ("NO_QUALITY", lambda life, _, __: "" if life.quality == "GOOD" else f"its data are {life.quality}"),
    "G5": ("CONDITION_ACTIVE", lambda life, _, __: "its condition is still true" if life.condition_on else ""),
    "G6": ("LATCHED", lambda life, _, __: "it is latched and must be reset first" if life.latched else ""),
    "G7": ("EVIDENCE_REQUIRED", _evidence),
    "G8": ("SELF_VERIFY", _second),
    "G9": ("NOT_SHELVABLE", _shelvable),
    "supervisor": ("FORBIDDEN", _rank),
    "local": ("FORBIDDEN", _panel),
    "oos_p1": ("CONDITION_ACTIVE", _p1_at_rest),
    "work_order": ("BAD_ARGS", _work_order),
    "reason": ("BAD_ARGS", lambda _, cause, __: "" if cause.word else "this needs a reason"),
    "person": ("BAD_ARGS", lambda _, cause, __: "" if cause.word else "this needs a person"),
}


def refusal(life: Life, cause: Cause, event: str, words: str) -> Refusal | None:
    """Give the first guard of a row that refuses, None if all let it pass."""
    for word in words.split():
        code, guard = GUARDS[word]
        why = guard(life, cause, event)
        if why:
            return Refusal(code, why)
    return None
