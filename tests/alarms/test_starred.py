"""The five defects that the executable model of domain.md §1.5 found (★): they must stay mended."""

from __future__ import annotations

import itertools

import msgspec

from tests.alarms.kit import DAY, HOUR, MINUTE, Played, spec


def levels(played: Played, word: str = "escalated") -> list[int]:
    return [one.level for one in played.told if one.transition == word]


def test_star_1_leaving_the_shelf_tells_again_and_keeps_the_level() -> None:
    """S2: an overdue job must not lose its escalation because somebody shelved it."""
    played = Played(spec(3))
    played.fire("cond_true")
    played.wait(15 * MINUTE)
    assert played.life.occurrence.level == 1
    played.fire("shelve", word="noise", length=HOUR)
    assert "t_ack" not in played.life.due
    (back,) = played.wait(HOUR)
    assert (back.transition, back.level, back.notify) == ("unshelved", 1, 1)
    assert played.life.due["t_ack"] == played.t + 15 * MINUTE


def test_star_2_an_alarm_that_nobody_acknowledges_is_told_again_and_again_at_the_top() -> None:
    """E1: at the top level the clock is armed again; it does not fall silent."""
    played = Played(spec(2))
    played.fire("cond_true")
    played.wait(DAY)
    reminders = [one.t for one in played.told if one.transition == "reminded"]
    assert levels(played) == [1, 2, 3, 4]
    assert len(reminders) > 80
    assert max(later - earlier for earlier, later in itertools.pairwise(reminders)) == 15 * MINUTE


def test_star_3_an_overdue_resolution_goes_on_escalating_until_the_work_leaves_that_state() -> None:
    """E3: the resolve clock is armed again each time, and stops when it is resolved."""
    played = Played(spec(2))
    played.fire("cond_true")
    played.fire("start")
    played.wait(5 * HOUR)
    assert levels(played) == [1, 2, 3, 4]
    assert played.life.occurrence.breach == ["resolve"]
    assert "t_resolve" in played.life.due
    played.fire("cond_false")
    played.fire("resolve", word="fixed")
    assert "t_resolve" not in played.life.due


def test_star_4_what_is_suppressed_is_put_off_and_neither_escalates_nor_is_told() -> None:
    """E4: no level, no breach, no transition; afterwards it goes on."""
    played = Played(spec(2))
    played.fire("cond_true")
    played.fire("ack")
    played.fire("parent_on", word="bus")
    assert played.wait(3 * HOUR) == []
    assert (played.life.occurrence.level, played.life.occurrence.breach) == (0, [])
    played.fire("parent_off", word="bus")
    assert [one.transition for one in played.wait(MINUTE)] == ["unsuppressed"]
    assert "escalated" in {one.transition for one in played.wait(HOUR)}


def test_star_5_a_saved_pause_does_not_leak_into_the_next_occurrence() -> None:
    """close(): what was left of the resolve clock of one occurrence is not the next one's."""
    played = Played(spec(3))
    played.fire("cond_true")
    played.fire("start")
    played.wait(23 * HOUR)
    played.fire("hold", word="parts")
    assert played.life.occurrence.paused == HOUR
    played.fire("cond_false")
    played.fire("cancel", word="false_alarm")
    played.fire("cond_true")
    played.fire("start")
    played.fire("hold", word="other")
    assert played.life.occurrence.paused == -1
    played.fire("resume")
    assert played.life.due["t_resolve"] == played.t + 24 * HOUR


def test_a_pausable_hold_stops_the_resolve_clock_and_another_does_not() -> None:
    for word, left in (("parts", 23 * HOUR), ("lunch", 22 * HOUR)):
        played = Played(spec(3))
        played.fire("cond_true")
        played.fire("start")
        played.wait(HOUR)
        played.fire("hold", word=word)
        played.wait(HOUR)
        played.fire("resume")
        assert played.life.due["t_resolve"] - played.t == left


def test_a_p1_ignores_every_flag() -> None:
    played = Played(spec(1))
    played.fire("oos_on", word="WO-1", length=HOUR)
    played.fire("parent_on", word="bus")
    (raised,) = played.fire("cond_true")
    assert (raised.notify, raised.isa, raised.suppressed) == (0, "OOSRV", False)
    assert [one.transition for one in played.wait(MINUTE)] == ["escalated"]


def test_what_becomes_a_p1_leaves_the_shelf_and_is_told() -> None:
    played = Played(spec(3))
    played.fire("cond_true")
    played.fire("shelve", word="noise", length=HOUR)
    (graver,) = played.fire("severity_up", priority=1)
    assert (graver.priority, graver.notify, graver.isa) == (1, 0, "UNACK")
    assert played.life.due["t_ack"] == played.t + MINUTE


def test_reopened_soon_is_linked_and_counted() -> None:
    played = Played(spec(3))
    for wait, again in ((0, False), (72 * HOUR, True), (72 * HOUR + 1, False)):
        played.wait(wait)
        last = played.life.id()
        (raised,) = played.fire("cond_true")
        assert (raised.reopen_of, raised.reopened) == ((last, 1) if again else ("", 0))
        played.fire("cond_false")
        played.fire("cancel", word="duplicate")
        played.t = played.life.occurrence.closed_at


def test_people_change_and_clocks_do_not() -> None:
    played = Played(spec(3))
    played.fire("cond_true")
    played.fire("start", actor="wang")
    due = dict(played.life.due)
    played.wait(MINUTE)
    played.fire("assign", word="zhao")
    played.fire("hand_over", word="qian")
    assert played.life.due == due
    assert [one.assignee for one in played.told] == ["", "wang", "zhao", "qian"]


def test_an_open_occurrence_keeps_the_clocks_that_it_was_raised_under() -> None:
    played = Played(spec(3))
    (raised,) = played.fire("cond_true")
    quick = msgspec.structs.replace(played.life.clocks, ack=1000, repeat=1000)
    played.life.spec = msgspec.structs.replace(played.life.spec, clocks=(quick,) * 4, standard="quick@1")
    (late,) = played.wait(15 * MINUTE)
    assert (late.transition, late.standard) == ("escalated", raised.standard)


def test_true_again_after_it_was_resolved_begins_at_the_first_level() -> None:
    played = Played(spec(3))
    played.fire("cond_true")
    played.wait(15 * MINUTE)
    played.fire("ack")
    played.fire("cond_false")
    (again,) = played.fire("cond_true")
    assert (again.transition, again.level, again.notify) == ("reopened", 0, 0)


def test_a_graver_priority_makes_no_clock_later() -> None:
    played = Played(spec(3))
    played.fire("cond_true")
    played.wait(HOUR)
    due = played.life.due["t_resolve"]
    played.fire("severity_up", priority=2)
    assert played.life.due["t_resolve"] == played.t + 2 * HOUR < due
    played.wait(HOUR)
    due = played.life.due["t_resolve"]
    played.life.spec = msgspec.structs.replace(played.life.spec, clocks=(played.life.spec.clocks[3],) * 4)
    played.fire("severity_up", priority=1)
    assert played.life.due["t_resolve"] == due


def test_what_was_suppressed_by_design_settles_for_a_minute() -> None:
    played = Played(spec(3))
    played.fire("cond_true")
    played.fire("parent_on", word="bus")
    played.fire("parent_off", word="bus")
    assert played.wait(MINUTE - 1) == []
    played.fire("parent_on", word="bus")
    assert played.wait(HOUR) == []
    played.fire("parent_off", word="bus")
    assert [one.t for one in played.wait(HOUR) if one.transition == "unsuppressed"] == [played.t - HOUR + MINUTE]
