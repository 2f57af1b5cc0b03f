"""Runs the examples that are written with rules: given these events at these times, expect these alarms at these times.

The engine is the one that runs live, told the time; one example is one rule on fresh devices. It opens no port. The
packs' examples are about the packs' own numbers: a site that overrides a rule may give it other examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from agent.engine.engine import Engine
from agent.engine.plan import Plan, Watched, alarm_id
from agent.feedback.classify import Table
from agent.model.effects import Alarm, Effect
from agent.model.events import Offset
from agent.model.units import duration_text
from agent.rules import Rule
from agent.rules.paper import Example
from agent.settings.companions import PACKS, known
from agent.settings.complaints import SettingsError
from agent.settings.cross import cross_check
from agent.settings.draft import RULES, draft_of
from agent.settings.example_causes import DEVICE, START, causes, key_of, meaning_of
from agent.settings.packs import join
from agent.settings.types import Settings

TZ_MIN: Final = 480
"""Minutes east of UTC at which the wall times of examples are read; any would do."""


class Case(NamedTuple):
    """One example: the file that its rule is in, the rule as it stands there, the example."""

    file: str
    name: str
    rule: Rule
    example: Example


class Turn(NamedTuple):
    """The alarm became active, or ceased to be: when (ms from the start), of which priority, on which device."""

    at: int
    alarm: str
    priority: int
    device: str = DEVICE

    def __str__(self) -> str:
        """Give it as people write it."""
        where = "" if self.device == DEVICE else f" on {self.device}"
        return f"{duration_text(self.at)} {self.alarm} P{self.priority}{where}"


class Result(NamedTuple):
    """What an example expected, and what was found."""

    case: Case
    expected: tuple[Turn, ...]
    found: tuple[Turn, ...]

    @property
    def passed(self) -> bool:
        """Tell whether all came as expected, and nothing else."""
        return self.expected == self.found

    def diff(self) -> list[str]:
        """Give expected turns that did not come (-), turns that were not expected (+), and those in order."""
        told = []
        for turn in sorted({*self.expected, *self.found}):
            mark = " " if turn in self.expected and turn in self.found else "-" if turn in self.expected else "+"
            told.append(f"{mark} {turn}")
        return told or ["  nothing happened"]


def cases(settings: Settings, folder: Path) -> list[Case]:
    """Give every example of the site's own rules and overrides, and of all packs that are known."""
    packed = rules_of_packs(folder)
    own = [
        Case(RULES, name, rule, example)
        for name, rule in settings.rules.items()
        if name not in packed or rule.examples != packed[name][1].examples
        for example in rule.examples
    ]
    return own + [Case(file, name, rule, example) for name, (file, rule) in packed.items() for example in rule.examples]


def rules_of_packs(folder: Path) -> dict[str, tuple[str, Rule]]:
    """Give the rules of all packs that are known at a settings folder, as the packs say them, with their files.

    Raise `SettingsError` if one of them is wrong, though none of them need be in use.
    """
    files = {f"{PACKS}{name}.yaml": path.read_text(encoding="utf-8") for name, path in known(folder, PACKS).items()}
    draft = draft_of({RULES: f"packs: [{', '.join(known(folder, PACKS))}]", **files})
    join(draft, folder)
    cross_check(draft, kept=True)
    if draft.complaints:
        raise SettingsError(draft.complaints)
    return {name: (file, draft.rules[name]) for name, file in draft.packed.items()}


