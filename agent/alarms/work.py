"""The work on an occurrence: opened, signed, taken, resolved, closed. What is told of it is in telling.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from agent.alarms.clocks import WORK, cancel
from agent.alarms.delays import DELAYS, Action
from agent.alarms.occurrence import Cause, Occurrence

if TYPE_CHECKING:
    from agent.alarms.life import Life

AUTO: Final = "auto"
"""Who resolved what resolved itself."""


def _open(life: Life, t: int, cause: Cause) -> None:
    """Begin a new occurrence; one that follows closely on the last is linked to it and counts as opened again."""
    last, spec = life.occurrence, life.spec
    clocks = spec.clocks[spec.priority - 1]
    again = last.closed_at >= 0 and t - last.closed_at <= clocks.reopen
    life.occurrence = Occurrence(
        seq=last.seq + 1, priority=spec.priority, raised_at=t, activations=1, reopened=int(again),
        reopen_of=life.id() if again else "", ticket=life.tickets(), quantity=cause.quantity, value=cause.value,
        condition=cause.condition, feedback=cause.feedback, standard=spec.standard, clocks=clocks,
    )  # fmt: skip


def _again(life: Life, _t: int, _cause: Cause) -> None:
    life.occurrence.activations += 1
    life.occurrence.cleared_at = -1


def _sign(life: Life, t: int, cause: Cause) -> None:
    """Note the first acknowledgement: response times count from it; later ones are in the transitions."""
    now = life.occurrence
    if now.acked_at < 0:
        now.acked_at, now.acked_by = t, cause.actor
    now.comment = cause.comment


def _assign(life: Life, _t: int, cause: Cause) -> None:
    life.occurrence.assignee = cause.word
    life.occurrence.comment = cause.comment


def _take(life: Life, _t: int, cause: Cause) -> None:
    life.occurrence.assignee = cause.actor or life.occurrence.assignee


def _cleared(life: Life, t: int, _cause: Cause) -> None:
    if life.occurrence.cleared_at < 0:
        life.occurrence.cleared_at = t


def _resolved_by(life: Life, t: int, cause: Cause) -> None:
    now = life.occurrence
    now.resolved_by, now.code, now.comment, now.evidence = cause.actor, cause.word, cause.comment, dict(cause.evidence)
    if now.acked_at < 0:
        now.acked_at, now.acked_by = t, cause.actor


def _to_resolved(life: Life, t: int, _cause: Cause) -> None:
    """Stop every service clock and forget a saved pause; only the verification is waited for."""
    now = life.occurrence
    cancel(life, *WORK)
    now.paused = -1
    now.resolved_at = t
    now.resolved_by = now.resolved_by or AUTO
    life.due["t_verify"] = t + life.clocks.verify


def _unresolve(life: Life, _t: int, cause: Cause) -> None:
    now = life.occurrence
    cancel(life, "t_verify")
    now.reopened += 1
    now.resolved_at, now.resolved_by, now.code, now.comment = -1, "", "", cause.comment
    now.evidence = {}


def _override(life: Life, t: int, cause: Cause) -> None:
    """Take a dead sensor's alarm for over, and the sensor out of service until it speaks (W7b)."""
    life.enter(condition="INACTIVE", latch="0", service="OOS")
    life.until_data = True
    cancel(life, *DELAYS, "t_oos")
    life.frozen.clear()
    _cleared(life, t, cause)


def _cancelled(life: Life, _t: int, cause: Cause) -> None:
    life.occurrence.code, life.occurrence.comment = cause.word, cause.comment


def _close(life: Life, t: int, cause: Cause) -> None:
    """Archive: nothing of this occurrence may leak into the next one (★)."""
    now = life.occurrence
    cancel(life, *WORK)
    now.paused = -1
    now.closed_at = t
    now.comment = cause.comment or now.comment


def _remark(life: Life, _t: int, cause: Cause) -> None:
    life.occurrence.comment = cause.comment


ACTIONS: Final[Mapping[str, Action]] = {
    "open": _open,
    "again": _again,
    "sign": _sign,
    "assign": _assign,
    "take": _take,
    "cleared": _cleared,
    "resolved_by": _resolved_by,
    "to_resolved": _to_resolved,
    "unresolve": _unresolve,
    "override": _override,
    "cancelled": _cancelled,
    "close": _close,
    "remark": _remark,
}
