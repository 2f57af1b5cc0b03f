"""Instructions: what the centre or the local socket asked for, and the answer. Idempotent by `cmd_id` for 24 hours.

Codes are those of domain.md §1.5.4 plus UNKNOWN_*, BAD_ARGS, EXPIRED and BUSY (DESIGN, "Where the references differ").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from agent.engine.orders import ORDERS
from agent.engine.orders.answers import Answer, BadArgsError, Status, refuse, respond
from agent.model.effects import Effect, Response
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine

REMEMBERED: Final = 86_400_000
MOST_REMEMBERED: Final = 1_000


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
        effects, response = self._carry_out(engine, order)
        yield from effects
        self._remember(response)
        yield response

    def _carry_out(self, engine: Engine, order: Instruction) -> Answer:
        if order.verdict:
            status: Status = "expired" if order.verdict == "EXPIRED" else "rejected"
            return [], respond(order, status, order.verdict, order.note)
        carry = ORDERS.get(order.cmd)
        if carry is None:
            return refuse(order, "UNKNOWN_COMMAND", f"'{order.cmd}' is no command; known: {', '.join(ORDERS)}")
        try:
            return carry(engine, order)
        except BadArgsError as error:
            return refuse(order, "BAD_ARGS", str(error))

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