def run(case: Case, plan: Plan, rules: Mapping[str, Rule]) -> Result:
    """Tell an example to the engine; everything but devices and rules is as in the site's `plan`.

    `rules` has those that a composite may speak of; their own alarms do not count. Devices that the rule means by a
    role are called by it, several with numbers behind: lighting-circuit-1, lighting-circuit-2.
    """
    example = case.example
    told = {name: one.model_copy(update={"switch": []}) for name, one in _cast(case, rules).items()}
    named = tuple(dict.fromkeys(given.device for given in example.given if given.device))
    words = {need.whom.device or need.whom.role for one in told.values() for need in one.needs() if need.whom}
    company = {word: _called(word, named) for word in words if word}
    guests = tuple(dict.fromkeys(name for names in company.values() for name in names))
    own = (DEVICE, *(name for name in named if name not in guests))
    table = Table({key_of(given): meaning_of(given) for given in example.given if given.press}, {})
    watched = Watched("", example.interval, terminal=table if table.keys else None)
    lives = {name: own if name == case.name else (*own, *guests) for name in told}
    plan = msgspec.structs.replace(
        plan,
        devices=dict.fromkeys((*own, *guests), watched),
        rules={name: (one, lives[name]) for name, one in told.items()},
        others={
            alarm_id(name, device): _others(one, device, company)
            for name, one in told.items()
            for device in lives[name]
        },
        revision="example",
    )
    return Result(case, _expected(case), _lasting(_turns(case, plan)))


def _called(word: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """Give the devices of an example that are called by a role or name, or by it with a number behind: bin, bin-2."""
    return tuple(name for name in named if name == word or name.startswith(f"{word}-")) or (word,)


def _lasting(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Leave out a turn to an alarm that became graver in the same instant: nobody sees it."""
    told: list[Turn] = []
    for turn in turns:
        if told and turn.alarm == told[-1].alarm == "raised" and told[-1]._replace(priority=turn.priority) == turn:
            told.pop()
        told.append(turn)
    return tuple(told)


def _cast(case: Case, rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """Give the rule of an example, those that it speaks of as a composite, and those that they speak of."""
    found = {case.name: case.rule}
    waiting = [case.rule]
    while waiting:
        for need in waiting.pop().needs():
            if need.what == "point" and need.name in rules and need.name not in found:
                found[need.name] = rules[need.name]
                waiting.append(rules[need.name])
    return found


def _others(rule: Rule, device: str, company: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give whom a rule on a device means by its names for others."""
    found: dict[str, tuple[str, ...]] = {}
    for need in rule.needs():
        if need.whom is None:
            continue
        there = company.get(need.whom.device or need.whom.role, (device,))
        found[need.key] = tuple(alarm_id(need.name, one) for one in there) if need.what == "point" else there
    return found


def _expected(case: Case) -> tuple[Turn, ...]:
    priority = case.rule.priority
    told: list[Turn] = []
    for one in case.example.expect:
        priority = one.priority or (case.rule.priority if one.alarm == "raised" else priority)
        told.append(Turn(one.at, one.alarm, priority, one.device or DEVICE))
    return tuple(told)


def _turns(case: Case, plan: Plan) -> Iterator[Turn]:
    """Give the turns of the rule's alarms, until the example ends."""
    example = case.example
    engine = Engine(plan, lambda _revision: plan, START)
    wall = int(datetime.fromisoformat(example.start).replace(tzinfo=UTC).timestamp() * 1000) - TZ_MIN * 60_000
    clock = Offset(1, START, wall - START, trusted=True, tz_min=TZ_MIN, t=START)
    active: dict[str, int] = {}
    yield from _seen(case.name, engine.step(clock), active)
    for cause in causes(case.rule, case.example):
        yield from _seen(case.name, engine.step(cause), active)
    times = [given.until or given.at for given in example.given] + [one.at for one in example.expect]
    yield from _seen(case.name, engine.advance(START + max([example.until, *times])), active)


def _seen(rule: str, effects: list[Effect], active: dict[str, int]) -> Iterator[Turn]:
    """Give what changed about a rule's alarms; `active` has the priority of those that are."""
    for effect in effects:
        if not isinstance(effect, Alarm) or effect.rule != rule:
            continue
        at, before = effect.t - START, active.get(effect.device)
        if effect.state == "active" and (before is None or effect.priority < before):
            active[effect.device] = effect.priority
            yield Turn(at, "raised", effect.priority, effect.device)
        elif effect.state != "active" and before is not None:
            del active[effect.device]
            yield Turn(at, "cleared", before, effect.device)
