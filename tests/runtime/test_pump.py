"""The pump by hand: clamp, batching, who is told and when, and a medium that fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agent.engine.engine import Engine
from agent.io.memory import MemoryClock, MemoryJournal
from agent.model.effects import Effect, Order, Prompt
from agent.model.events import Cause, Event, Outcome, Reading
from agent.runtime.pump import Pump
from tests.plans import plan


class Frail(MemoryJournal):
    """A journal whose medium fails as long as `broken`."""

    broken = False

    def commit(
        self, causes: Sequence[Cause], effects: Sequence[Effect], now: int, cursors: Mapping[tuple[str, str], int] = {}
    ) -> None:
        if self.broken:
            raise OSError("no space left")
        super().commit(causes, effects, now, cursors)


class Told:
    """A source and sayer that writes down what it is told, and what the journal held at that moment."""

    window = 10

    def __init__(self, journal: MemoryJournal) -> None:
        self.journal = journal
        self.acknowledged: list[Any] = []
        self.settled: list[Outcome] = []
        self.said: list[str] = []
        self.stored_when_told: list[bool] = []

    def acknowledge(self, tokens: list[Any]) -> None:
        self.acknowledged += tokens

    def settle(self, event: Event, outcome: Outcome) -> None:
        self.settled.append(outcome)
        self.stored_when_told.append(event in self.journal.all_causes)

    def say(self, order: Order) -> None:
        self.said.append(order.code if isinstance(order, Prompt) else order.device)


@pytest.fixture
def rig() -> tuple[Pump, Frail, Told, MemoryClock]:
    journal, clock = Frail(), MemoryClock(1000)
    told = Told(journal)
    the_plan = plan()
    return Pump(Engine(the_plan, lambda _r: the_plan, 1000), journal, clock, sayer=told), journal, told, clock


def press(number: int, key: str = "2", value: str = "single") -> Event:
    return Event("lobby", "button", value, 1000, f"channel={key}", f"uid:{number}")


def test_readings_wait_for_the_interval_events_do_not(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, journal, _, clock = rig
    pump.put([Reading("bin", "fill_level", 10.0, 1000)])
    pump.turn(0)
    assert journal.all_causes == []
    clock.advance(9_999)
    pump.turn(0)
    assert journal.all_causes == []
    clock.advance(1)
    pump.turn(0)
    assert len(journal.all_causes) == 1
    pump.put([Reading("bin", "fill_level", 11.0, clock.t)])
    pump.put([press(1)])
    pump.turn(0)
    assert [type(cause).__name__ for cause in journal.all_causes] == ["Reading", "Reading", "Event"]


def test_the_terminal_is_told_after_the_commit(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, journal, told, _ = rig
    pump.put([press(1)], told, 7)
    pump.turn(0)
    assert told.settled == ["stored"]
    assert told.stored_when_told == [True]
    assert told.said == ["ticket-opened"]
    assert told.acknowledged == [7]
    pump.put([press(1)], told)
    pump.turn(0)
    assert told.settled == ["stored", "existed"]
    assert sum(isinstance(cause, Event) for cause in journal.all_causes) == 1


def test_a_changed_press_of_a_known_number_is_kept_as_a_conflict(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, journal, told, _ = rig
    pump.put([press(1)], told)
    pump.turn(0)
    pump.put([press(1, value="double")], told)
    pump.turn(0)
    assert told.settled == ["stored", "conflict"]
    assert [cause.quantity for cause in journal.all_causes if isinstance(cause, Event)] == [
        "button",
        "identity_conflict",
    ]


def test_while_the_medium_fails_nobody_is_thanked_and_nothing_is_lost(
    rig: tuple[Pump, Frail, Told, MemoryClock],
) -> None:
    pump, journal, told, clock = rig
    journal.broken = True
    pump.put([press(1)], told, 1)
    pump.turn(0)
    pump.put([press(1)], told, 2)  # the terminal sends it again
    clock.advance(1000)
    pump.turn(0)
    assert set(told.settled) == {"failed"}
    assert (told.said, told.acknowledged) == ([], [])
    assert [alarm.alarm for alarm in pump.open_alarms()] == ["call-lobby"]
    journal.broken = False
    clock.advance(1000)
    pump.turn(0)
    assert sum(isinstance(cause, Event) for cause in journal.all_causes) == 1
    assert told.said == ["ticket-opened"]
    assert sorted(told.acknowledged) == [1, 2]
    pump.put([press(1)], told)
    pump.turn(0)
    assert told.settled[-1] == "existed"


def test_time_never_goes_back_in_the_journal(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, journal, _, clock = rig
    for t in (5_000, 3_000, 6_000):
        pump.put([Reading("bin", "fill_level", 1.0, t)])
    clock.advance(20_000)
    pump.turn(0)
    pump.commit()
    assert [cause.t for cause in journal.all_causes] == [5_000, 5_000, 6_000]


def test_a_window_of_unacknowledged_messages_forces_a_commit(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, journal, told, _ = rig
    for token in range(told.window):
        pump.put([Reading("bin", "fill_level", 1.0, 1000)], told, token + 1)
    pump.turn(0)
    assert told.acknowledged == list(range(1, told.window + 1))
    assert len(journal.all_causes) == told.window


def test_a_message_that_means_nothing_is_acknowledged_too(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, _, told, clock = rig
    pump.put([], told, 5)
    pump.turn(0)
    clock.advance(pump.interval)
    pump.turn(0)
    assert told.acknowledged == [5]


def test_cursors_are_written_with_the_next_commit_and_only_once(rig: tuple[Pump, Frail, Told, MemoryClock]) -> None:
    pump, journal, _, _ = rig
    seen: list[dict[tuple[str, str], int]] = []
    original = journal.commit

    def commit(causes: Any, effects: Any, now: int, cursors: Any) -> None:
        seen.append(dict(cursors))
        original(causes, effects, now)

    journal.commit = commit  # type: ignore[method-assign]
    pump.confirm("mqtt", "alarm", 3)
    pump.commit()
    pump.put([press(1)])
    pump.turn(0)
    assert seen == [{("mqtt", "alarm"): 3}, {}]
