"""WitMotion laser distance sensor: its vectors, any cut, hostile bytes, no distance."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from drivers.wire.modbus_rtu import Reply, Request
from drivers.witmotion_laser import DRIVER, TABLE
from tests.drivers.modbus_kit import check_meter, faults, readings, vector
from tests.drivers.poll_kit import alone, check_requests, check_vector

SETUP = Setup("bin", address=0x50)


def test_the_vector_is_decoded_and_played() -> None:
    check_vector(DRIVER, "01", {("distance", ""): 1803.0}, "02")
    check_vector(DRIVER, "01", {("distance", ""): 1803.0})
    check_requests(DRIVER, SETUP, "02")
    player = DRIVER.player(SETUP)
    player.set("distance", 1803.0)
    assert player.receive(vector("witmotion-wt-laser-485", "02"), 0) == vector("witmotion-wt-laser-485", "01")


def test_it_is_heard_cut_anywhere_and_through_noise() -> None:
    check_meter(DRIVER, SETUP, {("distance", ""): 1803.0}, Request(0x50, 3, 0x34, 1), TABLE)


@pytest.mark.parametrize("raw", [0, 0xFFFF])
def test_no_distance_is_no_number(raw: int) -> None:
    items = alone(DRIVER, Reply(0x50, 3, values=(raw,)).frame())
    assert (faults(items), readings(items)) == (["insane"], {})
