"""Orders about alarms over the engine: each command by its name, who may, what is answered, what the alarm then is."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agent.engine.engine import Engine
from agent.engine.orders import ORDERS
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm, Response
from agent.model.events import Availability, Instruction, Offset, Reading, Reload
from tests.plans import plan

HOUR = 3_600_000


class Desk:
    """An engine with a leak rule of priority 2, and people who give orders."""

    def __init__(self, **changed: Any) -> None:
        self.plans = {"a": plan(**{"gone": None, **changed}), "b": plan("b", wet=None, gone=None)}
        self.engine = Engine(self.plans["a"], self.plans.__getitem__)
        self.engine.step(Offset(1, 0, 1_700_006_400_000, trusted=True))
        self.t, self.numbers = 0, 0
        self.told: list[Alarm] = []

    def wet(self, value: bool) -> None:
        self.hear(Reading("leak", "water_leak", value, self.t + 1))

    def hear(self, cause: Any) -> list[Any]:
        self.t = max(self.t, cause.t)
        said = self.engine.step(cause)
        self.told += [one for one in said if isinstance(one, Alarm)]
        return said

    def order(self, cmd: str, user: str = "li", role: str = "supervisor", **args: Any) -> Response:
        self.numbers += 1
        args = {"alarm": "wet-leak"} | args if cmd != "alarm-hand-over" else args
        text = msgspec.json.encode({name.rstrip("_"): value for name, value in args.items()}).decode()
        said = self.hear(Instruction(cmd, f"c{self.numbers}", self.t + 1, user, role, args=text))
        (response,) = [one for one in said if isinstance(one, Response)]
        return response

    @property
    def work(self) -> str:
        life = self.engine.life("wet-leak")
        assert life is not None
        return life.work


def test_a_leak_from_the_first_drop_to_the_second_look() -> None:
    desk = Desk()
    desk.wet(True)
    for cmd, args, work in (
        ("alarm-ack", {}, "ACKED"),
        ("alarm-assign", {"assignee": "wang"}, "ACKED"),
        ("alarm-start", {"user": "wang"}, "IN_PROGRESS"),
        ("alarm-hold", {"reason": "parts", "duration_s": 600}, "ON_HOLD"),
        ("alarm-comment", {"comment": "阀门坏了"}, "ON_HOLD"),
        ("alarm-resume", {}, "IN_PROGRESS"),
        ("alarm-escalate", {}, "IN_PROGRESS"),
    ):
        assert desk.order(cmd, **args).status == "ok", cmd  # type: ignore[arg-type]
        assert desk.work == work
    refused = desk.order("alarm-resolve", code="fixed")
    assert (refused.status, refused.code) == ("rejected", "CONDITION_ACTIVE")
    desk.wet(False)
    assert desk.order("alarm-resolve", code="fixed", comment="更换密封圈").status == "ok"
    assert desk.order("alarm-verify", ok=True).code == "SELF_VERIFY"
    assert desk.order("alarm-verify", user="zhao", ok=False).status == "ok"
    assert desk.work == "IN_PROGRESS"
    assert desk.order("alarm-resolve", code="fixed").status == "ok"
    assert desk.order("alarm-verify", user="zhao", ok=True).status == "ok"
    last = desk.told[-1]
    assert (last.transition, last.state, last.work, last.code, last.reopened) == (
        "closed",
        "closed",
        "CLOSED",
        "fixed",
        1,
    )
    assert last.assignee == "wang"
    assert [one.rev for one in desk.told] == list(range(1, len(desk.told) + 1))


def test_a_false_alarm_is_cancelled_also_when_it_is_called_resolved() -> None:
    for cmd in ("alarm-cancel", "alarm-resolve"):
        desk = Desk()
        desk.wet(True)
        desk.wet(False)
        assert desk.order(cmd, role="staff", code="false_alarm").code == "FORBIDDEN"
        assert desk.order(cmd, code="false_alarm").status == "ok"
        assert (desk.told[-1].reason.split()[0], desk.told[-1].code) == ("W13", "false_alarm")


def test_a_dead_sensor_is_overridden_and_back_in_service_when_it_speaks() -> None:
    desk = Desk()
    desk.wet(True)
    assert desk.order("alarm-resolve-override").code == "WRONG_STATE"
    desk.hear(Availability("leak", "offline", t=desk.t + 1))
    assert desk.order("alarm-resolve-override", role="staff").code == "FORBIDDEN"
    assert desk.order("alarm-resolve-override").status == "ok"
    assert (desk.told[-1].isa, desk.told[-1].work) == ("OOSRV", "RESOLVED")
    desk.hear(Availability("leak", "online", t=desk.t + 1))
    desk.wet(False)
    assert desk.told[-1].transition == "in_service"
    desk.wet(True)
    assert desk.told[-1].transition == "reopened"


def test_shelved_out_of_service_and_back() -> None:
    desk = Desk()
    desk.wet(True)
    assert desk.order("alarm-shelve", reason="noise", duration_s=3601).code == "NOT_SHELVABLE"
    assert desk.order("alarm-shelve", reason="noise", duration_s=60).status == "ok"
    assert (desk.told[-1].isa, desk.told[-1].shelved_until) == ("SHLVD", desk.t + 60_000)
    assert desk.order("alarm-unshelve").status == "ok"
    assert desk.order("alarm-oos", state="on", work_order="WO-1").code == "BAD_ARGS"
    assert desk.order("alarm-oos", state="on", work_order="WO-1", duration_s=60).status == "ok"
    assert desk.order("alarm-oos", state="off").status == "ok"
    assert [one.notify for one in desk.told] == [0, -1, 0, -1, 0]


def test_what_was_shelved_comes_back_by_itself() -> None:
    desk = Desk()
    desk.order("alarm-shelve", reason="painters", duration_s=600)
    desk.wet(True)
    assert desk.told[-1].notify == -1
    back = [one for one in desk.engine.advance(700_000) if isinstance(one, Alarm)]
    back = [one for one in back if one.alarm == "wet-leak"][:1]
    assert [(one.transition, one.notify) for one in back] == [("unshelved", 0)]


def test_a_latch_is_let_go_at_the_panel_only_if_the_rule_says_so() -> None:
    desk = Desk(wet={"latching": "local"})
    desk.wet(True)
    desk.wet(False)
    desk.order("alarm-ack")
    assert desk.told[-1].latched
    assert desk.order("alarm-resolve", code="fixed").code == "LATCHED"
    assert desk.order("alarm-reset").code == "FORBIDDEN"
    args = '{"alarm":"wet-leak"}'
    desk.hear(Instruction("alarm-reset", "panel", desk.t + 1, "li", "staff", "local", args))
    assert not desk.told[-1].latched


def test_evidence_is_asked_for() -> None:
    desk = Desk(wet={"evidence": ["photo", "reading"], "one_tap": True})
    desk.wet(True)
    desk.wet(False)
    assert desk.order("alarm-resolve", code="fixed", evidence={"photo": "p1"}).code == "EVIDENCE_REQUIRED"
    assert desk.order("alarm-resolve", code="fixed", evidence={"photo": "p1", "reading": "0"}).status == "ok"
    assert desk.told[-1].evidence == ("photo:p1", "reading:0")


def test_a_shift_hands_over_all_it_has_and_no_clock_stops() -> None:
    desk = Desk(night={"hours": {"from": "00:00", "to": "23:59"}, "on_delay": "0s"})
    desk.wet(True)
    desk.hear(Reading("door", "door_open", True, desk.t + 1))
    for alarm in ("wet-leak", "night-door"):
        desk.order("alarm-start", user="wang", alarm=alarm)
    due = [dict(life.due) for life in desk.engine.lives()]
    assert desk.order("alarm-hand-over", to="zhao").code == "BAD_ARGS"
    answer = desk.order("alarm-hand-over", to="zhao", from_="wang")
    assert sorted(msgspec.json.decode(answer.result)["alarms"]) == ["night-door", "wet-leak"]
    assert {one.assignee for one in desk.told[-2:]} == {"zhao"}
    assert [dict(life.due) for life in desk.engine.lives()] == due
    only = desk.order("alarm-hand-over", role="guard", to="qian", from_="zhao")
    assert msgspec.json.decode(only.result) == {"alarms": ["night-door"], "refused": ["wet-leak"]}


def test_a_rule_that_left_leaves_its_alarm_to_a_supervisor_over_restarts() -> None:
    desk = Desk()
    desk.wet(True)
    desk.hear(Reload("b", desk.t + 1))
    assert (desk.told[-1].transition, desk.told[-1].state) == ("orphaned", "cleared")
    fresh = Engine(desk.plans["b"], desk.plans.__getitem__)
    restore(fresh, snapshot(desk.engine))
    assert snapshot(fresh) == snapshot(desk.engine)
    desk.engine = fresh
    late = [one for one in fresh.advance(6 * 60_000) if isinstance(one, Alarm)]
    assert ("escalated", 1) in [(one.transition, one.level) for one in late if one.alarm == "wet-leak"]
    assert desk.order("alarm-cancel", role="staff", code="rule_removed").code == "FORBIDDEN"
    assert desk.order("alarm-cancel", code="rule_removed").status == "ok"
    assert desk.order("alarm-ack").code == "UNKNOWN_ALARM"
    later = desk.engine.advance(desk.t + 24 * HOUR)  # its clocks are forgotten with it
    assert [one for one in later if isinstance(one, Alarm) and one.alarm == "wet-leak"] == []


def test_a_rule_that_comes_back_finds_its_alarm() -> None:
    desk = Desk()
    desk.wet(True)
    occurrence = desk.told[-1].occurrence
    desk.hear(Reload("b", desk.t + 1))
    desk.hear(Reload("a", desk.t + 1))
    desk.wet(True)
    assert (desk.told[-1].transition, desk.told[-1].occurrence) == ("reactivated", occurrence)


def test_an_acknowledgement_twice_is_no_error_but_rights_and_revision_count() -> None:
    desk = Desk()
    desk.wet(True)
    desk.order("alarm-ack")
    assert desk.order("alarm-ack").message == "ALREADY_ACKED"
    assert desk.order("alarm-ack", role="cleaner").code == "FORBIDDEN"
    assert desk.order("alarm-ack", expected_rev=1).code == "STALE_VERSION"
    assert len(desk.told) == 2


@pytest.mark.parametrize("cmd", [name for name in ORDERS if name.startswith("alarm-")])
def test_every_order_refuses_what_it_does_not_know(cmd: str) -> None:
    desk = Desk()
    assert desk.order(cmd, dance=1).code == "BAD_ARGS"
    known = {
        "alarm-hold": {"reason": "parts"}, "alarm-resolve": {"code": "fixed"}, "alarm-verify": {"ok": True},
        "alarm-cancel": {"code": "duplicate"}, "alarm-shelve": {"reason": "noise"}, "alarm-oos": {"state": "off"},
        "alarm-comment": {"comment": "?"}, "alarm-assign": {"assignee": "li"}, "alarm-hand-over": {"to": "li"},
    }  # fmt: skip
    args: dict[str, Any] = {"alarm": "nobody"} | known.get(cmd, {})
    assert desk.order(cmd, **args).code == "UNKNOWN_ALARM"
