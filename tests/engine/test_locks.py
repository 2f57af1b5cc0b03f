"""Maintenance locks: nothing of a locked device counts, nobody is woken, and the lock ends by itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agent.engine.engine import Engine
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm, Configure, Prompt, Response
from agent.model.events import Event, Feedback, Instruction, Offset, Reading
from tests.plans import DEVICES, plan

HOUR = 3_600_000


def engine() -> Engine:
    the_plan = plan()
    made = Engine(the_plan, lambda _revision: the_plan)
    made.step(Offset(1, 0, 1_700_006_400_000, trusted=True))
    return made


def order(made: Engine, t: int, cmd: str = "maintenance", **args: Any) -> list[Any]:
    return made.step(Instruction(cmd, f"c{t}{cmd}", t, "wang", args=msgspec.json.encode(args).decode()))


def alarms(effects: list[Any]) -> list[str]:
    return [f"{one.alarm} {one.transition}" for one in effects if isinstance(one, Alarm)]


def test_readings_of_a_locked_device_raise_nothing_and_then_they_do() -> None:
    made = engine()
    order(made, 1_000, state="on", device="leak", seconds=600)
    assert alarms(made.step(Reading("leak", "water_leak", True, 2_000))) == []
    order(made, 3_000, state="off", device="leak")
    assert alarms(made.step(Reading("leak", "water_leak", True, 4_000))) == ["wet-leak raised"]


def test_a_test_press_is_thanked_for_and_counts_nowhere() -> None:
    made = engine()
    order(made, 1_000, state="on", zone="lobby")
    effects = made.step(Event("lobby", "button", "single", 2_000, "channel=2", "uid:1"))
    assert [type(one) for one in effects] == [Prompt]
    assert not any(isinstance(one, Feedback) for one in effects)
    order(made, 3_000, state="off", zone="lobby")
    assert any(isinstance(one, Feedback) for one in made.step(Event("lobby", "button", "single", 4_000, "channel=2")))


def test_a_silent_device_under_maintenance_wakes_nobody_and_its_patience_begins_behind_the_lock() -> None:
    made = engine()
    made.step(Reading("door", "door_open", False, 1_000))
    order(made, 2_000, state="on", device="door", seconds=3600)
    told = made.advance(2_000 + HOUR)
    assert "silent-door raised" not in alarms(told)
    assert [(one.value, one.part) for one in told if isinstance(one, Event)] == [("off", "device=door")]
    assert "silent-door raised" not in alarms(made.advance(2_000 + HOUR + 43_000))
    assert "silent-door raised" in alarms(made.advance(2_000 + HOUR + 46_000))


def test_a_lock_survives_a_restart_and_can_be_made_longer() -> None:
    made = engine()
    order(made, 1_000, state="on", device="leak", seconds=60)
    order(made, 2_000, state="on", device="leak", seconds=600)
    fresh = engine()
    restore(fresh, snapshot(made))
    assert "wet-leak raised" not in alarms(fresh.step(Reading("leak", "water_leak", True, 100_000)))
    fresh.advance(603_000)
    assert "wet-leak raised" in alarms(fresh.step(Reading("leak", "water_leak", True, 604_000)))


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"state": "on"}, "BAD_ARGS"),
        ({"state": "on", "device": "bin", "zone": "yard"}, "BAD_ARGS"),
        ({"state": "on", "device": "bim"}, "UNKNOWN_DEVICE"),
        ({"state": "on", "zone": "moon"}, "UNKNOWN_ZONE"),
        ({"state": "on", "device": "bin", "seconds": 5}, "BAD_ARGS"),
    ],
)
def test_what_makes_no_sense_is_refused(args: dict[str, Any], code: str) -> None:
    (response,) = order(engine(), 1_000, **args)
    assert (response.status, response.code) == ("rejected", code)


def test_a_setting_goes_to_a_device_that_keeps_it_and_to_no_other() -> None:
    made = engine()
    made.plan.devices["lobby"] = msgspec.structs.replace(DEVICES["lobby"], keys=("volume",))
    try:
        told = order(made, 1_000, "device-set", device="lobby", key="volume", value="7")
        assert told[0] == Configure("lobby", 1_000, "volume", "7", "c1000device-set")
        assert isinstance(told[1], Response)
        assert told[1].status == "accepted"
        (refused,) = order(made, 2_000, "device-set", device="bin", key="volume", value="7")
        assert refused.code == "BAD_ARGS"
    finally:
        made.plan.devices["lobby"] = DEVICES["lobby"]
