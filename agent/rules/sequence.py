"""Rule kind `sequence`: two things and the time between them (S02 a door opens without an unlock, M05 both pumps run).

Each of the two is an event, or a state that turns to a value, of this device or of another. No data: what is not heard
did not happen; after a gap what was waited for is forgotten unless `on_gap` is count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from agent.model.events import Event, Reading
from agent.model.units import Duration, duration_text
from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.happening import Happening, need_of, series_of
from agent.rules.needs import Contradiction, Need
from agent.rules.step import BaseStep, Seat, State, Step, Truth

LONG_AGO: Final = -(1 << 60)


class Sequence(RuleBase):
    """What `first` and `second` must do for the condition to be true.

    without: first happens and second did not within the time before (nor within `late` after it). missing: first
    happens and second does not follow within the time. then: first happens, and second within the time after it.
    together: both states hold at once. Where first or second is a state, the condition ends with it; else after `hold`.
    """

    kind: Literal["sequence"]
    first: Happening = Field(description="what it begins with")
    relation: Literal["without", "missing", "then", "together"] = Field(description="what the second has to do with it")
    second: Happening = Field(description="what does or does not belong to it")
    within: Duration = Field(5000, ge=0, le=7 * 86_400_000, description="the time between the two")
    late: Duration = Field(0, ge=0, le=60_000, description="for without: word of the second may come so much later")
    hold: Duration = Field(900_000, ge=1000, le=7 * 86_400_000, description="how long an event keeps it true")

    def needs(self) -> tuple[Need, ...]:
        """Want both."""
        both = (("first", self.first), ("second", self.second))
        return tuple(need_of(key, of) for key, of in both if of.event or of.quantity)

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse what is neither event nor state, or both; and events that shall last."""
        found: list[Contradiction] = []
        for name, of in (("first", self.first), ("second", self.second)):
            if bool(of.event) == bool(of.quantity):
                found.append(Contradiction((name,), "this is not one thing", "either 'event' or 'quantity'", key=True))
            elif of.event and self.relation == "together":
                found.append(Contradiction((name, "event"), "an event does not last: it is together with nothing",
                                           "a state: quantity: …", key=True))  # fmt: skip
        return tuple(found)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return TogetherStep(self, seat) if self.relation == "together" else SequenceStep(self, seat)


class PairStep(BaseStep):
    """Whom the two are of, and which of their states hold now."""

    def __init__(self, rule: Sequence, seat: Seat) -> None:
        self._rule = rule
        own = (seat.device,)
        self._devices = (seat.others.get("first", own), seat.others.get("second", own))
        pairs = tuple(zip((rule.first, rule.second), self._devices, strict=True))
        series = tuple(key for of, devices in pairs for key in series_of(of, devices))
        hears = tuple(device for of, devices in pairs if of.event for device in devices)
        super().__init__(tuple(dict.fromkeys(series)), tuple(dict.fromkeys(hears)))
        self._holds: tuple[dict[str, bool], dict[str, bool]] = ({}, {})
        """For first and second: by device whether its state has the value."""

    def sides(self, reading: Reading) -> list[tuple[int, bool]]:
        """Give on which sides (0 first, 1 second) a reading is, and whether the state turned to the value just now."""
        found: list[tuple[int, bool]] = []
        for side, of in enumerate((self._rule.first, self._rule.second)):
            is_it = (of.quantity, of.part) == (reading.quantity, reading.part)
            if is_it and reading.device in self._devices[side]:
                was = self._holds[side].get(reading.device)
                now = self._holds[side][reading.device] = reading.value == (True if of.value is None else of.value)
                found.append((side, now and was is False))
        return found

    def happened(self, event: Event) -> list[int]:
        """Give which of the two an event is."""
        return [
            side
            for side, of in enumerate((self._rule.first, self._rule.second))
            if of.event == event.quantity and of.value in (None, event.value) and event.device in self._devices[side]
        ]

    def words(self) -> str:
        """Give the relation in words."""
        first, second = (
            f"{of.event or of.quantity}{'' if of.value is None else f' {of.value}'.lower()}"
            for of in (self._rule.first, self._rule.second)
        )
        time = duration_text(self._rule.within)
        match self._rule.relation:
            case "without":
                return f"{first} without {second} in the last {time}"
            case "missing":
                return f"{first} and no {second} within {time}"
            case "then":
                return f"{first}, then {second} within {time}"
        return f"{first} and {second} together"

    def state(self) -> State:
        """Remember which states hold."""
        return {"holds": [dict(side) for side in self._holds], "due": self.due}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        if "holds" in state:
            first, second = state["holds"]
            self._holds, self.due = (dict(first), dict(second)), state["due"]


