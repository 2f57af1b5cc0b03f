"""Rule kind `missed_round`: a patrol or cleaning round without a check-in (S09, C09), against slots in the site's time.

A check-in is an event of the device: a card, a code. It counts for a slot from `early` before it until `grace` after
it. The condition is the number of rounds missed in a row; `stages` may make two in a row graver. No data: while the
wall clock is not trusted no slot is judged; slots of which the whole grace fell into a long gap are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from agent.model.events import Event, Offset
from agent.model.units import Duration, duration_text
from agent.rules.base import Limit, RuleBase, limit_words
from agent.rules.clause import Clause
from agent.rules.edge import Edge
from agent.rules.needs import Contradiction, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth

DAY: Final = 86_400_000
MINUTE: Final = 60_000
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def of_day(text: str) -> int:
    """Give the ms since midnight of HH:MM."""
    return (int(text[:2]) * 60 + int(text[3:])) * MINUTE


class MissedRound(RuleBase):
    """So many rounds in a row without a check-in (one, unless `when` says otherwise)."""

    kind: Literal["missed_round"]
    event: str = Field("card", description="the kind of event that is a check-in")
    value: list[str] = Field([], max_length=64, description="its values, such as card numbers; empty: any")
    slots: list[TimeOfDay] = Field(min_length=1, max_length=96, description="when the rounds are due, site time")
    days: list[Weekday] = Field(list(WEEKDAYS), min_length=1, max_length=7, description="on which days")
    early: Duration = Field(30 * MINUTE, ge=0, le=DAY // 2, description="a check-in so long before the slot counts")
    grace: Duration = Field(15 * MINUTE, ge=0, le=DAY // 2, description="one so long after it counts too")
    when: Limit = Field(Limit(op=">=", value=1.0), description="how many were missed in a row")

    def needs(self) -> tuple[Need, ...]:
        """Want one kind of event."""
        return (Need("event", self.event, ("event",)),)

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse a schedule in which a round's time reaches to the next one: no round could be missed."""
        slots = sorted({of_day(slot) for slot in self.slots})
        following = [*slots[1:], slots[0] + DAY]
        nearest = min(after - slot for slot, after in zip(slots, following, strict=True))
        if self.grace >= nearest:
            message = f"a grace of {duration_text(self.grace)} reaches to the next round: none could be missed"
            return (Contradiction(("grace",), message, f"less than {duration_text(nearest)}, the least between two"),)
        return ()

    def step(self, seat: Seat) -> Step:
        """Give a step on one checkpoint."""
        return MissedRoundStep(self, seat)


class MissedRoundStep(BaseStep):
    """The last check-in and the slot that is waited for (engine ms). `measure`: how many were missed in a row."""

    reads_calendar = True

    def __init__(self, rule: MissedRound, seat: Seat) -> None:
        super().__init__((), (seat.device,))
        self._rule = rule
        self._slots = sorted({of_day(slot) for slot in rule.slots})
        self._days = {WEEKDAYS.index(day) for day in rule.days}
        self._wall: int | None = None
        """The site's local time = engine time + this; None: not trusted."""
        self._slot = 0
        self._judged = seat.now
        """Slots up to here are done with."""
        self._last = -1
        self._missed = 0
        self._edge = Edge(rule.when)
        self.measure = 0.0

    def event(self, event: Event) -> Truth:
        """Take a check-in: it ends the row, also when it comes late."""
        if event.quantity != self._rule.event or (self._rule.value and str(event.value) not in self._rule.value):
            return None
        self._last = event.t
        return self._count(0)

    def _count(self, missed: int) -> Truth:
        self._missed, self.measure = missed, float(missed)
        return self._edge.judge(self.measure)

    def at(self, t: int) -> Truth:
        """The grace of the slot is over: look whether anybody was there."""
        kept = self._last >= self._slot - self._rule.early
        self._judged = self._slot
        self._aim(t)
        return self._count(0 if kept else min(self._missed + 1, 1000))

    def clock(self, t: int, offset: Offset) -> Truth:
        """Aim at the next slot by the calendar that is known now."""
        self._wall = offset.wall + offset.tz_min * MINUTE if offset.trusted else None
        self._aim(t)
        return None

    def _aim(self, t: int) -> None:
        """Wait for the first slot that is not done with and whose grace is not over."""
        if self._wall is None:
            self.due = None
            return
        after = max(self._judged + 1, t - self._rule.grace) + self._wall
        day = after // DAY
        for number in range(8):
            # 1970-01-01 was a Thursday: day 0 is weekday 3.
            if (day + number + 3) % 7 in self._days:
                for slot in self._slots:
                    if (day + number) * DAY + slot >= after:
                        self._slot = (day + number) * DAY + slot - self._wall
                        self.due = self._slot + self._rule.grace
                        return

    def gap(self, _length: int, policy: str, t: int) -> None:
        """Reset: slots whose grace ended meanwhile are passed over, as nobody could be heard; else they are judged."""
        if policy == "reset":
            self._judged = max(self._judged, t - self._rule.grace)
            self._aim(t)

    def words(self) -> str:
        """Give the limit in words."""
        return f"rounds missed in a row {limit_words(self._rule.when)}"

    def explain(self, now: int) -> list[Clause]:
        """Give how many were missed in a row, when somebody was there last, and the round that is waited for."""
        waiting = Clause("the next round is judged", left=max(0, self.due - now) if self.due is not None else -1)
        if self._wall is None:
            waiting = Clause("the clock is trusted", holds=False)
        return [
            Clause(self.words(), self._edge.truth, self.measure, self._rule.when.value),
            Clause("last check-in", since=self._last), waiting,
        ]  # fmt: skip

    def state(self) -> State:
        """Remember the last check-in, the slot and the row."""
        return {
            "wall": self._wall, "slot": self._slot, "judged": self._judged, "last": self._last,
            "missed": self._missed, "truth": self._edge.truth, "due": self.due,
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        if "slot" in state:
            self._wall, self._slot, self._judged = state["wall"], state["slot"], state["judged"]
            self._last, self._missed, self._edge.truth = state["last"], state["missed"], state["truth"]
            self.due, self.measure = state["due"], float(self._missed)
