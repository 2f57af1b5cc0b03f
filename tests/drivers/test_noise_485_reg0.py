"""Noise transmitter: its vectors, any cut, hostile bytes, its faults."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from drivers.noise_485_reg0 import DRIVER, TABLE
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import check_meter, faults, readings, vector
from tests.drivers.poll_kit import alone, check_requests, check_vector

SETUP = Setup("yard")
WORLD = {("sound_laf", ""): 67.1}


def test_the_vector_is_decoded_and_played() -> None:
    check_vector(DRIVER, "02", WORLD)
    check_vector(DRIVER, "02", WORLD, "01")
    check_requests(DRIVER, SETUP, "01")
    player = DRIVER.player(SETUP)
    player.set("sound_laf", 67.1)
    assert player.receive(vector("noise-485-reg0", "01"), 0) == vector("noise-485-reg0", "02")


def test_it_is_heard_cut_anywhere_and_through_noise() -> None:
    check_meter(DRIVER, SETUP, WORLD, Request(1, 3, 0, 1), TABLE)


@pytest.mark.parametrize("raw", [0xFFFF, 0x7FFF, 0x8000, 1700])
def test_a_fault_of_the_transmitter_is_no_noise(raw: int) -> None:
    items = alone(DRIVER, Reply(1, 3, values=(raw,)).frame())
    assert (faults(items), readings(items)) == (["insane"], {})
