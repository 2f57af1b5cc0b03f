"""The past told to several sets of rules at once, and what came of it as a plain object. It prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

from agent.asking.past import Past
from agent.engine.plan import Plan
from agent.engine.rehearsal import Difference, Fired, Firing, Rehearsal, compare
from agent.model.outside import iso_ms, plain

PIECE: Final = 20_000
"""Causes that are told at once: decoded once, told to each set of rules."""


def rehearse(past: Past, plans: Sequence[Plan], told: Callable[[int], None]) -> tuple[list[Rehearsal], int]:
    """Tell the past to each plan; `told` hears how many causes are done. Give the rehearsals and the count."""
    rehearsals = [Rehearsal(plan, past.start, past.offsets) for plan in plans]
    count = 0
    while piece := list(islice(past.causes, PIECE)):
        for step in (rehearsal.step for rehearsal in rehearsals):
            for cause in piece:
                step(cause)
        count += len(piece)
        told(count)
    for rehearsal in rehearsals:
        rehearsal.finish(past.end)
    return rehearsals, count


def report(running: Rehearsal, rehearsed: Rehearsal, past: Past) -> dict[str, Any]:
    """Give what `caretaker rehearse --json` prints; times are ISO 8601 in UTC."""
    wall = rehearsed.engine.wall.wall
    both = {"running": running, "rehearsed": rehearsed}
    return {
        "since": iso_ms(wall(past.start)[0]),
        "until": iso_ms(wall(rehearsed.engine.now)[0]),
        "points": {name: len(one.engine.points) for name, one in both.items()},
        "fired": {name: sum(fired.count for fired in one.found.values()) for name, one in both.items()},
        "woken": {name: sum(fired.woken for fired in one.found.values()) for name, one in both.items()},
        "rules": _rules(running, rehearsed),
        "alarms": [_alarm(one, rehearsed) for one in compare(running, rehearsed)],
    }


def _rules(running: Rehearsal, rehearsed: Rehearsal) -> dict[str, dict[str, int]]:
    """Give how often each rule fired: also those that never did, for that is what is asked about as well."""
    told = {fired.rule for one in (running, rehearsed) for fired in one.found.values()}
    names = sorted(running.engine.plan.rules.keys() | rehearsed.engine.plan.rules.keys() | told)
    counts = {name: {"rehearsed": 0, "running": 0, "woken": 0} for name in names}
    for fired in rehearsed.found.values():
        counts[fired.rule]["rehearsed"] += fired.count
        counts[fired.rule]["woken"] += fired.woken
    for fired in running.found.values():
        counts[fired.rule]["running"] += fired.count
    return counts


def _alarm(one: Difference, rehearsal: Rehearsal) -> dict[str, Any]:
    known = one.rehearsed or one.running
    assert known is not None
    wall = rehearsal.engine.wall.wall
    return {
        "alarm": one.alarm, "rule": known.rule, "device": known.device, "priority": known.priority,
        "change": one.change, "rehearsed": _count(one.rehearsed), "running": _count(one.running),
        "woken": one.rehearsed.woken if one.rehearsed else 0,
        "fired": [_firing(firing, wall) for firing in (one.rehearsed.firings if one.rehearsed else ())],
        "came": [_firing(firing, wall) for firing in one.came],
        "went": [_firing(firing, wall) for firing in one.went],
    }  # fmt: skip


def _count(fired: Fired | None) -> int:
    return fired.count if fired else 0


def _firing(firing: Firing, wall: Callable[[int], tuple[int, bool]]) -> dict[str, Any]:
    return {
        "at": iso_ms(wall(firing.t)[0]), "priority": firing.priority,
        "value": plain(firing.value) if firing.value is not None else None,
        "condition": firing.condition, "night": firing.night,
    }  # fmt: skip
