"""One alarm: its two regions, its occurrence, and what is told about it. Moves only by the rows of table.py."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec

from agent.alarms.table import Row, index
from agent.model.effects import Alarm
from agent.model.events import Service, Value

INDEX: Final = index()
NAMESPACE: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 9562 URL namespace: occurrence ids are UUIDv5 of key and counter, so that replay gives the same ids."""

_REASONS: Final = {row.number: row.reason for rows in INDEX.values() for row in rows}


class Spec(msgspec.Struct, frozen=True):
    """What the settings say of an alarm. Delays in ms; `key` is site/category/rule/device."""

    alarm: str
    key: str
    rule: str
    device: str
    category: Service
    priority: int
    on_delay: int
    off_delay: int


class Cause(msgspec.Struct, frozen=True):
    """What made an alarm move: the reading or press, the words of the condition, who, and by which command."""

    quantity: str = ""
    value: Value = True
    condition: str = ""
    actor: str = ""
    causation: str = ""
    feedback: str = ""


class Occurrence(msgspec.Struct):
    """What is remembered of the current (or last) occurrence. Times are engine ms, -1 for never."""

    seq: int = 0
    rev: int = 0
    raised_at: int = -1
    acked_at: int = -1
    acked_by: str = ""
    cleared_at: int = -1
    closed_at: int = -1
    activations: int = 0
    ticket: int = 0
    quantity: str = ""
    value: Value = True
    condition: str = ""
    feedback: str = ""


class Life:
    """One alarm. `fire` moves it by the table and gives the transitions that are to be stored and told."""

    def __init__(self, spec: Spec, tickets: Callable[[], int]) -> None:
        self.spec = spec
        self.condition: str = "INACTIVE"
        self.work: str = "IDLE"
        self.occurrence = Occurrence()
        self.due: dict[str, int] = {}
        """Running delays: "t_on" and "t_off" with the engine time at which they end."""
        self._tickets = tickets

    def fire(self, event: str, t: int, cause: Cause) -> list[Alarm]:
        """Take an event (cond_true, cond_false, t_on, t_off, ack, remove); give the transitions that follow."""
        told: list[Alarm] = []
        for region in ("condition", "work"):
            row = self._row(region, event)
            if row:
                self._apply(row, t, cause, told)
        return told

    def allows(self, event: str) -> bool:
        """Tell whether the work region has a row for this event now."""
        return self._row("work", event) is not None

    @property
    def condition_on(self) -> bool:
        """Whether the condition counts as true: active, or held by its off-delay."""
        return self.condition in ("ACTIVE", "RECOVERING")

    def _guard(self, name: str) -> bool:
        match name:
            case "on_delay":
                return self.spec.on_delay > 0
            case "off_delay":
                return self.spec.off_delay > 0
            case "condition_on":
                return self.condition_on
            case _:
                return True

    def _row(self, region: str, event: str) -> Row | None:
        state = self.condition if region == "condition" else self.work
        return next((row for row in INDEX.get((region, state, event), ()) if self._guard(row.guard)), None)

    def _apply(self, row: Row, t: int, cause: Cause, told: list[Alarm]) -> None:
        if row.region == "condition":
            self.condition = row.target
        else:
            self.work = row.target
        for action in row.actions:
            match action:
                case "start_on":
                    self.due["t_on"] = t + self.spec.on_delay
                case "start_off":
                    self.due["t_off"] = t + self.spec.off_delay
                case "cancel_on":
                    self.due.pop("t_on", None)
                case "cancel_off":
                    self.due.pop("t_off", None)
                case "raise" | "return":
                    self.due.clear()
                    told += self.fire(action, t, cause)
                case _:
                    self._act(action, t, cause, row, told)

    def _act(self, action: str, t: int, cause: Cause, row: Row, told: list[Alarm]) -> None:
        now = self.occurrence
        match action:
            case "open":
                self.occurrence = Occurrence(
                    seq=now.seq + 1, raised_at=t, activations=1, ticket=self._tickets(), quantity=cause.quantity,
                    value=cause.value, condition=cause.condition, feedback=cause.feedback,
                )  # fmt: skip
            case "again":
                now.activations += 1
                now.cleared_at = -1
            case "sign":
                now.acked_at, now.acked_by = t, cause.actor
            case "cleared":
                now.cleared_at = t
                told.append(self._transition("cleared", row, t, cause))
            case "close":
                now.closed_at = t
                told.append(self._transition("closed", row, t, cause))
            case _:
                told.append(self._transition(action, row, t, cause))

    def isa(self) -> Literal["NORM", "UNACK", "ACKED", "RTNUN"]:
        """Give the ISA-18.2 state: derived, never stored (domain.md §1.5.1)."""
        if self.condition_on:
            return "ACKED" if self.work == "ACKED" else "UNACK"
        return "RTNUN" if self.work == "OPEN" else "NORM"

    def _transition(self, name: str, row: Row, t: int, cause: Cause) -> Alarm:
        now, spec = self.occurrence, self.spec
        now.rev += 1
        state: Literal["active", "cleared", "closed"] = "active" if self.condition_on else "cleared"
        closed = name == "closed"
        return Alarm(
            alarm=spec.alarm, occurrence=self.id(), rev=now.rev, t=t, transition=name,
            reason=f"{row.number} {_REASONS[row.number]}", state="closed" if closed else state,
            isa="NORM" if closed else self.isa(), acked=now.acked_at >= 0, rule=spec.rule, category=spec.category,
            priority=spec.priority, device=spec.device, quantity=now.quantity, value=now.value,
            condition=now.condition, raised_at=now.raised_at, acked_at=now.acked_at, acked_by=now.acked_by,
            cleared_at=now.cleared_at, closed_at=now.closed_at, activations=now.activations,
            causation=cause.causation, feedback=now.feedback, ticket=now.ticket,
        )  # fmt: skip

    def id(self) -> str:
        """Give the id of the current occurrence: UUIDv5 of key and counter."""
        return str(uuid.uuid5(NAMESPACE, f"{self.spec.key}:{self.occurrence.seq}"))

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {
            "condition": self.condition,
            "work": self.work,
            "due": dict(self.due),
            "occurrence": msgspec.to_builtins(self.occurrence),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave."""
        self.condition, self.work, self.due = state["condition"], state["work"], dict(state["due"])
        self.occurrence = msgspec.convert(state["occurrence"], Occurrence)
