"""In one sentence what decides whether a rule fires now. It knows the point and its clauses, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from agent.alarms.life import Life
from agent.engine.point import Point
from agent.model.outside import plain
from agent.rules.clause import Clause


def verdict(point: Point, clauses: Sequence[Clause], now: int, *, locked: bool) -> str:
    """Give the sentence; `locked`: the device is under maintenance."""
    if locked:
        return "does not look: its device is under maintenance"
    if point.life.condition_on:
        return _fires(point.life, now)
    return f"does not fire{_why_not(point, clauses, now)}"


def _fires(life: Life, now: int) -> str:
    held = f"; its condition ended, off_delay: {_left(life, 't_off', now)}" if life.condition == "RECOVERING" else ""
    data = "" if life.quality == "GOOD" else f"; its data are {life.quality} now"
    return "fires" + held + data + ("; nobody is told, see what keeps it quiet" if life.silent else "")


def _why_not(point: Point, clauses: Sequence[Clause], now: int) -> str:
    life = point.life
    if life.quality != "GOOD":
        return f": its data are {life.quality}, so it is neither true nor false"
    if point.fresh:
        return ": its device was not heard since the agent was away"
    if life.condition == "PENDING":
        return f" yet: its condition is true, on_delay: {_left(life, 't_on', now)}"
    false = next((_words(clause) for clause in clauses if clause.holds is False), "")
    if point.truth is None and not false:
        return ": nothing was heard yet that it can judge"
    return f": {false} is false" if false else ""


def _words(clause: Clause) -> str:
    return clause.words if clause.value is None else f"{clause.words} (now {plain(clause.value)})"


def _left(life: Life, name: str, now: int) -> str:
    return f"{max(0, life.due.get(name, now) - now) / 1000:g} s left"
