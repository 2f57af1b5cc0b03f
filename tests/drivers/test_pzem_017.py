"""PZEM-003/017: the captured frame both ways, any cut, hostile bytes, and a battery that is not told as zero."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from drivers.pzem_017 import DRIVER, TABLE
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import check_meter, faults, readings, vector
from tests.drivers.poll_kit import alone, check_requests, check_vector

CAPTURED = {
    ("voltage", ""): 13.44,
    ("current", ""): 0.1,
    ("power", ""): 1.3,
    ("energy_total", ""): 2.0,
    ("overvoltage", ""): False,
    ("undervoltage", ""): False,
}
FULL = CAPTURED | {("voltage", ""): 100.0, ("current", ""): 1.0, ("power", ""): 100.0, ("energy_total", ""): 0.0}


@pytest.mark.parametrize(("number", "world"), [("02", CAPTURED), ("03", FULL)])
def test_a_vector_is_decoded_and_played(number: str, world: dict[tuple[str, str], float]) -> None:
    check_vector(DRIVER, number, world, "01")
    player = DRIVER.player(Setup("battery"))
    for (quantity, part), value in world.items():
        player.set(quantity, value, part)
    assert player.receive(vector("pzem-017", "01"), 0) == vector("pzem-017", number)


def test_it_reads_all_at_once_cut_anywhere_and_through_noise() -> None:
    world = CAPTURED | {("undervoltage", ""): True, ("energy_total", ""): 70_000.0}
    check_meter(DRIVER, Setup("battery"), world, Request(1, 4, 0, 8), TABLE)
    check_requests(DRIVER, Setup("battery"), "01")


def test_alarms_are_words_that_are_all_ones() -> None:
    items = alone(DRIVER, Reply(1, 4, values=(1000, 0, 0, 0, 0, 0, 0, 0xFFFF)).frame())
    assert readings(items)["overvoltage", ""] is False
    assert readings(items)["undervoltage", ""] is True


def test_the_player_keeps_its_shunt_and_the_driver_takes_the_reply_for_no_measurement() -> None:
    player = DRIVER.player(Setup("battery"))
    assert player.receive(vector("pzem-017", "04"), 0) == vector("pzem-017", "04")
    assert readings(alone(DRIVER, vector("pzem-017", "04"))) == {}


def test_silence_is_no_zero() -> None:
    device = DRIVER.build(Setup("battery"))
    device.ask(0)
    items = device.quiet(300)
    assert (faults(items), readings(items)) == (["silent"], {})
