"""Durations and units as people write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.quantities import QUANTITIES
from agent.model.units import DURATION_PATTERN, convert, convert_span, duration_ms, duration_text, units_for

DURATIONS = [
    ("500ms", 500), ("10s", 10_000), ("1.5s", 1500), ("5m", 300_000), ("5min", 300_000), ("8h", 28_800_000),
    ("14d", 1_209_600_000), ("0s", 0), (" 10 s ", 10_000),
]  # fmt: skip
NONE = ["", "10", "s", "-1s", "10 sec", "1h30m", "1,5s", "٣s", "9" * 400 + "d", "1.5", 10, 1.5, True, None, [], {}]


@pytest.mark.parametrize(("text", "ms"), DURATIONS)
def test_a_duration_has_its_unit(text: str, ms: int) -> None:
    assert duration_ms(text) == ms
    assert re.fullmatch(DURATION_PATTERN, text.strip())


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is no duration; expected a number with its unit"):
        duration_ms(text)


@given(st.integers(0, 10**12))
def test_a_duration_is_written_as_it_is_read(ms: int) -> None:
    assert duration_ms(duration_text(ms)) == ms


CONVERSIONS = [
    (0.35, "MPa", "pressure", 3500), (101.3, "kPa", "pressure", 1013), (1, "bar", "pressure", 1000),
    (40, "°C", "temperature", 40), (104, "degF", "temperature", 40), (313.15, "K", "temperature", 40),
    (2.5, "kW", "power", 2500), (1.2, "kWh", "energy_total", 1200), (300, "mA", "current", 0.3),
    (80, "%", "humidity", 80), (25, "cm", "distance", 250), (0.05, "mg/m3", "pm2_5", 50),
    (1, "h", "uptime", 3600), (1000, "ppb", "co2", 1),
]  # fmt: skip
# domain.md §2.2: ppm = mg/m3 x 1.436 for ammonia, x 0.717 for hydrogen sulphide (at 25 degC and 101.3 kPa).
GASES = [
    (1, "mg/m3", "nh3", 1.436),
    (1, "mg/m³", "h2s", 0.717),
    (1, "ppm", "hcho", 1.228),
    (300, "ug/m3", "nh3", 0.431),
]


@pytest.mark.parametrize(("value", "written", "quantity", "meant"), CONVERSIONS)
def test_a_limit_is_converted_to_the_quantitys_unit(value: float, written: str, quantity: str, meant: float) -> None:
    assert convert(value, written, QUANTITIES[quantity].unit, quantity) == meant


@pytest.mark.parametrize(("value", "written", "quantity", "meant"), GASES)
def test_a_gas_is_converted_by_its_molar_mass(value: float, written: str, quantity: str, meant: float) -> None:
    converted = convert(value, written, QUANTITIES[quantity].unit, quantity)
    assert converted == pytest.approx(meant, abs=0.001)


def test_a_difference_knows_no_zero_point() -> None:
    assert convert_span(9, "degF", "degC") == 5
    assert convert_span(1, "K", "degC") == 1
    assert convert_span(0.5, "kPa", "hPa") == 5


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda quantity: quantity.name)
def test_every_unit_that_is_named_converts(quantity: object) -> None:
    unit, name = getattr(quantity, "unit", ""), getattr(quantity, "name", "")
    for written in units_for(unit, name):
        assert convert(10, written, unit, name) != convert(20, written, unit, name)


def test_a_strange_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="'%' is no unit of this; expected ppm, ppb"):
        convert(0.1, "%", "ppm", "co2")


def test_a_quantity_without_a_unit_takes_none() -> None:
    with pytest.raises(ValueError, match="expected no unit at all"):
        convert(1, "%", "", "power_factor")
