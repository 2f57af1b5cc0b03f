"""DYP ultrasonic sensors: vectors, what is no distance and why, one register a request, noise."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.events import Fault
from drivers.dyp_ultrasonic_485 import DRIVER
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, faults, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_requests, check_vector, given

WORLD = {("distance", ""): 754.0, ("temperature", ""): -5.5}


@pytest.mark.parametrize(
    ("number", "request_", "meant"),
    [
        ("02", "", {("distance", ""): 754.0}),
        ("02", "01", {("distance", ""): 754.0}),
        ("04", "03", {("distance", "kind=real_time"): 751.0}),
        ("06", "05", {("temperature", ""): 30.0}),
        ("06", "", {("temperature", ""): 30.0}),
    ],
)
def test_a_vector_is_decoded(number: str, request_: str, meant: World) -> None:
    check_vector(DRIVER, number, meant, request_)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (0xFFFE, "distance: co-channel interference"),
        (0xFFFD, "distance: no object in range"),
        (0, "distance: no echo"),
        (7501, "distance: 7501 mm is out of range"),
    ],
)
def test_what_is_no_distance_is_told_with_its_reason(raw: int, words: str) -> None:
    items = alone(DRIVER, Reply(1, 3, values=(raw,)).frame(), vector("dyp-ultrasonic-485", "01"))
    assert [item.detail for item in items if isinstance(item, Fault)] == [words]
    assert readings(items) == {}


def test_interference_alone_is_no_temperature() -> None:
    items = alone(DRIVER, vector("dyp-ultrasonic-485", "10"))
    assert [item.detail for item in items if isinstance(item, Fault)] == ["distance: co-channel interference"]
    assert readings(items) == {}


@pytest.mark.parametrize(("options", "numbers"), [({}, ("01", "05")), ({"distance": "real_time"}, ("03", "05"))])
def test_one_register_a_request(options: dict[str, Any], numbers: tuple[str, ...]) -> None:
    check_requests(DRIVER, given(DRIVER, **options), *numbers)


@pytest.mark.parametrize("place", [0, 1])
def test_both_are_read_cut_anywhere_and_through_noise(place: int) -> None:
    setup = given(DRIVER, distance=("processed", "real_time")[place])
    check_polled(DRIVER, setup, WORLD, Request(1, 3, 0x100 + place, 1), Request(1, 3, 0x102, 1))


def test_a_sensor_without_thermometer_is_not_asked_for_it() -> None:
    poll = Poll(DRIVER, given(DRIVER, temperature=False), WORLD)
    assert readings(poll.run()) == {("distance", ""): 754.0}


@pytest.mark.parametrize(("request_", "number"), [("01", "02"), ("05", "06")])
def test_the_player_gives_the_vectors(request_: str, number: str) -> None:
    player = DRIVER.player(given(DRIVER))
    player.set("distance", 754.0)
    player.set("temperature", 30.0)
    assert player.receive(vector("dyp-ultrasonic-485", request_), 0) == vector("dyp-ultrasonic-485", number)


def test_its_configuration_is_kept_by_the_player_and_no_measurement() -> None:
    player = DRIVER.player(given(DRIVER))
    assert player.receive(vector("dyp-ultrasonic-485", "07"), 0) == vector("dyp-ultrasonic-485", "07")
    assert readings(alone(DRIVER, vector("dyp-ultrasonic-485", "07"))) == {}


def test_register_0_is_refused() -> None:
    player = DRIVER.player(given(DRIVER))
    refusal = player.receive(Request(1, 3, 0, 1).frame(), 0)
    assert Reply.parse(refusal) == Reply(1, 3, exception=2)
    assert faults(alone(DRIVER, refusal)) == ["refused"]
