"""An alarm with a clock: events at times, timers that end by themselves, and what can never be (domain.md §1.5.5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec

from agent.alarms.life import Cause, Life, Spec
from agent.alarms.table import Row
from agent.model.effects import Alarm
from tests.plans import STANDARD

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
SIGNALS = ("cond_true", "cond_false", "no_data", "eval_error", "data_back", "settle", "severity_up")
COMMANDS = (
    "ack", "start", "hold", "resume", "resolve", "resolve_override", "verify_ok", "verify_fail", "cancel", "reset",
    "shelve", "unshelve", "oos_on", "oos_off", "comment", "escalate", "assign", "hand_over",
)  # fmt: skip
PARENTS = ("parent_on", "parent_off")
EVENTS = (*SIGNALS, *COMMANDS, *PARENTS)
OPEN = ("OPEN", "ACKED", "IN_PROGRESS", "ON_HOLD", "RESOLVED")


def spec(priority: int = 3, **more: Any) -> Spec:
    """Give the settings of an alarm; the rest is as a rule of this priority has it."""
    fields = {"on_delay": 0, "off_delay": 0, "auto_resolve": priority >= 3} | more
    return Spec(
        alarm="a-d", key="s/c/a/d", rule="a", device="d", category="cleaning", priority=priority,
        clocks=STANDARD.clocks, standard=STANDARD.name, **fields,
    )  # fmt: skip


class Observed(Life):
    """An alarm of which is known by which rows it moved."""

    def __init__(self, made: Spec, tickets: Callable[[], int]) -> None:
        super().__init__(made, tickets)
        self.fired: set[Row] = set()

    def _apply(self, row: Row, t: int, cause: Cause, told: list[Alarm]) -> None:
        self.fired.add(row)
        super()._apply(row, t, cause, told)


class Played:
    """An alarm whose timers end in time. `told` has all transitions."""

    def __init__(self, made: Spec) -> None:
        self.tickets = 0
        self.life = Observed(made, self._ticket)
        self.t = 0
        self.told: list[Alarm] = []
        self._seen = 0
        self._levels: set[int] = set()

    def _ticket(self) -> int:
        self.tickets += 1
        return self.tickets

    def fire(self, event: str, **cause: Any) -> list[Alarm]:
        """Let something happen now; commands come from a supervisor named li unless said otherwise."""
        why = Cause(**({"actor": "li", "role": "supervisor", "word": "parts"} | cause))
        told = self.life.fire(event, self.t, why)
        self.told += told
        self.check()
        return told

    def order(self, event: str, **cause: Any) -> str:
        """Give an order, if it is not refused; give the code of the refusal, "" if there was none."""
        why = Cause(**({"actor": "li", "role": "supervisor", "word": "parts", "length": MINUTE} | cause))
        refused = self.life.refusal(event, why)
        if refused is not None:
            before = msgspec.json.encode(self.life.state())
            assert self.life.fire(event, self.t, why) == []
            assert msgspec.json.encode(self.life.state()) == before, "what is refused changes nothing"
            return refused.code
        self.fire(event, **({"length": MINUTE} | cause))
        return ""

    def wait(self, length: int) -> list[Alarm]:
        """Let time pass: each timer ends at its own time, equal ones by name."""
        end, told = self.t + length, len(self.told)
        while self.life.due:
            due, name = min((due, name) for name, due in self.life.due.items())
            if due > end:
                break
            self.t = max(self.t, due)
            self.told += self.life.timer(name, self.t, Cause())
            self.check()
        self.t = end
        return self.told[told:]

    def check(self) -> None:
        """The eleven invariants, and that no transition is told twice (I11)."""
        life, due, work = self.life, self.life.due, self.life.work
        clocks = {"t_ack", "t_start", "t_resolve", "t_reack", "t_verify", "t_hold"}
        if work == "IDLE":
            assert not clocks & set(due), "I1"
            assert life.occurrence.paused == -1, "I1 ★"
        if work == "RESOLVED":
            assert not life.condition_on, "I2"
            assert not life.latched, "I2"
            assert "t_verify" in due, "I6"
        if life.condition_on or life.latched:
            assert work not in ("IDLE", "RESOLVED"), "I3"
        if work == "OPEN" and not life.silent:
            assert "t_ack" in due, "I4"
        if work == "ON_HOLD":
            assert "t_hold" in due, "I5"
        if life.quality == "GOOD":
            assert (life.condition == "PENDING") == ("t_on" in due), "I7"
            assert (life.condition == "RECOVERING") == ("t_off" in due), "I8"
        if work in ("OPEN", "ACKED", "IN_PROGRESS"):
            assert "t_resolve" in due, "I9"
        if work == "ACKED":
            assert {"t_start", "t_reack"} <= set(due), "I10"
        self._told_once()
        assert (life.states["shelf"] == "SHELVED") == ("t_shelve" in due)

    def _told_once(self) -> None:
        """I11: within an occurrence each level below the top is escalated to once, until it begins anew (W12)."""
        for one in self.told[self._seen :]:
            if one.transition in ("raised", "reopened"):
                self._levels = set()
            if one.transition == "escalated":
                assert one.level not in self._levels, "I11"
                self._levels.add(one.level)
        self._seen = len(self.told)


def any_spec(dice: random.Random) -> Spec:
    """Give the settings of some alarm."""
    priority = dice.randint(1, 4)
    return spec(
        priority, on_delay=dice.choice([0, 5_000]), off_delay=dice.choice([0, 5_000]), latching=dice.random() < 0.3,
        auto_resolve=dice.random() < 0.6, one_tap=dice.random() < 0.2, on_gap=dice.choice(["hold", "reset", "count"]),
        no_data=dice.choice(["hold", "alarm", "clear"]), highly_managed=dice.random() < 0.1,
    )  # fmt: skip


def any_cause(dice: random.Random) -> dict[str, Any]:
    """Give what somebody says with an event."""
    return {
        "actor": dice.choice(["li", "wang"]), "role": dice.choice(["staff", "team-leader", "supervisor"]),
        "word": dice.choice(["parts", "other", "fixed", ""]), "length": dice.choice([0, MINUTE, HOUR, DAY]),
        "oneshot": dice.random() < 0.3, "priority": dice.randint(1, 4),
    }  # fmt: skip
