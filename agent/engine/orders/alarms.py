"""Orders about one alarm: seen, at work, on hold, resolved, verified, cancelled. Arguments to events of the table.

What may be done when is in agent/alarms/; here nothing is decided but what the words of an order mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from agent.alarms.life import Cause as Why
from agent.alarms.life import Life
from agent.engine.orders.answers import Answer, args_of, refuse, respond
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine

Evidence = dict[Literal["photo", "reading", "checklist"], str]


class AlarmArgs(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every order about an alarm says. When `occurrence` and `expected_rev` are given they must be now's."""

    alarm: str
    occurrence: str = ""
    expected_rev: int = 0
    comment: str = ""


class HoldArgs(AlarmArgs):
    """Why, and for how long at most (0: as long as the standard lets it)."""

    reason: str
    duration_s: int = 0


class ResolveArgs(AlarmArgs):
    """The cause code, and what shows that it is so."""

    code: Literal["fixed", "no_action", "false_alarm", "duplicate"]
    evidence: Evidence = {}


class OverrideArgs(AlarmArgs):
    """The same, found on the spot while the sensor is dead."""

    code: Literal["fixed", "no_action"] = "fixed"
    evidence: Evidence = {}


class VerifyArgs(AlarmArgs):
    """Whether it is really over."""

    ok: bool


class CancelArgs(AlarmArgs):
    """Why it was none."""

    code: Literal["false_alarm", "duplicate", "rule_removed"]


def acknowledge(engine: Engine, order: Instruction) -> Answer:
    """`alarm-ack`: somebody has seen it."""
    args = args_of(order, AlarmArgs, "{alarm, occurrence?}")
    life = engine.life(args.alarm)
    if life is not None and life.acked and life.work != "RESOLVED":
        refused = life.refusal("comment", _why(order, args, ""))  # rights and version, as for any order
        if refused is None:
            return [], respond(order, "ok", message="ALREADY_ACKED", result=current(life))
    return carry(engine, order, "ack", args)


def start(engine: Engine, order: Instruction) -> Answer:
    """`alarm-start`: somebody is on the spot; acknowledges too."""
    return carry(engine, order, "start", args_of(order, AlarmArgs, "{alarm}"))


def hold(engine: Engine, order: Instruction) -> Answer:
    """`alarm-hold`: waits for something; some reasons stop the resolve clock."""
    args = args_of(order, HoldArgs, "{alarm, reason, duration_s?}")
    return carry(engine, order, "hold", args, args.reason, length=args.duration_s * 1000)


def resume(engine: Engine, order: Instruction) -> Answer:
    """`alarm-resume`: goes on."""
    return carry(engine, order, "resume", args_of(order, AlarmArgs, "{alarm}"))


def resolve(engine: Engine, order: Instruction) -> Answer:
    """`alarm-resolve`: done. A false alarm or a duplicate is none that was resolved: it is cancelled (W13)."""
    args = args_of(order, ResolveArgs, "{alarm, code: fixed|no_action|false_alarm|duplicate, evidence?}")
    event = "cancel" if args.code in ("false_alarm", "duplicate") else "resolve"
    return carry(engine, order, event, args, args.code, evidence=args.evidence)


def override(engine: Engine, order: Instruction) -> Answer:
    """`alarm-resolve-override`: found in order on the spot, the sensor is dead and goes out of service (W7b)."""
    args = args_of(order, OverrideArgs, "{alarm, code?: fixed|no_action, evidence?}")
    return carry(engine, order, "resolve_override", args, args.code, evidence=args.evidence)


def verify(engine: Engine, order: Instruction) -> Answer:
    """`alarm-verify`: a second look; not ok: the work goes on."""
    args = args_of(order, VerifyArgs, "{alarm, ok: true|false}")
    return carry(engine, order, "verify_ok" if args.ok else "verify_fail", args)


def cancel(engine: Engine, order: Instruction) -> Answer:
    """`alarm-cancel`: it was none; counts as nuisance, not as resolved."""
    args = args_of(order, CancelArgs, "{alarm, code: false_alarm|duplicate|rule_removed}")
    return carry(engine, order, "cancel", args, args.code)


def reset(engine: Engine, order: Instruction) -> Answer:
    """`alarm-reset`: its latch is let go."""
    return carry(engine, order, "reset", args_of(order, AlarmArgs, "{alarm}"))


def carry(
    engine: Engine,
    order: Instruction,
    event: str,
    args: AlarmArgs,
    word: str = "",
    *,
    length: int = 0,
    oneshot: bool = False,
    evidence: Any = None,
) -> Answer:
    """Let an order be an event of the alarm's table, if its guards let it pass."""
    life = engine.life(args.alarm)
    if life is None:
        return refuse(order, "UNKNOWN_ALARM", f"no rule makes an alarm '{args.alarm}'")
    why = _why(order, args, word)
    why = msgspec.structs.replace(why, length=length, oneshot=oneshot, evidence=dict(evidence or {}))
    refused = life.refusal(event, why)
    if refused is not None:
        return refuse(order, refused.code, refused.words, current(life))
    told = life.fire(event, order.t, why)
    engine.rearm(args.alarm)
    return [*told], respond(order, "ok", result=current(life))


def current(life: Life) -> dict[str, Any]:
    """Give what an answer says of the alarm."""
    return {
        "alarm": life.spec.alarm, "occurrence": life.id(), "rev": life.occurrence.rev, "isa": life.isa(),
        "work": life.work,
    }  # fmt: skip


def _why(order: Instruction, args: AlarmArgs, word: str) -> Why:
    return Why(
        actor=order.user, causation=order.cmd_id, role=order.role, via=order.via, word=word, comment=args.comment,
        occurrence=args.occurrence, rev=args.expected_rev,
    )  # fmt: skip
