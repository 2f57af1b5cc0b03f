"""An independent peer: pymodbus' server, as an RTU slave on a pty, over RTU over TCP, and over Modbus TCP.

Nothing of ours is on its side. It refuses registers that it has not (exception 2), so holes must be learned.
"""

from __future__ import annotations

import asyncio
import os
import pty
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest

from agent.driver import SerialSettings, Setup
from agent.io.modbus_tcp import ModbusTcp
from agent.io.serial_port import SerialPort
from agent.model.effects import Switch
from agent.model.events import Item
from drivers.modbus_table import DRIVER
from drivers.wire.meter import Meter
from tests.drivers.modbus_kit import faults, readings

server = pytest.importorskip("pymodbus.server")
simulator = pytest.importorskip("pymodbus.simulator")
framer = pytest.importorskip("pymodbus").FramerType

REGISTERS: list[dict[str, Any]] = [
    {"address": 0, "fc": 1, "type": "flag", "quantity": "relay_1", "output": True},
    {"address": 1, "fc": 1, "type": "flag", "quantity": "relay_2", "output": True, "write": 15},
    {"address": 3, "fc": 2, "type": "flag", "quantity": "water_leak"},
    {"address": 0, "fc": 4, "type": "u16", "scale": 0.1, "quantity": "voltage"},
    {"address": 1, "fc": 4, "type": "f32", "quantity": "power"},
    {"address": 6, "fc": 4, "type": "s64", "quantity": "energy_total"},
    {"address": 0, "fc": 3, "type": "text", "length": 4, "quantity": "serial_number"},
    {"address": 4, "fc": 3, "type": "bcd16", "quantity": "co2"},
    {"address": 7, "fc": 3, "type": "flag", "quantity": "valve_open", "output": True, "on": 1, "off": 0},
    {"address": 8, "fc": 3, "type": "flag", "quantity": "buzzer", "output": True, "write": 16, "on": 3},
]
WORLD = {
    ("relay_1", ""): False,
    ("relay_2", ""): True,
    ("water_leak", ""): True,
    ("voltage", ""): 230.2,
    ("power", ""): 1234.5,
    ("energy_total", ""): 9_876_543_210.0,
    ("serial_number", ""): "SN-0042",
    ("co2", ""): 1234.0,
    ("valve_open", ""): False,
    ("buzzer", ""): False,
}


class Wire(Protocol):
    """Our end."""

    def read(self, timeout_ms: int | None) -> bytes: ...

    def write(self, data: bytes) -> None: ...


class Pty:
    """Our end of a pty."""

    def __init__(self) -> None:
        self.fd, self.theirs = pty.openpty()
        tty.setraw(self.theirs)

    def read(self, timeout_ms: int | None) -> bytes:
        return os.read(self.fd, 4096) if select.select([self.fd], [], [], (timeout_ms or 0) / 1000)[0] else b""

    def write(self, data: bytes) -> None:
        os.write(self.fd, data)


def _slave() -> Any:
    """Give slave 9 with coils, discrete inputs, holding and input registers, and holes between them."""
    data, kinds = simulator.SimData, simulator.DataType

    def words(address: int, *values: int) -> Any:
        return data(address, values=list(values), datatype=kinds.REGISTERS)

    def bits(*values: bool) -> Any:
        return data(0, values=list(values), datatype=kinds.BITS)

    return simulator.SimDevice(
        9,
        (
            [bits(False, True, *[False] * 14)],
            [bits(False, False, False, True, *[False] * 12)],
            [words(0, 0x534E, 0x2D30, 0x3034, 0x3200, 0x1234), words(7, 0, 0)],
            [words(0, 2302, 0x449A, 0x5000), words(6, 0, 2, 0x4CB0, 0x16EA)],
        ),
    )


@contextmanager
def _serving(kind: str) -> Iterator[Wire]:
    """Run pymodbus in a thread of its own; give our end."""
    started, box = threading.Event(), {}
    end = Pty() if kind == "pty" else None

    async def serve() -> None:
        if end is not None:
            far = server.ModbusSerialServer(_slave(), framer=framer.RTU, port=os.ttyname(end.theirs), baudrate=9600)
        else:
            words = framer.SOCKET if kind == "modbus-tcp" else framer.RTU
            far = server.ModbusTcpServer(_slave(), framer=words, address=("127.0.0.1", 0))
        await far.serve_forever(background=True)
        box["stop"] = far.serving
        box["loop"] = asyncio.get_running_loop()
        if end is None:
            box["port"] = far.transport.sockets[0].getsockname()[1]
        started.set()
        await far.serving
        await far.shutdown()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            started.set()  # Also when it could not start: the test then fails instead of waiting.

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait()
    wire: Any = end
    if end is None:
        url = f"{kind}://127.0.0.1:{box['port']}"
        wire = ModbusTcp(url) if kind == "modbus-tcp" else SerialPort(url, SerialSettings())
        wire.open()
    yield wire
    if end is None:
        wire.close()
    box["loop"].call_soon_threadsafe(box["stop"].set_result, True)
    thread.join()
    if end is not None:
        os.close(end.fd)
        os.close(end.theirs)


def _exchanged(meter: Meter, wire: Wire, request: bytes, now: int) -> list[Item]:
    wire.write(request)
    items: list[Item] = []
    while meter.waiting:
        items += meter.receive(wire.read(5000), now)
    return items


def _poll(meter: Meter, wire: Wire, n: int) -> tuple[int, list[Item]]:
    """Play the poll at n seconds; give how many requests it took, and what was said."""
    now, asked, items = n * 1000, 0, []
    while (due := meter.due()) is not None and due < (n + 1) * 1000:
        now = max(now, due)
        items += _exchanged(meter, wire, meter.ask(now), now)
        asked += 1
    return asked, items


@pytest.mark.parametrize("kind", ["pty", "socket", "modbus-tcp"])
def test_a_table_is_read_switched_and_learned(kind: str) -> None:
    options = DRIVER.options.model_validate({"registers": REGISTERS})
    meter = DRIVER.build(Setup("m", address=9, interval_ms=1000, options=options))
    assert isinstance(meter, Meter)
    with _serving(kind) as wire:
        _, items = _poll(meter, wire, 0)
        assert readings(items) == WORLD
        assert faults(items) == ["refused", "refused"]  # Two blocks with a hole.
        asked, items = _poll(meter, wire, 1)
        assert (asked, readings(items), faults(items)) == (6, WORLD, [])
        for on in (True, False):
            for output in ("relay_1", "relay_2", "valve_open", "buzzer"):
                assert _exchanged(meter, wire, meter.command(Switch("m", 1500, output, on), 1500), 1500) == []
                items = _exchanged(meter, wire, meter.ask(1510), 1510)
                assert readings(items)[output, ""] is on
                assert faults(items) == []
        _, items = _poll(meter, wire, 2)
        assert readings(items) == WORLD | {("relay_2", ""): False}


def test_pymodbus_refuses_what_it_has_not() -> None:
    rows = [{"address": 700, "quantity": "co2"}]
    meter = DRIVER.build(Setup("m", address=9, options=DRIVER.options.model_validate({"registers": rows})))
    assert isinstance(meter, Meter)
    with _serving("modbus-tcp") as wire:
        asked, items = _poll(meter, wire, 0)
    assert asked == 1
    assert faults(items) == ["refused"]
    assert "exception 2, illegal data address" in str(items[0])
