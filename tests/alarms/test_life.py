"""The life of an alarm, row by row, and what can never be."""

from __future__ import annotations

import random

import pytest

from agent.alarms.life import Cause, Life, Spec
from agent.alarms.table import ROWS, index


def life(on_delay: int = 0, off_delay: int = 0) -> Life:
    tickets = iter(range(1, 1_000_000))
    return Life(Spec("a-d", "s/c/a/d", "a", "d", "cleaning", 3, on_delay, off_delay), lambda: next(tickets))


WALKS = {
    "raised, acknowledged, returned, closed": (
        life,
        ["cond_true", "ack", "cond_false"],
        [("raised", "UNACK", "active"), ("acknowledged", "ACKED", "active"), ("cleared", "NORM", "cleared"),
         ("closed", "NORM", "closed")],
    ),
    "returned before it was acknowledged": (
        life,
        ["cond_true", "cond_false", "ack"],
        [("raised", "UNACK", "active"), ("cleared", "RTNUN", "cleared"), ("acknowledged", "NORM", "cleared"),
         ("closed", "NORM", "closed")],
    ),
    "true again before it was closed: one occurrence": (
        life,
        ["cond_true", "cond_false", "cond_true", "ack", "cond_false"],
        [("raised", "UNACK", "active"), ("cleared", "RTNUN", "cleared"), ("reactivated", "UNACK", "active"),
         ("acknowledged", "ACKED", "active"), ("cleared", "NORM", "cleared"), ("closed", "NORM", "closed")],
    ),
    "an on-delay swallows what is short": (lambda: life(on_delay=5), ["cond_true", "cond_false"], []),
    "an on-delay ends": (lambda: life(on_delay=5), ["cond_true", "t_on"], [("raised", "UNACK", "active")]),
    "an off-delay holds the alarm": (
        lambda: life(off_delay=5),
        ["cond_true", "cond_false", "cond_true", "cond_false", "t_off"],
        [("raised", "UNACK", "active"), ("cleared", "RTNUN", "cleared")],
    ),
    "a rule that is removed closes its alarm, not silently": (
        life, ["cond_true", "remove"], [("raised", "UNACK", "active"), ("closed", "NORM", "closed")]
    ),
    "nothing to acknowledge": (life, ["ack"], []),
}  # fmt: skip


@pytest.mark.parametrize("name", WALKS)
def test_walk(name: str) -> None:
    build, events, expected = WALKS[name]
    alarm = build()
    told = [one for t, event in enumerate(events) for one in alarm.fire(event, t, Cause(actor="li"))]
    assert [(one.transition, one.isa, one.state) for one in told] == expected
    assert [one.rev for one in told] == list(range(1, len(told) + 1))
    assert all(one.reason.split()[0] in {row.number for row in ROWS} for one in told)


def test_a_second_occurrence_has_another_id_and_a_replay_the_same() -> None:
    one, other = life(), life()
    ids = [[told.occurrence for event in ("cond_true", "ack", "cond_false") * 2 for told in a.fire(event, 1, Cause())]
           for a in (one, other)]  # fmt: skip
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_every_row_can_be_reached_and_none_hides_another() -> None:
    for rows in index().values():
        assert [bool(row.guard) for row in rows] == sorted((bool(row.guard) for row in rows), reverse=True), rows
    seen: set[str] = set()
    dice = random.Random(3)
    for _ in range(400):
        alarm = life(dice.choice([0, 5]), dice.choice([0, 5]))
        for t in range(30):
            event = dice.choice(["cond_true", "cond_false", "ack", "t_on", "t_off", "remove"])
            if event in ("t_on", "t_off") and event not in alarm.due:
                continue
            alarm.due.pop(event, None)
            before = (alarm.condition, alarm.work)
            told = alarm.fire(event, t, Cause())
            seen |= {one.reason.split()[0] for one in told}
            assert_sound(alarm, before)
    assert seen >= {
        row.number for row in ROWS if set(row.actions) & {"raised", "reactivated", "acknowledged", "cleared"}
    }


def assert_sound(alarm: Life, before: tuple[str, str]) -> None:
    """The invariants of domain.md §1.5 that this shorter life has: I3, I7, I8."""
    if alarm.condition_on and alarm.work == "IDLE":
        assert before[0] in ("ACTIVE", "RECOVERING"), "only a removed rule leaves an active condition without work"
    assert (alarm.condition == "PENDING") == ("t_on" in alarm.due)
    assert (alarm.condition == "RECOVERING") == ("t_off" in alarm.due)
