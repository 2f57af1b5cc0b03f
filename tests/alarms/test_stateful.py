"""The same invariants as a hypothesis machine: what fails is shrunk to the shortest story."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.alarms.kit import COMMANDS, DAY, HOUR, MINUTE, OPEN, SIGNALS, Played, spec

SPECS = st.fixed_dictionaries(
    {
        "priority": st.integers(1, 4),
        "on_delay": st.sampled_from([0, 5_000]),
        "off_delay": st.sampled_from([0, 5_000]),
        "latching": st.booleans(),
        "auto_resolve": st.booleans(),
        "one_tap": st.booleans(),
        "no_data": st.sampled_from(["hold", "alarm", "clear"]),
        "on_gap": st.sampled_from(["hold", "reset", "count"]),
    }
)
WORDS = st.fixed_dictionaries(
    {
        "actor": st.sampled_from(["li", "wang"]),
        "role": st.sampled_from(["staff", "team-leader", "supervisor"]),
        "word": st.sampled_from(["parts", "other", ""]),
        "length": st.sampled_from([0, MINUTE, HOUR, DAY]),
        "oneshot": st.booleans(),
    }
)


class AlarmMachine(RuleBasedStateMachine):
    """One alarm; signals, orders, inhibition, gaps and time in any order."""

    @initialize(fields=SPECS)
    def made(self, fields: dict[str, Any]) -> None:
        self.played = Played(spec(fields.pop("priority"), **fields))

    @rule(event=st.sampled_from(SIGNALS), priority=st.integers(1, 4))
    def signal(self, event: str, priority: int) -> None:
        self.played.fire(event, priority=priority)

    @rule(event=st.sampled_from(COMMANDS), words=WORDS)
    def order(self, event: str, words: dict[str, Any]) -> None:
        self.played.order(event, **words)

    @rule(event=st.sampled_from(["parent_on", "parent_off"]), source=st.sampled_from(["bus", "flood"]))
    def inhibition(self, event: str, source: str) -> None:
        self.played.fire(event, word=source)

    @rule(length=st.sampled_from([1_000, 5_000, MINUTE, HOUR, DAY]))
    def time(self, length: int) -> None:
        self.played.wait(length)

    @rule(length=st.sampled_from([1_000, HOUR]), measured=st.booleans())
    def gap(self, length: int, *, measured: bool) -> None:
        self.played.t += length
        self.played.told += self.played.life.gap(length, self.played.t, measured=measured)
        self.played.wait(0)

    @precondition(lambda self: self.played.life.work in OPEN)
    @rule()
    def removed(self) -> None:
        self.played.fire("remove")

    @invariant()
    def sound(self) -> None:
        if hasattr(self, "played"):
            self.played.check()
            assert self.played.life.clocks is not None


AlarmMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAlarm = AlarmMachine.TestCase
