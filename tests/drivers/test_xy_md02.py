"""XY-MD02: vectors, misprints, the player, any cut, hostile bytes."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Undecoded
from drivers.wire.modbus_rtu import Reply, Request
from drivers.xy_md02 import DRIVER, TABLE
from tests.drivers.modbus_kit import check_meter, decode, faults, readings, rejected, vector

SETUP = Setup("t1")


@pytest.mark.parametrize(
    ("number", "request_", "meant"),
    [
        ("02", None, {("temperature", ""): 30.5}),
        ("04", "03", {("humidity", ""): 54.6}),
        ("06", None, {("temperature", ""): 30.5, ("humidity", ""): 54.6}),
        ("08", "05", {("temperature", ""): -20.5, ("humidity", ""): 90.0}),
    ],
)
def test_a_vector_is_decoded(number: str, request_: str | None, meant: dict[tuple[str, str], float]) -> None:
    request = vector("xy-md02", request_) if request_ else None
    items = decode(DRIVER, SETUP, vector("xy-md02", number), request)
    assert readings(items) == meant
    assert len(items) == len(meant)


@pytest.mark.parametrize("misprint", rejected("xy-md02"), ids=lambda vector: vector["id"])
def test_a_misprint_of_the_manual_is_refused(misprint: dict[str, Any]) -> None:
    items = decode(DRIVER, SETUP, misprint["raw"])
    assert readings(items) == {}
    assert faults(items) == (["junk"] if misprint["id"] == "xy-md02-11" else ["checksum"])  # 11: shaped like no answer


def test_it_asks_for_both_and_takes_them_cut_anywhere_and_through_noise() -> None:
    world = {("temperature", ""): -20.5, ("humidity", ""): 90.0}
    check_meter(DRIVER, SETUP, world, Request(1, 4, 1, 2), TABLE)


def test_the_request_is_the_one_of_the_manual() -> None:
    assert DRIVER.build(SETUP).ask(0) == vector("xy-md02", "05")


@pytest.mark.parametrize(
    ("words", "good"),
    [
        ((0, 0), set()),  # the sensor chip does not answer the board
        ((0, 540), {"temperature", "humidity"}),  # a freezing day
        ((601, 540), {"humidity"}),  # above 60 degC
        ((305, 1001), {"temperature"}),  # above 100 %RH
    ],
)
def test_impossible_values_are_insane(words: tuple[int, int], good: set[str]) -> None:
    items = decode(DRIVER, SETUP, Reply(1, 4, values=words).frame())
    assert {quantity for quantity, _ in readings(items)} == good
    assert faults(items) == ([] if len(good) == 2 else ["insane"])


def test_its_configuration_is_never_a_measurement() -> None:
    player = DRIVER.player(SETUP)
    reply = player.receive(vector("xy-md02", "09"), 0)
    assert Reply.parse(reply) == Reply(1, 3, values=(1,))
    items = decode(DRIVER, SETUP, reply, vector("xy-md02", "09"))
    assert [type(item) for item in items] == [Undecoded]
    assert player.receive(vector("xy-md02", "10"), 0) == vector("xy-md02", "10")
    assert Reply.parse(player.receive(vector("xy-md02", "09"), 0)) == Reply(1, 3, values=(8,))
