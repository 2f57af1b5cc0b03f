"""WTVB01-485: vectors, one request for what counts, the configuration that is never written, noise."""

from __future__ import annotations

import pytest

from drivers.wire.modbus_rtu import Reply, Request
from drivers.wtvb01_485 import DRIVER
from tests.drivers.modbus_kit import World, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_vector, given

VELOCITY, ACCELERATION, FREQUENCY = "vibration_velocity", "acceleration", "vibration_frequency"


def axes(quantity: str, x: float, y: float, z: float) -> dict[tuple[str, str], float]:
    return {(quantity, "axis=x"): x, (quantity, "axis=y"): y, (quantity, "axis=z"): z}


MAIN = {
    **axes(VELOCITY, 5, 12, 33),
    ("device_temperature", ""): -3.25,
    **axes("vibration_displacement", 120, 0, -15),
    **axes(FREQUENCY, 50, 0, 49.6),
}
ALL = MAIN | axes(ACCELERATION, 1, 0.03125, -1)


@pytest.mark.parametrize(
    ("number", "request_", "meant"),
    [
        ("11", "02", axes(VELOCITY, 5, 12, 33)),
        ("12", "01", axes(ACCELERATION, 1, 0.03125, -1)),
        ("13", "03", {("device_temperature", ""): 37.0}),
        ("14", "05", axes(FREQUENCY, 50, 0, 49.6)),
    ],
)
def test_a_vector_is_decoded_also_when_nobody_says_what_was_asked(number: str, request_: str, meant: World) -> None:
    check_vector(DRIVER, number, meant, request_)
    check_vector(DRIVER, number, meant)
    player = DRIVER.player(given(DRIVER, 0x50))
    for (quantity, part), value in meant.items():
        player.set(quantity, value, part)
    assert player.receive(vector("wtvb01-485", request_), 0) == vector("wtvb01-485", number)


def test_thirteen_registers_are_read_at_once_cut_anywhere_and_through_noise() -> None:
    check_polled(DRIVER, given(DRIVER, 0x50, acceleration=False), MAIN, Request(0x50, 3, 0x3A, 13))


def test_the_acceleration_is_one_more_request() -> None:
    first = Request.parse(vector("wtvb01-485", "01"))
    assert first is not None
    check_polled(DRIVER, given(DRIVER, 0x50), ALL, first, Request(0x50, 3, 0x3A, 13))


def test_a_displacement_is_known_when_it_is_known_what_was_asked() -> None:
    reply = Reply(0x50, 3, values=(300, 0xFFF1, 7)).frame()
    meant = axes("vibration_displacement", 300, -15, 7)
    assert readings(alone(DRIVER, reply, Request(0x50, 3, 0x41, 3).frame())) == meant
    assert readings(alone(DRIVER, reply)) == meant  # too much for mm/s, negative for Hz, too little for 1 g


@pytest.mark.parametrize("number", ["06", "07", "09", "10"])
def test_the_reply_to_a_write_is_no_measurement(number: str) -> None:
    assert readings(alone(DRIVER, vector("wtvb01-485", number))) == {}


def test_nothing_is_ever_written() -> None:
    poll = Poll(DRIVER, given(DRIVER, 0x50), ALL)
    for _ in range(3):
        poll.run()
        assert {request.function for request in poll.asked} == {3}
