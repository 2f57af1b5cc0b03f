"""Holes that a device refuses are learned, and no good row is lost: against slaves that lack registers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.driver import Setup
from drivers.wire.meter import Meter
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import Row
from tests.drivers.modbus_kit import faults, readings

SETUP = Setup("m", address=9, interval_ms=1000)
ADDRESSES = (0, 1, 2, 5, 6, 20, 21, 30)
Slave = Callable[[Request], Reply | None]


def _table(*addresses: int, **ways: int) -> Table:
    return Table(tuple(Row(n, "u16", "co2", part=f"line={n}") for n in addresses), gap=20, **ways)


def _slave(*has: int, exception: int = 2, most: int = 125) -> Slave:
    """Give a slave with some registers, which read their own address. Exception 0: it says nothing instead."""

    def answer(request: Request) -> Reply | None:
        span = range(request.address, request.address + request.count)
        if set(span) <= set(has) and request.count <= most:
            return Reply(9, 4, values=tuple(span))
        return Reply(9, 4, exception=exception) if exception else None

    return answer


def _poll(meter: Meter, slave: Slave, n: int) -> tuple[list[Block], set[int], list[str]]:
    """Play the poll at n seconds; give what was asked, which rows were read, which faults were told."""
    now, asked, rows, told = n * 1000, [], set(), []
    while (due := meter.due()) is not None and due < (n + 1) * 1000:
        now = max(now, due)
        request = Request.parse(meter.ask(now))
        assert request is not None
        asked.append(Block(request.function, request.address, request.count))
        reply = slave(request)
        now += 10
        items = meter.receive(reply.frame(), now) if reply else meter.quiet(now)
        rows |= {int(str(value)[:-2]) for value in readings(items).values()}
        told += faults(items)
        assert len(asked) < 50
    return asked, rows, told


@pytest.mark.parametrize("exception", [2, 3])
@pytest.mark.parametrize(
    ("has", "requests"),
    [
        (range(31), 1),  # holes and all
        (ADDRESSES, 4),  # no hole at all
        ((0, 1, 2, 3, 4, 5, 6, 20, 21, 30), 3),  # one hole
    ],
)
def test_refused_holes_are_learned_in_one_poll(has: tuple[int, ...], requests: int, exception: int) -> None:
    meter, slave = Meter(SETUP, _table(*ADDRESSES)), _slave(*has, exception=exception)
    _, rows, told = _poll(meter, slave, 0)
    assert rows == set(ADDRESSES)
    assert set(told) <= {"refused"}
    for n in (1, 2):
        asked, rows, told = _poll(meter, slave, n)
        assert (len(asked), rows, told) == (requests, set(ADDRESSES), [])


def test_a_row_that_the_device_has_not_stands_alone_and_costs_no_other() -> None:
    meter, slave = Meter(SETUP, _table(*range(16))), _slave(*(n for n in range(16) if n != 5))
    _poll(meter, slave, 0)
    asked, rows, told = _poll(meter, slave, 1)
    assert rows == set(range(16)) - {5}
    assert told == ["refused"]
    assert Block(4, 5, 1) in asked
    assert len(asked) == 5


def test_a_device_that_gives_fewer_registers_at_once_is_asked_for_fewer() -> None:
    meter, slave = Meter(SETUP, _table(*range(64))), _slave(*range(64), exception=3, most=16)
    _poll(meter, slave, 0)
    asked, rows, told = _poll(meter, slave, 1)
    assert (len(asked), rows, told) == (4, set(range(64)), [])


def test_holes_that_silence_a_device_are_learned_too() -> None:
    meter, slave = Meter(SETUP, _table(*ADDRESSES)), _slave(*ADDRESSES, exception=0)
    for n in range(10):
        _poll(meter, slave, n)
    asked, rows, told = _poll(meter, slave, 10)
    assert (len(asked), rows, told) == (4, set(ADDRESSES), [])


def test_a_device_that_is_away_teaches_nothing() -> None:
    meter = Meter(SETUP, _table(*ADDRESSES))
    for n in range(5):
        _, _, told = _poll(meter, lambda _: None, n)
        assert told == ["silent"]
    for n in range(5, 8):
        _poll(meter, _slave(*range(31)), n)
    assert len(_poll(meter, _slave(*range(31)), 8)[0]) <= 2  # At most the one probe in which it came back.


def test_a_block_that_answered_once_is_not_doubted() -> None:
    meter = Meter(SETUP, _table(*ADDRESSES))
    _poll(meter, _slave(*range(31)), 0)
    for n in range(1, 5):
        asked, _, told = _poll(meter, lambda _: None, n)
        assert asked == [Block(4, 0, 31)]
        assert told == ["silent"]


def test_a_request_is_repeated_as_often_as_the_table_says_and_the_rest_is_not_lost() -> None:
    lost = iter([True, False, True])
    table = Table(tuple(Row(n, "u16", "co2", part=f"line={n}") for n in (0, 50, 100)), retries=2)

    def slave(request: Request) -> Reply | None:
        return None if next(lost, False) else Reply(9, 4, values=(request.address,))

    asked, rows, told = _poll(Meter(SETUP, table), slave, 0)
    assert [block.address for block in asked] == [0, 0, 50, 50, 100]
    assert rows == {0, 50, 100}
    assert told == ["silent", "silent"]


def test_a_busy_device_is_asked_again_in_the_same_poll() -> None:
    replies = iter([Reply(9, 4, exception=6), Reply(9, 4, exception=5)])
    meter = Meter(SETUP, _table(0, retries=2))
    asked, rows, told = _poll(meter, lambda _: next(replies, Reply(9, 4, values=(0,))), 0)
    assert len(asked) == 3
    assert rows == {0}
    assert told == ["refused", "refused"]


def test_rows_that_overlap_are_never_cut_apart() -> None:
    table = Table(
        (Row(0, "u32", "co2", part="line=1"), Row(1, "u16", "co2", part="line=2"), Row(4, "u16", "tvoc")), gap=9
    )
    assert table.halves(Block(4, 0, 5)) == (Block(4, 0, 2), Block(4, 4, 1))
    assert table.halves(Block(4, 0, 2)) is None
    assert table.halves(Block(4, 7, 2)) is None


@given(
    rows=st.sets(st.integers(0, 60), min_size=1, max_size=20),
    has=st.sets(st.integers(0, 60)),
    gap=st.integers(0, 20),
    most=st.integers(1, 60),
    exception=st.sampled_from([2, 3]),
)
def test_whatever_a_device_lacks_every_row_that_it_has_is_read(
    rows: set[int], has: set[int], gap: int, most: int, exception: int
) -> None:
    table = Table(tuple(Row(n, "u16", "co2", part=f"line={n}") for n in rows), gap=gap)
    meter, slave = Meter(SETUP, table), _slave(*has, exception=exception, most=most)
    for n in range(2):
        asked, read, told = _poll(meter, slave, n)
        assert read == rows & has
        assert bool(told) == bool(rows - has) or n == 0
    assert len(asked) <= len(rows)
    assert len(told) == len(rows - has)
