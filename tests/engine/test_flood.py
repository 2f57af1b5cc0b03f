"""Chatter: three times in a minute is an instrument at fault, for ten minutes, over restarts and reloads."""

from __future__ import annotations

from typing import Any

import pytest

from agent.engine.builtin import INSTRUMENT
from agent.engine.engine import Engine
from agent.engine.plan import Plan, Watched
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm
from agent.model.events import Availability, Offset, Reading, Reload
from tests.plans import STANDARD, rule

MINUTE, HOUR = 60_000, 3_600_000
WET = {"kind": "threshold", "quantity": "water_leak", "when": {"op": "==", "value": True}, "priority": 2}
FAULT = "instrument-fault-leak"


def plan(*, revision: str = "", devices: tuple[str, ...] = ("leak", "bin"), **more: Any) -> Plan:
    seated = {name: Watched("cellar", 10_000) for name in devices}
    rules: dict[str, Any] = {"wet": (rule(WET | more), devices), "damp": (rule(WET | {"priority": 4}), devices)}
    return Plan("s", "n", seated, rules, STANDARD, revision)


class Rig:
    """An engine with a leak sensor, and all alarms that it told."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = {one.revision: one for one in plans}
        self.engine = Engine(plans[0], lambda revision: self.plans[revision])
        self.told: list[Alarm] = []
        self.hear(Offset(1, 0, 1_700_000_000_000, trusted=True))

    def hear(self, cause: Any) -> None:
        self._keep(self.engine.step(cause))

    def until(self, t: int) -> None:
        self._keep(self.engine.advance(t))

    def _keep(self, effects: list[Any]) -> None:
        self.told += [one for one in effects if isinstance(one, Alarm)]

    def flap(self, t: int, times: int, every: int = 10_000, device: str = "leak") -> None:
        for number in range(times):
            self.hear(Reading(device, "water_leak", True, t + number * every))
            self.hear(Reading(device, "water_leak", False, t + number * every + every // 2))

    def restart(self) -> None:
        made = Engine(self.engine.plan, lambda revision: self.plans[revision])
        restore(made, snapshot(self.engine))
        assert snapshot(made) == snapshot(self.engine)
        self.engine = made

    def words(self, alarm: str) -> list[str]:
        return [one.transition for one in self.told if one.alarm == alarm]


def test_three_times_in_a_minute_is_an_instrument_at_fault_once() -> None:
    rig = Rig(plan())
    rig.flap(1_000, 5)
    assert rig.words("wet-leak")[:6] == ["raised", "cleared", "reactivated", "cleared", "reactivated", "suppressed"]
    assert rig.words(FAULT) == ["raised"]
    (raised,) = [one for one in rig.told if one.alarm == FAULT]
    assert (raised.priority, raised.device, raised.category, raised.t) == (3, "leak", "maintenance", 21_000)
    assert "raised 3 times within 60 s" in raised.condition


def test_twice_or_slowly_is_none() -> None:
    rig = Rig(plan())
    rig.flap(1_000, 2)
    rig.flap(10 * MINUTE, 9, every=30_001)
    assert rig.words(FAULT) == []
    assert "suppressed" not in rig.words("wet-leak")


def test_it_is_heard_again_ten_minutes_after_the_last_chatter_and_its_settling() -> None:
    rig = Rig(plan())
    rig.flap(0, 3)
    rig.flap(5 * MINUTE, 3)
    rig.hear(Reading("leak", "water_leak", True, 8 * MINUTE))
    again = 5 * MINUTE + 20_000 + 10 * MINUTE
    rig.until(again - 1)
    assert "cleared" not in rig.words(FAULT)
    rig.until(again)
    assert "cleared" in rig.words(FAULT)
    rig.until(again + MINUTE - 1)
    assert "unsuppressed" not in rig.words("wet-leak")
    rig.until(again + MINUTE)
    last = [one for one in rig.told if one.transition == "unsuppressed" and one.alarm == "wet-leak"]
    assert [one.notify for one in last] == [0]


def test_a_p1_that_chatters_is_told_and_its_instrument_too() -> None:
    rig = Rig(plan(priority=1))
    rig.flap(1_000, 4)
    assert "suppressed" not in rig.words("wet-leak")
    assert rig.words(FAULT) == ["raised"]


def test_other_devices_are_not_meant() -> None:
    rig = Rig(plan())
    rig.flap(1_000, 3)
    rig.flap(5_000_000, 1, device="bin")
    assert rig.words("instrument-fault-bin") == []
    assert rig.engine.points["wet-bin"].life.inhibitors == []


@pytest.mark.parametrize("at", range(6))
def test_what_is_told_does_not_depend_on_restarts(at: int) -> None:
    def played(*, restarted: bool) -> list[Alarm]:
        rig = Rig(plan())
        for number in range(6):
            if restarted and number == at:
                rig.restart()
            rig.flap(number * 15_000, 1)
        rig.until(HOUR)
        return rig.told

    assert played(restarted=True) == played(restarted=False)


def test_a_reload_keeps_it_suppressed_and_its_instruments_alarm_open() -> None:
    rig = Rig(plan(), plan(revision="b"))
    rig.flap(1_000, 3)
    rig.hear(Reload("b", 2 * MINUTE))
    assert rig.engine.points["wet-leak"].life.inhibitors == ["chatter"]
    assert rig.engine.points[FAULT].life.work == "OPEN"
    rig.until(HOUR)
    assert rig.engine.points["wet-leak"].life.inhibitors == []
    assert "cleared" in rig.words(FAULT)


def test_a_device_that_leaves_and_comes_back_takes_its_instruments_alarm_along() -> None:
    rig = Rig(plan(), plan(revision="b", devices=("bin",)), plan(revision="c"))
    rig.flap(1_000, 3)
    rig.hear(Reload("b", 2 * MINUTE))
    assert FAULT in rig.engine.orphans.lives
    rig.hear(Reload("c", 3 * MINUTE))
    rig.flap(4 * MINUTE, 3)
    assert FAULT not in rig.engine.orphans.lives
    assert rig.words(FAULT).count("raised") == 1
    assert rig.engine.points[FAULT].life.occurrence.seq == 1


def test_a_rule_of_the_site_with_its_name_is_left_alone() -> None:
    own = plan()
    own.rules[INSTRUMENT] = (rule(WET), ("leak",))
    rig = Rig(own)
    rig.flap(1_000, 3)
    assert "suppressed" in rig.words("wet-leak")
    assert rig.engine.points[FAULT].rule.kind == "threshold"


def test_a_device_that_comes_and_goes_chatters_too() -> None:
    rig = Rig(plan(no_data="alarm"))
    for number in range(4):
        rig.hear(Availability("leak", "offline", "device", number * 10_000))
        rig.hear(Availability("leak", "online", "device", number * 10_000 + 2_000))
        rig.hear(Reading("leak", "water_leak", False, number * 10_000 + 3_000))
    assert rig.words(FAULT) == ["raised"]
    assert "suppressed" in rig.words("wet-leak")
