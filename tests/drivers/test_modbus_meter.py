"""The polled meter: when it asks, what it makes of answers, and what it says when none comes."""

from __future__ import annotations

import math
import struct

import pytest

from agent.model.effects import Prompt
from agent.model.events import Fault, Item, Undecoded
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Table, request_for
from drivers.wire.registers import Row
from tests.drivers.modbus_kit import BLOCKS, HOSTILE_BYTES, SETUP, TABLE, Hungry, faults, filled, readings
from tests.kit import hostile, same_however_cut


def _meter() -> Meter:
    return Meter(SETUP, TABLE)


def test_a_poll_reads_every_row_that_the_player_holds() -> None:
    meter, player = _meter(), filled()
    items: list[Item] = []
    for now in (0, 30, 60):
        assert meter.due() == now
        items += meter.receive(player.receive(meter.ask(now), now), now)
    assert readings(items) == {
        ("voltage", ""): 230.2,
        ("power", "phase=1"): 1234.5,
        ("temperature", ""): -20.5,
        ("energy_total", ""): 123_456.0,
        ("water_leak", ""): True,
    }
    assert meter.due() == 1000


def test_missed_polls_do_not_pile_up_and_small_delays_do_not_add_up() -> None:
    meter = Meter(SETUP, Table((Row(0, "u16", "voltage"),)))
    player = MeterPlayer(SETUP, Table((Row(0, "u16", "voltage"),)))
    dues = []
    for asked in (50_000, 51_040, 52_000, 58_500, 59_510):
        meter.receive(player.receive(meter.ask(asked), asked), asked)
        dues.append(meter.due())
    assert dues == [51_000, 52_000, 53_000, 59_500, 60_500]


def test_nothing_is_due_while_an_answer_is_outstanding() -> None:
    meter = _meter()
    meter.ask(0)
    assert meter.waiting
    assert meter.due() is None


def test_silence_costs_one_time_out_a_poll_and_no_block_hides_the_others() -> None:
    meter = _meter()
    asked = []
    for now in (0, 1000, 2000, 3000):
        assert meter.due() == now
        request = Request.parse(meter.ask(now))
        assert request is not None
        asked.append(request.address)
        items = meter.quiet(now + 300)
        assert faults(items) == ["silent"]
        assert not meter.waiting
    assert asked == [5, 20, 0, 5]
    assert items[0] == Fault("m1", "silent", "no answer to slave 9, function 2, addresses 5 to 5", 0, 3300)


def test_a_refused_block_does_not_stop_the_next_one() -> None:
    meter = _meter()
    meter.ask(0)
    items = meter.receive(Reply(9, 2, exception=2).frame(), 5)
    assert faults(items) == ["refused"]
    assert "illegal data address; the table does not fit this device" in str(items[0])
    assert meter.due() == 35


def test_a_busy_device_is_not_accused_of_a_wrong_table() -> None:
    meter = _meter()
    meter.ask(0)
    items = meter.receive(Reply(9, 2, exception=6).frame(), 5)
    assert faults(items) == ["refused"]
    assert "table" not in str(items[0])


def test_a_late_answer_is_junk() -> None:
    meter, player = _meter(), filled()
    late = player.receive(meter.ask(0), 0)
    assert faults(meter.quiet(300)) == ["silent"]
    items = meter.receive(late, 310)
    assert faults(items) == ["junk"]
    assert readings(items) == {}
    assert meter.quiet(400) == []


def test_a_half_answer_is_junk_and_a_broken_one_is_a_checksum_fault() -> None:
    answer = filled().receive(_meter().ask(0), 0)
    for bytes_, fault in ((answer[:-1], "junk"), (answer[:-1] + bytes((answer[-1] ^ 1,)), "checksum")):
        meter = _meter()
        meter.ask(0)
        assert meter.receive(bytes_, 5) == []
        assert faults(meter.quiet(310)) == [fault]


def test_a_talker_on_the_bus_cannot_hold_it_for_ever() -> None:
    meter = _meter()
    meter.ask(0)
    items: list[Item] = []
    for now in range(100):
        items += meter.receive(b"27.4,67.7%", now)
        if not meter.waiting:
            break
    assert not meter.waiting
    assert faults(items) == ["junk"]


