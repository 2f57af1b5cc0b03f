"""Quantities made of others: once all inputs were heard anew, in the right unit, and never beyond belief."""

from __future__ import annotations

import pytest

from agent.engine.derivation import Derivation, Derived
from agent.model.events import Reading
from agent.rules.expression import compiled
from agent.settings.corrections import derivations_of
from agent.settings.load import load_texts, texts
from agent.settings.select import quantities_of
from tests.settings.test_cases import HERE

POWER = Derived("apparent_power", "", (("voltage", ""), ("current", "")), compiled("u * i", ("u", "i")))


def heard(derivation: Derivation, *values: tuple[str, float]) -> list[Reading]:
    return [one for t, (name, value) in enumerate(values) for one in derivation.take(Reading("m", name, value, t))]


def test_one_poll_gives_one_value() -> None:
    polls = (("voltage", 230.0), ("current", 2.0), ("power", 400.0), ("current", 3.0), ("voltage", 231.0))
    assert [(one.t, one.value) for one in heard(Derivation([POWER]), *polls)] == [(1, 460.0), (4, 693.0)]


def test_nothing_is_made_of_half_a_poll() -> None:
    polls = (("voltage", 230.0), ("current", 2.0), ("voltage", 231.0), ("voltage", 232.0), ("current", 1.0))
    assert [one.value for one in heard(Derivation([POWER]), *polls)] == [460.0, 232.0]


def test_doubt_is_handed_on() -> None:
    derivation = Derivation([POWER])
    derivation.take(Reading("m", "voltage", 230.0, 1, "suspect"))
    (one,) = derivation.take(Reading("m", "current", 2.0, 2))
    assert one == Reading("m", "apparent_power", 460.0, 2, "suspect")


def test_what_comes_late_counts_not() -> None:
    derivation = Derivation([POWER])
    assert derivation.take(Reading("m", "voltage", 230.0, 1, historical=True)) == []
    assert derivation.take(Reading("m", "current", 2.0, 2)) == []


@pytest.mark.parametrize(("formula", "values"), [("u / i", (230.0, 0.0)), ("u * i * 1e9", (230.0, 9.0))])
def test_what_is_no_value_is_left_out(formula: str, values: tuple[float, float]) -> None:
    derived = Derived("apparent_power", "", POWER.inputs, compiled(formula, ("u", "i")))
    assert heard(Derivation([derived]), ("voltage", values[0]), ("current", values[1])) == []


def test_settings_make_them_in_the_unit_of_the_quantity() -> None:
    """A meter gets an apparent power and a running state, which rules may watch like measured ones."""
    devices = texts(HERE / "base")["devices.yaml"].replace(
        "    place: {building: B1, floor: B1, zone: pump-room}\n",
        "    place: {building: B1, floor: B1, zone: pump-room}\n"
        "    derive:\n"
        "      formulas:\n"
        "        apparent_power: {formula: 'u * i', of: {u: {quantity: voltage}, i: {quantity: current}}}\n"
        "        running: {formula: 'i > 0.5', of: {i: {quantity: current}}}\n",
    )
    loaded = load_texts(texts(HERE / "base") | {"devices.yaml": devices}, HERE)
    derivation = derivations_of(loaded)["pump-meter"]
    told = heard(derivation, ("voltage", 230.0), ("current", 2.0))
    assert [(one.quantity, one.value) for one in told] == [("apparent_power", 460.0), ("running", True)]
    assert {"apparent_power", "running"} <= set(quantities_of(loaded.devices["pump-meter"]))
