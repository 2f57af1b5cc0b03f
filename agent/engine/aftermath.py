"""What follows from what alarms tell: counts, outputs, residents, those whom they suppress. It moves no condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from agent.engine import flood, inhibition
from agent.model.effects import Alarm, Effect

if TYPE_CHECKING:
    from agent.engine.engine import Engine


def tell(engine: Engine, told: Iterable[Any]) -> list[Effect]:
    """Give what is told with what follows from it."""
    effects: list[Effect] = []
    for effect in told:
        effects.append(effect)
        if isinstance(effect, Alarm):
            effects += _alarm(engine, effect)
    return effects


def _alarm(engine: Engine, told: Alarm) -> list[Effect]:
    effects: list[Effect] = []
    engine.metrics.take(told)
    point = engine.points.get(told.alarm)
    if point is not None:
        if point.targets:
            effects += engine.outputs.follow(point.targets, point.id, engine.now, active=point.life.condition_on)
        if point.id in engine.inhibition.followers:
            effects += inhibition.follow(engine, point)
        effects += flood.look(engine, told, point)
    if told.feedback:
        effects += engine.residents.follow(told)
    engine.orphans.forget(told.alarm)
    return effects