def _answered(words: tuple[int, ...]) -> list[Item]:
    meter = _meter()
    meter.expect(Request(9, 4, 0, 4).frame(), 0)
    return meter.receive(Reply(9, 4, values=words).frame(), 0)


def _single(value: float) -> tuple[int, int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return high, low


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ((0xFFFF, *_single(5.0), 200), "voltage"),  # the device's own word for "no value"
        ((2300, *_single(math.nan), 200), "power"),
        ((2300, *_single(-math.inf), 200), "power"),
        ((2300, *_single(1e20), 200), "power"),  # beyond what the quantity allows
        ((2300, *_single(5.0), 601), "temperature"),  # beyond what this device can measure
    ],
)
def test_an_impossible_row_is_a_fault_and_the_others_are_published(words: tuple[int, ...], wrong: str) -> None:
    items = _answered(words)
    assert faults(items) == ["insane"]
    assert wrong in str(items)
    assert {quantity for quantity, _ in readings(items)} == {"voltage", "power", "temperature"} - {wrong}


def test_the_words_of_a_dead_sensor_are_no_measurement() -> None:
    table = Table((Row(1, "s16", "temperature", 0.1), Row(2, "u16", "humidity", 0.1)), dead=(0, 0))
    for words, said in (((0, 0), ["insane"]), ((0, 1), [])):
        meter = Meter(SETUP, table)
        meter.ask(0)
        assert faults(meter.receive(Reply(9, 4, values=words).frame(), 0)) == said


def test_the_answer_to_somebody_elses_request_is_understood() -> None:
    meter = _meter()
    meter.expect(Request(3, 4, 1, 2).frame(), 0)
    assert readings(meter.receive(Reply(3, 4, values=_single(5.5)).frame(), 0)) == {("power", "phase=1"): 5.5}
    meter.expect(Request(3, 4, 700, 1).frame(), 0)
    assert meter.receive(Reply(3, 4, values=(0xABCD,)).frame(), 7) == [
        Undecoded("m1", "ABCD", detail="slave=3,fc=4,addr=700,count=1", t=7)
    ]
    with pytest.raises(ValueError, match="no whole Modbus RTU request"):
        meter.expect(b"\x01\x04\x00", 0)


def test_the_table_that_explains_most_serves_one_answer_and_the_next_poll_uses_the_first() -> None:
    first, second = Table((Row(0, "u16", "co2"),)), Table((Row(0, "u16", "tvoc"), Row(1, "u16", "voc_index")))
    meter = Meter(SETUP, first, second)
    meter.expect(Request(9, 4, 0, 2).frame(), 0)
    assert readings(meter.receive(Reply(9, 4, values=(7, 8)).frame(), 0)) == {("tvoc", ""): 7.0, ("voc_index", ""): 8.0}
    meter.ask(0)
    assert readings(meter.receive(Reply(9, 4, values=(7,)).frame(), 0)) == {("co2", ""): 7.0}


def test_an_answer_that_fits_no_row_comes_out_undecoded_or_refused_rather_than_as_junk() -> None:
    for reply, kind in ((Reply(9, 3, values=(1,) * 7), Undecoded), (Reply(9, 6, exception=2), Fault)):
        request = request_for(TABLE, reply=reply.frame())
        assert request is not None
        meter = _meter()
        meter.expect(request, 0)
        items = meter.receive(reply.frame(), 0)
        assert [type(item) for item in items] == [kind]
    assert request_for(TABLE, reply=Request(9, 4, 0, 2).frame()) is None
    assert request_for(TABLE, reply=b"\x09") is None


def test_a_meter_neither_speaks_nor_acknowledges() -> None:
    assert _meter().command(Prompt("m1", 0, "thank-you"), 0) == b""


def test_an_answer_is_the_same_however_it_is_cut() -> None:
    request = BLOCKS[2].request(9).frame()

    def waiting() -> Meter:
        meter = _meter()
        meter.expect(request, 0)
        return meter

    assert len(same_however_cut(waiting, filled().receive(request, 0))) == 3


def test_hostile_bytes_while_waiting_and_while_not() -> None:
    good = filled().receive(BLOCKS[2].request(9).frame(), 0)
    for kind in (Meter, Hungry):
        meter = kind(SETUP, Table(TABLE.rows[:3]))
        hostile(meter, lambda: good, lambda items: len(readings(items)) == 3, total=HOSTILE_BYTES)
