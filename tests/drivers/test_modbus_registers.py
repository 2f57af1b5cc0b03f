"""Rows, tables and the meter's own side: what stands in which register, and which request reads it."""

from __future__ import annotations

import struct

import pytest

from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Block, Table, request_for
from drivers.wire.registers import InsaneError, Row, RowType, WordOrder
from tests.drivers.modbus_kit import BLOCKS, TABLE, filled


def test_neighbours_are_read_together_within_the_limits() -> None:
    assert TABLE.blocks() == BLOCKS
    rows = tuple(Row(address, "f32", "power") for address in (0, 2, 10, 20))
    assert Table(rows).blocks() == [Block(4, 0, 4), Block(4, 10, 2), Block(4, 20, 2)]
    assert Table(rows, gap=6).blocks() == [Block(4, 0, 12), Block(4, 20, 2)]
    assert Table(rows, gap=8, most=12).blocks() == [Block(4, 0, 12), Block(4, 20, 2)]
    assert Table(rows, gap=8).blocks() == [Block(4, 0, 22)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("u16", 54.6), ("s16", -20.5), ("u32", 99_999.9), ("s32", -28.3), ("f32", 230.2)),
        *(("u64", 9_000_000.1), ("s64", -9_000_000.1), ("f64", -0.123456789012), ("bcd16", 999.9), ("bcd32", 12_345.6)),
    ],
)
@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
def test_a_number_comes_back_from_its_registers(kind: RowType, order: WordOrder, value: float) -> None:
    row = Row(0, kind, "power", 0.1, order=order)
    assert row.value(row.words(value)) == value


@pytest.mark.parametrize(
    ("order", "wire"),
    [
        ("ABCD", "0123456789ABCDEF"),
        ("CDAB", "CDEF89AB45670123"),
        ("BADC", "23016745AB89EFCD"),
        ("DCBA", "EFCDAB8967452301"),
    ],
)
def test_sixty_four_bits_go_on_in_the_same_way(order: WordOrder, wire: str) -> None:
    words = struct.unpack(">4H", bytes.fromhex(wire))
    number = 0x0123_4567_89AB_CDEF
    row = Row(0, "u64", "energy_total", 1e-6, order=order)
    assert row.value(words) == float(f"{number * 1e-6:.15g}")
    mask = Row(0, "u64", "energy_total", order=order, mask=0xFF, shift=0)
    assert mask.value(words) == 0xEF
    assert mask.words(0x12, words) == struct.unpack(">4H", bytes.fromhex(wire.replace("EF", "12")))


def test_large_counters_keep_their_digits() -> None:
    assert Row(0, "u64", "energy_total").value((0, 0x0002, 0xDFDC, 0x1C35)) == 12_345_678_901.0
    assert (
        Row(0, "f64", "energy_total").value(struct.unpack(">4H", struct.pack(">d", 123_456_789_012.5)))
        == 123_456_789_012.5
    )
    assert Row(0, "u64", "power").words(1e30) == (0xFFFF,) * 4


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"SDM630\0\0", "SDM630"),
        (b"  A B \0x", "A B"),
        (b"\x1b[31mX\x07Y", "[31mXY"),
        ("表一号".encode().ljust(10, b"\0"), "表一号"),
        (b"\xff\xfeA\0", "\ufffd\ufffdA"),
    ],
)
def test_text_is_cleaned_and_bounded(data: bytes, text: str) -> None:
    data = data.ljust(10, b"\0")
    row = Row(0, "text", "text", length=5)
    assert row.value(struct.unpack(">5H", data[:10])) == text
    assert row.value(row.words(text)) == text


@pytest.mark.parametrize("data", [b"\0" * 10, b" " * 10, b"\xff" * 10])
def test_registers_without_text_are_no_value(data: bytes) -> None:
    with pytest.raises(InsaneError, match="hold no text"):
        Row(0, "text", "text", length=5).value(struct.unpack(">5H", data))


def test_digits_that_are_none_are_no_value() -> None:
    with pytest.raises(InsaneError, match="12A4 is no decimal number"):
        Row(0, "bcd16", "voltage").value((0x12A4,))


def test_a_single_keeps_its_whole_numbers_and_loses_its_dust() -> None:
    row = Row(0, "f32", "energy_total")
    assert row.value((0x4366, 0x3334)) == 230.2  # 230.20001220703125
    assert row.value(row.words(16_777_213)) == 16_777_213


def test_a_register_stops_at_its_end() -> None:
    assert Row(0, "u16", "humidity", 0.1).words(-5) == (0,)
    assert Row(0, "s16", "temperature", 0.1).words(5000) == (0x7FFF,)


@pytest.mark.parametrize("block", BLOCKS)
def test_an_answer_is_matched_to_the_meters_own_request_of_that_length(block: Block) -> None:
    request = block.request(9)
    reply = filled().receive(request.frame(), 0)
    assert request_for(TABLE, reply=reply) == request.frame()


def test_the_player_refuses_what_it_has_not_and_keeps_what_is_written() -> None:
    player = filled()

    def answer(request: Request) -> Reply | None:
        return Reply.parse(player.receive(request.frame(), 0))

    assert answer(Request(9, 4, 0, 5)) == Reply(9, 4, exception=2)
    assert answer(Request(9, 5, 0, values=(0xFF00,))) == Reply(9, 5, exception=1)
    assert answer(Request(9, 3, 20, 0)) == Reply(9, 3, exception=3)
    assert answer(Request(9, 6, 0x101, values=(12,))) == Reply(9, 6, 0x101, values=(12,))
    assert answer(Request(9, 3, 0x101, 1)) == Reply(9, 3, values=(12,))
    assert answer(Request(9, 16, 20, 2, (1, 2))) == Reply(9, 16, 20, 2)
    assert answer(Request(9, 16, 20, 3, (1, 2, 3))) == Reply(9, 16, exception=2)
    assert answer(Request(8, 4, 0, 1)) is None


def test_the_player_takes_requests_cut_anywhere() -> None:
    player, request = filled(), Request(9, 4, 0, 4).frame()
    answers = [player.receive(request[at : at + 1], 0) for at in range(len(request))]
    assert answers[:-1] == [b""] * 7
    assert answers[-1] == filled().receive(request, 0)
    assert player.due() is None
    assert player.talk(0) == b""


def test_the_player_survives_noise_and_keeps_no_more_than_a_frame_of_it() -> None:
    player = filled()
    for _ in range(100):
        assert player.receive(bytes(range(256)), 0) == b""
    assert len(player._buffer) == 256
    assert player.receive(Request(9, 4, 0, 4).frame(), 0) == filled().receive(Request(9, 4, 0, 4).frame(), 0)
