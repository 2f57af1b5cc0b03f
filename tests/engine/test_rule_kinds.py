"""Rule kinds in the engine: several devices, rules made of rules, calendars, services, errors that harm nobody else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.engine.engine import Engine
from agent.engine.gauge import REST, SAMPLED
from agent.engine.plan import Plan, Watched
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm, Effect, Response
from agent.model.events import Availability, Event, Instruction, Offset, Reading, Reload
from tests.plans import STANDARD, rule

HOUR = 3_600_000
DAY = 24 * HOUR
NOON = 1_700_006_400_000 + 12 * HOUR  # 2023-11-15T12:00:00Z, a Wednesday
DEVICES = {name: Watched("pump-room", 10_000) for name in ("duty", "standby", "door", "reader", "tank")}

HOT = {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}}
RULES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "hot": (HOT, ("duty", "standby")),
    "wet": ({"kind": "threshold", "quantity": "water_leak", "when": {"op": "==", "value": True}}, ("duty",)),
    "both-hot": ({"kind": "composite", "all": [{"rule": "hot"}, {"rule": "hot", "device": "standby"}]}, ("duty",)),
    "bad": ({"kind": "composite", "any": [{"rule": "both-hot"}, {"rule": "wet"}], "priority": 2}, ("duty",)),
    "forced": ({"kind": "sequence", "first": {"quantity": "door_open"}, "relation": "without",
                "second": {"event": "unlock", "device": "reader"}}, ("door",)),
    "apart": ({"kind": "compare", "quantity": "level", "other": {"device": "tank"}, "by": "ratio",
               "when": {"op": ">", "value": 2.0}}, ("duty",)),
    "broken": ({"kind": "formula", "formula": "1 / a > 1", "of": {"a": {"quantity": "level"}}}, ("duty",)),
    "round": ({"kind": "missed_round", "slots": ["13:00"], "grace": "15m"}, ("reader",)),
    "often": ({"kind": "starts", "quantity": "running", "when": {"op": ">=", "value": 2.0},
               "stages": [{"when": {"op": ">=", "value": 3.0}, "priority": 2}]}, ("duty",)),
    "cleaning": ({"kind": "due", "after": "180d", "last": "2023-06-01"}, ("tank",)),
}  # fmt: skip
OTHERS: dict[str, dict[str, tuple[str, ...]]] = {
    "both-hot-duty": {"all-0": ("hot-duty",), "all-1": ("hot-standby",)},
    "bad-duty": {"any-0": ("both-hot-duty",), "any-1": ("wet-duty",)},
    "forced-door": {"second": ("reader",)},
    "apart-duty": {"other": ("tank",)},
}


def plan(*without: str) -> Plan:
    rules = {name: (rule(fields), devices) for name, (fields, devices) in RULES.items() if name not in without}
    return Plan("greenhill", "pi-017", DEVICES, rules, STANDARD, "a" if not without else "b", OTHERS)


def engine(*without: str) -> Engine:
    made = Engine(plan(*without), {"a": plan(), "b": plan("both-hot")}.__getitem__)
    made.step(Offset(1, 0, NOON, trusted=True, tz_min=0))
    return made


def read(made: Engine, t: int, device: str, quantity: str, value: Any) -> list[str]:
    return turns(made.step(Reading(device, quantity, value, t)))


def turns(effects: list[Effect]) -> list[str]:
    """Give what became of which alarm, those of the short word only."""
    told = [one for one in effects if isinstance(one, Alarm)]
    return [f"{one.alarm} {one.transition}" for one in told if one.transition in ("raised", "cleared", "severity_up")]


def test_a_rule_made_of_rules_follows_them() -> None:
    made = engine()
    assert read(made, 1000, "duty", "water_leak", False) == []
    assert read(made, 2000, "duty", "temperature", 50.0) == ["hot-duty raised"]
    raised = read(made, 3000, "standby", "temperature", 45.0)
    assert raised == ["hot-standby raised", "both-hot-duty raised", "bad-duty raised"]
    assert read(made, 4000, "standby", "temperature", 20.0)[0] == "hot-standby cleared"
    assert made.points["both-hot-duty"].truth is False
    assert made.points["bad-duty"].truth is False


def test_a_member_without_data_leaves_it_unknown_where_it_matters() -> None:
    made = engine()
    read(made, 1000, "duty", "temperature", 50.0)
    read(made, 2000, "standby", "temperature", 50.0)
    assert made.points["both-hot-duty"].word is True
    made.step(Availability("standby", "offline", t=3000))
    assert made.points["hot-standby"].life.quality == "NODATA"
    assert made.points["both-hot-duty"].word is None
    read(made, 4000, "duty", "temperature", 20.0)
    assert made.points["both-hot-duty"].word is False, "one false is enough"
    made.step(Availability("standby", "online", t=5000))
    read(made, 6000, "standby", "temperature", 50.0)
    read(made, 7000, "duty", "temperature", 50.0)
    assert made.points["both-hot-duty"].word is True


def test_a_rule_that_is_new_with_the_settings_hears_what_its_members_say() -> None:
    made = engine()
    made.step(Reload("b", 500))
    read(made, 1000, "duty", "temperature", 50.0)
    read(made, 2000, "standby", "temperature", 50.0)
    assert "both-hot-duty raised" in turns(made.step(Reload("a", 3000)))


def test_a_door_and_its_reader_are_two_devices() -> None:
    made = engine()
    read(made, 1000, "door", "door_open", False)
    made.step(Event("reader", "unlock", "7", 2000))
    assert read(made, 3000, "door", "door_open", True) == []
    read(made, 60_000, "door", "door_open", False)
    assert read(made, 70_000, "door", "door_open", True) == ["forced-door raised"]
    assert read(made, 71_000, "door", "door_open", False) == ["forced-door cleared"]


def test_two_devices_are_compared_whichever_speaks() -> None:
    made = engine()
    read(made, 1000, "duty", "level", 900.0)
    assert read(made, 2000, "tank", "level", 400.0) == ["apart-duty raised"]
    assert read(made, 3000, "duty", "level", 700.0) == ["apart-duty cleared"]


def test_an_error_is_counted_and_tried_again_and_harms_no_other() -> None:
    made = engine()
    broken = made.points["broken-duty"]
    read(made, 1000, "tank", "level", 400.0)
    assert read(made, 2000, "duty", "level", 0.0) == []
    assert (broken.life.quality, broken.gauge.errors) == ("ERROR", 1)
    assert "division" in broken.gauge.failed
    assert read(made, 3000, "duty", "level", 900.0) == ["apart-duty raised"], "another rule on the same value"
    assert broken.life.quality == "ERROR", "it rests"
    read(made, 2000 + REST, "duty", "level", 0.0)
    assert broken.gauge.errors == 2
    assert read(made, 2000 + 2 * REST, "duty", "level", 0.5)[0] == "broken-duty raised"
    assert (broken.life.quality, broken.gauge.failed) == ("GOOD", "")


def test_every_rule_is_counted_and_some_evaluations_are_timed() -> None:
    made = engine()
    ticks = iter(range(0, 10**9, 100))
    made.gauges.read = lambda: next(ticks)
    for number in range(2 * SAMPLED):
        read(made, number * 10, "duty", "running", number % 2 == 1)
    shown = made.points["often-duty"].gauge.shown()
    assert shown == {"evaluations": 2 * SAMPLED, "errors": 0, "firings": 1, "ns": 100, "last": True, "error": ""}


def test_a_round_is_missed_by_the_clock_of_the_site() -> None:
    made = engine()
    assert turns(made.advance(HOUR + 15 * 60_000 - 1)) == []
    assert turns(made.advance(HOUR + 15 * 60_000)) == ["round-reader raised"]
    assert turns(made.step(Event("reader", "card", "7", 2 * HOUR))) == ["round-reader cleared"]
    made.step(Event("reader", "card", "7", DAY + HOUR))
    assert turns(made.advance(DAY + 2 * HOUR)) == []


def test_starts_make_it_graver() -> None:
    made, told = engine(), []
    for number in range(8):
        told += read(made, number * 1000, "duty", "running", number % 2 == 1)
    assert told == ["often-duty raised", "often-duty severity_up"]
    assert made.points["often-duty"].life.priority == 2


def order(made: Engine, t: int, **args: str) -> tuple[Response, list[str]]:
    text = msgspec.json.encode(args).decode()
    effects = made.step(Instruction("service-record", f"c{t}", t, "li", args=text))
    response = effects[-1]
    assert isinstance(response, Response)
    return response, turns(effects)


def test_a_service_is_recorded() -> None:
    made = engine("round")
    # 180 days after 2023-06-01 is 2023-11-28.
    assert turns(made.advance(13 * DAY)) == ["cleaning-tank raised"]
    response, told = order(made, 14 * DAY, rule="cleaning", device="tank", at="2023-11-27")
    assert (response.status, told) == ("ok", ["cleaning-tank cleared"])
    made.advance(191 * DAY)  # 180 days after 2023-11-27 begins half a day later
    assert made.points["cleaning-tank"].truth is False
    made.advance(192 * DAY)
    assert made.points["cleaning-tank"].truth is True


def test_a_service_is_due_although_its_device_is_silent() -> None:
    made = engine("round")
    made.step(Availability("tank", "offline", t=1000))
    assert turns(made.advance(13 * DAY)) == ["cleaning-tank raised"]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"rule": "hot", "device": "duty"}, "UNKNOWN_RULE"),
        ({"rule": "cleaning"}, "BAD_ARGS"),
        ({"rule": "cleaning", "device": "tank", "at": "yesterday"}, "BAD_ARGS"),
        ({"rule": "cleaning", "device": "tank", "at": "2024-11-27"}, "BAD_ARGS"),
    ],
)
def test_what_is_no_service_is_refused(args: dict[str, str], code: str) -> None:
    response, told = order(engine(), 1000, **args)
    assert (response.status, response.code, told) == ("rejected", code, [])


def test_a_snapshot_has_all_of_it() -> None:
    made, twin = engine(), Engine(plan(), lambda _revision: plan())
    for number in range(6):
        read(made, number * 1000, "duty", "running", number % 2 == 1)
        read(made, number * 1000, "duty", "level", 900.0)
        read(made, number * 1000, "tank", "level", 300.0)
        read(made, number * 1000, "standby", "temperature", 50.0)
    restore(twin, snapshot(made))
    assert snapshot(twin) == snapshot(made)
    for one in (made, twin):
        one.step(Reading("duty", "temperature", 50.0, 7000))
    assert snapshot(twin) == snapshot(made)
    assert twin.advance(20 * DAY) == made.advance(20 * DAY)


HAPPENINGS = st.one_of(
    st.tuples(st.sampled_from(["duty", "standby"]), st.just("temperature"), st.sampled_from([20.0, 39.0, 45.0])),
    st.tuples(st.sampled_from(["duty", "tank"]), st.just("level"), st.sampled_from([0.0, 0.5, 300.0, 900.0])),
    st.tuples(st.just("duty"), st.sampled_from(["running", "water_leak"]), st.booleans()),
    st.tuples(st.just("door"), st.just("door_open"), st.booleans()),
    st.tuples(st.just("reader"), st.sampled_from(["unlock", "card"]), st.just("7")),
    st.tuples(st.sampled_from(["duty", "standby"]), st.just("presence"), st.sampled_from(["online", "offline"])),
)


def happen(one: Engine, t: int, device: str, what: str, value: Any) -> list[Effect]:
    if what == "presence":
        return one.step(Availability(device, value, t=t))
    if device == "reader":
        return one.step(Event(device, what, value, t))
    return one.step(Reading(device, what, value, t))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, HOUR), HAPPENINGS), max_size=30))
def test_a_snapshot_at_any_point_tells_the_same_alarms(script: list[tuple[int, tuple[str, str, Any]]]) -> None:
    made = engine()
    twin, t = engine(), 0
    for wait, (device, what, value) in script:
        t += wait
        assert happen(twin, t, device, what, value) == happen(made, t, device, what, value)
        twin = Engine(plan(), lambda _revision: plan())
        restore(twin, snapshot(made))
        assert snapshot(twin) == snapshot(made)
