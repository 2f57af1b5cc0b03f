"""Instructions: what the centre or the local socket asked for, and the answer. Idempotent by `cmd_id` for 24 hours.

Codes are those of domain.md §1.5.4 plus UNKNOWN_*, BAD_ARGS, EXPIRED and BUSY (DESIGN, "Where the references differ").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec

from agent.alarms.life import Cause as Why
from agent.alarms.life import Life
from agent.model.effects import Effect, Response
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine

REMEMBERED: Final = 86_400_000
MOST_REMEMBERED: Final = 1_000
Status = Literal["ok", "accepted", "rejected", "error", "expired"]


class AckArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `alarm-ack`. `occurrence` and `expected_rev` are optional; when given they must be current."""

    alarm: str
    occurrence: str = ""
    expected_rev: int = 0
    comment: str = ""


class OutputArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `output`: `state` on, off or auto (the rules decide again); for `seconds` (0: until `auto`)."""

    device: str
    output: str
    state: Literal["on", "off", "auto"]
    seconds: Annotated[int, msgspec.Meta(ge=0, le=7 * 86_400)] = 0


class Desk:
    """Answers instructions and remembers the answers, so that one `cmd_id` is carried out once."""

    def __init__(self) -> None:
        self._answered: dict[str, Response] = {}

    def answer(self, engine: Engine, order: Instruction) -> Iterator[Effect]:
        """Carry out an instruction: what follows from it, its `Response` last."""
        known = self._answered.get(order.cmd_id)
        if known is not None and order.t - known.t < REMEMBERED:
            yield msgspec.structs.replace(known, t=order.t, status="duplicate", reply_to=order.reply_to)
            return
        if order.verdict:
            status: Status = "expired" if order.verdict == "EXPIRED" else "rejected"
            response = _respond(order, status, order.verdict, order.note)
        else:
            effects, response = self._carry_out(engine, order)
            yield from effects
        self._remember(response)
        yield response

    def _carry_out(self, engine: Engine, order: Instruction) -> tuple[list[Effect], Response]:
        match order.cmd:
            case "ping":
                return [], _respond(order, "ok", result={"pong": True})
            case "alarm-ack":
                return self._acknowledge(engine, order)
            case "output":
                return self._switch(engine, order)
            case "config-reload":
                return [], _respond(order, "ok", result=msgspec.json.decode(order.args))
        return [], _respond(order, "rejected", "UNKNOWN_COMMAND", f"'{order.cmd}' is no command; known: {KNOWN}")

    def _acknowledge(self, engine: Engine, order: Instruction) -> tuple[list[Effect], Response]:
        try:
            args = msgspec.json.decode(order.args, type=AckArgs)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            return [], _respond(order, "rejected", "BAD_ARGS", f"alarm-ack needs {{alarm, occurrence?}}: {error}")
        point = engine.points.get(args.alarm)
        if point is None:
            return [], _respond(order, "rejected", "UNKNOWN_ALARM", f"no rule makes an alarm '{args.alarm}'")
        life = point.life
        code, message = _refusal(args, life)
        if code:
            return [], _respond(order, "rejected", code, message, _current(life))
        if life.work == "ACKED":
            return [], _respond(order, "ok", message="ALREADY_ACKED", result=_current(life))
        told: list[Effect] = list(life.fire("ack", order.t, Why(actor=order.user, causation=order.cmd_id)))
        return told, _respond(order, "ok", result=_current(life))

    def _switch(self, engine: Engine, order: Instruction) -> tuple[list[Effect], Response]:
        """Switch an output. `accepted`: that it is so is told by the event `output` with the word `confirmed`."""
        try:
            args = msgspec.json.decode(order.args, type=OutputArgs)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            note = f"output needs {{device, output, state: on|off|auto, seconds?}}: {error}"
            return [], _respond(order, "rejected", "BAD_ARGS", note)
        key = (args.device, args.output)
        spec = engine.outputs.specs.get(key)
        if spec is None:
            known = ", ".join(f"{device} {name}" for device, name in engine.outputs.specs) or "none"
            note = f"'{args.device}' has no output '{args.output}' that may be switched; there are: {known}"
            return [], _respond(order, "rejected", "UNKNOWN_OUTPUT", note[:500])
        if "command" not in spec.by:
            return [], _respond(order, "rejected", "FORBIDDEN", f"{args.output} is switched by rules alone")
        told = engine.outputs.override(key, args.state, args.seconds, order.t, order.user or order.via)
        now = engine.outputs.known[key]
        return told, _respond(order, "accepted", result={"wanted": now.wanted, "state": now.state})

    def _remember(self, response: Response) -> None:
        self._answered[response.cmd_id] = response
        while len(self._answered) > MOST_REMEMBERED:
            self._answered.pop(next(iter(self._answered)))

    def state(self) -> list[Any]:
        """Give what must be remembered over a restart."""
        return [msgspec.to_builtins(response) for response in self._answered.values()]

    def restore(self, state: list[Mapping[str, Any]]) -> None:
        """Take it back."""
        answers = msgspec.convert(state, list[Response])
        self._answered = {answer.cmd_id: answer for answer in answers}


KNOWN: Final = "ping, alarm-ack, output, config-reload"


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


def _respond(
    order: Instruction, status: Status, code: str = "", message: str = "", result: Mapping[str, Any] | None = None
) -> Response:
    return Response(
        order.cmd, order.cmd_id, order.t, status, code, message,
        msgspec.json.encode(result or {}).decode(), order.reply_to,
    )  # fmt: skip
