"""Delta drives: the status word bit by bit, a current whose decimals must be known, models that ask otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.delta_vfd import DRIVER
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_requests, check_vector, given

RAW, DECIMALS = ("raw_value", "of=current"), ("raw_value", "of=decimals")
WORLD: dict[tuple[str, str], Any] = {
    ("device_fault", ""): False,
    ("fault_code", ""): 0.0,
    ("warning_code", ""): 0.0,
    ("run_state", ""): "running",
    ("running", ""): True,
    ("rotation", ""): "forward",
    ("jogging", ""): False,
    ("frequency_source", ""): "comm",
    ("control_source", ""): "comm",
    ("parameters_locked", ""): False,
    ("set_frequency", ""): 50.0,
    ("output_frequency", ""): 50.0,
    RAW: 600.0,
    ("bus_voltage", ""): 540.0,
    ("output_voltage", ""): 400.0,
}


def amperes(current: float) -> World:
    return {key: value for key, value in WORLD.items() if key != RAW} | {("current", ""): current}


def word(status: int, first: int = 0) -> dict[tuple[str, str], Any]:
    """Give what a drive with this status word says."""
    return dict(readings(alone(DRIVER, Reply(1, 3, values=(first, status, 0, 0, 0, 0, 0)).frame())))


def test_the_vector_is_decoded_and_played() -> None:
    check_vector(DRIVER, "02", WORLD)
    check_vector(DRIVER, "02", WORLD, "01")
    check_requests(DRIVER, given(DRIVER), "01")
    player = DRIVER.player(given(DRIVER))
    for (quantity, part), value in WORLD.items():
        player.set(quantity, value, part)
    assert player.receive(vector("delta-vfd", "01"), 0) == vector("delta-vfd", "02")


@pytest.mark.parametrize(("decimals", "current"), [(1, 60.0), (2, 6.0)])
def test_a_current_is_amperes_when_its_decimals_are_said(decimals: int, current: float) -> None:
    check_vector(DRIVER, "02", amperes(current), current_decimals=decimals)
    check_polled(DRIVER, given(DRIVER, current_decimals=decimals), amperes(current), Request(1, 3, 0x2100, 7))


def test_an_ms300_says_its_decimals_itself() -> None:
    poll = Poll(DRIVER, given(DRIVER, model="ms300"), WORLD | {DECIMALS: 2.0})
    first, second = readings(poll.run()), readings(poll.run())
    assert [(request.address, request.count) for request in poll.asked] == [(0x2100, 7), (0x211F, 1)]
    assert first == WORLD | {DECIMALS: 2.0}  # the decimals come behind: amperes from the second poll on
    assert second == {**amperes(6.0), DECIMALS: 2.0}
    poll.player.set("raw_value", 1.0, "of=decimals")
    poll.run()
    assert readings(poll.run())["current", ""] == 60.0


@pytest.mark.parametrize(
    ("options", "world", "requests"),
    [
        ({}, WORLD, [(0x2100, 7)]),
        ({"rpm": True}, WORLD | {("rotation_speed", ""): 1440.0}, [(0x2100, 7), (0x210C, 1)]),
        ({"model": "vfd-e"}, WORLD, [(0x2100 + n, 1) for n in range(7)]),
        ({"model": "gs3"}, WORLD | {("set_frequency", ""): 49.9}, [(0x2100, 7)]),
    ],
)
def test_a_model_is_read_cut_anywhere_and_through_noise(
    options: dict[str, Any], world: World, requests: list[tuple[int, int]]
) -> None:
    check_polled(DRIVER, given(DRIVER, **options), world, *(Request(1, 3, *one) for one in requests))


def test_a_gs3_counts_tenths_of_a_hertz() -> None:
    heard = readings(alone(DRIVER, Reply(1, 3, values=(0, 3, 500, 499, 0, 0, 0)).frame(), model="gs3"))
    assert (heard["set_frequency", ""], heard["output_frequency", ""]) == (50.0, 49.9)


@pytest.mark.parametrize(
    ("bits", "state", "running"),
    [(0, "stopped", False), (1, "stopping", False), (2, "standby", False), (3, "running", True)],
)
def test_what_the_drive_does(bits: int, state: str, running: bool) -> None:
    heard = word(0x0500 | bits)
    assert (heard["run_state", ""], heard["running", ""]) == (state, running)


@pytest.mark.parametrize(
    ("status", "quantity", "value"),
    [
        (0x0004, "jogging", True),
        (0x0008, "rotation", "to_forward"),
        (0x0010, "rotation", "to_reverse"),
        (0x0018, "rotation", "reverse"),
        (0x0000, "frequency_source", "keypad"),
        (0x0200, "frequency_source", "terminal"),
        (0x0000, "control_source", "local"),
        (0x0800, "parameters_locked", True),
    ],
)
def test_the_bits_of_the_status(status: int, quantity: str, value: bool | str) -> None:
    assert word(status)[quantity, ""] == value


def test_a_warning_is_no_fault() -> None:
    heard = word(3, first=0x0500)
    assert (heard["device_fault", ""], heard["fault_code", ""], heard["warning_code", ""]) == (False, 0, 5)
    heard = word(0, first=0x0013)
    assert (heard["device_fault", ""], heard["fault_code", ""], heard["warning_code", ""]) == (True, 19, 0)


def test_it_never_writes() -> None:
    assert DRIVER.outputs == ()
    poll = Poll(DRIVER, given(DRIVER, rpm=True, model="ms300"), WORLD)
    for _ in range(3):
        poll.run()
        assert {request.function for request in poll.asked} == {3}
