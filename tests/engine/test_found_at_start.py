"""After a restart: every rule is settled by its first good value, nobody is told twice, what fell due once."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from agent.engine.engine import Engine
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm
from agent.model.events import Availability, Event, Gap, Instruction, Offset, Reading
from tests.plans import plan

MINUTE, HOUR = 60_000, 3_600_000
PLAN = plan(gone=None, silent=None, full={"on_delay": "0s", "off_delay": "0s"})


def engine() -> Engine:
    made = Engine(PLAN, lambda _revision: PLAN)
    made.step(Offset(1, 0, 1_700_006_400_000, trusted=True))
    return made


def restarted(old: Engine, since: int, t: int, *, measured: bool = True) -> tuple[Engine, list[Alarm]]:
    """Let an engine be away from `since` to t."""
    made = Engine(PLAN, lambda _revision: PLAN)
    restore(made, snapshot(old))
    return made, alarms(made.step(Gap(since, t, 2, measured=measured)))


def alarms(told: list[Any], alarm: str = "") -> list[Alarm]:
    return [one for one in told if isinstance(one, Alarm) and alarm in ("", one.alarm)]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (True, True, []),
        (False, False, []),
        (False, True, ["C2 raised (found_at_start)"]),
        (True, False, ["C6 cleared (found_at_start)"]),
        (None, True, ["C2 raised (found_at_start)"]),
    ],
)
def test_the_first_good_value_settles_what_is_true(before: bool | None, after: bool, words: list[str]) -> None:
    old = engine()
    if before is not None:
        old.step(Reading("leak", "water_leak", before, 1_000))
    made, told = restarted(old, 2_000, 12_000)
    assert told == []
    told = alarms(made.step(Reading("leak", "water_leak", after, 13_000)))
    assert [one.transition for one in told] == [word.split()[1] for word in words]
    assert all(one.reason.endswith("(found_at_start)") for one in told)
    assert alarms(made.step(Reading("leak", "water_leak", after, 14_000))) == []


def test_only_the_first_value_is_found_at_start() -> None:
    old = engine()
    old.step(Reading("leak", "water_leak", False, 1_000))
    made, _ = restarted(old, 2_000, 12_000)
    made.step(Reading("leak", "water_leak", False, 13_000))
    (raised,) = alarms(made.step(Reading("leak", "water_leak", True, 14_000)))
    assert "found_at_start" not in raised.reason


def test_a_value_in_the_quiet_band_settles_too() -> None:
    old = engine()
    old.step(Reading("bin", "fill_level", 10.0, 1_000))
    made, _ = restarted(old, 2_000, 12_000)
    assert not made.indifferent(Reading("bin", "fill_level", 11.0, 13_000))
    made.step(Reading("bin", "fill_level", 11.0, 13_000))
    assert made.indifferent(Reading("bin", "fill_level", 12.0, 13_500))
    (raised,) = alarms(made.step(Reading("bin", "fill_level", 90.0, 14_000)))
    assert "found_at_start" not in raised.reason


def test_clocks_ran_on_and_the_highest_level_is_told_once_and_late() -> None:
    old = engine()
    old.step(Reading("leak", "water_leak", True, 1_000))
    made, told = restarted(old, 2_000, 2_000 + 2 * HOUR)
    late = alarms(list(told), "wet-leak")
    assert [(one.transition, one.level, one.late) for one in late] == [("reminded", 4, True)]
    assert late[0].breach == ("ack", "resolve")
    again = alarms(made.advance(2_000 + 2 * HOUR + 15 * MINUTE), "wet-leak")
    assert [one.late for one in again] == [False] * len(again)
    assert again


def test_a_gap_of_unknown_length_ends_shelving_and_is_made_up_for_when_it_is_known() -> None:
    old = engine()
    old.step(Reading("leak", "water_leak", True, 1_000))
    args = '{"alarm":"wet-leak","reason":"noise","duration_s":3600}'
    old.step(Instruction("alarm-shelve", "c1", 2_000, "li", "supervisor", args=args))
    made, told = restarted(old, 3_000, 3_000, measured=False)
    assert [(one.transition, one.notify) for one in told] == [("unshelved", 0)]
    assert made.life("wet-leak").due["t_ack"] == 3_000 + 5 * MINUTE  # type: ignore[union-attr]
    # The wall clock says an hour later that the box had been off for four minutes: the second minute is the fifth.
    made.step(Offset(2, 3_000, 1_700_006_400_000 + 4 * MINUTE, trusted=True, t=4_000))
    late = alarms(made.advance(3_000 + MINUTE), "wet-leak")
    assert [one.transition for one in late] == ["escalated"]


def test_a_device_that_went_has_no_data_and_comes_back_with_its_first_good_value() -> None:
    made = engine()
    made.step(Reading("leak", "water_leak", True, 1_000))
    (gone,) = alarms(made.step(Availability("leak", "offline", t=2_000, reason="silent")))
    assert (gone.transition, gone.quality, gone.state) == ("no_data", "NODATA", "active")
    assert alarms(made.step(Availability("leak", "online", t=3_000))) == []
    told = alarms(made.step(Reading("leak", "water_leak", False, 4_000)))
    assert [one.transition for one in told] == ["data_back", "cleared"]
    assert made.step(Availability("bin", "offline", t=5_000)) == []


@pytest.mark.parametrize(("on_gap", "gap", "at"), [
    ("hold", 20_000, 3_000), ("hold", 40_000, 5_000), ("reset", 1_000, 5_000),
    ("count", 2_000, 1_000), ("count", 9_000, 0),
])  # fmt: skip
def test_a_delay_goes_on_behind_a_short_silence_as_its_rule_says(on_gap: str, gap: int, at: int) -> None:
    """The on-delay is 5 s, 2 s of it are over when the device goes; its interval is 10 s."""
    the_plan = plan(full={"on_gap": on_gap}, gone=None)
    made = Engine(the_plan, lambda _revision: the_plan)
    made.step(Reading("bin", "fill_level", 90.0, 1_000))
    made.step(Availability("bin", "offline", t=3_000))
    made.advance(3_000 + gap - 1)
    back = 3_000 + gap
    told = alarms(made.step(Reading("bin", "fill_level", 90.0, back)))
    told += alarms(made.advance(back + 20_000), "full-bin")
    assert [one.t - back for one in told if one.transition == "raised"] == [at]


@pytest.mark.parametrize(("policy", "priority", "words"), [
    ("alarm", 2, ["raised"]), ("hold", 2, []), ("clear", 4, []),
])  # fmt: skip
def test_no_data_means_what_its_rule_says(policy: str, priority: int, words: list[str]) -> None:
    the_plan = plan(wet={"no_data": policy, "priority": priority}, gone=None)
    made = Engine(the_plan, lambda _revision: the_plan)
    told = alarms(made.step(Availability("leak", "offline", t=1_000)))
    assert [one.transition for one in told] == words


STAGED = {"stages": [{"when": {"op": ">=", "value": 95.0}, "on_delay": "1s", "priority": 3},
                     {"on_delay": "60s", "priority": 2}]}  # fmt: skip


def test_stages_raise_the_severity_and_it_never_falls() -> None:
    the_plan = plan(full=STAGED, gone=None)
    made = Engine(the_plan, lambda _revision: the_plan)
    told = alarms(made.step(Reading("bin", "fill_level", 85.0, 1_000)) + made.advance(6_000))
    assert [(one.transition, one.priority) for one in told] == [("raised", 4)]
    told = alarms(made.step(Reading("bin", "fill_level", 96.0, 10_000)) + made.advance(11_000))
    assert [(one.transition, one.priority) for one in told] == [("severity_up", 3)]
    assert alarms(made.step(Reading("bin", "fill_level", 85.0, 12_000))) == []
    told = alarms(made.advance(61_000), "full-bin")
    assert [(one.transition, one.priority, one.t) for one in told] == [("severity_up", 2, 61_000)]


def test_a_graver_stage_does_not_wait_for_the_first() -> None:
    the_plan = plan(full=STAGED | {"on_delay": "10m"}, gone=None)
    made = Engine(the_plan, lambda _revision: the_plan)
    told = alarms(made.step(Reading("bin", "fill_level", 96.0, 1_000)) + made.advance(2_000))
    assert [(one.transition, one.priority) for one in told] == [("raised", 4), ("severity_up", 3)]


def events(seed: int) -> list[Any]:
    """Give some minutes of a site."""
    dice, t, found = random.Random(seed), 1_000, []
    for number in range(60):
        t += dice.choice([10, 1_000, 4_000, 20_000, 20 * MINUTE])
        cmd = dice.choice(["alarm-ack", "alarm-start", "alarm-shelve", "alarm-resolve", "alarm-escalate"])
        words = {"alarm-shelve": ',"reason":"noise"', "alarm-resolve": ',"code":"fixed"'}.get(cmd, "")
        alarm = dice.choice(["wet-leak", "full-bin", "call-lobby"])
        found.append(dice.choice([
            Reading("bin", "fill_level", dice.uniform(60, 100), t),
            Reading("leak", "water_leak", dice.random() < 0.5, t),
            Event("lobby", "button", "single", t, f"channel={dice.choice('123')}", f"uid:{number}"),
            Availability("leak", dice.choice(["offline", "online"]), t=t),
            Instruction(cmd, f"c{number}", t, "li", "supervisor", args=f'{{"alarm":"{alarm}"{words}}}'),
        ]))  # fmt: skip
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_restart_at_any_point_is_unseen(seed: int) -> None:
    """A run with a restart before each event tells what an undisturbed one tells, but for the note."""
    runs = []
    for restarts in (False, True):
        made, told = engine(), []
        for event in events(seed):
            if restarts:
                told += made.advance(event.t)
                made, more = restarted(made, event.t, event.t)
                told += more
            told += made.step(event)
        runs.append([_plain(one) for one in alarms(told + made.advance(made.now + HOUR))])
    assert runs[0] == runs[1]


def _plain(alarm: Alarm) -> Alarm:
    return msgspec.structs.replace(alarm, reason=alarm.reason.removesuffix(" (found_at_start)"))


def test_a_snapshot_of_before_there_was_the_full_life_is_taken_over() -> None:
    """The shape of version 0.1: two regions, two delays, no clocks; no orphans, no stages, nothing fresh."""
    old = engine()
    old.step(Reading("leak", "water_leak", True, 1_000))
    fields = msgspec.msgpack.decode(snapshot(old))
    fields.pop("orphans"), fields.pop("unmeasured")
    for point in fields["points"].values():
        life, now = point["life"], point["life"]["occurrence"]
        kept = ("seq", "rev", "raised_at", "acked_at", "acked_by", "cleared_at", "closed_at", "activations", "ticket")
        point["life"] = {
            "condition": life["states"]["condition"], "work": life["states"]["work"], "due": {},
            "occurrence": {name: now[name] for name in kept if name in now},
        }  # fmt: skip
        point.pop("fresh"), point.pop("stages")
    made = Engine(PLAN, lambda _revision: PLAN)
    restore(made, msgspec.msgpack.encode(fields))
    (late,) = alarms(made.advance(1_000 + 5 * MINUTE), "wet-leak")
    assert (late.transition, late.level, late.occurrence) == ("escalated", 1, old.points["wet-leak"].life.id())
    told = alarms(made.step(Reading("leak", "water_leak", False, 400_000)), "wet-leak")
    assert [one.transition for one in told] == ["cleared"]
