"""pymodbus' server in a thread of its own, on a pty or a free port of loopback: an independent peer for tests."""

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

from agent.driver import SerialSettings
from agent.io.modbus_tcp import ModbusTcp
from agent.io.serial_port import SerialPort

server = pytest.importorskip("pymodbus.server")
simulator = pytest.importorskip("pymodbus.simulator")
framer = pytest.importorskip("pymodbus").FramerType


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


def slave() -> Any:
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
def running(end: Pty | None, kind: str, port: int = 0) -> Iterator[int]:
    """Run pymodbus on the far end of a pty, or on a port (0: a free one); give its port."""
    started, box = threading.Event(), {}

    async def serve() -> None:
        if end is not None:
            far = server.ModbusSerialServer(slave(), framer=framer.RTU, port=os.ttyname(end.theirs), baudrate=9600)
        else:
            words = framer.SOCKET if kind == "modbus-tcp" else framer.RTU
            far = server.ModbusTcpServer(slave(), framer=words, address=("127.0.0.1", port))
        await far.serve_forever(background=True)
        box.update(stop=far.serving, loop=asyncio.get_running_loop())
        box["port"] = far.transport.sockets[0].getsockname()[1] if end is None else 0
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
    try:
        yield box["port"]
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set_result, True)
        thread.join()


@contextmanager
def serving(kind: str) -> Iterator[Wire]:
    """Run pymodbus on a pty, as `socket` (RTU over TCP) or as `modbus-tcp`; give our end, open."""
    if kind == "pty":
        end = Pty()
        with running(end, kind):
            yield end
        os.close(end.fd)
        os.close(end.theirs)
        return
    with running(None, kind) as port:
        url = f"{kind}://127.0.0.1:{port}"
        door = ModbusTcp(url) if kind == "modbus-tcp" else SerialPort(url, SerialSettings())
        door.open()
        yield door
        door.close()
