"""Dust transmitters: the vectors, every map played, any cut, hostile bytes."""

from __future__ import annotations

import pytest

from drivers.jxbs_pm import DRIVER, MAPS, Map
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, faults, readings, vector
from tests.drivers.poll_kit import alone, check_polled, check_requests, check_vector, given

DUST = {("pm2_5", ""): 75.0, ("pm10", ""): 120.0}
BOX = DUST | {("co2", ""): 800.0, ("humidity", ""): 50.0}
SIEMENS = DUST | {("device_fault", ""): True, ("fault_text", ""): "replace"}


def test_the_vectors() -> None:
    check_vector(DRIVER, "03", {("pm2_5", ""): 75.0})
    check_vector(DRIVER, "03", {("pm2_5", ""): 75.0}, "01")
    check_vector(DRIVER, "03", {("pm10", ""): 75.0}, "02")
    check_requests(DRIVER, given(DRIVER), "01", "02")
    player = DRIVER.player(given(DRIVER))
    player.set("pm2_5", 75.0)
    assert player.receive(vector("jxbs-pm", "01"), 0) == vector("jxbs-pm", "03")


@pytest.mark.parametrize(
    ("map_", "world", "requests"),
    [
        ("jxbs-3001", DUST, [(4, 1), (9, 1)]),
        ("renke", DUST, [(0, 2)]),
        ("renke-swapped", DUST, [(0, 2)]),
        ("qsa2700d", SIEMENS, [(257, 4)]),
    ],
)
def test_a_map_is_read_cut_anywhere_and_through_noise(map_: str, world: World, requests: list[tuple[int, int]]) -> None:
    asked = [Request(1, 3, address, count) for address, count in requests]
    check_polled(DRIVER, given(DRIVER, map=map_), world, *asked)


def test_the_box_of_seven() -> None:
    reply = Reply(1, 3, values=(800, 0, 0, 75, 29_360, 0, 120)).frame()
    heard = readings(alone(DRIVER, reply, map="seven-in-one"))
    assert heard.keys() == BOX.keys()
    assert heard == pytest.approx(BOX, abs=0.01)
    assert readings(alone(DRIVER, reply)) == heard  # seven registers: no other map has so many


def test_swapped_is_swapped() -> None:
    reply = Reply(1, 3, values=(10, 20)).frame()
    assert readings(alone(DRIVER, reply, map="renke")) == {("pm2_5", ""): 10.0, ("pm10", ""): 20.0}
    assert readings(alone(DRIVER, reply, map="renke-swapped")) == {("pm2_5", ""): 20.0, ("pm10", ""): 10.0}


@pytest.mark.parametrize("map_", MAPS)
def test_a_fault_of_the_transmitter_is_no_dust(map_: Map) -> None:
    block = MAPS[map_].blocks()[0]
    reply = Reply(1, 3, values=(0xFFFF,) * block.count).frame()
    items = alone(DRIVER, reply, block.request(1).frame(), map=map_)
    assert "insane" in faults(items)
    assert not {"pm2_5", "pm10"} & {quantity for quantity, _ in readings(items)}
