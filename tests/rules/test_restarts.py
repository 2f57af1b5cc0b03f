"""Every rule kind, told anything: what it remembers is all that counts and is bounded, and its band tells the truth."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.model.events import Reading
from agent.rules.step import Step
from tests.rules.kinds import KINDS, remembered, step_of, tell

MOST_BYTES: Final = 16_000
TEMPERATURES: Final = st.sampled_from([0.0, 19.5, 20.0, 20.5, 30.0, 39.5, 40.0, 41.0, 60.0]) | st.floats(-10, 100)
HAPPENINGS = st.one_of(
    st.tuples(st.sampled_from(["temperature", "e.temperature"]), TEMPERATURES),
    st.tuples(st.sampled_from(["running", "e.running", "door_open"]), st.booleans()),
    st.tuples(st.sampled_from(["card", "e.card", "e.unlock", "tamper"]), st.just("7")),
    st.tuples(st.just("press"), st.tuples(st.just("cleaning"), st.sampled_from(["positive", "neutral", "negative"]))),
    st.tuples(
        st.just("point"), st.tuples(st.sampled_from(["m-d", "n-d", "o-d"]), st.sampled_from([True, False, None]))
    ),
    st.tuples(st.just("clock"), st.sampled_from([0, 30_000, 3_600_000, -1])),
    st.tuples(st.just("service"), st.none()),
    st.tuples(st.just("gap"), st.tuples(st.integers(1, 90_000), st.sampled_from(["hold", "reset", "count"]))),
)
SCRIPTS = st.lists(st.tuples(st.integers(0, 15_000), HAPPENINGS), max_size=50)


def _follow(step: Step, t: int, told: list[Any]) -> None:
    """Let every deadline up to t come, at its own time."""
    for _ in range(200):
        if step.due is None or step.due > t:
            return
        due = step.due
        told.append((due, step.at(due), step.no_data))
        assert step.due is None or step.due > due, "a deadline that has come must move"


def _say(step: Step, t: int, what: str, value: Any, told: list[Any]) -> None:
    if what == "point" and value[0] not in step.follows:
        return
    if what != "gap":
        _follow(step, t, told)
    told.append((t, tell(step, t, what, value), step.no_data))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(script=SCRIPTS)
def test_restarted_at_every_point_it_is_undisturbed(kind: str, script: list[tuple[int, tuple[str, Any]]]) -> None:
    """One step hears all; of the other only what it remembers is left after each thing that it is told."""
    whole, broken = step_of(KINDS[kind]), step_of(KINDS[kind])
    t = 0
    for wait, (what, value) in script:
        t += wait
        heard: list[Any] = []
        again: list[Any] = []
        _say(whole, t, what, value, heard)
        _say(broken, t, what, value, again)
        assert again == heard
        kept = remembered(whole)
        assert remembered(broken) == kept
        assert len(kept) < MOST_BYTES
        broken = step_of(KINDS[kind])
        broken.restore(msgspec.msgpack.decode(kept))
        assert (broken.due, broken.no_data) == (whole.due, whole.no_data)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if step_of(KINDS[kind]).banded])
@settings(max_examples=60, deadline=None)
@given(values=st.lists(TEMPERATURES, min_size=1, max_size=30))
def test_no_value_within_the_band_changes_the_truth(kind: str, values: list[float]) -> None:
    step = step_of(KINDS[kind])
    truth = None
    for t, value in enumerate(values):
        low, high = step.band()
        quiet = low < value < high
        found = step.reading(Reading("d", "temperature", value, t))
        assert not quiet or found is truth
        truth = found


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_another_kind_are_no_matter(kind: str) -> None:
    step = step_of(KINDS[kind])
    before = remembered(step)
    step.restore({})
    assert remembered(step) == before
