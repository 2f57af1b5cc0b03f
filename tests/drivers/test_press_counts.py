"""Press counters: baseline, presses over the wrap, restarts, silence; no press is lost or counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.press_counts import MOST, WRAP, PressCounts


def after(*counts: int) -> dict[str, int] | None:
    """Give what the last of these readings of one counter says."""
    counters = PressCounts()
    told: dict[str, int] | None = {}
    for count in counts:
        told = counters.presses({"single=1": count})
    return told


@pytest.mark.parametrize(
    ("counts", "presses"),
    [
        ((5,), {}),  # a baseline
        ((5, 5), {}),
        ((5, 6), {"single=1": 1}),
        ((65_535, 1), {"single=1": 2}),
        ((0, MOST), {"single=1": MOST}),
        ((0, MOST + 1), None),
        ((5, 0), None),
        ((5, 0, 1), {"single=1": 1}),
        ((5, 0, 5), {"single=1": 5}),
    ],
)
def test_what_a_counter_says(counts: tuple[int, ...], presses: dict[str, int] | None) -> None:
    assert after(*counts) == presses


def test_the_vector_of_the_reference() -> None:
    counters = PressCounts()
    names = [f"single={n}" for n in range(1, 9)]
    counters.presses(dict(zip(names, [0, 1, 255, 65_535, 0, 0, 7, 1], strict=True)))
    now = dict(zip(names, [0, 2, 256, 65_535, 0, 0, 7, 1], strict=True))
    assert counters.presses(now) == {"single=2": 1, "single=3": 1}


def test_one_counter_that_went_back_speaks_for_all() -> None:
    counters = PressCounts()
    counters.presses({"single=1": 65_530, "single=2": 9, "long=1": 65_535})
    assert counters.presses({"single=1": 0, "single=2": 0}) is None  # 65530 -> 0 alone would look like six presses
    assert counters.presses({"long=1": 0}) == {}
    assert counters.presses({"single=1": 1, "long=1": 1}) == {"single=1": 1, "long=1": 1}


def test_after_silence_lower_is_a_restart_and_higher_are_presses() -> None:
    counters = PressCounts()
    counters.presses({"single=1": 65_535, "single=2": 7})
    counters.doubt()
    assert counters.presses({"single=2": 9}) == {"single=2": 2}
    assert counters.presses({"single=1": 0}) is None
    assert counters.presses({"single=1": 3}) == {"single=1": 3}


def test_a_doubt_is_over_with_the_next_value() -> None:
    counters = PressCounts()
    counters.presses({"single=1": 65_534})
    counters.doubt()
    assert counters.presses({"single=1": 65_535}) == {"single=1": 1}
    assert counters.presses({"single=1": 1}) == {"single=1": 2}


@given(st.integers(0, WRAP - 1), st.lists(st.integers(0, MOST), max_size=200))
def test_however_often_it_is_read_every_press_is_told_once(start: int, presses: list[int]) -> None:
    counters, count = PressCounts(), start
    counters.presses({"k": count})
    told = 0
    for more in presses:
        count = (count + more) % WRAP
        new = counters.presses({"k": count})
        assert new is not None
        told += new.get("k", 0)
    assert told == sum(presses)