class TogetherStep(PairStep):
    """Both states hold at once, of any of the devices that are meant."""

    def reading(self, reading: Reading) -> Truth:
        """Take a state."""
        self.sides(reading)
        if not all(self._holds):
            return None
        return all(any(side.values()) for side in self._holds)

    def gap(self, _length: int, policy: str, _t: int) -> None:
        """Reset: both must be heard anew."""
        if policy == "reset":
            self._holds = ({}, {})


class SequenceStep(PairStep):
    """When the two happened last, what is waited for (`due`), and whether it is true now."""

    def __init__(self, rule: Sequence, seat: Seat) -> None:
        super().__init__(rule, seat)
        self._at = [LONG_AGO, LONG_AGO]
        self._truth = False
        self._waits = False
        """A first one waits for its second, or for none to come; else `due` is the end of the hold."""

    def reading(self, reading: Reading) -> Truth:
        """A state may turn, which is a happening; the end of the first state ends the condition."""
        told: Truth = None
        for side, turned in self.sides(reading):
            if turned:
                told = self._happen(side, reading.t)
        if self._rule.first.quantity and not any(self._holds[0].values()):
            if self._truth:
                self._truth, self.due, told = False, None, False
            elif self._waits and self._rule.relation == "missing":
                self._waits, self.due = False, None
        return told

    def event(self, event: Event) -> Truth:
        """An event may be one of the two, or both."""
        told: Truth = None
        for side in sorted(self.happened(event), reverse=True):
            told = self._happen(side, event.t)
        return told

    def _happen(self, side: int, t: int) -> Truth:
        """One of the two happened. The second comes first where both are one event."""
        rule, first, second = self._rule, self._at[0], self._at[1]
        self._at[side] = t
        if rule.relation == "then":
            return self._raise(t) if side == 1 and t - first <= rule.within else None
        if side == 1:
            return self._came()
        if any(self._holds[1].values()):
            return None
        if rule.relation == "missing":
            return self._wait(t + rule.within)
        if t - second <= rule.within:
            return None
        return self._wait(t + rule.late) if rule.late else self._raise(t)

    def _wait(self, due: int) -> Truth:
        self._waits, self.due = True, due
        return None

    def _came(self) -> Truth:
        """What was waited for has come; where it was missing until now, the matter is over."""
        if self._waits:
            self._waits, self.due = False, None
            return None
        if self._truth and self._rule.relation == "missing":
            self._truth, self.due = False, None
            return False
        return None

    def _raise(self, t: int) -> Truth:
        self._waits, self._truth = False, True
        lasts = bool(self._rule.first.quantity) and any(self._holds[0].values())
        self.due = None if lasts else t + self._rule.hold
        return True

    def at(self, t: int) -> Truth:
        """Nothing came, so it is true; or it has been true for long enough."""
        if self._waits:
            return self._raise(t)
        self._truth, self.due = False, None
        return False

    def gap(self, length: int, policy: str, _t: int) -> None:
        """Hold: time stood still; reset: what was waited for is forgotten; count: it went on."""
        if policy == "reset":
            self._at = [LONG_AGO, LONG_AGO]
            self._holds = ({}, {})
            if self._waits:
                self._waits, self.due = False, None
        elif policy == "hold":
            self._at = [t + length for t in self._at]
            self.due = self.due + length if self.due is not None else None

    def explain(self, now: int) -> list[Clause]:
        """Give the relation, when each of the two happened last, and what is waited for."""
        left = max(0, self.due - now) if self.due is not None else -1
        both = zip((self._rule.first, self._rule.second), self._at, strict=True)
        return [
            Clause(self.words() + (", waiting" if self._waits else ""), self._truth, left=left),
            *(Clause(f"{of.event or of.quantity} happened last", since=max(at, -1)) for of, at in both),
        ]

    def state(self) -> State:
        """Remember when the two happened, and the truth."""
        return super().state() | {"at": list(self._at), "truth": self._truth, "waits": self._waits}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        super().restore(state)
        if "at" in state:
            self._at, self._truth, self._waits = list(state["at"]), state["truth"], state["waits"]
