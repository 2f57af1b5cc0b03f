"""The world: the same seed gives the same world, nothing alarming happens by itself, and staff put things right."""

from __future__ import annotations

import pytest

from simulator.community import load_community
from simulator.scenario import WORLD_WORDS, load_scenario, names
from simulator.thing import TICK_MS, WorldError
from simulator.world import World

WORLD = load_community().world


def trace(seed: int, rhythm: int, scenario: str = "evening") -> list[object]:
    """Give everything that is seen and told in 40 s of a scenario, advanced in steps of `rhythm` ms."""
    world = World(WORLD, seed)
    acts = sorted((act for act in load_scenario(scenario).do if act.word in WORLD_WORDS), key=lambda act: act.at)
    seen: list[object] = []
    for now in range(0, 40_001, rhythm):
        while acts and acts[0].at * 1000 <= now:
            act = acts.pop(0)
            seen += world.advance(round(act.at * 1000))
            world.happen(act.what, act.word, act.value)
        seen += world.advance(now)
        if now % 2000 == 0:
            seen.append(world.seen())
    return seen


@pytest.mark.parametrize("scenario", names())
def test_the_same_seed_gives_the_same_world(scenario: str) -> None:
    assert trace(7, 100, scenario) == trace(7, 100, scenario)


def test_the_rhythm_of_the_caller_changes_nothing() -> None:
    assert trace(7, 100) == trace(7, 2000)


def test_another_seed_gives_another_world() -> None:
    assert trace(7, 100) != trace(8, 100)


def test_taking_a_thing_away_changes_no_other() -> None:
    whole, less = World(WORLD, 3), World({name: kind for name, kind in WORLD.items() if name != "bin-b1"}, 3)
    whole.advance(30_000)
    less.advance(30_000)
    assert {name: seen for name, seen in whole.seen().items() if name != "bin-b1"} == less.seen()


@pytest.mark.parametrize("seed", range(20))
def test_left_alone_the_world_is_healthy_for_two_minutes(seed: int) -> None:
    world = World(WORLD, seed)
    words: set[str] = set()
    opened: dict[str, int] = {}
    for now in range(0, 120_000, TICK_MS):
        words |= {happening.word for happening in world.advance(now)}
        for name, seen in world.seen().items():
            opened[name] = opened.get(name, 0) + TICK_MS if seen.get("door_open") or seen.get("presence") else 0
            assert opened[name] <= 3500, name
            assert float(seen.get("fill_level", 0)) < 85
            assert not any(seen.get(quantity) for quantity in ("water_leak", "smoke", "tamper", "tilt"))
            assert float(seen.get("nh3", 0)) < 1.0
            assert float(seen.get("pm2_5", 0)) < 50
            assert float(seen.get("remaining", 100)) > 20 or "fill_level" in seen
    assert {"positive", "card"} <= words <= {"positive", "neutral", "card"}


def test_a_dirty_washroom_makes_everybody_complain_until_it_is_cleaned() -> None:
    world = World({"toilet": {"kind": "washroom", "visits": [1, 2], "stay": [0.5, 1]}}, 1)
    world.advance(10_000)
    world.happen("toilet", "dirty")
    assert {told.word for told in world.advance(40_000)} == {"negative"}
    world.fix("toilet")
    assert "negative" not in {told.word for told in world.advance(80_000)}


@pytest.mark.parametrize(
    ("kind", "word", "value", "quantity", "wrong", "right"),
    [
        ({"kind": "bin"}, "fill", 96, "fill_level", lambda v: v > 95, lambda v: v < 10),
        ({"kind": "bin"}, "tilt", True, "tilt", bool, lambda v: not v),
        ({"kind": "door"}, "open", True, "door_open", bool, lambda v: not v),
        ({"kind": "door"}, "force", True, "tamper", bool, lambda v: not v),
        ({"kind": "passage"}, "loiter", True, "presence", bool, lambda v: not v),
        ({"kind": "room"}, "leak", True, "water_leak", bool, lambda v: not v),
        ({"kind": "room"}, "smoke", True, "smoke", bool, lambda v: not v),
        ({"kind": "room"}, "heat", 55, "temperature", lambda v: v > 50, lambda v: v < 25),
        ({"kind": "air"}, "haze", 120, "pm2_5", lambda v: v > 120, lambda v: v < 30),
        ({"kind": "air"}, "stuffy", 900, "co2", lambda v: v > 1300, lambda v: v < 800),
        ({"kind": "motor", "rated": 1500}, "strain", True, "power", lambda v: v > 2200, lambda v: v < 1600),
        ({"kind": "motor"}, "sag", 190, "voltage", lambda v: v == 190, lambda v: v > 220),
        ({"kind": "motor"}, "stop", True, "power", lambda v: v < 50, lambda v: v > 1400),
    ],
)
def test_what_happens_is_seen_and_staff_put_it_right(kind, word, value, quantity, wrong, right) -> None:
    world = World({"it": kind}, 1)
    world.happen("it", word, value)
    world.advance(15_000)
    assert wrong(world.value("it", quantity))
    world.fix("it")
    world.advance(35_000)
    assert right(world.value("it", quantity))


@pytest.mark.parametrize(
    ("things", "ask", "words"),
    [
        ({"it": {"kind": "lake"}}, lambda world: world, "no kind 'lake'; there is: air, bin"),
        ({"it": {"kind": "bin", "colour": 1}}, lambda world: world, "it: .*colour"),
        (
            {"it": {"kind": "bin"}},
            lambda world: world.happen("it", "leak"),
            "'leak' cannot happen to it; what can",
        ),
        ({"it": {"kind": "bin"}}, lambda world: world.value("it", "smoke"), "it has no 'smoke'; it has: distance"),
        ({"it": {"kind": "bin"}}, lambda world: world.fix("that"), "the world has no 'that'; it has: it"),
    ],
)
def test_what_is_wrong_is_said(things, ask, words) -> None:
    with pytest.raises(WorldError, match=words):
        ask(World(things, 1))
