"""Outputs: who may switch them, for how long, what a hand at the device means, and the state after a restart."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.engine.engine import Engine
from agent.engine.plan import OutputSpec, Plan, Watched
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm, Response, Switch
from agent.model.events import Event, Gap, Instruction, Offset, Reading, Reload
from tests.plans import STANDARD, rule

MINUTE = 60_000
WET = {"kind": "threshold", "quantity": "water_leak", "when": {"op": "==", "value": True}, "priority": 2}


def plan(*, switch: bool = True, **spec: Any) -> Plan:
    outputs = {"relay_1": OutputSpec(**{"by": ("rule", "command"), **spec}), "relay_2": OutputSpec(("rule",))}
    switched = {"switch": [{"device": "board", "output": "relay_1"}]} if switch else {}
    return Plan(
        "greenhill", "pi-017",
        {"leak": Watched("cellar", 10_000), "board": Watched("cellar", 10_000, outputs=outputs)},
        {"wet": (rule(WET | switched), ("leak",))}, STANDARD,
    )  # fmt: skip


class Rig:
    """An engine, a board that obeys after a second (unless it is dumb), and all that was said."""

    def __init__(self, the_plan: Plan) -> None:
        self.plans = {"": the_plan}
        self.engine = Engine(the_plan, lambda revision: self.plans[revision])
        self.said: list[Any] = []
        self.told(Offset(1, 0, 1_700_000_000_000, trusted=True))

    def told(self, cause: Any) -> list[Any]:
        new = self.engine.step(cause)
        self.said += new
        return new

    def leak(self, t: int, *, wet: bool) -> list[Any]:
        return self.told(Reading("leak", "water_leak", wet, t))

    def relay(self, t: int, *, on: bool, **more: Any) -> list[Any]:
        return self.told(Reading("board", "relay_1", on, t, **more))

    def until(self, t: int) -> list[Any]:
        new = self.engine.advance(t)
        self.said += new
        return new

    def order(self, t: int, state: str, seconds: int = 0, output: str = "relay_1", cmd_id: str = "") -> list[Any]:
        args = msgspec.json.encode({"device": "board", "output": output, "state": state, "seconds": seconds}).decode()
        return self.told(Instruction("output", cmd_id or f"c{t}", t, "li", args=args))


def switches(said: list[Any], output: str = "relay_1") -> list[bool]:
    return [one.on for one in said if isinstance(one, Switch) and one.output == output]


def words(said: list[Any], output: str = "relay_1") -> list[str]:
    return [str(one.value) for one in said if isinstance(one, Event) and one.part == f"output={output}"]


def test_at_the_first_start_it_is_brought_into_its_stated_state() -> None:
    assert (switches(Rig(plan()).said), switches(Rig(plan()).said, "relay_2")) == ([False], [False])
    assert switches(Rig(plan(after_restart="on")).said) == [True]
    assert switches(Rig(plan(after_restart="resume")).said) == []


def test_a_rule_switches_it_while_its_alarm_is_active_and_it_counts_when_it_is_read_back() -> None:
    rig = Rig(plan())
    rig.relay(1_000, on=False)
    rig.said.clear()
    rig.leak(2_000, wet=True)
    rig.relay(3_000, on=True)
    rig.leak(9_000, wet=False)
    rig.relay(9_500, on=False)
    assert switches(rig.said) == [True, False]
    assert words(rig.said) == ["on", "confirmed", "off", "confirmed"]
    assert [one.transition for one in rig.said if isinstance(one, Alarm)] == ["raised", "cleared"]


def test_a_device_that_does_not_do_it_is_told_again_and_that_is_said_once() -> None:
    rig = Rig(plan())
    rig.relay(500, on=False)
    rig.leak(1_000, wet=True)
    rig.said.clear()
    rig.relay(2_000, on=False)  # still off: perhaps read before it was written
    rig.until(1_000 + 5_000 + 10_000 + 30_000 + 10 * MINUTE)
    assert words(rig.said) == ["unconfirmed"]
    assert set(switches(rig.said)) == {True}
    assert 10 < len(switches(rig.said)) < 20
    rig.said.clear()
    rig.relay(30 * MINUTE, on=True)
    assert words(rig.said)[-1] == "confirmed"


def test_an_output_that_tells_nothing_is_told_three_times() -> None:
    rig = Rig(plan(read_back=False))
    rig.leak(1_000, wet=True)
    rig.said.clear()
    rig.until(60 * MINUTE)
    assert switches(rig.said) == [True, True]
    assert words(rig.said) == []


def test_old_and_doubtful_words_confirm_nothing() -> None:
    rig = Rig(plan())
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True, historical=True)
    rig.relay(2_000, on=True, quality="stale")
    assert "confirmed" not in words(rig.said)


def test_it_goes_off_after_its_longest_on_time_and_the_same_demand_does_not_switch_it_on_again() -> None:
    rig = Rig(plan(longest_on=MINUTE))
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True)
    rig.said.clear()
    rig.until(1_000 + MINUTE)
    assert switches(rig.said)[0] is False
    assert words(rig.said)[:2] == ["longest-on", "off"]
    rig.relay(62_000, on=False)
    rig.said.clear()
    rig.leak(70_000, wet=True)
    rig.order(80_000, "off")
    rig.order(90_000, "auto")  # the rules decide again: what they want was on for as long as it may
    rig.until(5 * MINUTE)
    assert "released" in words(rig.said)
    assert switches(rig.said) == []
    rig.leak(5 * MINUTE, wet=False)
    rig.leak(6 * MINUTE, wet=True)  # a new demand
    assert switches(rig.said)[-1] is True


def test_a_persons_word_is_stronger_until_its_time_is_over() -> None:
    rig = Rig(plan())
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True)
    response = rig.order(3_000, "off", 60)[-1]
    assert (response.status, response.code) == ("accepted", "")
    rig.relay(4_000, on=False)
    rig.leak(5_000, wet=False)
    rig.leak(6_000, wet=True)
    assert rig.engine.outputs.known["board", "relay_1"].wanted is False
    rig.until(63_000)
    assert rig.engine.outputs.known["board", "relay_1"].wanted is True
    rig.order(70_000, "off")
    rig.until(60 * MINUTE)
    assert rig.engine.outputs.known["board", "relay_1"].wanted is False
    rig.order(61 * MINUTE, "auto")
    assert rig.engine.outputs.known["board", "relay_1"].wanted is True


def test_the_longest_on_time_holds_for_a_person_too() -> None:
    rig = Rig(plan(longest_on=MINUTE))
    rig.order(1_000, "on")
    rig.until(2 * MINUTE)
    assert rig.engine.outputs.known["board", "relay_1"].wanted is False


def test_a_hand_at_the_device_is_not_fought() -> None:
    rig = Rig(plan())
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True)
    rig.said.clear()
    rig.relay(10_000, on=False)
    rig.until(5 * MINUTE)
    assert words(rig.said) == ["by-hand"]
    assert switches(rig.said) == []
    rig.leak(6 * MINUTE, wet=False)
    rig.leak(7 * MINUTE, wet=True)
    assert switches(rig.said)[-1] is True


def test_nothing_else_can_be_switched() -> None:
    rig = Rig(plan())
    for output, code in (("relay_2", "FORBIDDEN"), ("relay_3", "UNKNOWN_OUTPUT")):
        before = len(rig.said)
        (response,) = rig.order(1_000, "on", output=output, cmd_id=output)
        assert isinstance(response, Response)
        assert (response.status, response.code) == ("rejected", code)
        assert len(rig.said) == before + 1
    (response,) = rig.order(1_000, "sideways")
    assert response.code == "BAD_ARGS"


def restarted(rig: Rig, since: int, t: int) -> Rig:
    fresh = Rig(rig.plans[""])
    restore(fresh.engine, snapshot(rig.engine))
    fresh.said.clear()
    fresh.told(Gap(since, t, 2))
    return fresh


def test_after_a_restart_it_is_off_until_the_next_demand() -> None:
    rig = Rig(plan())
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True)
    after = restarted(rig, 5_000, 65_000)
    assert False in switches(after.said)
    after.relay(66_000, on=False)
    after.leak(70_000, wet=True)
    assert after.engine.outputs.known["board", "relay_1"].wanted is False
    after.leak(80_000, wet=False)
    after.leak(90_000, wet=True)
    assert switches(after.said)[-1] is True


def test_or_goes_on_as_it_was() -> None:
    rig = Rig(plan(after_restart="resume", longest_on=10 * MINUTE))
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True)
    after = restarted(rig, 5_000, 65_000)
    assert switches(after.said) == [True]
    after.said.clear()
    after.until(11 * MINUTE)
    assert False in switches(after.said)


def test_a_rule_that_leaves_the_settings_takes_its_demand_along() -> None:
    rig = Rig(plan())
    rig.leak(1_000, wet=True)
    rig.relay(2_000, on=True)
    rig.plans["b"] = msgspec.structs.replace(plan(switch=False), rules={}, revision="b")
    rig.told(Reload("b", 3_000))
    assert switches(rig.said)[-1] is False
