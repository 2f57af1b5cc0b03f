"""Expected against seen: what a scenario asked for, what came, and whether that is good. It only compares.

Good means: every expected alarm came in its time (and was acknowledged and cleared where asked), every expected prompt
was shown, no other alarm came, and every command of the centre was answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from simulator.central import Central, Seen
from simulator.play import Play, Shown
from simulator.scenario import Answer, Expected

Mark = Literal[
    "ok", "missing", "early", "late", "not acknowledged", "not cleared", "unexpected", "forbidden", "refused"
]


class Row(NamedTuple):
    """One line of the table. Times are seconds of the timeline; `seen` is "" if it never came."""

    what: str
    expected: str
    seen: str
    mark: Mark

    @property
    def good(self) -> bool:
        """Tell whether this line speaks for the run."""
        return self.mark == "ok"


def verdict(play: Play) -> list[Row]:
    """Give the table of a play: alarms, prompts, what must not come, commands."""
    zero = play.zero if play.zero is not None else play.clock()
    rows, others = _alarms(play.scenario.expect, play.central.raised(), play.central.transitions, zero)
    rows += _prompts(play.scenario.prompts, play.shown, zero)
    others = [one for one in others if not any(fnmatchcase(one.alarm, pattern) for pattern in play.scenario.may)]
    rows += _never(play.scenario.never, others, zero)
    return rows + _commands(play.central)


def good(rows: Iterable[Row]) -> bool:
    """Tell whether a run was good."""
    return all(row.good for row in rows)


def _at(t: int, zero: int) -> str:
    return f"{(t - zero) / 1000:.1f} s"


def _window(after: float, within: tuple[float, float]) -> str:
    return f"{after + within[0]:.1f} to {after + within[1]:.1f} s"


def _alarms(
    expect: Sequence[Expected], raised: list[Seen], transitions: Sequence[Seen], zero: int
) -> tuple[list[Row], list[Seen]]:
    """Give a row for every expected alarm, and the occurrences that nobody expected."""
    rows: list[Row] = []
    others = list(raised)
    for row in sorted(expect, key=lambda one: one.after + one.within[0]):
        window = _window(row.after, row.within)
        seen = next((one for one in others if one.alarm == row.alarm), None)
        if seen is None:
            rows.append(Row(row.alarm, window, "", "missing"))
            continue
        others.remove(seen)
        told = [one for one in transitions if one.occurrence == seen.occurrence]
        rows.append(Row(row.alarm, window, _story(told, zero), _mark(row, seen, told, zero)))
    return rows, others


def _mark(row: Expected, seen: Seen, told: Sequence[Seen], zero: int) -> Mark:
    at = (seen.t - zero) / 1000 - row.after
    if at < row.within[0]:
        return "early"
    if at > row.within[1]:
        return "late"
    words = {one.transition for one in told}
    if row.acked and "acknowledged" not in words:
        return "not acknowledged"
    if row.cleared and not words & {"cleared", "closed"}:
        return "not cleared"
    return "ok"


def _story(told: Sequence[Seen], zero: int) -> str:
    """Give when it came and what became of it: "12.3 s, acknowledged 14.4 s, closed 17.5 s"."""
    first, *rest = told
    later = [f"{one.transition} {_at(one.t, zero)}" for one in rest]
    return ", ".join([_at(first.t, zero), *later])


def _prompts(prompts: Sequence[Answer], shown: Sequence[Shown], zero: int) -> list[Row]:
    rows: list[Row] = []
    for row in prompts:
        low, high = (zero + 1000 * (row.after + edge) for edge in row.within)
        same = [one for one in shown if (one.device, one.code) == (row.device, row.code)]
        found = next((one for one in same if low <= one.t <= high), None)
        seen = _at(found.t, zero) if found else ", ".join(_at(one.t, zero) for one in same)
        mark: Mark = "ok" if found else "late" if same else "missing"
        rows.append(Row(f"{row.device} says {row.code}", _window(row.after, row.within), seen, mark))
    return rows


def _never(never: Sequence[str], others: Sequence[Seen], zero: int) -> list[Row]:
    rows: list[Row] = []
    forbidden: set[str] = set()
    for pattern in never:
        bad = [one for one in others if fnmatchcase(one.alarm, pattern)]
        forbidden |= {one.occurrence for one in bad}
        seen = ", ".join(f"{one.alarm} {_at(one.t, zero)}" for one in bad)
        rows.append(Row(pattern, "never", seen, "forbidden" if bad else "ok"))
    rest = [one for one in others if one.occurrence not in forbidden]
    return rows + [Row(one.alarm, "", _at(one.t, zero), "unexpected") for one in rest]


def _commands(central: Central) -> list[Row]:
    rows = [
        Row(f"acknowledge {alarm}", "ok", f"{reply.status} {reply.code}".strip(), "refused")
        for alarm, reply in central.refused()
    ]
    return rows + [Row(f"acknowledge {alarm}", "an answer", "", "missing") for alarm in central.unanswered()]
