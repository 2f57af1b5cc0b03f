"""Formulas: what they come to, what may not stand in them, and which units go together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.expression import FREE, TRUTH, FormulaError, Unit, compiled, unit, unit_of

NAMES = {"u": unit("V"), "i": unit("A"), "p": unit("W"), "t": unit("degC"), "d": unit("mm"), "on": TRUTH}
VALUES = {"u": 230.0, "i": 2.0, "p": 450.0, "t": 21.5, "d": 1500.0, "on": True}

GOOD: list[tuple[str, Any, Unit]] = [
    ("u * i", 460.0, unit("W")),
    ("p / u", 450 / 230, unit("A")),
    ("u * i - p", 10.0, unit("W")),
    ("-t + 2", -19.5, unit("degC")),
    ("t > 20 and on", True, TRUTH),
    ("not on or p < 100", False, TRUTH),
    ("20 < t <= 21.5", True, TRUTH),
    ("on == False", False, TRUTH),
    ("max(u, 240) - min(u, 220)", 20.0, unit("V")),
    ("spread(t, 20, 24.5)", 4.5, unit("degC")),
    ("mean(t, 20.5)", 21.0, unit("degC")),
    ("abs(1 - 3) * 2", 4, FREE),
    ("2 * d / d", 2.0, unit("")),
]


@pytest.mark.parametrize(("text", "value", "of"), GOOD, ids=[case[0] for case in GOOD])
def test_it_comes_to(text: str, value: Any, of: Unit) -> None:
    assert compiled(text, tuple(NAMES))(list(VALUES.values())) == pytest.approx(value)
    assert unit_of(text, NAMES) == of


BAD = [
    ("__import__('os')", "this call is not allowed"),
    ("u.real", "Attribute is not allowed"),
    ("(lambda: 1)()", "this call is not allowed"),
    ("v[0]", "Subscript is not allowed"),
    ("[u][0]", "Subscript is not allowed"),
    ("u ** 9", "Pow is not allowed"),
    ("u if on else i", "IfExp is not allowed"),
    ("'a' * 9", "'a' is not allowed"),
    ("1e13", "10000000000000.0 is not allowed"),
    ("1j", "1j is not allowed"),
    ("x + 1", "'x' is not known here"),
    ("max()", "this call is not allowed"),
    ("max(*u)", "Starred is not allowed"),
    ("max(u, key=u)", "this call is not allowed"),
    ("u := 3", "this is no formula"),
    ("u;i", "this is no formula"),
    ("", "this is no formula"),
    ("+".join("u" * 101), "the formula has 201 characters"),
    ("+".join("u" * 60), "the formula has 239 parts"),
    ("(" * 150 + "u" + ")" * 49, "this is no formula"),
    ("u + p", "this adds or compares"),
    ("t > d", "this adds or compares"),
    ("on + 1", "true and false are no numbers"),
    ("on > 1", "true and false are no numbers"),
    ("u and on", "'and', 'or', 'not' join truths"),
    ("on * 2", "true and false are no numbers"),
    ("max", "'max' is a function"),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[case[0][:20] for case in BAD])
def test_it_is_refused(text: str, said: str) -> None:
    with pytest.raises(FormulaError) as caught:
        unit_of(text, NAMES)
    assert str(caught.value).startswith(said)
    assert "; expected " in str(caught.value)


def test_no_value_is_called_like_a_function() -> None:
    with pytest.raises(FormulaError, match="called like a function"):
        compiled("max + 1", ("max",))


def test_a_formula_reaches_nothing() -> None:
    """Its function knows the few names of this file's list, and no builtins."""
    found = compiled("u", ("u",)).__globals__  # type: ignore[attr-defined]
    assert found["__builtins__"] == {}
    assert set(found) == {"__builtins__", "min", "max", "abs", "mean", "spread"}


@given(st.text(max_size=60) | st.from_regex(r"[uiptd0-9.+*/()<>= a-z_-]{0,60}", fullmatch=True))
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    try:
        unit_of(text, NAMES)
    except FormulaError:
        return
    try:
        compiled(text, tuple(NAMES))(list(VALUES.values()))
    except ArithmeticError:
        return
