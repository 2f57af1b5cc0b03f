"""Inhibition: a dead line, broker or gateway is one alarm; `inhibit_by`; what comes back has its time; restarts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.engine.builtin import BROKER, GATEWAY, LINE, built_in
from agent.engine.engine import Engine
from agent.engine.plan import Link, Plan, Watched
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm
from agent.model.events import Availability, Event, Gap, Offset, Presence, Reading, Reload, Scope
from agent.settings.load import load_texts, texts
from agent.settings.plan import alarms_of, plan_of
from tests.plans import STANDARD, rule

BASE = Path(__file__).parents[1] / "settings" / "base"
MINUTE, HOUR = 60_000, 3_600_000
METERS = tuple(f"meter-{n}" for n in range(30))
SENSORS = ("door", "leak")
SILENT = {"kind": "absent", "after": "60s", "priority": 2}
OPENED = {"kind": "threshold", "quantity": "door_open", "when": {"op": "==", "value": True}, "no_data": "alarm"}
WARM = {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}, "deadband": 0.5}


def plan(*, revision: str = "", silent: dict[str, Any] | None = None, links: bool = True) -> Plan:
    """30 meters on a bus; a door and a leak sensor behind a gateway behind the broker."""
    carried = {
        "line-down-bus": Link("line", "bus", METERS),
        "gateway-down-zigbee": Link("gateway", "zigbee2mqtt", SENSORS),
        "broker-down-south": Link("line", "broker:south", SENSORS, ("gateway-down-zigbee",)),
    }
    rules: dict[str, Any] = {
        "silent": (rule(SILENT | (silent or {})), METERS),
        "quiet": (rule({"kind": "absent", "after": "1h"}), SENSORS),
        "opened": (rule(OPENED), ("door",)),
        LINE: (built_in(LINE, 2), ("bus",)),
        GATEWAY: (built_in(GATEWAY), ("zigbee",)),
        BROKER: (built_in(BROKER), ("south",)),
    }
    devices = {name: Watched("cellar", 10_000) for name in METERS} | {name: Watched("lobby", HOUR) for name in SENSORS}
    return Plan("s", "n", devices, rules, STANDARD, revision, links=carried if links else {})


class Rig:
    """An engine that is restarted whenever somebody wants it, and all alarms that it told."""

    def __init__(self, the_plan: Plan, *others: Plan) -> None:
        self.plans = {one.revision: one for one in (the_plan, *others)}
        self.engine = Engine(the_plan, lambda revision: self.plans[revision])
        self.told: list[Alarm] = []
        self.hear(Offset(1, 0, 1_700_000_000_000, trusted=True))

    def hear(self, cause: Any) -> list[Alarm]:
        return self._keep(self.engine.step(cause))

    def until(self, t: int) -> list[Alarm]:
        return self._keep(self.engine.advance(t))

    def _keep(self, effects: list[Any]) -> list[Alarm]:
        new = [one for one in effects if isinstance(one, Alarm)]
        self.told += new
        return new

    def link(self, t: int, value: Presence, device: str = "bus", scope: Scope = "line") -> list[Alarm]:
        return self.hear(Availability(device, value, scope, t))

    def all_speak(self, t: int, devices: tuple[str, ...] = METERS) -> None:
        for device in devices:
            self.hear(Reading(device, "temperature", 20.0, t))

    def restart(self) -> None:
        made = Engine(self.engine.plan, lambda revision: self.plans[revision])
        restore(made, snapshot(self.engine))
        assert snapshot(made) == snapshot(self.engine)
        self.engine = made


def heard(told: list[Alarm]) -> list[tuple[str, str]]:
    """Give what begins anew for people: alarm and transition. That nobody acknowledges it is another matter."""
    return [(one.alarm, one.transition) for one in told if one.notify >= 0 and one.transition != "escalated"]


def test_thirty_silent_meters_are_one_alarm_and_none_when_they_are_back() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "offline")
    rig.until(10 * MINUTE)
    assert heard(rig.told) == [("line-down-bus", "raised")]
    assert next(one for one in rig.told if one.alarm == "line-down-bus").t == 10_000 + MINUTE
    silent = [one for one in rig.told if one.alarm.startswith("silent-") and one.transition == "raised"]
    assert len(silent) == 30
    assert {(one.suppressed, one.isa) for one in silent} == {(True, "DSUPR")}
    rig.told.clear()
    rig.link(11 * MINUTE, "online")
    rig.all_speak(11 * MINUTE + 5_000)
    rig.until(12 * HOUR)
    assert [one.transition for one in rig.told if one.alarm == "silent-meter-7"][:2] == ["cleared", "closed"]


def test_who_stays_silent_when_the_line_is_back_is_told_after_its_own_time() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "offline")
    rig.until(10 * MINUTE)
    rig.link(10 * MINUTE, "online")
    rig.told.clear()
    rig.all_speak(10 * MINUTE + 5_000, METERS[1:])
    rig.all_speak(10 * MINUTE + 50_000, METERS[1:])
    rig.until(11 * MINUTE)
    assert heard(rig.told) == [("silent-meter-0", "unsuppressed")]


def test_a_port_that_comes_back_at_once_is_nobodys_matter() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "offline")
    rig.link(60_000, "online")
    rig.all_speak(60_500)
    rig.until(2 * MINUTE)
    assert rig.told == []


def test_a_line_that_is_lent_hides_silence_and_raises_nothing() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "unknown")
    rig.until(5 * MINUTE)
    assert heard(rig.told) == []
    rig.link(5 * MINUTE, "online")
    rig.all_speak(5 * MINUTE + 1_000)
    assert heard(rig.told) == []


def test_a_p1_is_never_suppressed() -> None:
    rig = Rig(plan(silent={"priority": 1}))
    rig.all_speak(1_000)
    rig.link(2_000, "offline")
    rig.until(61_000)
    assert [alarm for alarm, _ in heard(rig.told)] == sorted(f"silent-{name}" for name in METERS)


def test_a_broker_hides_its_gateways_and_what_is_behind_them() -> None:
    rig = Rig(plan())
    rig.link(1_000, "offline", "zigbee2mqtt", "gateway")
    rig.link(2_000, "offline", "broker:south")
    rig.until(2 * HOUR)
    assert [one for one in heard(rig.told) if "meter" not in one[0]] == [("broker-down-south", "raised")]
    rig.told.clear()
    rig.link(2 * HOUR, "online", "broker:south")
    rig.until(2 * HOUR + 10 * MINUTE)
    assert ("gateway-down-zigbee", "unsuppressed") in heard(rig.told)
    assert not [alarm for alarm, _ in heard(rig.told) if alarm.startswith("quiet")]


def test_a_sensor_that_reports_hourly_has_an_hour_to_show_that_it_is_alive() -> None:
    rig = Rig(plan())
    rig.link(2_000, "offline", "broker:south")
    rig.until(3 * HOUR)
    rig.link(3 * HOUR, "online", "broker:south")
    rig.told.clear()
    rig.hear(Reading("leak", "temperature", 20.0, 3 * HOUR + 30 * MINUTE))
    rig.until(4 * HOUR - 1)
    assert not [alarm for alarm, _ in heard(rig.told) if alarm.startswith("quiet")]
    rig.until(4 * HOUR)
    assert [one for one in heard(rig.told) if one[0].startswith("quiet")] == [("quiet-door", "unsuppressed")]


def test_no_data_that_counts_as_an_alarm_is_hidden_but_a_door_that_really_opens_is_told() -> None:
    rig = Rig(plan())
    rig.hear(Reading("door", "door_open", False, 1_000))
    rig.link(2_000, "offline", "zigbee2mqtt", "gateway")
    rig.hear(Availability("door", "offline", "device", 10_000, "silent"))
    rig.until(MINUTE)
    assert not [alarm for alarm, _ in heard(rig.told) if alarm.startswith("opened")]
    # The gateway's word is wrong: the door speaks.
    rig.hear(Availability("door", "online", "device", 2 * MINUTE, "heard"))
    rig.hear(Reading("door", "door_open", True, 2 * MINUTE))
    rig.until(3 * MINUTE)
    assert ("opened-door", "unsuppressed") in heard(rig.told)


def test_what_is_told_does_not_depend_on_restarts() -> None:
    script: list[Any] = [
        *(Reading(name, "temperature", 20.0, 1_000) for name in METERS[:3]),
        Availability("bus", "offline", "line", 5_000),
        Availability("bus", "online", "line", 5 * MINUTE),
        Reading("meter-1", "temperature", 20.0, 5 * MINUTE + 10_000),
        Availability("broker:south", "offline", "line", 6 * MINUTE),
        Reading("meter-2", "temperature", 20.0, 7 * MINUTE),
        Event("door", "button", "1", 8 * MINUTE),
    ]
    plain = Rig(plan())
    for cause in script:
        plain.hear(cause)
    plain.until(HOUR)
    for at in range(len(script)):
        other = Rig(plan())
        for number, cause in enumerate(script):
            if number == at:
                other.restart()
            other.hear(cause)
        other.until(HOUR)
        assert other.told == plain.told


def test_a_reload_without_the_line_lets_its_devices_be_heard() -> None:
    rig = Rig(plan(), plan(revision="b", links=False))
    rig.all_speak(1_000)
    rig.link(2_000, "offline")
    rig.until(2 * MINUTE)
    rig.told.clear()
    rig.hear(Reload("b", 2 * MINUTE))
    assert rig.engine.inhibition.down == set()
    rig.until(3 * MINUTE)
    assert ("silent-meter-3", "unsuppressed") in heard(rig.told)


def test_a_reload_that_keeps_the_line_keeps_them_silent() -> None:
    rig = Rig(plan(), plan(revision="b"))
    rig.all_speak(1_000)
    rig.link(2_000, "offline")
    rig.until(30_000)
    rig.hear(Reload("b", 30_000))
    rig.until(10 * MINUTE)
    assert heard(rig.told) == [("line-down-bus", "raised")]


# --- inhibit_by


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
