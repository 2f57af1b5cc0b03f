"""`inhibit_by` and the links that the settings give: whom a word means, which alarm hides which, and for how long."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from agent.engine.builtin import BROKER, LINE
from agent.engine.engine import Engine
from agent.engine.snapshot import snapshot
from agent.model.events import Availability, Gap, Presence, Reading
from agent.settings.load import load_texts, texts
from agent.settings.plan import alarms_of, plan_of
from tests.engine.inhibition_kit import BASE, HOUR, METERS, MINUTE, SENSORS, Rig, heard, plan


def settings(rules: str) -> Any:
    return load_texts(texts(BASE) | {"rules.yaml": f"rules:\n{rules}"}, BASE)


HOT = "  hot: {kind: threshold, select: {zone: boiler}, quantity: temperature, when: {op: '>=', value: 60}}\n"
MILD = "  warm: {kind: threshold, select: {zone: boiler}, quantity: temperature, when: {op: '>=', value: 40}, %s}\n"
WORDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "the same device": (HOT + MILD % "inhibit_by: [hot]", "warm-boiler-climate", ("hot-boiler-climate",)),
    "elsewhere in the building": (
        "  power: {kind: threshold, select: {devices: [pump-meter]}, quantity: voltage, when: {op: '<', value: 50}}\n"
        + MILD % "inhibit_by: [power]", "warm-boiler-climate-2", ("power-pump-meter",),
    ),
    "another building": (
        "  full: {kind: threshold, select: {devices: [bin-1]}, quantity: fill_level, when: {op: '>', value: 50}}\n"
        + MILD % "inhibit_by: [full]", "warm-boiler-climate", (),
    ),
    "a group by a rule of its name": (
        "  mains-fail: {kind: threshold, select: {devices: [pump-meter]}, quantity: voltage, "
        "when: {op: '<', value: 50}}\n" + MILD % "inhibit_by: [mains-fail]",
        "warm-boiler-climate", ("mains-fail-pump-meter",),
    ),
    "its own silence": (
        "  gone: {kind: absent, select: {zone: boiler}}\n" + MILD % "inhibit_by: [device-silent]",
        "warm-boiler-climate", ("gone-boiler-climate",),
    ),
    "maintenance is a lock": (MILD % "inhibit_by: [maintenance-mode]", "warm-boiler-climate", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_whom_a_word_of_inhibit_by_means(name: str) -> None:
    rules, alarm, sources = WORDS[name]
    assert plan_of(settings(rules)).inhibitors.get(alarm, ()) == sources


def test_the_graver_rule_hides_the_milder_one_while_it_is_active() -> None:
    rig = Rig(plan_of(settings(HOT + MILD % "inhibit_by: [hot]")))

    def climate(t: int, value: float) -> None:
        rig.hear(Reading("boiler-climate", "temperature", value, t))

    climate(1_000, 70.0)
    assert next(alarm for alarm, _ in heard(rig.told)) == "hot-boiler-climate"
    climate(2_000, 50.0)
    rig.until(2_000 + MINUTE)
    assert ("warm-boiler-climate", "unsuppressed") in heard(rig.told)
    climate(2 * MINUTE, 20.0)
    climate(3 * MINUTE, 45.0)
    assert rig.engine.points["warm-boiler-climate"].life.inhibitors == []


def test_the_settings_give_every_link_that_carries_something() -> None:
    found = settings(HOT)
    made = plan_of(found)
    assert {alarm: (link.scope, link.says, link.behind) for alarm, link in made.links.items()} == {
        "line-down-bus1": ("line", "bus1", ()),
        "line-down-bus2": ("line", "bus2", ()),
        "line-down-lobby": ("line", "lobby", ()),
        "line-down-bin": ("line", "bin", ()),
        "gateway-down-zigbee": ("gateway", "zigbee2mqtt", ()),
        "broker-down-south": ("line", "broker:south", ("gateway-down-zigbee",)),
    }
    assert made.links["line-down-bus1"].devices == ("boiler-climate", "boiler-climate-2")
    assert set(made.links) <= set(alarms_of(found))
    assert alarms_of(found) == list(Engine(made, lambda _: made).points)


@pytest.mark.parametrize(("priority", "expected"), [(1, 2), (2, 2), (3, 3), (4, 3)])
def test_a_link_is_as_grave_as_the_gravest_rule_behind_it_but_no_p1(priority: int, expected: int) -> None:
    grave = f"priority: {priority}, plan: emergency" if priority < 3 else f"priority: {priority}"
    files = texts(BASE) | {"rules.yaml": "rules:\n" + MILD % grave}
    made = plan_of(load_texts(files, BASE, kept=True))
    assert made.rules[LINE][0].priority == expected
    assert made.rules[BROKER][0].priority == 3


def test_a_rule_of_the_site_with_its_name_takes_the_place_of_the_built_in_one() -> None:
    made = plan_of(settings("  line-down: {kind: absent, select: {zone: boiler}}\n"))
    assert made.rules["line-down"][0].kind == "absent"
    assert BROKER in made.rules


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_it_is_suppressed_only_by_what_holds(seed: int) -> None:
    dice = random.Random(seed)
    rig, t, down = Rig(plan()), 0, {"bus": False, "broker:south": False}
    for _ in range(150):
        t += dice.choice([1_000, 20_000, 90_000])
        name = dice.choice(list(down))
        kind = dice.randrange(4)
        if kind == 0:
            value: Presence = dice.choice(["online", "offline"])
            down[name] = value == "offline"
            rig.link(t, value, name)
        elif kind == 1:
            rig.all_speak(t, dice.sample(METERS + SENSORS, 5))
        elif kind == 2:
            rig.restart()
            rig.hear(Gap(t, t + 500, 2))
            t += 500
        else:
            rig.hear(Availability(dice.choice(SENSORS), dice.choice(["online", "offline"]), "device", t))
    rig.link(t, "online")
    rig.link(t, "online", "broker:south")
    rig.until(t + 3 * HOUR)
    assert [alarm for alarm, point in rig.engine.points.items() if point.life.inhibitors] == []
    assert msgspec.msgpack.decode(snapshot(rig.engine))["inhibition"] == {"down": [], "waiting": {}}
