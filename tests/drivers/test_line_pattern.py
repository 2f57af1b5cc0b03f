"""Patterns of lines: what is refused because it could take long, what may be used, examples that fit."""

from __future__ import annotations

import re

import pytest

from drivers.wire.line_pattern import PatternError, compiled, example

SAFE = [
    r"T=(?P<t>-?\d+\.\d)C H=(?P<h>\d+)%",
    r".*T=(?P<t>\d+).*",
    r".*T=(?P<t>\d+)\D[^H]*H=(?P<h>\d+)(\D.*)?",
    r"(?P<t>-?\d+(?:\.\d+)?),(?P<h>[^,]*),[^,]*,[^,]*,[^,]*,[^,]*",
    r"\w+\s*=\s*(?P<t>[-+]?\d+(\.\d+)?)\s*(C|F)?",
    r"(?:OPEN|CLOSED|OPENING)!?",
    r"(?:\d\d:){3}\d\d (?P<t>\S+)",
    r"^温度[:：]\s?(?P<t>\d{1,3})\.?$",
    r"\[(?P<t>[^\]]+)\].*",
    r"(?P<t>\d+?);",
    r".*.*x",
]
WORST = [c * 512 for c in ("a", "1", " ", ",", ".", "-", "x")] + [
    "T=1" * 170,
    "1." * 256,
    "T=1H=" * 102,
    "温度" * 256,
    "",
]


@pytest.mark.parametrize("pattern", SAFE)
def test_safe_patterns_end_on_the_worst_lines_and_have_examples(pattern: str) -> None:
    found = compiled(pattern)
    assert isinstance(found, re.Pattern)
    for line in WORST:
        found.fullmatch(line)
        found.fullmatch(line[:-1] + "\0")
    assert found.fullmatch(example(pattern, {}))


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (SAFE[0], "T=21.5C H=1%"),
        (r"A(?: (?P<t>\S+))?|B", "A 21.5"),
        (r"(?P<h>\d) (?P<t>.+)", "1 21.5"),
        (r"[^a-z\s]{3}x(?P<t>.*)", "111x21.5"),
    ],
)
def test_examples_hold_the_texts_that_are_asked_for(pattern: str, line: str) -> None:
    assert example(pattern, {"t": "21.5"}) == line


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(a+)+", "a group is repeated"),
        (r"(a|aa)*b", "a group is repeated"),
        (r"(?:a?){17}", "a group is repeated"),
        (r"(?:ab){1,3}", "a group is repeated"),
        (r".*.*.*x", "which is too long"),
        (r"\d*\d*\d*\d*z", "which is too long"),
        (r"\d+\.?\d+\.?\d+\.?\d+z", "which is too long"),
        (r"(?:a?){16}" + r"(?:a?){16}", "which is too long"),
        (r"(?:aa|\w)" * 25, "which is too long"),
        (r"(?=a)a", "assert"),
        (r"(?<!a)a", "assert not"),
        (r"(?P<a>x)(?P=a)", "groupref"),
        (r"(x)?(?(1)a|b)", "groupref exists"),
        (r"a++b", "possessive repeat"),
        (r"(?>a*)b", "atomic group"),
        (r"(?i)open", "flags"),
        (r"((", "not whole"),
        (r"[z-a]", "not whole"),
        ("a" * 257, "expected at most 256"),
    ],
)
def test_patterns_that_are_refused(pattern: str, said: str) -> None:
    with pytest.raises(PatternError, match=said):
        compiled(pattern)


def test_digits_and_letters_are_those_of_ascii() -> None:
    assert compiled(r"\d").fullmatch("٣") is None
    assert compiled(r"\w").fullmatch("度") is None
    assert compiled(r"\S").fullmatch("度")
