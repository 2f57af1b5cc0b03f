"""Orders that move nothing in the engine: a sign of life, and the word about settings that were read elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from agent.engine.orders.answers import Answer, respond
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine


def ping(engine: Engine, order: Instruction) -> Answer:  # noqa: ARG001 - the form of all orders
    """Say that the agent is there."""
    return [], respond(order, "ok", result={"pong": True})


def reloaded(engine: Engine, order: Instruction) -> Answer:  # noqa: ARG001
    """Say which settings are active: they were read before this order came here (agent/reload.py)."""
    return [], respond(order, "ok", result=msgspec.json.decode(order.args))
