"""The community that comes along: at least 40 devices, each of which its driver can play and the settings accept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agent.driver import SerialDriver
from agent.registry import driver
from agent.settings.load import load
from simulator.community import DEFAULT, load_community
from simulator.devices import Devices
from simulator.settings_for import write_settings
from simulator.thing import WorldError
from simulator.world import World

COMMUNITY = load_community()


def test_it_is_as_large_as_asked_for() -> None:
    drivers = Counter(actor.settings.driver for actor in COMMUNITY.devices.values())
    on_buses = [name for name in COMMUNITY.lines if len(COMMUNITY.on_line(name)) > 1]
    assert len(COMMUNITY.devices) >= 40
    assert len(on_buses) >= 3
    assert drivers["ftl1"] >= 3
    assert drivers["zigbee2mqtt"] >= 20
    assert drivers["tasmota"] >= 4
    assert drivers["chirpstack"] >= 8
    assert {"rdm6300", "plantower-pms", "hlk-ld2410", "a02yyuw", "aa55-voice", "df2301q"} <= set(drivers)


@pytest.mark.parametrize("name", COMMUNITY.devices)
def test_a_device_plays_what_its_driver_knows(name: str) -> None:
    actor = COMMUNITY.devices[name]
    found = driver(actor.settings.driver)
    assert isinstance(found, SerialDriver) == (actor.settings.line is not None)
    assert {source.quantity for source in actor.plays} <= set(found.quantities)
    assert actor.settings.place.zone


@pytest.mark.parametrize("name", [name for name in COMMUNITY.devices if name.startswith("bin-")])
def test_a_bin_is_as_deep_in_the_settings_as_in_the_world(name: str) -> None:
    actor = COMMUNITY.devices[name]
    level = actor.settings.derive.fill_level
    thing = COMMUNITY.world[name]
    assert level
    assert (level.empty_mm, level.full_mm) == (thing["empty_mm"], thing["full_mm"])


def test_the_settings_of_the_demo_load(tmp_path: Path) -> None:
    write_settings(tmp_path, COMMUNITY, tmp_path / "ports", {"host": "127.0.0.1", "port": 1883})
    settings = load(tmp_path)
    assert set(settings.devices) == set(COMMUNITY.devices)
    assert {rule.kind for rule in settings.rules.values()} == {
        "threshold", "absent", "pressed", "count", "within_hours",
    }  # fmt: skip


@pytest.mark.parametrize("gone", ["xy-md02", "ftl1", "zigbee2mqtt", "tasmota", "chirpstack"])
def test_any_kind_of_device_can_be_taken_out(tmp_path: Path, gone: str) -> None:
    less = COMMUNITY.only(lambda actor: actor.settings.driver != gone)
    write_settings(tmp_path, less, tmp_path / "ports", {"host": "127.0.0.1", "port": 1883})
    assert set(load(tmp_path).devices) == set(less.devices) != set(COMMUNITY.devices)


def test_every_device_is_built_and_speaks(tmp_path: Path) -> None:
    devices = Devices(COMMUNITY, World(COMMUNITY.world, 1))
    said = devices.report(10_000, set())
    assert len(devices.serial) + len(said) >= len(COMMUNITY.devices)
    assert devices.births()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("line: uart-gate", "line: uart-gat", "reader-east: there is no line 'uart-gat'"),
        ("plays: {distance: bin-lobby}", "plays: {distance: bin-loby}", "bin-lobby: the world has no bin-loby"),
        ("driver: rdm6300, line", "driver: rdm6300, lin", "reader-east: .*\n.*lin"),
    ],
)
def test_a_wrong_file_is_said(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = DEFAULT.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "wrong.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(WorldError, match=words):
        load_community(tmp_path / "wrong.yaml")
