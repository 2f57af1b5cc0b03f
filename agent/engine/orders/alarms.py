"""Orders about alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from agent.alarms.life import Cause as Why
from agent.alarms.life import Life
from agent.engine.orders.answers import Answer, args_of, refuse, respond
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine


class AckArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `alarm-ack`. `occurrence` and `expected_rev` are optional; when given they must be current."""

    alarm: str
    occurrence: str = ""
    expected_rev: int = 0
    comment: str = ""


def acknowledge(engine: Engine, order: Instruction) -> Answer:
    """`alarm-ack`: somebody has seen it."""
    args = args_of(order, AckArgs, "{alarm, occurrence?}")
    point = engine.points.get(args.alarm)
    if point is None:
        return refuse(order, "UNKNOWN_ALARM", f"no rule makes an alarm '{args.alarm}'")
    life = point.life
    code, message = _refusal(args, life)
    if code:
        return refuse(order, code, message, _current(life))
    if life.work == "ACKED":
        return [], respond(order, "ok", message="ALREADY_ACKED", result=_current(life))
    told = life.fire("ack", order.t, Why(actor=order.user, causation=order.cmd_id))
    return [*told], respond(order, "ok", result=_current(life))


def _current(life: Life) -> dict[str, Any]:
    return {"alarm": life.spec.alarm, "occurrence": life.id(), "rev": life.occurrence.rev, "isa": life.isa()}


def _refusal(args: AckArgs, life: Life) -> tuple[str, str]:
    """Give the code and words of why this acknowledgement is refused, ("", "") if it is not."""
    if args.occurrence and args.occurrence != life.id():
        return "STALE_VERSION", f"{args.alarm} is now occurrence {life.id()}"
    if args.expected_rev and args.expected_rev != life.occurrence.rev:
        return "STALE_VERSION", f"{args.alarm} is at rev {life.occurrence.rev}"
    if life.work != "ACKED" and not life.allows("ack"):
        return "WRONG_STATE", f"{args.alarm} has no open occurrence"
    return "", ""
