"""An independent peer: libmodbus as the master of our player, and as the slave of our meter, over a real pty."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pty
import threading
import tty
from collections.abc import Iterator
from ctypes.util import find_library
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.effects import Switch
from agent.model.events import Fault, Item
from drivers.eastron_sdm import DRIVER as SDM
from drivers.wire.meter import Meter
from drivers.wire.outputs import Output
from drivers.wire.register_table import Table
from drivers.wire.registers import Row
from tests.drivers.modbus_kit import SETUP, TABLE, faults, filled, readings
from tests.servers import REQUIRE

pytestmark = pytest.mark.server
ENOBASE = 112_345_678
Words = ctypes.POINTER(ctypes.c_uint16)
BOARD = Table(
    rows=(
        Row(0, "flag", "relay_1", function=1),
        Row(1, "flag", "relay_2", function=1),
        Row(1, "flag", "relay_3", function=3),
        Row(2, "flag", "relay_4", function=3, mask=3),
    ),
    outputs=(
        Output("relay_1", 5, 0),
        Output("relay_2", 15, 1, 1),
        Output("relay_3", 6, 1, 0x0100),
        Output("relay_4", 16, 2, 3),
    ),
)


_COUNTS = (
    *("nb_bits", "start_bits", "nb_input_bits", "start_input_bits"),
    *("nb_input_registers", "start_input_registers", "nb_registers", "start_registers"),
)


class Mapping(ctypes.Structure):
    """modbus_mapping_t of libmodbus 3.1: the registers of a slave."""

    _fields_ = [
        *((name, ctypes.c_int) for name in _COUNTS),
        ("tab_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_bits", ctypes.POINTER(ctypes.c_uint8)),
        ("tab_input_registers", Words),
        ("tab_registers", Words),
    ]


@pytest.fixture(scope="module")
def library() -> Any:
    """Give libmodbus, or skip (fail in CI)."""
    path = find_library("modbus")
    if path is None:
        (pytest.fail if os.environ.get(REQUIRE) == "1" else pytest.skip)("libmodbus is not installed")
    found = ctypes.CDLL(path, use_errno=True)
    found.modbus_new_rtu.restype = ctypes.c_void_p
    found.modbus_new_rtu.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_char, ctypes.c_int, ctypes.c_int]
    found.modbus_mapping_new.restype = ctypes.POINTER(Mapping)
    found.modbus_reply.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(Mapping)]
    return found


@pytest.fixture
def wire(library: Any) -> Iterator[tuple[ctypes.c_void_p, int]]:
    """Give libmodbus connected to one end of a pty as slave 9 or its master, and our end of it."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    context = ctypes.c_void_p(library.modbus_new_rtu(os.ttyname(theirs).encode(), 9600, b"N", 8, 1))
    library.modbus_set_slave(context, 9)
    library.modbus_set_response_timeout(context, 30, 0)
    assert library.modbus_connect(context) == 0
    os.close(theirs)
    yield context, ours
    library.modbus_close(context)
    library.modbus_free(context)
    os.close(ours)


def _answering(player: Any, ours: int) -> None:
    with contextlib.suppress(OSError):  # the far end of the pty was closed: the test is over
        while data := os.read(ours, 4096):
            os.write(ours, player.receive(data, 0))


def test_libmodbus_reads_and_writes_our_player(library: Any, wire: tuple[ctypes.c_void_p, int]) -> None:
    context, ours = wire
    player = threading.Thread(target=_answering, args=(filled(), ours), daemon=True)
    player.start()
    words, bits = (ctypes.c_uint16 * 8)(), (ctypes.c_uint8 * 8)()
    assert library.modbus_read_input_registers(context, 0, 4, words) == 4
    assert words[0] == 2302
    assert ctypes.c_int16(words[3]).value == -205
    assert library.modbus_read_registers(context, 20, 2, words) == 2
    assert (words[0], words[1]) == (123_456 & 0xFFFF, 123_456 >> 16)
    assert library.modbus_read_input_bits(context, 5, 1, bits) == 1
    assert bits[0] == 1
    assert library.modbus_write_register(context, 0x101, 12) == 1
    assert library.modbus_read_registers(context, 0x101, 1, words) == 1
    assert words[0] == 12
    assert library.modbus_write_registers(context, 20, 2, (ctypes.c_uint16 * 2)(7, 0)) == 2
    assert library.modbus_read_input_registers(context, 700, 1, words) == -1
    assert ctypes.get_errno() == ENOBASE + 2  # illegal data address
    library.modbus_close(context)
    player.join()


