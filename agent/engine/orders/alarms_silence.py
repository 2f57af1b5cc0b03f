"""Orders that keep an alarm quiet for a while, and those about people: shelving, out of service, levels, assignees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from agent.engine.orders.alarms import AlarmArgs, carry
from agent.engine.orders.answers import Answer, BadArgsError, args_of, respond
from agent.model.effects import Effect
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine


class ShelveArgs(AlarmArgs):
    """For how long (0: as long as the standard lets it) and why; `oneshot`: until it next returns to normal."""

    reason: str
    duration_s: int = 0
    oneshot: bool = False


class OosArgs(AlarmArgs):
    """On with a work order and a time, off with nothing."""

    state: Literal["on", "off"]
    work_order: str = ""
    duration_s: int = 0


class AssignArgs(AlarmArgs):
    """To whom."""

    assignee: str


class HandOverArgs(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One alarm, or all that somebody has: at a change of shift."""

    to: str
    alarm: str = ""
    from_: str = msgspec.field(name="from", default="")
    comment: str = ""


def shelve(engine: Engine, order: Instruction) -> Answer:
    """`alarm-shelve`: nobody is told for a while; never a P1."""
    args = args_of(order, ShelveArgs, "{alarm, reason, duration_s?, oneshot?}")
    return carry(engine, order, "shelve", args, args.reason, length=args.duration_s * 1000, oneshot=args.oneshot)


def unshelve(engine: Engine, order: Instruction) -> Answer:
    """`alarm-unshelve`: told again, at the level that was reached."""
    return carry(engine, order, "unshelve", args_of(order, AlarmArgs, "{alarm}"))


def out_of_service(engine: Engine, order: Instruction) -> Answer:
    """`alarm-oos`: out of service for a work order, and back."""
    args = args_of(order, OosArgs, "{alarm, state: on|off, work_order, duration_s}")
    return carry(engine, order, f"oos_{args.state}", args, args.work_order, length=args.duration_s * 1000)


def comment(engine: Engine, order: Instruction) -> Answer:
    """`alarm-comment`: a remark that is kept with the alarm."""
    args = args_of(order, AlarmArgs, "{alarm, comment}")
    if not args.comment:
        raise BadArgsError("alarm-comment needs a comment")
    return carry(engine, order, "comment", args)


def escalate(engine: Engine, order: Instruction) -> Answer:
    """`alarm-escalate`: the next level is told at once."""
    return carry(engine, order, "escalate", args_of(order, AlarmArgs, "{alarm}"))


def assign(engine: Engine, order: Instruction) -> Answer:
    """`alarm-assign`: somebody shall do it; no clock stops."""
    args = args_of(order, AssignArgs, "{alarm, assignee}")
    return carry(engine, order, "assign", args, args.assignee)


def hand_over(engine: Engine, order: Instruction) -> Answer:
    """`alarm-hand-over`: one alarm, or all of a person's, go to another person; no clock stops."""
    args = args_of(order, HandOverArgs, "{to, alarm} or {to, from}")
    if bool(args.alarm) == bool(args.from_):
        raise BadArgsError("alarm-hand-over needs either alarm or from")
    if args.alarm:
        return carry(engine, order, "hand_over", AlarmArgs(alarm=args.alarm, comment=args.comment), args.to)
    told: list[Effect] = []
    handed: list[str] = []
    kept: list[str] = []
    for life in engine.lives():
        if life.work != "IDLE" and life.occurrence.assignee == args.from_:
            one = AlarmArgs(alarm=life.spec.alarm, comment=args.comment)
            effects, response = carry(engine, order, "hand_over", one, args.to)
            (handed if response.status == "ok" else kept).append(life.spec.alarm)
            told += effects
    return told, respond(order, "ok", result={"alarms": handed, "refused": kept})
