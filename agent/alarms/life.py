"""One alarm: its regions, its clocks, its occurrence. Moves only by rows of table.py; asks no clock, does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from agent.alarms import clocks, delays, escalation, suppression, work
from agent.alarms.delays import Action
from agent.alarms.facts import holds
from agent.alarms.guards import GUARDS, Refusal, refusal
from agent.alarms.occurrence import Cause, Clocks, Occurrence, Spec, occurrence_id
from agent.alarms.table import FIRST, REGIONS, ROWS, SAME, Region, Row, index
from agent.alarms.telling import ALWAYS, isa, transition
from agent.model.effects import Alarm

__all__ = ["Cause", "Life", "Spec"]

INDEX: Final = index()
VISITED: Final[dict[str, tuple[Region, ...]]] = {
    event: tuple(region for region in REGIONS if any(row.region == region and row.event == event for row in ROWS))
    for event in {row.event for row in ROWS}
}
ACTIONS: Final[dict[str, Action]] = {
    **delays.ACTIONS, **clocks.ACTIONS, **escalation.ACTIONS, **suppression.ACTIONS, **work.ACTIONS
}  # fmt: skip
BLANK: Final = Occurrence()


class Life:
    """One alarm. `fire` moves it by the table and gives the transitions that are to be stored and told.

    `due` holds running timers by name with the engine time at which they end; `frozen` what was left of delays when the
    data went away, at `frozen_at`; `inhibitors` who suppresses it by design.
    """

    __slots__ = (
        "_occurrence", "due", "frozen", "frozen_at", "inhibitors", "notify", "oneshot", "spec", "states", "tickets",
        "until_data",
    )  # fmt: skip
    spec: Spec
    oneshot: bool
    until_data: bool

    def __init__(self, spec: Spec, tickets: Callable[[], int]) -> None:
        self.spec = spec
        self.tickets = tickets
        self.states: Mapping[Region, str] = FIRST
        """Never changed in place: thousands of alarms that never moved share one."""
        self._occurrence: Occurrence | None = None
        self.due: dict[str, int] = {}
        self.frozen: dict[str, int] = {}
        self.frozen_at = 0
        self.inhibitors: list[str] = []
        self.oneshot = False
        self.until_data = False
        self.notify = -1

    # --- what is

    @property
    def occurrence(self) -> Occurrence:
        """The open or last occurrence; made when somebody asks: most alarms never have one."""
        if self._occurrence is None:
            self._occurrence = Occurrence()
        return self._occurrence

    @occurrence.setter
    def occurrence(self, occurrence: Occurrence) -> None:
        self._occurrence = occurrence

    def enter(self, **states: str) -> None:
        """Set regions."""
        self.states = {**self.states, **states}  # type: ignore[dict-item]  # keywords are text

    @property
    def condition(self) -> str:
        """INACTIVE, PENDING, ACTIVE or RECOVERING."""
        return self.states["condition"]

    @property
    def work(self) -> str:
        """IDLE, OPEN, ACKED, IN_PROGRESS, ON_HOLD or RESOLVED."""
        return self.states["work"]

    @property
    def quality(self) -> str:
        """GOOD, NODATA or ERROR."""
        return self.states["quality"]

    @property
    def latched(self) -> bool:
        """Whether it is kept until a person resets it."""
        return self.states["latch"] == "1"

    @property
    def condition_on(self) -> bool:
        """Whether the condition counts as true: active, or held by its off-delay."""
        return self.condition in ("ACTIVE", "RECOVERING")

    @property
    def acked(self) -> bool:
        """Whether a person has seen it."""
        return self.work not in ("IDLE", "OPEN")

    @property
    def priority(self) -> int:
        """The priority of the open occurrence, else that of the rule."""
        return self.spec.priority if self.work == "IDLE" or not self.occurrence.priority else self.occurrence.priority

    @property
    def clocks(self) -> Clocks:
        """The clocks of the open occurrence, else those of the rule."""
        own = self.occurrence.clocks if self.work != "IDLE" else None
        return own or self.spec.clocks[self.priority - 1]

    @property
    def silent(self) -> bool:
        """Whether nobody is told: a flag is set, and it is no P1."""
        flags = self.states["shelf"], self.states["design"], self.states["service"]
        return self.priority != 1 and flags != ("-", "-", "-")

    def id(self) -> str:
        """Give the id of the current occurrence."""
        return occurrence_id(self.spec.key, self.occurrence.seq)

    def isa(self) -> str:
        """Give the ISA-18.2 state."""
        return isa(self)

    # --- what moves it

    def fire(self, event: str, t: int, cause: Cause) -> list[Alarm]:
        """Take an event of the table; give the transitions that follow, in order."""
        told: list[Alarm] = []
        for region in VISITED[event]:
            for row in self._rows(region, event):
                if holds(self, cause, row.when):
                    if refusal(self, cause, event, row.guards) is None:
                        self._apply(row, t, cause, told)
                    break
        return told

    def refusal(self, event: str, cause: Cause) -> Refusal | None:
        """Give why a command would be refused now, None if it would not: rights, version, state, then the rest."""
        anywhere = next(row for row in ROWS if row.event == event)
        rights = " ".join(word for word in ("G1", "G2") if word in anywhere.guards.split())
        refused = refusal(self, cause, event, rights)
        if refused is not None:
            return refused
        for region in VISITED[event]:
            for row in self._rows(region, event):
                if holds(self, cause, row.when):
                    return refusal(self, cause, event, row.guards)
        return Refusal("WRONG_STATE", self._wrong(event))

    def gap(self, length: int, t: int, *, measured: bool = True) -> list[Alarm]:
        """Nobody looked for `length` ms until t: delays obey `on_gap`, clocks ran on.

        A gap of unknown length ends shelving and time out of service: an alarm that nobody can tell is hidden comes
        back (domain.md §1.5.6).
        """
        delays.over_gap(self, length, t)
        names = [] if measured else [name for name in ("t_shelve", "t_oos") if name in self.due]
        return [one for name in names for one in self.timer(name, t, Cause())]

    def waited(self, away: int, since: int, t: int) -> None:
        """It is known now that people waited `away` ms more, up to the restart at `since`: clocks end sooner."""
        if 0 <= self.occurrence.raised_at < since:
            for name in clocks.WORK:
                if name in self.due:
                    self.due[name] = max(t, self.due[name] - away)

    def timer(self, name: str, t: int, cause: Cause) -> list[Alarm]:
        """A running timer has ended."""
        self.due.pop(name, None)
        return self.fire(name, t, cause)

    def forget_shelf(self) -> None:
        """Take it from the shelf."""
        self.enter(shelf="-")
        self.oneshot = False
        self.due.pop("t_shelve", None)

    def _rows(self, region: Region, event: str) -> Iterator[Row]:
        return iter(INDEX.get((region, self.states[region], event), ()))

    def _apply(self, row: Row, t: int, cause: Cause, told: list[Alarm]) -> None:
        if row.to != SAME:
            self.enter(**{row.region: row.to})
        for action in row.actions.split():
            ACTIONS[action](self, t, cause)
        if row.told and (self.work != "IDLE" or row.told in ALWAYS):
            told.append(transition(self, row, t, cause))
        self.notify = -1
        for event in row.then.split():
            told += self.fire(event, t, cause)

    def _wrong(self, event: str) -> str:
        if self.work == "IDLE":
            return f"{self.spec.alarm} has no open occurrence"
        return f"{event} is not possible while {self.spec.alarm} is {self.work}, {self.condition}, {self.quality}"

    # --- what is remembered

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {
            "states": dict(self.states),
            "due": dict(self.due),
            "frozen": dict(self.frozen),
            "frozen_at": self.frozen_at,
            "inhibitors": list(self.inhibitors),
            "oneshot": self.oneshot,
            "until_data": self.until_data,
            "occurrence": msgspec.to_builtins(self.occurrence) if self._occurrence not in (None, BLANK) else {},
        }

    def restore(self, state: Mapping[str, Any], t: int) -> None:
        """Take back what `state` gave, also of the shorter life of before there was this table."""
        self.due = dict(state["due"])
        self._occurrence = msgspec.convert(state["occurrence"], Occurrence) if state["occurrence"] else None
        if "states" not in state:
            self._adopt(state, t)
            return
        self.states = dict(state["states"])
        self.frozen, self.frozen_at = dict(state["frozen"]), state["frozen_at"]
        self.inhibitors = list(state["inhibitors"])
        self.oneshot, self.until_data = state["oneshot"], state["until_data"]

    def _adopt(self, state: Mapping[str, Any], t: int) -> None:
        """Go on with an alarm that knew INACTIVE to RECOVERING and IDLE, OPEN, ACKED: its clocks begin now."""
        self.states = FIRST | {"condition": state["condition"], "work": state["work"]}
        if self.work != "IDLE":
            self.occurrence.priority = self.spec.priority
            self.occurrence.clocks = self.spec.clocks[self.spec.priority - 1]
            self.occurrence.standard = self.spec.standard
            for action in ("resolve_clock", "ack_clock" if self.work == "OPEN" else "ack_clocks"):
                ACTIONS[action](self, t, Cause())


assert {word for row in ROWS for word in row.guards.split()} <= set(GUARDS)
assert {word for row in ROWS for word in row.actions.split()} <= set(ACTIONS)