def _polled(meter: Meter, ours: int, polls: int) -> list[Item]:
    items: list[Item] = []
    for poll in range(polls):
        now = max(meter.due() or 0, poll)
        os.write(ours, meter.ask(now))
        items += _answers(meter, ours, now)
    return items


def _answers(meter: Meter, ours: int, now: int) -> list[Item]:
    items: list[Item] = []
    while meter.waiting:
        items += meter.receive(os.read(ours, 4096), now)
    return items


def _serving(library: Any, context: ctypes.c_void_p, mapping: Any, requests: int) -> None:
    query = ctypes.create_string_buffer(260)
    for _ in range(requests):
        size = library.modbus_receive(context, query)
        library.modbus_reply(context, query, size, mapping)


def test_our_meter_polls_libmodbus(library: Any, wire: tuple[ctypes.c_void_p, int]) -> None:
    context, ours = wire
    mapping = library.modbus_mapping_new(0, 8, 22, 4)
    mapping.contents.tab_input_bits[5] = 1
    for address, word in enumerate((2302, 0x449A, 0x5000, 0xFF33)):
        mapping.contents.tab_input_registers[address] = word
    mapping.contents.tab_registers[20], mapping.contents.tab_registers[21] = 123_456 & 0xFFFF, 123_456 >> 16
    slave = threading.Thread(target=_serving, args=(library, context, mapping, 3), daemon=True)
    slave.start()
    items = _polled(Meter(SETUP, TABLE), ours, 3)
    slave.join()
    assert readings(items) == {
        ("voltage", ""): 230.2,
        ("power", "phase=1"): 1234.5,
        ("temperature", ""): -20.5,
        ("energy_total", ""): 123_456.0,
        ("water_leak", ""): True,
    }
    assert len(items) == 5


def test_our_meter_switches_the_outputs_of_libmodbus(library: Any, wire: tuple[ctypes.c_void_p, int]) -> None:
    context, ours = wire
    mapping = library.modbus_mapping_new(4, 0, 4, 0)
    slave = threading.Thread(target=_serving, args=(library, context, mapping, 17), daemon=True)
    slave.start()
    meter = Meter(SETUP, BOARD)
    for on in (True, False):
        for output in BOARD.outputs:
            os.write(ours, meter.command(Switch("m1", 0, output.name, on), 0))
            assert _answers(meter, ours, 0) == []
            os.write(ours, meter.ask(20))
            items = _answers(meter, ours, 20)
            assert readings(items)[output.name, ""] is on
            assert faults(items) == []
        words, bits = mapping.contents.tab_registers, mapping.contents.tab_bits
        assert (bits[0], bits[1]) == (on, on)
        assert (words[1], words[2]) == ((0x0100, 3) if on else (0, 0))
    beyond = Table((Row(0, "flag", "relay_1", function=1),), outputs=(Output("relay_1", 5, 40),))
    refused = Meter(SETUP, beyond)
    os.write(ours, refused.command(Switch("m1", 0, "relay_1", True), 0))
    assert faults(_answers(refused, ours, 0)) == ["refused"]
    slave.join()


def test_libmodbus_refuses_what_it_has_not(library: Any, wire: tuple[ctypes.c_void_p, int]) -> None:
    context, ours = wire
    mapping = library.modbus_mapping_new(0, 0, 0, 10)
    slave = threading.Thread(target=_serving, args=(library, context, mapping, 1), daemon=True)
    slave.start()
    options = SDM.options.model_validate({"model": "sdm630"})
    meter = SDM.build(Setup("meter", address=9, options=options))
    assert isinstance(meter, Meter)
    items = _polled(meter, ours, 1)
    slave.join()
    assert faults(items) == ["refused"]
    assert isinstance(items[0], Fault)
    assert "exception 2" in items[0].detail
