"""Rule kind `due`: a service is due by time, running hours or an amount since it was last recorded (M11, C10, M19).

Recorded by an event at the device (a card, a successful self-test) or by the command `service-record`. Whichever of
`after`, `running_for` and `amount` is reached first counts. No data: time goes on, also while nobody listens; hours and
amounts count only what is heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from agent.model.events import Event, Offset, Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Amount, Contradiction, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth

MINUTE: Final = 60_000
YEARS: Final = 366 * 86_400_000


class Due(RuleBase):
    """True from when the first measure is full until the next record."""

    of_absence: ClassVar[bool] = True
    """Time goes on without data: a service is due although its device is silent."""
    kind: Literal["due"]
    after: Duration | None = Field(None, ge=1000, le=20 * YEARS, description="so long after the record")
    quantity: str = Field(
        "", description="what is counted: a state such as running, or a total such as people_in_total"
    )
    part: str = Field("", description="which part of the device")
    running_for: Duration | None = Field(
        None, ge=1000, le=20 * YEARS, description="the state was true for so long in all"
    )
    amount: float | None = Field(None, gt=0, description="the total rose by so much")
    unit: str = Field("", description="unit of `amount`; empty: the quantity's own")
    event: str = Field("", description="a kind of event that records the service, such as card or self_test")
    value: list[str] = Field([], max_length=64, description="its values; empty: any")
    last: str = Field("", pattern=r"^(\d{4}-\d\d-\d\d)?$", description="the last service before this rule, YYYY-MM-DD")

    def needs(self) -> tuple[Need, ...]:
        """Want what is counted and what records it."""
        of: Literal["state", "number"] = "state" if self.running_for is not None else "number"
        counted = (Need("quantity", self.quantity, ("quantity",), self.part, of=of),) if self.quantity else ()
        return (*counted, *((Need("event", self.event, ("event",)),) if self.event else ()))

    def amounts(self) -> tuple[Amount, ...]:
        """Convert the amount."""
        return () if self.amount is None else (Amount(("amount",), self.amount, self.quantity, self.unit),)

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse what can never be due, and amounts of nothing."""
        if self.after is None and self.running_for is None and self.amount is None:
            return (Contradiction((), "this is never due", "one of after, running_for, amount", key=True),)
        if self.running_for is not None and self.amount is not None:
            message = "one quantity is either a state or a total"
            return (Contradiction(("amount",), message, "running_for or amount", key=True),)
        counted = self.running_for is not None or self.amount is not None
        if counted != bool(self.quantity):
            message = "it is not said what is counted" if counted else "nothing is said about how much of it"
            where = ("amount" if self.amount is not None else "running_for",) if counted else ("quantity",)
            return (Contradiction(where, message, "quantity with running_for or amount", key=True),)
        if self.last:
            try:
                datetime.strptime(self.last, "%Y-%m-%d").replace(tzinfo=UTC)
            except ValueError:
                return (Contradiction(("last",), f"there is no day {self.last}", "a day such as 2024-05-31"),)
        return ()

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return DueStep(self, seat)


class DueStep(BaseStep):
    """Since when (engine ms), and how much was counted since. `measure`: which share of the way is gone, 1 when due."""

    reads_calendar = True

    def __init__(self, rule: Due, seat: Seat) -> None:
        series = ((seat.device, rule.quantity, rule.part),) if rule.quantity else ()
        super().__init__(series, (seat.device,) if rule.event else ())
        self._rule = rule
        self._patience = seat.silence
        self._since = seat.now
        self._counted = 0.0
        self._last: tuple[int, float] | None = None
        self._dated = not rule.last
        """The record of before this rule is set, or there is none."""
        self._set_due()

    def _set_due(self) -> None:
        self.due = self._since + self._rule.after if self._rule.after is not None else None

    def reading(self, reading: Reading) -> Truth:
        """Count running time, or how far a total rose; a total that fell began anew."""
        if isinstance(reading.value, str):
            return None
        t, value = reading.t, float(reading.value)
        if self._last is not None:
            before, was = self._last
            if self._rule.running_for is not None:
                # What a silent device did is not known: no more is counted than it may be silent for.
                self._counted += min(t - before, self._patience) if was else 0
            else:
                self._counted += value - was if value >= was else value
        self._last = (t, value)
        return self._judge(t)

    def event(self, event: Event) -> Truth:
        """An event may record the service."""
        rule = self._rule
        if event.quantity != rule.event or (rule.value and str(event.value) not in rule.value):
            return None
        return self.recorded(event.t)

    def recorded(self, t: int) -> Truth:
        """The service was done at t; what was counted before it counts no more."""
        self._since, self._counted, self._dated = t, 0.0, True
        self._set_due()
        return self._judge(t)

    def clock(self, t: int, offset: Offset) -> Truth:
        """The calendar is known: so is how long ago the day of `last` was."""
        if self._dated or not offset.trusted:
            return None
        day = datetime.strptime(self._rule.last, "%Y-%m-%d").replace(tzinfo=UTC)
        self._since = int(day.timestamp()) * 1000 - offset.tz_min * MINUTE - offset.wall
        self._dated = True
        self._set_due()
        return self._judge(t)

    def at(self, t: int) -> Truth:
        """The time is over."""
        return self._judge(t)

    def _judge(self, t: int) -> Truth:
        rule = self._rule
        shares = [(t - self._since) / rule.after] if rule.after is not None else []
        full = rule.running_for if rule.running_for is not None else rule.amount
        shares += [self._counted / full] if full is not None else []
        self.measure = max(shares)
        if self.due is not None and t >= self.due:
            self.due = None
        return self.measure >= 1

    def gap(self, _length: int, _policy: str, _t: int) -> None:
        """Nothing was heard: what the device did in between is not counted as running."""
        if self._rule.running_for is not None:
            self._last = None

    def words(self) -> str:
        """Give what makes it due."""
        rule = self._rule
        told = [f"{duration_text(rule.after)} since the record"] if rule.after is not None else []
        told += [f"{rule.quantity} for {duration_text(rule.running_for)}"] if rule.running_for is not None else []
        told += [f"{rule.quantity} + {rule.amount:g} {rule.unit}".rstrip()] if rule.amount is not None else []
        return f"service due: {' or '.join(told)}"

    def explain(self, now: int) -> list[Clause]:
        """Give for each measure what is gone of it since the last record."""
        rule, since, found = self._rule, max(self._since, -1), list[Clause]()
        if rule.after is not None:
            gone = now - self._since
            left = max(0, rule.after - gone)
            words = f"{duration_text(rule.after)} since the last record"
            found.append(Clause(words, gone >= rule.after, gone / 1000, rule.after / 1000, since, left))
        if rule.running_for is not None:
            ran, words = self._counted, f"{rule.quantity} for {duration_text(rule.running_for)} since the last record"
            found.append(Clause(words, ran >= rule.running_for, ran / 1000, rule.running_for / 1000, since))
        if rule.amount is not None:
            words = f"{rule.quantity} rose by {rule.amount:g} since the last record"
            found.append(Clause(words, self._counted >= rule.amount, self._counted, rule.amount, since))
        return found

    def state(self) -> State:
        """Remember the record and what was counted."""
        return {
            "since": self._since,
            "counted": self._counted,
            "last": self._last,
            "dated": self._dated,
            "due": self.due,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back; another `after` counts from the same record."""
        if "since" in state:
            self._since, self._counted, self._dated = state["since"], state["counted"], state["dated"]
            last = state["last"]
            self._last = (last[0], last[1]) if last else None
            self._set_due()
            self.due = None if state["due"] is None else self.due
