"""CHINT DDSU666: engineering units as they are, what one float alone may be, any cut, hostile bytes."""

from __future__ import annotations

import struct

import pytest

from agent.driver import Setup
from drivers.chint_ddsu666 import DRIVER
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import faults, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_vector

WORLD = {
    ("voltage", ""): 228.4,
    ("current", ""): 5.368,
    ("power", ""): 1225.0,
    ("reactive_power", ""): -118.9,
    ("power_factor", ""): 0.995,
    ("frequency", ""): 49.98,
    ("energy_total", ""): 1_234_500.0,
    ("energy_export_total", ""): 12_000.0,
}
REQUESTS = (Request(1, 3, 0x2000, 16), Request(1, 3, 0x4000, 2), Request(1, 3, 0x400A, 2))


def single(value: float) -> bytes:
    return Reply(1, 3, values=struct.unpack(">2H", struct.pack(">f", value))).frame()


@pytest.mark.parametrize("request_", ["", "01"])
def test_the_voltage_is_volts(request_: str) -> None:
    check_vector(DRIVER, "02", {("voltage", ""): 228.4}, request_)


def test_it_reads_all_in_three_requests_cut_anywhere_and_through_noise() -> None:
    check_polled(DRIVER, Setup("flat"), WORLD, *REQUESTS)


def test_the_request_of_the_energy() -> None:
    poll = Poll(DRIVER, Setup("flat"))
    poll.run()
    assert poll.asked[1].frame() == vector("chint-ddsu666", "05")


def test_the_player_gives_the_vector() -> None:
    player = DRIVER.player(Setup("flat"))
    player.set("voltage", 228.4)
    assert player.receive(vector("chint-ddsu666", "01"), 0) == vector("chint-ddsu666", "02")


@pytest.mark.parametrize(
    ("value", "quantity", "meant"),
    [
        (231.0, "voltage", 231.0),
        (49.98, "frequency", 49.98),
        (1.225, "power", 1225.0),
        (4567.5, "energy_total", 4_567_500.0),
    ],
)
def test_one_float_alone_is_what_it_looks_like(value: float, quantity: str, meant: float) -> None:
    assert readings(alone(DRIVER, single(value))) == {(quantity, ""): meant}


def test_kilowatts_become_watts_when_it_is_known_what_was_asked() -> None:
    items = alone(DRIVER, single(0.5), Request(1, 3, 0x2004, 2).frame())
    assert readings(items) == {("power", ""): 500.0}


def test_a_meter_that_speaks_dlt645_is_silent_not_zero() -> None:
    device = DRIVER.build(Setup("flat"))
    device.ask(0)
    assert faults(device.quiet(500)) == ["silent"]
