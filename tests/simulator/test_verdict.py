"""The verdict: every way in which what came can differ from what was asked for has its own word."""

from __future__ import annotations

import pytest

from simulator.central import Seen
from simulator.play import Shown
from simulator.scenario import Answer, Expected
from simulator.verdict import _alarms, _never, _prompts

EXPECTED = Expected(rule="leak", device="pump", after=10, within=(1, 5), acked=True, cleared=True)


def story(at: int, *transitions: str, alarm: str = "leak-pump", occurrence: str = "o1") -> list[Seen]:
    return [Seen(at + 100 * n, alarm, word, "", occurrence, n) for n, word in enumerate(transitions)]


@pytest.mark.parametrize(
    ("seen", "mark"),
    [
        (story(13_000, "raised", "acknowledged", "cleared", "closed"), "ok"),
        (story(13_000, "raised", "cleared", "acknowledged"), "ok"),
        ([], "missing"),
        (story(10_500, "raised", "acknowledged", "closed"), "early"),
        (story(16_000, "raised", "acknowledged", "closed"), "late"),
        (story(13_000, "raised", "cleared"), "not acknowledged"),
        (story(13_000, "raised", "acknowledged"), "not cleared"),
    ],
)
def test_an_expected_alarm(seen: list[Seen], mark: str) -> None:
    rows, others = _alarms([EXPECTED], seen[:1], seen, zero=0)
    assert [row.mark for row in rows] == [mark]
    assert others == []


def test_a_second_occurrence_is_not_expected() -> None:
    first, second = story(12_000, "raised"), story(20_000, "raised", occurrence="o2")
    _, others = _alarms([EXPECTED], first + second, first + second, zero=0)
    assert others == second
    assert [(row.what, row.mark) for row in _never(["smoke-*"], others, 0)] == [
        ("smoke-*", "ok"),
        ("leak-pump", "unexpected"),
    ]
    assert [row.mark for row in _never(["leak-*"], others, 0)] == ["forbidden"]


@pytest.mark.parametrize(
    ("shown", "mark"),
    [
        ([Shown(11_000, "term", "thank-you")], "ok"),
        ([Shown(1_000, "term", "thank-you"), Shown(11_000, "term", "thank-you")], "ok"),
        ([Shown(30_000, "term", "thank-you")], "late"),
        ([Shown(11_000, "term", "resolved"), Shown(11_000, "other", "thank-you")], "missing"),
    ],
)
def test_an_expected_prompt(shown: list[Shown], mark: str) -> None:
    answer = Answer(device="term", code="thank-you", after=10, within=(0, 4))
    assert [row.mark for row in _prompts([answer], shown, zero=0)] == [mark]
