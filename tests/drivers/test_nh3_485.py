"""Ammonia sensors: the vectors of three maps, all five played, what is no gas, and that the model must be said."""

from __future__ import annotations

import struct

import pytest
from pydantic import ValidationError

from drivers.nh3_485 import DRIVER, MAPS
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, faults, readings, vector
from tests.drivers.poll_kit import alone, check_polled, check_requests, check_vector, given

SENSECAP = {("nh3", ""): 12.5, ("temperature", ""): 26.0, ("humidity", ""): 68.0}
ES = {("nh3", ""): 17.0}
LONE = {("nh3", ""): 18.9}
JXBS = {("humidity", ""): 68.0, ("temperature", ""): 25.1, ("nh3", ""): 3.4}


@pytest.mark.parametrize(
    ("number", "map_", "request_", "meant"),
    [
        ("02", "s-nh3-01", "01", SENSECAP),
        ("04", "es-nh3-01", "03", ES),
        ("06", "jxbs-3001", "", LONE),
        ("08", "jxbs-3001", "07", JXBS),
    ],
)
def test_a_vector_is_decoded_with_and_without_its_model(number: str, map_: str, request_: str, meant: World) -> None:
    check_vector(DRIVER, number, meant, request_, map=map_)
    check_vector(DRIVER, number, meant, map=map_)
    check_vector(DRIVER, number, meant)


@pytest.mark.parametrize(
    ("map_", "address", "number"), [("s-nh3-01", 1, "01"), ("es-nh3-01", 3, "03"), ("jxbs-3001", 1, "07")]
)
def test_the_requests_are_those_of_the_vectors(map_: str, address: int, number: str) -> None:
    check_requests(DRIVER, given(DRIVER, address, map=map_), number)


@pytest.mark.parametrize(
    ("map_", "address", "request_", "number", "shown"),
    [
        ("s-nh3-01", 1, "01", "02", SENSECAP),
        ("es-nh3-01", 3, "03", "04", ES),
        ("jxbs-3001", 1, "07", "08", JXBS),
    ],
)
def test_the_player_gives_the_vectors(map_: str, address: int, request_: str, number: str, shown: World) -> None:
    player = DRIVER.player(given(DRIVER, address, map=map_))
    for (quantity, part), value in shown.items():
        player.set(quantity, value, part)
    assert player.receive(vector("nh3-485", request_), 0) == vector("nh3-485", number)


@pytest.mark.parametrize(
    ("map_", "address", "world", "block"),
    [
        ("s-nh3-01", 1, SENSECAP | {("temperature", ""): -3.25}, (0x2000, 8)),
        ("es-nh3-01", 3, ES, (0, 1)),
        ("jxbs-3001", 1, JXBS | {("temperature", ""): -0.1}, (0, 7)),
        ("jxbs-shield", 0x61, {("co", ""): 125.0, ("o3", ""): 0.1, ("nh3", ""): 4.5}, (6, 3)),
        ("innoflex", 7, {("nh3", ""): 0.83}, (0, 5)),
    ],
)
def test_a_map_is_read_cut_anywhere_and_through_noise(
    map_: str, address: int, world: World, block: tuple[int, int]
) -> None:
    check_polled(DRIVER, given(DRIVER, address, map=map_), world, Request(address, 3, *block))


def test_register_6_is_ammonia_on_one_device_and_carbon_monoxide_on_another() -> None:
    reply, asked = Reply(1, 3, values=(1250,)).frame(), Request(1, 3, 6, 1).frame()
    assert readings(alone(DRIVER, reply, asked, map="jxbs-3001")) == {("nh3", ""): 125.0}
    assert readings(alone(DRIVER, reply, asked, map="jxbs-shield")) == {("co", ""): 125.0}
    for options in ({}, {"map": "nh3"}):
        with pytest.raises(ValidationError):
            DRIVER.options.model_validate(options)


def test_the_word_order_of_the_float_can_be_said() -> None:
    high, low = struct.unpack(">2H", struct.pack(">f", 12.5))
    reply = Reply(1, 3, values=(low, high, 0, 0, 2600, 0, 6800, 0)).frame()
    assert readings(alone(DRIVER, reply, map="s-nh3-01", order="CDAB")) == SENSECAP


@pytest.mark.parametrize("raw", [0xFFFF, 0x7FFF, 0x8000, 501])
def test_a_fault_of_the_sensor_is_no_gas(raw: int) -> None:
    assert set(MAPS) >= {"es-nh3-01"}
    items = alone(DRIVER, Reply(3, 3, values=(raw,)).frame(), map="es-nh3-01")
    assert (faults(items), readings(items)) == (["insane"], {})


def test_a_missing_gas_does_not_hide_the_climate() -> None:
    items = alone(DRIVER, Reply(1, 3, values=(680, 251, 0, 0, 0, 0, 0x7FFF)).frame())
    assert readings(items) == {("humidity", ""): 68.0, ("temperature", ""): 25.1}
    assert faults(items) == ["insane"]
