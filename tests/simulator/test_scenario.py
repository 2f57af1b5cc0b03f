"""Scenario files: they load, name only what is there, and keep their sense when compressed."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml

from simulator.community import load_community
from simulator.scenario import HOLD_S, LINE_WORDS, MOMENT_S, MOMENTS, WORLD_WORDS, ScenarioError, load_scenario, names
from simulator.world import World


def test_the_four_scenarios_come_along() -> None:
    assert names() == ["evening", "outage", "quiet", "storm"]


@pytest.mark.parametrize("name", names())
def test_a_scenario_names_only_what_the_community_has(name: str) -> None:
    community, scenario = load_community(), load_scenario(name)
    assert scenario.fitting(community.devices, {*community.world, *community.lines}) == scenario
    world = World(community.world, 1)
    for act in scenario.do:
        if act.word in WORLD_WORDS:
            world.happen(act.what, act.word, act.value)
        if act.word in LINE_WORDS:
            assert act.what in community.lines
        if act.word == "press":
            terminal = community.devices[act.what].settings.terminal
            assert terminal
            assert act.key in {**terminal.keys, **terminal.phrases}
    rules = yaml.safe_load(Path("simulator/rules.yaml").read_text(encoding="utf-8"))["rules"]
    assert {row.rule for row in scenario.expect} <= set(rules)
    assert scenario.needs() <= scenario.seconds


def test_every_kind_of_rule_is_expected_somewhere() -> None:
    rules = yaml.safe_load(Path("simulator/rules.yaml").read_text(encoding="utf-8"))["rules"]
    kinds = {rules[row.rule]["kind"] for name in names() for row in load_scenario(name).expect}
    assert kinds == {"threshold", "absent", "pressed", "count", "within_hours"}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("speed", [1, 2, 5, 100])
def test_compressing_keeps_order_and_never_stretches(name: str, speed: float) -> None:
    scenario = load_scenario(name)
    fast = scenario.at_speed(speed)
    pairs = sorted(zip(scenario.do, fast.do, strict=True), key=lambda pair: pair[0].at)
    for (act, quick), (later, quicker) in itertools.combinations(pairs, 2):
        assert 0 <= quicker.at - quick.at <= later.at - act.at + 0.001
    last: dict[str, tuple[float, float]] = {}
    for act, quick in pairs:
        if act.subject() in last:
            before, at, was = last[act.subject()]
            hold = MOMENT_S if before in MOMENTS else HOLD_S
            assert quick.at - was >= min(act.at - at, hold) - 0.001
        last[act.subject()] = (act.word, act.at, quick.at)
    assert fast.needs() <= fast.seconds <= scenario.seconds


def test_it_is_compressed_just_enough_to_fit() -> None:
    scenario = load_scenario("evening")
    assert scenario.within(60).seconds == 60
    assert scenario.within(60).do == scenario.do
    assert scenario.within(40).needs() <= 40
    with pytest.raises(ScenarioError, match=r"evening needs \d+ s at this speed, not 5 s"):
        scenario.within(5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title: x\nseconds: 5\ndo: [{at: 1, flll: bin-b1}]", "names exactly one of: fill, tilt"),
        ("title: x\nseconds: 5\ndo: [{at: -1, fill: bin-b1}]", "greater than or equal to 0"),
        ("title: x\nseconds: 5\nexpct: []", "expct"),
    ],
)
def test_a_wrong_file_is_said(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=words):
        load_scenario(str(tmp_path / "wrong.yaml"))


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(ScenarioError, match="no scenario 'morning'; there is: evening, outage, quiet, storm"):
        load_scenario("morning")
