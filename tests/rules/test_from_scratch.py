"""What a step keeps up step by step is what a look at the whole past gives: each kind against its definition."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.rules.forecast import slope_of
from agent.rules.panes import PANES, Panes
from agent.rules.step import Truth
from tests.rules.kinds import KINDS, step_of, tell

Past = list[tuple[int, Any]]
WINDOW = 60_000
VALUES = st.floats(0, 60).map(lambda value: round(value, 2))
HISTORY = st.lists(st.tuples(st.integers(1, 40), VALUES), min_size=1, max_size=60)
"""Seconds since the one before, and a value: one to a pane, so that a window is exact."""
SWITCHED = st.lists(st.tuples(st.integers(1, 25), st.booleans()), min_size=1, max_size=60)


def _past(history: list[tuple[int, Any]]) -> Past:
    t, found = 0, []
    for wait, value in history:
        t += wait * 1000
        found.append((t, value))
    return found


def _window(past: Past, t: int, length: int = WINDOW) -> list[Any]:
    return [value for at, value in past if t - length < at <= t]


def _starts(past: Past) -> Past:
    return [(t, 1) for (_, before), (t, now) in pairwise(past) if now and not before]


def _held(past: Past, t: int, holds: Callable[[Any], bool]) -> int:
    """Give for how long the newest values have held at t, -1 if the last one does not."""
    since = -1
    for at, value in past:
        since = -1 if not holds(value) else at if since < 0 else since
    return t - since if since >= 0 else -1


def _rate(past: Past, t: int) -> Truth:
    values = _window(past, t)
    return max(values[-1] - min(values), max(values) - values[-1]) >= 10 if len(values) > 1 else None


def _percentile(past: Past, t: int) -> Truth:
    values = sorted(_window(past, t))
    return values[ceil(len(values) * 0.9) - 1] <= 30 if len(values) >= 0.3 * PANES else None


def _stuck(past: Past, t: int) -> Truth:
    reference, since = past[0][1], past[0][0]
    for at, value in past:
        if abs(value - reference) > 0.5:
            reference, since = value, at
    return t - since >= 30_000


DEFINED: dict[str, tuple[str, Any, Callable[[Past, int], Truth]]] = {
    "rate_of_change": ("temperature", HISTORY, _rate),
    "percentile": ("temperature", HISTORY, _percentile),
    "stuck": ("temperature", HISTORY, _stuck),
    "implausible": ("temperature", HISTORY, lambda past, _: not 0 <= past[-1][1] <= 45),
    "state_duration": ("running", SWITCHED, lambda past, t: _held(past, t, bool) >= 20_000),
    "starts": ("running", SWITCHED, lambda past, t: len(_window(_starts(past), t)) > 2),
    "starts-above": ("temperature", HISTORY,
                     lambda past, t: len(_window(_starts([(at, value > 40) for at, value in past]), t)) >= 2),
}  # fmt: skip


@pytest.mark.parametrize("kind", DEFINED)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_step_says_what_its_definition_says(kind: str, data: st.DataObject) -> None:
    name, histories, define = DEFINED[kind]
    step, past, truth = step_of(KINDS[kind]), [], None
    for t, value in _past(data.draw(histories)):
        while step.due is not None and step.due <= t:
            due = step.due
            truth = _newer(truth, step.at(due), step.no_data)
            if past:
                assert truth is define(past, due), due
        past.append((t, value))
        truth = _newer(truth, tell(step, t, name, value), step.no_data)
        assert truth is define(past, t), t


def _newer(truth: Truth, said: Truth, no_data: bool) -> Truth:
    return None if no_data else truth if said is None else said


@settings(max_examples=60, deadline=None)
@given(history=HISTORY)
def test_a_mean_is_the_mean_of_the_window(history: list[tuple[int, float]]) -> None:
    step, past = step_of(KINDS["mean"] | {"deadband": 0.0}), []
    for t, value in _past(history):
        past.append((t, value))
        told = tell(step, t, "temperature", value)
        values = _window(past, t)
        assert step.no_data == (len(values) < PANES / 2)
        if not step.no_data:
            assert step.measure == pytest.approx(sum(values) / len(values))
            assert told is (step.measure >= 40)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), VALUES), min_size=1, max_size=200))
def test_many_values_in_a_pane_are_true_to_a_sixtieth(history: list[tuple[int, float]]) -> None:
    """What is in the window for certain counts, what left it more than a pane ago does not."""
    panes, past, t = Panes(6_000, 10), [], 0
    for wait, value in history:
        t += wait
        past.append((t, value))
        panes.add(t, value)
        least, most = _window(past, t, 6_000 - panes.width), _window(past, t, 6_000)
        assert len(least) <= panes.count <= len(most)
        assert min(most) <= panes.min() <= min(least)
        assert max(least) <= panes.max() <= max(most)
        assert len(panes) <= PANES + 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["positive", "negative"])), min_size=1, max_size=60))
def test_a_share_is_that_of_the_window(history: list[tuple[int, str]]) -> None:
    step, past = step_of(KINDS["feedback_share"]), []
    for t, sentiment in _past(history):
        past.append((t, sentiment))
        rated = _window(past, t, 30_000)
        negative = rated.count("negative")
        told = tell(step, t, "press", ("cleaning", sentiment))
        assert told is (negative >= 2 and negative >= len(rated) / 2)


@settings(max_examples=60, deadline=None)
@given(SWITCHED)
def test_running_time_is_what_was_heard_of_it(history: list[tuple[int, bool]]) -> None:
    step, past = step_of(KINDS["due"] | {"after": None}), _past(history)
    ran = 0
    for number, (t, runs) in enumerate(past):
        before, was = past[number - 1] if number else (t, False)
        ran += t - before if was else 0
        assert tell(step, t, "running", runs) is (ran >= 40_000)


@given(st.floats(-5, 5).map(lambda slope: round(slope, 3)), st.integers(8, 40), st.data())
def test_a_quarter_of_nonsense_moves_no_slope(slope: float, count: int, data: st.DataObject) -> None:
    points = [(number * 1000, 10 + slope * number) for number in range(count)]
    bad = data.draw(st.lists(st.integers(0, count - 1), max_size=count // 4, unique=True))
    for number in bad:
        points[number] = (points[number][0], 1e6)
    assert slope_of(points) * 1000 == pytest.approx(slope, abs=1e-6)
    points = points[::2] if count > 30 else points
    slopes = [(b - a) / (u - t) for i, (u, b) in enumerate(points) for t, a in points[:i]]
    assert slope_of(points) == median(slopes)
