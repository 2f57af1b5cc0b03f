"""The order `service-record`: a service was done, so that what is due by it begins anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from agent.alarms.life import Cause as Why
from agent.engine.orders.answers import Answer, BadArgsError, args_of, refuse, respond
from agent.engine.plan import alarm_id
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine

KINDS: Final = ("due", "drift")


class ServiceArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `service-record`: the rule and its device; `at` is when it was done (ISO 8601), empty: now."""

    rule: Annotated[str, msgspec.Meta(max_length=64)]
    device: Annotated[str, msgspec.Meta(max_length=64)]
    at: Annotated[str, msgspec.Meta(max_length=40)] = ""


def record(engine: Engine, order: Instruction) -> Answer:
    """Let the rule of one device begin anew; the answer says since when it counts and what it says now."""
    args = args_of(order, ServiceArgs, "{rule, device, at?}")
    point = engine.points.get(alarm_id(args.rule, args.device))
    if point is None or point.rule.kind not in KINDS:
        known = [one.id for one in engine.points.values() if one.rule.kind in KINDS]
        note = f"'{args.rule}' on '{args.device}' waits for no service; there are: {', '.join(known[:8]) or 'none'}"
        return refuse(order, "UNKNOWN_RULE", note)
    done = _done(engine, order, args.at)
    if done > order.t:
        return refuse(order, "BAD_ARGS", f"{args.at} lies ahead")
    truth = point.ask(engine.now, point.step.recorded, done)
    words = f"service recorded by {order.user or order.via or 'somebody'}"
    told = engine.hear(point, truth, Why(condition=words))
    return told, respond(order, "ok", result={"alarm": point.id, "due": truth})


def _done(engine: Engine, order: Instruction, at: str) -> int:
    """Give the engine time of an instant that is written; raise BadArgsError where it is none."""
    if not at:
        return order.t
    try:
        told = datetime.fromisoformat(at)
    except ValueError as error:
        raise BadArgsError(f"'{at}' is no time; expected such as 2024-05-31 or 2024-05-31T14:00:00+08:00") from error
    row = engine.wall.current
    if row is None or not row.trusted:
        raise BadArgsError("the clock is not trusted: only a service of now can be recorded")
    if told.tzinfo is None:
        return int(told.replace(tzinfo=UTC).timestamp()) * 1000 - row.tz_min * 60_000 - row.wall
    return int(told.timestamp()) * 1000 - row.wall
