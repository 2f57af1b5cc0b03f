"""Wires: real ptys, opened with pyserial by the drivers' own host sides, with every fault a wire can have."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import serial

from agent.driver import SerialDevice, Setup
from agent.model.events import Fault, Item, Reading
from agent.registry import serial_driver
from simulator.wires import Wire, Wires

XY = serial_driver("xy-md02")
BIN = serial_driver("a02yyuw")


class Bench:
    """Two XY-MD02 on one wire, an A02YYUW on another, and a host that asks."""

    def __init__(self, folder: Path) -> None:
        self.players = {f"th-{address}": XY.player(Setup(f"th-{address}", address)) for address in (1, 2)}
        self.hosts = {f"th-{address}": XY.build(Setup(f"th-{address}", address)) for address in (1, 2)}
        self.bin = BIN.player(Setup("bin"))
        self.bus = Wire("bus", folder / "bus", self.players, random.Random(1))
        self.uart = Wire("uart", folder / "uart", {"bin": self.bin}, random.Random(1))
        self.wires = Wires({"bus": self.bus, "uart": self.uart})
        self.wires.plug()
        self.now = 0

    def ask(self, port: serial.Serial, device: str) -> list[Item]:
        """Ask a slave once, give all that comes of it."""
        host: SerialDevice = self.hosts[device]
        self.now += 20_000
        port.write(host.ask(self.now))
        items: list[Item] = []
        for _ in range(4):
            self.wires.turn(self.now, patience_ms=50)
            items += host.receive(port.read(port.in_waiting), self.now)
        return items + (host.quiet(self.now + 1000) if host.waiting else [])

    def temperature(self, port: serial.Serial, device: str) -> float:
        """Ask a slave until it gives its temperature."""
        for _ in range(20):
            for item in self.ask(port, device):
                if isinstance(item, Reading) and item.quantity == "temperature":
                    return float(item.value)
        raise AssertionError("no temperature in 20 questions")


@pytest.fixture
def bench(tmp_path: Path):
    """Give a bench, pull everything out afterwards."""
    bench = Bench(tmp_path)
    yield bench
    bench.wires.unplug()


def opened(wire: Wire) -> serial.Serial:
    return serial.Serial(str(wire.link), 9600, timeout=0.2, exclusive=True)


def test_two_slaves_share_a_bus(bench: Bench) -> None:
    bench.players["th-1"].set("temperature", 21.5)
    bench.players["th-2"].set("temperature", -3.0)
    with opened(bench.bus) as port:
        assert bench.temperature(port, "th-1") == 21.5
        assert bench.temperature(port, "th-2") == -3.0


def test_a_silent_slave_is_silent_alone(bench: Bench) -> None:
    bench.players["th-2"].set("temperature", 19.0)
    bench.bus.silent.add("th-1")
    with opened(bench.bus) as port:
        assert [item.fault for item in bench.ask(port, "th-1") if isinstance(item, Fault)] == ["silent"]
        assert bench.temperature(port, "th-2") == 19.0
        bench.bus.silent.discard("th-1")
        bench.players["th-1"].set("temperature", 20.0)
        assert bench.temperature(port, "th-1") == 20.0


def test_cut_frames_give_no_reading_and_the_next_one_is_whole(bench: Bench) -> None:
    bench.players["th-1"].set("temperature", 20.0)
    with opened(bench.bus) as port:
        bench.bus.cuts = 2
        for _ in range(2):
            items = bench.ask(port, "th-1")
            assert items
            assert all(isinstance(item, Fault) for item in items)
        assert bench.bus.cuts == 0
        assert bench.temperature(port, "th-1") == 20.0


def test_noise_is_never_a_reading(bench: Bench) -> None:
    bench.players["th-1"].set("temperature", 20.0)
    with opened(bench.bus) as port:
        for _ in range(20):
            bench.bus.noise(30)
            readings = [item for item in bench.ask(port, "th-1") if isinstance(item, Reading)]
            assert {item.value for item in readings if item.quantity == "temperature"} <= {20.0}
        assert bench.temperature(port, "th-1") == 20.0


def test_a_talker_speaks_when_it_is_due(bench: Bench) -> None:
    host = BIN.build(Setup("bin"))
    bench.bin.set("distance", 640)
    with opened(bench.uart) as port:
        items: list[Item] = []
        for now in range(0, 3000, 50):
            bench.wires.turn(now)
            time.sleep(0.001)
            items += host.receive(port.read(port.in_waiting), now)
        assert {item.value for item in items if isinstance(item, Reading)} == {640.0}


def test_unplugged_the_host_gets_an_error_and_a_pty_comes_back_behind_the_link(bench: Bench) -> None:
    bench.players["th-1"].set("temperature", 20.0)
    with opened(bench.bus) as port:
        bench.bus.unplug()
        assert not bench.bus.link.is_symlink()
        with pytest.raises((OSError, serial.SerialException)):
            port.read(1)
    bench.wires.turn(bench.now)
    bench.bus.plug()
    assert bench.bus.link.resolve().exists()
    with opened(bench.bus) as port:
        assert bench.temperature(port, "th-1") == 20.0


def test_what_nobody_reads_is_lost_and_never_blocks(bench: Bench) -> None:
    for _ in range(100):
        bench.bus.noise(4096)
    assert bench.bus.lost > 0
    bench.bus.unplug()
    lost = bench.bus.lost
    bench.bus.noise(10)
    assert bench.bus.lost == lost + 10
