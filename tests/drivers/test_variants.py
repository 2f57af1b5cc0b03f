"""Devices of a family that go by a name of their own: the same frames under that name."""

from __future__ import annotations

import os

import pytest

from agent.driver import Setup
from agent.model.events import Event, Item
from agent.registry import serial_driver
from tests.kit import hostile, same_however_cut, serial_vectors

NAMES = ["em18", "m5-unit-asr"]
VECTORS = [vector for name in NAMES for vector in serial_vectors(name) if vector["direction"] == "device->host"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_vector_is_heard_under_the_own_name(vector: dict[str, object]) -> None:
    name, raw = str(vector["device"]), vector["raw"]
    assert isinstance(raw, bytes)
    items = same_however_cut(lambda: serial_driver(name).build(Setup(name)), raw)
    (event,) = [item for item in items if isinstance(item, Event)]
    decoded = vector["decoded"]
    assert isinstance(decoded, dict)
    if "tag_dec" in decoded:
        assert event.value == f"{decoded['tag']:010d}"
    elif decoded.get("command") == 255:
        assert (event.quantity, event.value) == ("wake", "entered")
    elif "command" in decoded:
        assert (event.quantity, event.value) == ("voice", str(decoded["command"]))


@pytest.mark.parametrize("name", NAMES)
def test_hostile_bytes(name: str) -> None:
    driver = serial_driver(name)
    numbers = iter(range(1, 10**9))

    def good() -> bytes:
        player = driver.player(Setup(name))
        number = next(numbers)
        player.fact("card" if name == "em18" else "voice", str(number) if name == "em18" else str(number % 200 + 10), 0)
        return player.talk(10_000)

    def heard(items: list[Item]) -> bool:
        return any(isinstance(item, Event) for item in items)

    hostile(driver.build(Setup(name)), good, heard, int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000")))
