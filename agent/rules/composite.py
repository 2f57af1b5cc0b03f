"""Rule kind `composite`: all, any or none of other rules hold. It follows their truth, not their alarms' delays.

No data: three-valued. A member without data is neither true nor false; the whole is unknown only where that matters.
A circle of composites is refused at load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from agent.rules.base import RuleBase
from agent.rules.clause import Clause
from agent.rules.needs import Contradiction, Need, Who
from agent.rules.step import BaseStep, Seat, State, Step, Truth


class Member(Who):
    """Another rule: on the same device, on one by name, or on each with a role in the same zone (else building)."""

    rule: str = Field(description="its name in rules.yaml")


class Composite(RuleBase):
    """Every word that is given must hold: all of some rules, any (or `at_least` so many) of some, none of some."""

    kind: Literal["composite"]
    all: list[Member] = Field([], max_length=16, description="each of these is true")
    any: list[Member] = Field([], max_length=16, description="at least one of these is true")
    none: list[Member] = Field([], max_length=16, description="none of these is true")
    at_least: int = Field(1, ge=1, le=100, description="so many of `any` must be true")

    def members(self) -> list[tuple[str, int, Member]]:
        """Give every member, with the word and the place that it stands at."""
        words = (("all", self.all), ("any", self.any), ("none", self.none))
        return [(word, number, member) for word, group in words for number, member in enumerate(group)]

    def needs(self) -> tuple[Need, ...]:
        """Want the truth of other rules."""
        return tuple(
            Need("point", member.rule, (word, number, "rule"), whom=member, key=f"{word}-{number}")
            for word, number, member in self.members()
        )

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Refuse a composite of nothing."""
        if self.members():
            return ()
        return (Contradiction((), "this is made of no rules", "rules under 'all', 'any' or 'none'", key=True),)

    def step(self, seat: Seat) -> Step:
        """Give a step on one device."""
        return CompositeStep(self, seat)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Tell whether all are true: false if one is false, unknown if one that matters is."""
    told = list(truths)
    return False if False in told else None if None in told else True


def some_of(truths: Iterable[Truth], least: int = 1) -> Truth:
    """Tell whether so many are true: unknown if they are not, but may be."""
    told = list(truths)
    sure, unknown = told.count(True), told.count(None)
    return True if sure >= least else None if sure + unknown >= least else False


def negated(truth: Truth) -> Truth:
    """Give the opposite; unknown stays unknown."""
    return None if truth is None else not truth


class CompositeStep(BaseStep):
    """The truth of each point that it follows; None for those that have said nothing yet."""

    def __init__(self, rule: Composite, seat: Seat) -> None:
        super().__init__()
        self._least = rule.at_least
        self._groups: dict[str, list[str]] = {"all": [], "any": [], "none": []}
        for word, number, _ in rule.members():
            self._groups[word] += seat.others.get(f"{word}-{number}", ())
        self.follows = tuple(dict.fromkeys(point for group in self._groups.values() for point in group))
        self._truths: dict[str, Truth] = dict.fromkeys(self.follows)
        self._words = " and ".join(f"{word} of {', '.join(group)}" for word, group in self._groups.items() if group)
        self.no_data = True

    def told(self, point: str, truth: Truth) -> Truth:
        """Take the truth of a member, and judge."""
        self._truths[point] = truth
        each = {word: [self._truths[point] for point in group] for word, group in self._groups.items()}
        found = [all_of(each["all"])] if each["all"] else []
        found += [some_of(each["any"], self._least)] if each["any"] else []
        found += [negated(some_of(each["none"]))] if each["none"] else []
        whole = all_of(found)
        self.no_data = whole is None
        self.measure = float(sum(truth is True for truth in self._truths.values()))
        return whole

    def words(self) -> str:
        """Give the members in words."""
        return self._words

    def explain(self, _now: int) -> list[Clause]:
        """Give each member, with the word that it stands under."""
        groups = self._groups.items()
        return [
            Clause(f"{word}: {point}", negated(self._truths[point]) if word == "none" else self._truths[point])
            for word, group in groups
            for point in group
        ]

    def state(self) -> State:
        """Remember the truths."""
        return {"truths": dict(self._truths), "none": self.no_data}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back, if they are of the same members."""
        if state.get("truths", {}).keys() == self._truths.keys():
            self._truths, self.no_data = dict(state["truths"]), state["none"]
