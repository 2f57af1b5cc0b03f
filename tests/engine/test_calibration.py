"""Corrections: scale and offset, fill levels, and values that become unbelievable."""

from __future__ import annotations

import pytest

from agent.engine.calibration import Correction, Fill, Linear, calibrate
from agent.model.events import Reading

BIN = Correction({}, Fill(empty=1100, full=250))


def distance(value: float) -> Reading:
    return Reading("bin-1", "distance", value, 5, "suspect", "line=2", 7, historical=True)


@pytest.mark.parametrize(
    ("mm", "percent"), [(1100, 0), (250, 100), (675, 50), (2000, 0), (0, 100), (1015, 10), (1099.15, 0.1)]
)
def test_a_fill_level_follows_from_the_distance(mm: float, percent: float) -> None:
    measured, derived = calibrate(distance(mm), BIN)
    assert measured == distance(mm)
    assert derived.quantity == "fill_level"
    assert derived.value == pytest.approx(percent)


def test_what_is_derived_keeps_everything_else() -> None:
    derived = calibrate(distance(675), BIN)[1]
    assert derived == Reading("bin-1", "fill_level", 50.0, 5, "suspect", "line=2", 7, historical=True)


def test_a_fill_level_follows_from_the_corrected_distance() -> None:
    correction = Correction({"distance": Linear(scale=10, offset=25)}, Fill(empty=1100, full=250))
    assert [reading.value for reading in calibrate(distance(65), correction)] == [675, 50]


@pytest.mark.parametrize(
    ("linear", "measured", "published"), [(Linear(), 21, 21), (Linear(1.02), 50, 51), (Linear(1, -0.5), 21, 20.5)]
)
def test_scale_and_offset(linear: Linear, measured: float, published: float) -> None:
    correction = Correction({"temperature": linear})
    reading = Reading("climate", "temperature", measured, 3)
    assert calibrate(reading, correction) == [Reading("climate", "temperature", published, 3)]


@pytest.mark.parametrize("scale", [1000.0, float("nan"), float("inf")])
def test_an_unbelievable_result_is_left_out_with_what_follows(scale: float) -> None:
    correction = Correction({"distance": Linear(scale)}, Fill(empty=1100, full=250))
    assert calibrate(distance(1000), correction) == []


def test_other_quantities_pass_unchanged() -> None:
    reading = Reading("climate", "humidity", 50, 3)
    assert calibrate(reading, Correction({"temperature": Linear(2)}, Fill(1, 0))) == [reading]
    door = Reading("door", "door_open", True, 3)
    assert calibrate(door, Correction({"temperature": Linear(2)})) == [door]
