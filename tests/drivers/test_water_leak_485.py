"""Leak detectors: vectors of the simple and the locating kind, units of the place, and a rope that is cut."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.events import Item, Reading
from drivers.water_leak_485 import DRIVER
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, faults, readings, vector
from tests.drivers.poll_kit import alone, check_polled, check_requests, check_vector, given

DRY = {
    ("water_leak", ""): False,
    ("cable_break", ""): False,
    ("contamination", ""): False,
    ("alarm_summary", ""): False,
    ("leak_distance", ""): 0.0,
}
WET = DRY | {("water_leak", ""): True, ("alarm_summary", ""): True, ("leak_distance", ""): 12.3}
CUT = DRY | {("cable_break", ""): True, ("alarm_summary", ""): True}
DETAILS = {
    ("leak_current", ""): 180.0,
    ("cable_length", ""): 150.0,
    ("loop_resistance", "loop=1"): 640.0,
    ("loop_resistance", "loop=2"): 650.0,
}


@pytest.mark.parametrize(
    ("number", "meant", "variant"),
    [
        ("02", {("water_leak", ""): True}, "simple"),
        ("03", {("water_leak", ""): False}, "simple"),
        ("04", DRY, "aqualeak"),
        ("05", WET, "aqualeak"),
        ("06", CUT, "aqualeak"),
    ],
)
def test_a_vector_is_decoded_with_and_without_its_variant(number: str, meant: World, variant: str) -> None:
    check_vector(DRIVER, number, meant)
    check_vector(DRIVER, number, meant, variant=variant)


def test_the_request_and_the_player_of_the_simple_kind() -> None:
    check_requests(DRIVER, given(DRIVER), "01")
    player = DRIVER.player(given(DRIVER))
    for number, leak in (("03", False), ("02", True)):
        player.set("water_leak", leak)
        assert player.receive(vector("water-leak-485", "01"), 0) == vector("water-leak-485", number)


@pytest.mark.parametrize(("number", "shown"), [("05", WET), ("06", CUT)])
def test_the_player_of_the_locating_kind_gives_the_vectors(number: str, shown: World) -> None:
    player = DRIVER.player(given(DRIVER, 2, variant="aqualeak"))
    for (quantity, part), value in shown.items():
        player.set(quantity, value, part)
    assert player.receive(Request(2, 4, 0, 3).frame(), 0) == vector("water-leak-485", number)


@pytest.mark.parametrize(
    ("options", "world", "request_"),
    [
        ({}, {("water_leak", ""): True}, Request(1, 4, 0, 1)),
        ({"variant": "aqualeak"}, WET, Request(1, 4, 0, 3)),
        ({"variant": "rle"}, WET | {("leak_distance", ""): 12.0}, Request(1, 4, 0, 3)),
        ({"variant": "rle", "details": True}, WET | DETAILS | {("leak_distance", ""): 12.0}, Request(1, 4, 0, 7)),
        ({"variant": "xkc-y25"}, {("liquid_present", ""): True, ("raw_value", ""): 321.0}, Request(1, 3, 1, 2)),
    ],
)
def test_a_variant_is_read_cut_anywhere_and_through_noise(
    options: dict[str, Any], world: World, request_: Request
) -> None:
    check_polled(DRIVER, given(DRIVER, **options), world, request_)


@pytest.mark.parametrize(
    ("variant", "unit", "metres"),
    [("aqualeak", 0, 10.0), ("rle", 0, 100.0), ("aqualeak", 1, 30.48), ("rle", 1, 30.48)],
)
def test_the_place_is_in_the_unit_that_the_device_says(variant: str, unit: int, metres: float) -> None:
    items = alone(DRIVER, Reply(2, 4, values=(9, 100, unit)).frame(), variant=variant)
    assert readings(items)["leak_distance", ""] == pytest.approx(metres)


def test_a_place_in_an_unknown_unit_is_none() -> None:
    items = alone(DRIVER, Reply(2, 4, values=(9, 100, 2)).frame())
    assert faults(items) == ["insane"]
    assert readings(items)["water_leak", ""] is True
    assert ("leak_distance", "") not in readings(items)


def quality(items: list[Item]) -> str:
    return next(item.quality for item in items if isinstance(item, Reading) and item.quantity == "water_leak")


@pytest.mark.parametrize(
    ("status", "said"), [(0b0000, "good"), (0b1001, "good"), (0b1010, "suspect"), (0b1011, "good"), (0b1100, "good")]
)
def test_dry_proves_nothing_while_the_rope_is_cut(status: int, said: str) -> None:
    items = alone(DRIVER, Reply(2, 4, values=(status, 0, 0)).frame())
    assert quality(items) == said
