"""Sets the stage for a run: community, scenario at its speed, folder of ports, settings files, the play.

It starts nothing and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.settings.load import load
from simulator.brokers import Broker
from simulator.community import DEFAULT, load_community
from simulator.play import Play
from simulator.scenario import Scenario, load_scenario
from simulator.settings_for import write_settings

PORTS: Final = "ports"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked for. `seconds` / `speed` None: as the scenario says, or as fits the other one."""

    scenario: str = "evening"
    seconds: float | None = None
    speed: float | None = None
    seed: int = 1
    community: Path = DEFAULT


def timed(scenario: Scenario, wish: Wish) -> Scenario:
    """Give the scenario at the wished speed and length; raise `ScenarioError` if it does not fit."""
    if wish.speed is None:
        return scenario if wish.seconds is None else scenario.within(wish.seconds)
    fast = scenario.at_speed(wish.speed)
    return fast if wish.seconds is None else fast.lasting(wish.seconds)


def set_stage(wish: Wish, folder: Path, broker: Broker, step_clock: Callable[[int], None] | None = None) -> Play:
    """Write the settings to `folder` and give the play, which is to be started; `folder` is made if it is missing.

    Raise `ScenarioError` or `WorldError` if the scenario or the community file is wrong, `SettingsError` if what
    follows from it is not fit for an agent.
    """
    community = load_community(wish.community)
    scenario = timed(load_scenario(wish.scenario), wish)
    scenario = scenario.fitting(community.devices, {*community.world, *community.lines})
    links = folder / PORTS
    links.mkdir(parents=True, exist_ok=True)
    write_settings(folder, community, links.resolve(), broker.words())
    load(folder)
    return Play(community, scenario, broker, links.resolve(), seed=wish.seed, step_clock=step_clock)
