"""Rows, tables and the meter's own side: what stands in which register, and which request reads it."""

from __future__ import annotations

import pytest

from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Block, Table, request_for
from drivers.wire.registers import RowType, Row, WordOrder
from tests.drivers.modbus_kit import BLOCKS, TABLE, filled


def test_neighbours_are_read_together_within_the_limits() -> None:
    assert TABLE.blocks() == BLOCKS
    rows = tuple(Row(address, "f32", "power") for address in (0, 2, 10, 20))
    assert Table(rows).blocks() == [Block(4, 0, 4), Block(4, 10, 2), Block(4, 20, 2)]
    assert Table(rows, gap=6).blocks() == [Block(4, 0, 12), Block(4, 20, 2)]
    assert Table(rows, gap=8, most=12).blocks() == [Block(4, 0, 12), Block(4, 20, 2)]
    assert Table(rows, gap=8).blocks() == [Block(4, 0, 22)]


@pytest.mark.parametrize(
    ("kind", "value"), [("u16", 54.6), ("s16", -20.5), ("u32", 99_999.9), ("s32", -28.3), ("f32", 230.2)]
)
@pytest.mark.parametrize("order", ["ABCD", "CDAB", "BADC", "DCBA"])
def test_a_number_comes_back_from_its_registers(kind: RowType, order: WordOrder, value: float) -> None:
    row = Row(0, kind, "power", 0.1, order=order)
    assert row.value(row.words(value)) == value


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
