"""INVT Goodrive: status words, faults by their signs, figures and where they may stand, and that it only reads."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.invt_gd import DRIVER, FAULTS
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_requests, check_vector, given

STATUS: dict[tuple[str, str], Any] = {
    ("run_state", ""): "fault",
    ("running", ""): False,
    ("bus_ready", ""): True,
    ("overload", ""): True,
    ("control_source", ""): "keypad",
    ("device_fault", ""): True,
    ("fault_code", ""): 14.0,
    ("fault_text", ""): "SPO output phase loss",
    ("model", ""): "GD200A",
}
FIGURES: dict[tuple[str, str], Any] = {
    ("output_frequency", ""): 45.0,
    ("set_frequency", ""): 45.0,
    ("bus_voltage", ""): 540.0,
    ("output_voltage", ""): 380.0,
    ("current", ""): 5.5,
    ("rotation_speed", ""): 1440.0,
}
RUNS = STATUS | {("run_state", ""): "reverse", ("running", ""): True, ("control_source", ""): "comm"}


@pytest.mark.parametrize(("number", "request_", "meant"), [("02", "01", STATUS), ("04", "03", FIGURES)])
def test_a_vector_is_decoded_and_played(number: str, request_: str, meant: World) -> None:
    check_vector(DRIVER, number, meant, request_)
    check_vector(DRIVER, number, meant)
    player = DRIVER.player(given(DRIVER, 3))
    for (quantity, part), value in meant.items():
        player.set(quantity, value, part)
    assert player.receive(vector("invt-gd", request_), 0) == vector("invt-gd", number)


def test_two_requests_read_all_cut_anywhere_and_through_noise() -> None:
    check_requests(DRIVER, given(DRIVER, 3), "01", "03")
    check_polled(DRIVER, given(DRIVER, 3), RUNS | FIGURES, Request(3, 3, 0x2100, 4), Request(3, 3, 0x3000, 6))


@pytest.mark.parametrize(
    ("options", "requests"),
    [
        ({"shifted": True}, [(0x2100, 4), (0x3001, 6)]),
        ({"fault_register": 0x5000}, [(0x2100, 4), (0x3000, 6), (0x5000, 1)]),
    ],
)
def test_where_registers_stand_elsewhere(options: dict[str, Any], requests: list[tuple[int, int]]) -> None:
    asked = [Request(3, 3, *one) for one in requests]
    check_polled(DRIVER, given(DRIVER, 3, **options), STATUS | FIGURES, *asked)


@pytest.mark.parametrize(
    ("word", "state", "running"),
    [
        (1, "forward", True),
        (2, "reverse", True),
        (3, "stopped", False),
        (4, "fault", False),
        (5, "power_off", False),
        (0, "code 0", False),
    ],
)
def test_what_the_drive_does(word: int, state: str, running: bool) -> None:
    heard = readings(alone(DRIVER, Reply(3, 3, values=(word, 0x41, 0, 0x010D)).frame()))
    assert (heard["run_state", ""], heard["running", ""]) == (state, running)
    assert (heard["control_source", ""], heard["overload", ""], heard["model", ""]) == ("comm", False, "GD10")
    assert (heard["device_fault", ""], heard["fault_text", ""]) == (False, "none")


@pytest.mark.parametrize(
    ("code", "sign"), [(2, "OUt2"), (6, "OC3"), (9, "OV3"), (10, "UV"), (28, "DNE"), (33, "ETH2"), (36, "LL")]
)
def test_a_fault_is_told_by_its_sign(code: int, sign: str) -> None:
    assert FAULTS[code] == sign
    heard = readings(alone(DRIVER, Reply(3, 3, values=(4, 0, code, 0x010B)).frame()))
    assert (heard["device_fault", ""], heard["fault_code", ""], heard["fault_text", ""]) == (True, code, sign)


def test_a_fault_without_a_sign_is_told_by_its_number() -> None:
    heard = readings(alone(DRIVER, Reply(3, 3, values=(4, 0, 77, 0x0999)).frame()))
    assert (heard["device_fault", ""], heard["fault_text", ""], heard["model", ""]) == (True, "code 77", "code 2457")


def test_it_never_writes() -> None:
    assert DRIVER.outputs == ()
    poll = Poll(DRIVER, given(DRIVER, 3), STATUS | FIGURES)
    for _ in range(3):
        poll.run()
        assert {request.function for request in poll.asked} == {3}
