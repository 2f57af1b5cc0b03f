"""How every order is read and answered: arguments of a type, a status, a stable code, words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from agent.model.effects import Effect, Response
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine

Status = Literal["ok", "accepted", "rejected", "error", "expired"]
Answer = tuple[list[Effect], Response]
Carry = Callable[["Engine", Instruction], Answer]
Args = TypeVar("Args")


class BadArgsError(ValueError):
    """The arguments are not those of this order; the message says what was expected."""


def args_of(order: Instruction, kind: type[Args], form: str) -> Args:
    """Read the arguments of an order; raise `BadArgsError` naming their `form`."""
    try:
        return msgspec.json.decode(order.args, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadArgsError(f"{order.cmd} needs {form}: {error}") from error


def respond(
    order: Instruction, status: Status, code: str = "", message: str = "", result: Mapping[str, Any] | None = None
) -> Response:
    """Give the answer to an order."""
    return Response(
        order.cmd, order.cmd_id, order.t, status, code, message,
        msgspec.json.encode(result or {}).decode(), order.reply_to,
    )  # fmt: skip


def refuse(order: Instruction, code: str, message: str, result: Mapping[str, Any] | None = None) -> Answer:
    """Give the refusal of an order: nothing follows from it."""
    return [], respond(order, "rejected", code, message[:500], result)
