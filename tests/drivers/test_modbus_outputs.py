"""Orders to outputs: written, read back, tried again, given up; and the trap of the echo."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from agent.model.effects import Prompt, Switch
from agent.model.events import Fault, Item
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.outputs import Output, WriteFunction
from drivers.wire.register_table import Table
from drivers.wire.registers import Row
from tests.drivers.modbus_kit import faults, readings

SETUP = Setup("board", address=7, interval_ms=10_000)
ROWS = (
    Row(0, "flag", "relay_1", function=1),
    Row(1, "flag", "relay_2", function=1),
    Row(0, "flag", "input_1", function=2),
)
OUTPUTS = (Output("relay_1", 5, 0), Output("relay_2", 5, 1))
BOARD = Table(ROWS, outputs=OUTPUTS)
STUBBORN = Table(ROWS, outputs=OUTPUTS, retries=1)
ON, OFF = Switch("board", 0, "relay_1", True), Switch("board", 0, "relay_1", False)
WRITE = Request(7, 5, 0, values=(0xFF00,))
LOOK = Request(7, 1, 0, 2)


def _polled(meter: Meter, player: MeterPlayer) -> None:
    while (due := meter.due()) is not None and due < 1000:
        meter.receive(player.receive(meter.ask(due), due), due)
    assert meter.due() == 10_000


def _read(meter: Meter, *states: int) -> list[Item]:
    assert meter.ask(0) == LOOK.frame()
    return meter.receive(Reply(7, 1, values=(*states, 0, 0, 0, 0, 0, 0)).frame(), 0)


def test_a_switch_is_written_and_read_back_at_once() -> None:
    meter, player = Meter(SETUP, BOARD), MeterPlayer(SETUP, BOARD)
    _polled(meter, player)
    for order, state in ((ON, True), (ON, True), (OFF, False)):
        request = meter.command(order, 2000)
        assert meter.waiting
        assert meter.due() is None
        assert meter.receive(player.receive(request, 2000), 2005) == []
        assert meter.due() == 2015
        items = meter.receive(player.receive(meter.ask(2015), 2015), 2020)
        assert readings(items) == {("relay_1", ""): state, ("relay_2", ""): False}
        assert faults(items) == []
        assert meter.due() == 10_000


@pytest.mark.parametrize(
    ("function", "on", "off", "frame"),
    [
        (5, 0xFF00, 0, Request(7, 5, 4, values=(0xFF00,))),
        (6, 0x0100, 0x0200, Request(7, 6, 4, values=(0x0100,))),
        (15, 1, 0, Request(7, 15, 4, 1, (1,))),
        (15, 0, 1, Request(7, 15, 4, 1, (0,))),
        (16, 3, 0, Request(7, 16, 4, 1, (3,))),
    ],
)
def test_each_function_writes_its_word_and_the_player_obeys(
    function: WriteFunction, on: int, off: int, frame: Request
) -> None:
    table = Table((Row(9, "flag", "relay_1", function=3),), outputs=(Output("relay_1", function, 4, on, off),))
    meter, player = Meter(SETUP, table), MeterPlayer(SETUP, table)
    assert meter.command(ON, 0) == frame.frame()
    for order, state in ((ON, True), (OFF, False)):
        meter = Meter(SETUP, table)
        assert meter.receive(player.receive(meter.command(order, 0), 0), 0) == []
        assert readings(meter.receive(player.receive(meter.ask(10), 10), 10)) == {("relay_1", ""): state}


def test_only_an_output_can_be_switched_and_nobody_is_told_by_broadcast() -> None:
    meter = Meter(SETUP, BOARD)
    for order in (Prompt("board", 0, "thank-you"), Switch("board", 0, "input_1", True), Switch("board", 0, "x", True)):
        assert meter.command(order, 0) == b""
        assert not meter.waiting
    assert Meter(Setup("all", address=0), BOARD).command(ON, 0) == b""


def test_a_dead_slave_behind_an_echo_does_not_look_obedient() -> None:
    meter = Meter(SETUP, BOARD)
    write = meter.command(ON, 0)
    assert meter.receive(write, 5) == []  # The echo: it cannot be told from the reply.
    look = meter.ask(20)
    assert look == LOOK.frame()
    assert meter.receive(look, 25) == []
    items = meter.quiet(400)
    assert readings(items) == {}
    assert faults(items) == ["silent"]


def test_an_output_that_does_not_obey_is_a_fault() -> None:
    meter = Meter(SETUP, BOARD)
    meter.command(ON, 0)
    meter.receive(WRITE.frame(), 0)
    items = _read(meter, 0, 1)
    assert readings(items) == {("relay_1", ""): False, ("relay_2", ""): True}
    assert items[-1] == Fault("board", "refused", "relay_1 stays off, ordered on", 0, 0)
    assert meter.due() == 0  # The first poll.
    assert _polling(meter)


def _polling(meter: Meter) -> bool:
    request = Request.parse(meter.ask(0))
    return request is not None and request.function <= 4


def test_it_is_tried_again_as_often_as_the_table_says() -> None:
    meter = Meter(SETUP, STUBBORN)
    assert meter.command(ON, 0) == WRITE.frame()
    meter.receive(b"\xff\x05\x00\x00\xff\x80\x0aThank", 0)  # A banner runs into the reply: serial.md §A13.
    assert faults(meter.quiet(300)) == ["junk"]
    assert faults(_read(meter, 0, 0)) == []
    assert meter.ask(0) == WRITE.frame()
    meter.receive(WRITE.frame(), 0)
    assert faults(_read(meter, 0, 0)) == ["refused"]


def test_what_was_refused_for_good_is_not_tried_again_but_read() -> None:
    meter = Meter(SETUP, STUBBORN)
    meter.command(ON, 0)
    items = meter.receive(Reply(7, 5, exception=2).frame(), 0)
    assert faults(items) == ["refused"]
    assert faults(_read(meter, 0, 0)) == ["refused"]
    assert _polling(meter)


def test_a_busy_device_is_told_again() -> None:
    meter = Meter(SETUP, STUBBORN)
    meter.command(ON, 0)
    assert faults(meter.receive(Reply(7, 5, exception=6).frame(), 0)) == ["refused"]
    _read(meter, 0, 0)
    assert meter.ask(0) == WRITE.frame()


def test_an_order_is_not_carried_out_long_after_it_was_given() -> None:
    meter = Meter(SETUP, STUBBORN)
    meter.command(ON, 0)
    assert faults(meter.quiet(300)) == ["silent"]
    for now in (1000, 2000):  # Twice it is read back, in vain; then the order is forgotten.
        assert meter.ask(now) == LOOK.frame()
        assert faults(meter.quiet(now + 300)) == ["silent"]
    assert _polling(meter)


def test_holes_are_learned_from_a_read_back_too() -> None:
    rows = (Row(0, "flag", "relay_1", function=1), Row(5, "flag", "relay_2", function=1))
    meter = Meter(SETUP, Table(rows, gap=8, outputs=OUTPUTS, retries=1))
    meter.receive(meter.command(ON, 0), 0)
    assert meter.ask(0) == Request(7, 1, 0, 6).frame()
    assert faults(meter.receive(Reply(7, 1, exception=2).frame(), 0)) == ["refused"]
    assert meter.ask(0) == Request(7, 1, 0, 1).frame()
    assert readings(meter.receive(Reply(7, 1, values=(1,) + (0,) * 7).frame(), 0)) == {("relay_1", ""): True}
    assert meter.ask(0) == Request(7, 1, 0, 1).frame()  # What is left of the poll that the cut has begun.
    meter.receive(Reply(7, 1, values=(1,) + (0,) * 7).frame(), 0)
    assert meter.ask(0) == Request(7, 1, 5, 1).frame()


def test_the_newest_order_counts_and_one_look_confirms_several() -> None:
    meter, player = Meter(SETUP, BOARD), MeterPlayer(SETUP, BOARD)
    for order in (ON, Switch("board", 0, "relay_2", True), OFF):
        meter.receive(player.receive(meter.command(order, 0), 0), 0)
    items = meter.receive(player.receive(meter.ask(10), 10), 10)
    assert readings(items) == {("relay_1", ""): False, ("relay_2", ""): True}
    assert faults(items) == []
    assert _polling(meter)


def test_an_order_while_an_answer_is_outstanding_waits_for_it() -> None:
    meter = Meter(SETUP, BOARD)
    meter.ask(0)
    assert meter.command(ON, 0) == b""
    meter.receive(Reply(7, 1, values=(0,) * 8).frame(), 0)
    assert meter.due() == 10
    assert meter.ask(10) == WRITE.frame()


def test_an_output_that_nothing_reads_back_is_written_once() -> None:
    meter = Meter(SETUP, Table((), outputs=(Output("buzzer", 5, 3),)))
    assert meter.due() is None
    assert meter.command(Switch("board", 0, "buzzer", True), 0) == Request(7, 5, 3, values=(0xFF00,)).frame()
    assert meter.receive(Request(7, 5, 3, values=(0xFF00,)).frame(), 0) == []
    assert meter.due() is None


def test_the_player_refuses_words_that_its_outputs_do_not_know() -> None:
    player = MeterPlayer(SETUP, BOARD)

    def answer(request: Request) -> Reply | None:
        return Reply.parse(player.receive(request.frame(), 0))

    assert answer(Request(7, 5, 0, values=(0x5500,))) == Reply(7, 5, exception=3)
    assert answer(Request(7, 5, 2, values=(0xFF00,))) == Reply(7, 5, exception=2)
    assert answer(Request(7, 15, 0, 2, (1, 1))) == Reply(7, 15, 0, 2)
    assert answer(LOOK) == Reply(7, 1, values=(1, 1, 0, 0, 0, 0, 0, 0))
    assert answer(Request(7, 15, 1, 2, (0, 0))) == Reply(7, 15, exception=2)
    assert answer(LOOK) == Reply(7, 1, values=(1, 1, 0, 0, 0, 0, 0, 0))
