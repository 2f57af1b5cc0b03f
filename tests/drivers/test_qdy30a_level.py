"""QDY30A: decimals and units from the device or the settings, numbers that nobody can read, loops of 4-20 mA."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.events import Fault
from drivers.modbus_table import DRIVER as ANY
from drivers.qdy30a_level import DRIVER
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, faults, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_requests, check_vector, given

TESTED = {("level", ""): 1337.0, ("raw_value", ""): 1337.0}


def held(unit: int, decimals: int, raw: int) -> bytes:
    """Give the answer of a probe with this unit code, decimals and raw value."""
    return Reply(1, 3, values=(1, 3, unit, decimals, raw & 0xFFFF, 0, 5000)).frame()


def test_the_vectors() -> None:
    check_vector(DRIVER, "04", {("raw_value", ""): -26.0})
    check_vector(DRIVER, "04", {("raw_value", ""): -26.0}, "01")
    check_requests(DRIVER, given(DRIVER), "02")
    player = DRIVER.player(given(DRIVER))
    player.set("raw_value", -26.0)
    assert player.receive(vector("qdy30a-level", "01"), 0) == vector("qdy30a-level", "04")


def test_all_is_read_at_once_cut_anywhere_and_through_noise() -> None:
    check_polled(DRIVER, given(DRIVER), TESTED, Request(1, 3, 0, 7))


@pytest.mark.parametrize(
    ("options", "unit", "decimals", "raw", "meant"),
    [
        ({}, 17, 1, 1337, {("level", ""): 1337.0}),  # the unit that was measured: a count is a millimetre
        ({}, 17, 0, 133, {("level", ""): 1330.0}),
        ({}, 17, 1, -26, {("level", ""): -26.0}),  # a dry probe
        ({"unit": "mm"}, 17, 0, 1337, {("level", ""): 1337.0}),
        ({"unit": "m"}, 1, 3, 1337, {("level", ""): 1337.0}),
        ({"unit": "cm"}, 1, 1, 1337, {("level", ""): 1337.0}),
        ({"unit": "kPa"}, 9, 2, 1337, {("liquid_pressure", ""): 13.37}),
        ({"unit": "MPa"}, 9, 3, 350, {("liquid_pressure", ""): 350.0}),
        ({"unit": "bar"}, 9, 2, 350, {("liquid_pressure", ""): 350.0}),
    ],
)
def test_decimals_are_the_device_s_and_units_too_where_they_are_known(
    options: dict[str, Any], unit: int, decimals: int, raw: int, meant: World
) -> None:
    items = alone(DRIVER, held(unit, decimals, raw), **options)
    assert readings(items) == {**meant, ("raw_value", ""): float(raw)}
    assert faults(items) == []


@pytest.mark.parametrize(
    ("unit", "decimals", "words"),
    [
        (16, 1, "level: nobody knows unit code 16; set the option unit"),
        (17, 4, "level: 4 decimals are impossible"),
    ],
)
def test_a_unit_is_never_guessed(unit: int, decimals: int, words: str) -> None:
    items = alone(DRIVER, held(unit, decimals, 500))
    assert readings(items) == {("raw_value", ""): 500.0}
    assert [item.detail for item in items if isinstance(item, Fault)] == [words]


def test_a_pressure_is_played_too() -> None:
    poll = Poll(DRIVER, given(DRIVER, unit="kPa"), {("liquid_pressure", ""): 49.5})
    assert readings(poll.run()) == {("liquid_pressure", ""): 49.5, ("raw_value", ""): 495.0}


@pytest.mark.parametrize(
    ("counts", "level"),
    [(4000, 0.0), (12_000, 2500.0), (20_000, 5000.0), (3599, None), (21_001, None), (0, None)],
)
def test_a_loop_of_4_to_20_ma_is_a_table_with_bounds(counts: int, level: float | None) -> None:
    """As the driver's page says: R is 5000 mm here. A broken loop is a fault, and never an empty tank."""
    full = 5000
    register = {
        "address": 0, "quantity": "level", "scale": full / 16_000, "offset": -full / 4, "low": -full / 40,
        "high": 1.0625 * full,
    }  # fmt: skip
    items = alone(ANY, Reply(1, 3, values=(counts,)).frame(), registers=[register])
    assert readings(items) == ({} if level is None else {("level", ""): level})
    assert faults(items) == (["insane"] if level is None else [])
