"""The world of the simulator: a seeded, pure model of a community in time. It knows no device, wire, clock or thread.

A world is made of named things (bins, doors, washrooms, pumps: places.py and plant.py). Time goes in fixed ticks,
whatever the caller's rhythm, and every thing has dice of its own: the same seed and the same timeline give the same
world to the last bit, and taking one thing away changes no other.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from agent.model.events import Value
from simulator.places import Bin, Door, Passage, Washroom
from simulator.plant import Air, Motor, Room
from simulator.thing import TICK_MS, Happening, Thing, WorldError

KINDS: Final[dict[str, type[Thing]]] = {
    "air": Air,
    "bin": Bin,
    "door": Door,
    "motor": Motor,
    "passage": Passage,
    "room": Room,
    "washroom": Washroom,
}
"""The kinds of things by the word that a community file uses for them."""


class World:
    """All things, moved together. `things` maps a name to `{kind: ..., and the kind's own options}`."""

    def __init__(self, things: Mapping[str, Mapping[str, Any]], seed: int) -> None:
        self.t = 0
        self.things = {name: _build(name, options, seed) for name, options in things.items()}

    def advance(self, to: int) -> list[Happening]:
        """Let time go on to `to` (ms) in whole ticks; give what happened, in order of time."""
        told: list[Happening] = []
        while self.t + TICK_MS <= to:
            self.t += TICK_MS
            for thing in self.things.values():
                thing.t = self.t
                thing.tick()
                told += thing.told
                thing.told.clear()
        return told

    def thing(self, name: str) -> Thing:
        """Give a thing; raise `WorldError` if there is none."""
        if name not in self.things:
            raise WorldError(f"the world has no '{name}'; it has: {', '.join(sorted(self.things))}")
        return self.things[name]

    def value(self, thing: str, quantity: str) -> Value:
        """Give what a sensor on this thing would see; raise `WorldError` if the thing does not have it."""
        seen = self.thing(thing).now
        if quantity not in seen:
            raise WorldError(f"{thing} has no '{quantity}'; it has: {', '.join(sorted(seen))}")
        return seen[quantity]

    def happen(self, thing: str, word: str, value: Value = True) -> None:
        """Make something happen, as a scenario asks; raise `WorldError` if it cannot happen to this thing."""
        found = self.thing(thing)
        if word not in found.words:
            raise WorldError(f"'{word}' cannot happen to {thing}; what can: {', '.join(found.words)}")
        found.happen(word, value)

    def fix(self, thing: str) -> None:
        """Let staff put a thing right."""
        self.thing(thing).fix()

    def seen(self) -> dict[str, dict[str, Value]]:
        """Give everything as it is now: the trace that two runs of one seed share."""
        return {name: dict(thing.now) for name, thing in self.things.items()}


def _build(name: str, options: Mapping[str, Any], seed: int) -> Thing:
    kind = KINDS.get(str(options.get("kind")))
    if kind is None:
        raise WorldError(f"{name}: there is no kind '{options.get('kind')}'; there is: {', '.join(sorted(KINDS))}")
    rest = {key: value for key, value in options.items() if key != "kind"}
    try:
        return kind(name, random.Random(f"{seed}/{name}"), **rest)  # noqa: S311 - a model of a community, not a secret
    except TypeError as error:
        raise WorldError(f"{name}: {error}") from error
