"""Eastron SDM120/230/630: vectors, both tables, any cut, hostile bytes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from drivers.eastron_sdm import DRIVER, ONE_PHASE, THREE_PHASES
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import check_meter, decode, faults, readings, vector

UNKNOWN = Setup("meter")
ONE = Setup("meter", options=DRIVER.options.model_validate({"model": "sdm120"}))
THREE = Setup("meter", options=DRIVER.options.model_validate({"model": "sdm630"}))
PHASES = {("voltage", "phase=1"): 229.5, ("voltage", "phase=2"): 231.0, ("voltage", "phase=3"): 0.0}


@pytest.mark.parametrize(
    ("setup", "number", "request_", "meant"),
    [
        (UNKNOWN, "02", None, {("voltage", ""): 230.2}),
        (ONE, "02", "01", {("voltage", ""): 230.2}),
        (THREE, "02", "01", {("voltage", "phase=1"): 230.2}),
        (UNKNOWN, "04", Request(1, 4, 0x0C, 2), {("power", ""): 1234.5}),
        (UNKNOWN, "07", None, PHASES),
        (THREE, "07", None, PHASES),
        (UNKNOWN, "07", "06", PHASES),
    ],
)
def test_a_vector_is_decoded(setup: Setup, number: str, request_: Any, meant: dict[tuple[str, str], float]) -> None:
    request = request_.frame() if isinstance(request_, Request) else request_ and vector("eastron-sdm", request_)
    items = decode(DRIVER, setup, vector("eastron-sdm", number), request)
    assert readings(items) == meant
    assert len(items) == len(meant)


def test_one_phase_is_read_by_one_request_of_eighty_registers() -> None:
    world = {
        ("voltage", ""): 230.2,
        ("current", ""): 5.368,
        ("power", ""): 1234.5,
        ("apparent_power", ""): 1240.25,
        ("reactive_power", ""): -118.9,
        ("power_factor", ""): -0.995,
        ("frequency", ""): 49.98,
        ("energy_total", ""): 1_234_567.0,
        ("energy_export_total", ""): 12.0,
        ("reactive_energy_total", ""): 4_500.0,
        ("reactive_energy_export_total", ""): 0.0,
    }
    check_meter(DRIVER, ONE, world, Request(1, 4, 0, 80), ONE_PHASE)


def test_three_phases_are_read_by_one_request_of_eighty_registers() -> None:
    world = {(row.quantity, row.part): 0.5 + place / 4 for place, row in enumerate(THREE_PHASES.rows)}
    world |= {("power_factor", f"phase={phase}"): 0.9 for phase in (1, 2, 3)}
    assert len(world) == 24
    check_meter(DRIVER, THREE, world, Request(1, 4, 0, 80), THREE_PHASES)


def test_the_meter_has_time_to_think() -> None:
    assert DRIVER.build(ONE).timeout_ms == 500
    assert ONE_PHASE.turnaround_ms == 200


def test_a_phase_that_reads_no_number_does_not_hide_the_others() -> None:
    words = (0x4365, 0x8000, 0x7FC0, 0x0000, 0x4367, 0x0000)
    items = decode(DRIVER, THREE, Reply(1, 4, values=words).frame())
    assert readings(items) == {("voltage", "phase=1"): 229.5, ("voltage", "phase=3"): 231.0}
    assert faults(items) == ["insane"]


def test_the_settings_must_say_which_meter_it_is() -> None:
    for options in ({}, {"model": "sdm72"}):
        with pytest.raises(ValidationError):
            DRIVER.options.model_validate(options)
