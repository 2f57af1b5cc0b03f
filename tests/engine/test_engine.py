"""The engine by hand: matters that the property test would not name."""

from __future__ import annotations

from typing import Any

import pytest

from agent.engine.engine import Engine
from agent.model.effects import Alarm, Kpi, Prompt, Response
from agent.model.events import Event, Instruction, Offset, Reading
from tests.plans import plan

HOUR = 3_600_000
MIDNIGHT = 1_700_006_400_000  # 2023-11-15T00:00:00Z


def engine(**changed: Any) -> Engine:
    the_plan = plan(**changed)
    made = Engine(the_plan, lambda _revision: the_plan)
    made.step(Offset(1, 0, MIDNIGHT + 12 * HOUR, trusted=True, tz_min=0))
    return made


def press(made: Engine, key: str, t: int, **more: Any) -> list[Any]:
    return made.step(Event("lobby", "button", "single", t, f"channel={key}", f"uid:{t}", **more))


def told(effects: list[Any], kind: type) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]


def test_a_press_is_answered_by_what_became_of_it() -> None:
    made = engine()
    codes = [told(press(made, key, t), Prompt)[0].code for t, key in ((1, "1"), (2, "2"), (3, "2"), (4, "3"))]
    assert codes == ["thank-you", "ticket-opened", "already-open", "emergency-forwarded"]


def test_nobody_is_answered_an_hour_later() -> None:
    assert told(press(engine(), "2", 5, age_ms=HOUR), Prompt) == []


def test_who_spoke_up_hears_when_it_is_over() -> None:
    made = engine()
    press(made, "2", 1_000)
    ack = Instruction("alarm-ack", "c1", 5_000, "li", args='{"alarm":"call-lobby"}')
    response = told(made.step(ack), Response)[0]
    assert (response.status, response.code) == ("ok", "")
    closing = [effect for effect in made.advance(60_000) if effect.device == "lobby"]
    assert [alarm.transition for alarm in told(closing, Alarm)] == ["cleared", "resolved"]
    (prompt,) = told(closing, Prompt)
    assert (prompt.device, prompt.code, prompt.ticket) == ("lobby", "resolved", 1)


def test_the_hour_is_closed_at_the_hour_with_its_n() -> None:
    made = engine()
    press(made, "1", 1_000)
    press(made, "2", 2_000)
    made.step(Instruction("alarm-ack", "c1", 12_000, "li", args='{"alarm":"call-lobby"}'))
    (kpi,) = told(made.advance(HOUR), Kpi)
    assert (kpi.scope, kpi.start, kpi.end) == ("lobby", MIDNIGHT + 12 * HOUR, MIDNIGHT + 13 * HOUR)
    assert {v.kpi: (v.value, v.n) for v in kpi.values} == {
        "satisfaction_index": (50.0, 2), "presses": (2.0, 2), "press_to_ack_median": (10.0, 1),
    }  # fmt: skip


def test_one_command_is_carried_out_once() -> None:
    made = engine()
    press(made, "2", 1)
    order = Instruction("alarm-ack", "c1", 2, "li", args='{"alarm":"call-lobby"}')
    first, second = made.step(order), made.step(order)
    assert len(told(first, Alarm)) == 1
    assert told(second, Alarm) == []
    assert [told(effects, Response)[0].status for effects in (first, second)] == ["ok", "duplicate"]


def test_refusals_have_stable_codes() -> None:
    made = engine()
    asked = {
        "UNKNOWN_COMMAND": Instruction("dance", "c1", 1),
        "UNKNOWN_ALARM": Instruction("alarm-ack", "c2", 1, args='{"alarm":"nobody"}'),
        "BAD_ARGS": Instruction("alarm-ack", "c3", 1, args='{"alarm":"call-lobby","x":1}'),
        "WRONG_STATE": Instruction("alarm-ack", "c4", 1, args='{"alarm":"call-lobby"}'),
        "STALE_VERSION": Instruction("alarm-ack", "c5", 1, args='{"alarm":"call-lobby","occurrence":"another"}'),
        "EXPIRED": Instruction("ping", "c6", 1, verdict="EXPIRED"),
    }
    for code, order in asked.items():
        (response,) = told(made.step(order), Response)
        assert response.code == code, response


def test_what_is_stale_or_late_fires_no_rule() -> None:
    made = engine()
    for reading in (
        Reading("leak", "water_leak", True, 1, "stale"),
        Reading("leak", "water_leak", True, 2, "suspect"),
        Reading("leak", "water_leak", True, 3, historical=True),
    ):
        assert made.step(reading) == []
    assert [alarm.alarm for alarm in told(made.step(Reading("leak", "water_leak", True, 4)), Alarm)] == ["wet-leak"]


def test_a_state_that_began_before_the_hours_counts_from_their_start() -> None:
    made = engine(silent=None)
    assert told(made.step(Reading("door", "door_open", True, 1_000)), Alarm) == []
    (alarm,) = of_the_door(made.advance(10 * HOUR + 2_000))
    assert (alarm.alarm, alarm.t) == ("night-door", 10 * HOUR + 2_000)
    later = of_the_door(made.advance(18 * HOUR))
    assert [one.t for one in later if one.transition == "cleared"] == [18 * HOUR]
    assert [one.level for one in later if one.transition == "escalated"] == [1, 2, 3, 4]


def of_the_door(effects: list[Any]) -> list[Alarm]:
    return [alarm for alarm in told(effects, Alarm) if alarm.device == "door"]


def test_a_clock_that_is_corrected_moves_the_hours_at_once() -> None:
    made = engine(silent=None)
    made.step(Reading("door", "door_open", True, 1_000))
    made.step(Offset(1, 2_000, MIDNIGHT + 23 * HOUR, trusted=True, t=2_000))
    assert [alarm.alarm for alarm in told(made.advance(5_000), Alarm)] == ["night-door"]


@pytest.mark.parametrize("step", [-30 * HOUR, -HOUR // 2, HOUR // 2, 30 * HOUR])
@pytest.mark.parametrize("trusted", [True, False])
def test_hours_go_on_ending_whatever_the_clock_does(step: int, *, trusted: bool) -> None:
    made = engine()
    made.advance(HOUR + 1)
    made.step(Offset(1, HOUR + 1, MIDNIGHT + 12 * HOUR + step, trusted=trusted, t=HOUR + 1))
    made.step(Offset(1, HOUR + 2, MIDNIGHT + 12 * HOUR, trusted=not trusted, t=HOUR + 2))
    hours = told(made.advance(40 * HOUR), Kpi)
    assert 1 <= len(hours) <= 80
    assert made.now == 40 * HOUR


def test_a_quiet_reading_costs_no_rule_and_is_a_sign_of_life_all_the_same() -> None:
    made = engine()
    raised = []
    for second in range(0, 300, 30):
        raised += told(made.step(Reading("bin", "battery", 50.0, second * 1000)), Alarm)
    assert [alarm.alarm for alarm in raised if alarm.device == "bin"] == []
    assert "gone-bin" in [alarm.alarm for alarm in told(made.advance(400_000), Alarm)]
