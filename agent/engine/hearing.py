"""Events and presses: to the rules that want them, to the residents' side, and back as an answer. No readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.alarms.life import Cause as Why
from agent.engine.point import Point
from agent.model.effects import Effect, Prompt
from agent.model.events import Event, Feedback

if TYPE_CHECKING:
    from agent.engine.engine import Engine


def event(engine: Engine, said: Event) -> list[Effect]:
    """Take an event: what its device's rules make of it, and the feedback that it may be."""
    effects: list[Effect] = []
    if said.historical:
        return effects
    if said.device in engine.locks.devices:
        return [Prompt(said.device, said.t, "thank-you", ref=said.native)] if said.quantity == "button" else []
    for point in engine.watches.events.get(said.device, ()):
        truth = point.ask(said.t, point.step.event, said)
        effects += engine.hear(point, truth, Why(said.quantity, said.value, point.step.words()))
    feedback = engine.residents.hear(said)
    if feedback is not None:
        effects.append(feedback)
        effects += _feedback(engine, feedback, said)
    return effects


def _feedback(engine: Engine, feedback: Feedback, said: Event) -> list[Effect]:
    told: list[Effect] = []
    matched: list[Point] = []
    for point in engine.watches.feedback.get(feedback.device, ()):
        truth = point.ask(feedback.t, point.step.feedback, feedback)
        if truth:
            matched.append(point)
        why = Why(said.quantity, said.value, point.step.words(), feedback=feedback.feedback)
        told += engine.hear(point, truth, why)
    prompt = engine.residents.answer(feedback, said, told, matched)
    return [*told, prompt] if prompt else told
