"""What is told of an alarm: one transition with the full state after it, and the reason for it. It moves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

from agent.alarms.occurrence import Cause
from agent.alarms.table import Row
from agent.model.effects import Alarm

if TYPE_CHECKING:
    from agent.alarms.life import Life

State = Literal["active", "cleared", "resolved", "closed"]
Isa = Literal["NORM", "UNACK", "ACKED", "RTNUN", "SHLVD", "DSUPR", "OOSRV"]
Work = Literal["OPEN", "ACKED", "IN_PROGRESS", "ON_HOLD", "RESOLVED"]
Quality = Literal["GOOD", "NODATA", "ERROR"]
ALWAYS: Final = ("closed", "shelved", "unshelved", "out_of_service", "in_service")
"""Told also of an alarm that is not open; the rest is of no interest then."""


def isa(life: Life) -> Isa:
    """Give the ISA-18.2 state: derived, never stored (domain.md §1.5.1)."""
    if life.states["service"] == "OOS":
        return "OOSRV"
    if life.silent:
        return "DSUPR" if life.states["design"] == "SBD" else "SHLVD"
    if life.condition_on or life.latched:
        return "ACKED" if life.acked else "UNACK"
    return "RTNUN" if life.work == "OPEN" else "NORM"


def state(life: Life) -> State:
    """Give the state on the wire (DESIGN, "Where the references differ")."""
    if life.work == "IDLE":
        return "closed"
    if life.work == "RESOLVED":
        return "resolved"
    return "active" if life.condition_on or life.latched else "cleared"


def transition(life: Life, row: Row, t: int, cause: Cause) -> Alarm:
    """Give the transition that a row made; counts the revision."""
    now, spec = life.occurrence, life.spec
    now.rev += 1
    priority = now.priority if row.told == "closed" else life.priority
    found = " (found_at_start)" if cause.at_start else ""
    return Alarm(
        alarm=spec.alarm, occurrence=life.id(), rev=now.rev, t=t, transition=row.told,
        reason=f"{row.number} {row.reason}{found}", state=state(life), isa=isa(life), acked=life.acked,
        rule=spec.rule, category=spec.category, priority=priority, device=spec.device, quantity=now.quantity,
        value=now.value, condition=now.condition, raised_at=now.raised_at, acked_at=now.acked_at,
        acked_by=now.acked_by, cleared_at=now.cleared_at, closed_at=now.closed_at, activations=now.activations,
        causation=cause.causation, feedback=now.feedback, ticket=now.ticket,
        work="CLOSED" if life.work == "IDLE" else cast("Work", life.work), quality=cast("Quality", life.quality),
        latched=life.latched, suppressed=life.silent, shelved_until=life.due.get("t_shelve", -1),
        oos_until=life.due.get("t_oos", -1),
        level=now.level, breach=tuple(now.breach), due_ack=life.due.get("t_ack", -1),
        due_start=life.due.get("t_start", -1), due_resolve=life.due.get("t_resolve", -1), assignee=now.assignee,
        reopen_of=now.reopen_of, reopened=now.reopened, resolved_at=now.resolved_at, resolved_by=now.resolved_by,
        code=now.code, comment=now.comment, evidence=tuple(f"{k}:{v}" for k, v in sorted(now.evidence.items())),
        standard=now.standard, notify=life.notify, by=cause.actor, drill=now.drill,
    )  # fmt: skip
