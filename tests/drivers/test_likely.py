"""Which request an answer belongs to; rows with a meaning of their own; tables that say what is read together."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from agent.registry import serial_driver
from drivers.wire.likely import GroupedTable, LikelyMeter, likely_request
from drivers.wire.meant_row import ANY, MeantRow, among, coded
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import InsaneError, Row
from tests.drivers.modbus_kit import decode, readings

TABLE = Table((Row(0, "u16", "humidity", 0.1, function=3), Row(1, "u16", "co2", function=3)), most=1)
GUESSES = (Table((Row(1, "u16", "co2", low=400, high=5000, function=3),)),)
ASKED = Request(1, 3, 0, 1).frame()


def reply(*values: int) -> bytes:
    return Reply(1, 3, values=values).frame()


@pytest.mark.parametrize(("raw", "address"), [(700, 1), (5001, 0), (100, 0)])
def test_a_guess_is_taken_when_its_value_looks_like_one(raw: int, address: int) -> None:
    assert likely_request(reply(raw), (TABLE,), GUESSES) == Request(1, 3, address, 1).frame()


def test_a_guess_of_another_length_is_none() -> None:
    assert likely_request(reply(700, 700, 700), (TABLE,), GUESSES) not in {Request(1, 3, 1, 1).frame(), None}


@pytest.mark.parametrize("data", [ASKED, ASKED + reply(700), ASKED + b"\x00\xff"])
def test_a_request_in_front_is_the_request(data: bytes) -> None:
    assert likely_request(data, (TABLE,), GUESSES) == ASKED


def test_eight_bytes_of_bits_are_an_answer_and_no_echo() -> None:
    bits = Reply(1, 1, values=(1, 0) * 12).frame()
    assert len(bits) == 8
    assert likely_request(bits, (Table((Row(0, "flag", "relay_1", function=1),), most=24),)) != bits


@pytest.mark.parametrize("data", [b"", b"\x01", reply(700)[:-1] + b"\x00", Reply(1, 3, exception=2).frame()])
def test_what_is_no_answer_is_left_to_the_table(data: bytes) -> None:
    meter = LikelyMeter(Setup("m"), TABLE)
    request = likely_request(data, (TABLE,), GUESSES)
    if request is not None:
        meter.expect(request, 0)
    assert readings(meter.receive(data, 0) + meter.quiet(1000)) == {}


def test_the_table_that_would_have_asked_this_explains_it() -> None:
    lone = GroupedTable((Row(1, "u16", "pm10", function=3),), groups=(Block(3, 0, 2),))
    meter = LikelyMeter(Setup("m"), Table(TABLE.rows), lone, TABLE)
    meter.expect(Request(1, 3, 0, 2).frame(), 0)
    assert readings(meter.receive(reply(500, 800), 0)) == {("humidity", ""): 50.0, ("co2", ""): 800.0}
    other = LikelyMeter(Setup("m"), TABLE, lone)
    other.expect(Request(1, 3, 0, 2).frame(), 0)
    assert readings(other.receive(reply(500, 800), 0)) == {("pm10", ""): 800.0}


STATE = coded(7, "run_state", {1: "forward", 3: "stopped"}, mask=0x00F0, shift=4)
RUNNING = among(7, "running", (1, 2), off=3)


@pytest.mark.parametrize(
    ("row", "word", "value"),
    [
        (STATE, 0xFF1F, "forward"),
        (STATE, 0x0030, "stopped"),
        (STATE, 0x0070, "code 7"),
        (RUNNING, 2, True),
        (RUNNING, 3, False),
        (among(7, "device_fault", ANY), 9, True),
    ],
)
def test_a_number_stands_for_something(row: MeantRow, word: int, value: bool | str) -> None:
    assert row.value((word,)) == value
    assert row.size == 1


def test_what_is_written_leaves_the_other_bits() -> None:
    assert STATE.words("stopped", (0xFF1F,)) == (0xFF3F,)
    assert RUNNING.words(True, (3,)) == (1,)
    assert RUNNING.words(True, (2,)) == (2,)  # reverse runs too
    assert RUNNING.words(False) == (0,)  # 0 is on the right side already
    assert among(7, "running", (3,), mask=3).words(True, (0x0500,)) == (0x0503,)
    with pytest.raises(ValueError, match="no code stands for flying"):
        STATE.words("flying")


def test_an_impossible_value_is_insane() -> None:
    row = MeantRow(0, "u16", "humidity", read=lambda words: float(words[0]), write=lambda _v, before: before)
    assert row.value((100,)) == 100
    with pytest.raises(InsaneError, match=r"humidity: 101\.0 %RH is impossible"):
        row.value((101,))


def test_a_request_for_bits_alone_is_a_request_and_three_bytes_of_bits_are_an_answer() -> None:
    asked = Request(10, 2, 0, 8).frame()
    assert likely_request(asked, (TABLE,)) == asked
    bits = Reply(10, 2, values=(1,) * 24).frame()
    assert len(bits) == len(asked)
    assert likely_request(bits, (TABLE,)) != bits


@pytest.mark.parametrize(
    ("driver", "hex_", "wanted"),
    [
        ("chint-ddsu666", "01 04 04 43 64 66 66 04 55", {("voltage", ""): 228.4}),  # asked by function 04
        ("dyp-ultrasonic-485", "01 03 02 00 00 B8 44", {}),  # 0 mm is no echo, and not 0 degC
        ("invt-gd", "01 03 04 11 94 11 94 B3 1C", {("output_frequency", ""): 45.0, ("set_frequency", ""): 45.0}),
    ],
)
def test_what_a_lone_answer_most_likely_means(driver: str, hex_: str, wanted: dict[tuple[str, str], float]) -> None:
    found = serial_driver(driver)
    assert readings(decode(found, Setup("it"), bytes.fromhex(hex_))) == wanted
