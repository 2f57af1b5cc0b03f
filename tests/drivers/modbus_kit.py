"""What the tests of the polled meters share: decoding a reply as `caretaker decode` does, and what each must pass."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.driver import SerialDriver, Setup
from agent.model.events import Fault, Item, Reading, Value
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Request
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import Row
from tests.kit import hostile, same_however_cut, serial_vectors

HOSTILE_BYTES = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
World = Mapping[tuple[str, str], Value]
TABLE = Table(
    rows=(
        Row(0, "u16", "voltage", 0.1, sentinels=(0xFFFF,)),
        Row(1, "f32", "power", part="phase=1"),
        Row(3, "s16", "temperature", 0.1, low=-40, high=60),
        Row(20, "u32", "energy_total", order="CDAB", function=3),
        Row(5, "flag", "water_leak", function=2),
    ),
    turnaround_ms=30,
    holding=((0x101, 1),),
)
SETUP = Setup("m1", address=9, interval_ms=1000)
BLOCKS = [Block(2, 5, 1), Block(3, 20, 2), Block(4, 0, 4)]


def filled() -> MeterPlayer:
    """Give the player of TABLE, with a value in every row."""
    player = MeterPlayer(SETUP, TABLE)
    player.set("voltage", 230.2)
    player.set("power", 1234.5, "phase=1")
    player.set("temperature", -20.5)
    player.set("energy_total", 123_456)
    player.set("water_leak", True)
    return player


def vector(device: str, number: str) -> bytes:
    """Give the bytes of one vector."""
    found: bytes = next(v["raw"] for v in serial_vectors(device) if v["id"] == f"{device}-{number}")
    return found


def rejected(device: str) -> list[dict[str, Any]]:
    """Give the REJECT vectors of a device."""
    return [v for v in serial_vectors(device) if v.get("expect") == "reject"]


def decode(driver: SerialDriver, setup: Setup, reply: bytes, request: bytes | None = None) -> list[Item]:
    """Decode a reply as the answer to `request`, else to the driver's own request of that length."""
    device = driver.build(setup)
    assert isinstance(device, Meter)
    assert driver.request_for is not None
    request = request or driver.request_for(setup, reply)
    if request is not None:
        device.expect(request, 0)
    return device.receive(reply, 0) + device.quiet(device.timeout_ms)


def readings(items: list[Item]) -> dict[tuple[str, str], Value]:
    """Give the readings by quantity and part."""
    return {(item.quantity, item.part): item.value for item in items if isinstance(item, Reading)}


def faults(items: list[Item]) -> list[str]:
    """Give the kinds of the faults."""
    return [item.fault for item in items if isinstance(item, Fault)]


class Hungry(Meter):
    """A meter that is asked again as soon as it has an answer, so that hostile bytes always find it waiting."""

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Ask if nothing is outstanding, then take the bytes."""
        if not self.waiting:
            self.ask(now)
        return super().receive(data, now)


def check_meter(driver: SerialDriver, setup: Setup, world: World, request: Request, *tables: Table) -> None:
    """Assert that one request reads the whole world in any cut, and that hostile bytes change nothing."""
    player = driver.player(setup)
    for (quantity, part), value in world.items():
        player.set(quantity, value, part)
    fresh = driver.build(setup)
    assert fresh.due() == 0
    assert fresh.ask(0) == request.frame()
    reply = player.receive(request.frame(), 0)

    def waiting() -> Meter:
        device = driver.build(setup)
        assert isinstance(device, Meter)
        device.ask(0)
        return device

    assert readings(same_however_cut(waiting, reply)) == world
    assert {quantity for quantity, _ in world} == set(driver.quantities)
    assert faults(decode(driver, setup, reply[:-1] + b"\x00")) == ["checksum"]
    long_polled = replace(setup, interval_ms=1000)
    for device in (driver.build(long_polled), Hungry(long_polled, *tables)):
        hostile(device, lambda: reply, lambda items: readings(items) == world, total=HOSTILE_BYTES)
