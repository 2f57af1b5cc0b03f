"""The journal's readings as sinks take them: in pieces of any size, from any place, over damaged and deleted blocks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.io.journal_reader import JournalReader
from agent.io.sqlite_journal import SqliteJournal
from agent.model.events import Availability, Offset, Reading

SIZES = (3, 1, 7, 2, 5)
"""Readings of each block; between two blocks stands another cause, so positions and numbers are not the same."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    journal = SqliteJournal(str(tmp_path / "journal.db"))
    journal.start_boot("test", 0, 0)
    journal.commit([Offset(1, 0, 1000, trusted=True)], [], 0)
    number = 0
    for size in SIZES:
        block = [Reading("s", "temperature", float(number + n), 10 * (number + n)) for n in range(1, size + 1)]
        number += size
        journal.commit([Availability("s", "online", t=10 * number), *block], [], 10 * number)
    journal.close()
    return tmp_path / "journal.db"


@pytest.fixture
def reader(path: Path) -> Iterator[JournalReader]:
    reader = JournalReader(str(path))
    yield reader
    reader.close()


def all_from(reader: JournalReader, after: int, limit: int) -> list[int]:
    found: list[int] = []
    while True:
        rows, upto = reader.rows("reading", after, limit)
        assert len(rows) <= limit
        if upto == after:
            return found
        for row in rows:
            assert isinstance(row.body, Reading)
            assert (row.body.value, row.t, row.wall) == (float(row.seq), 10 * row.seq, 10 * row.seq + 1000)
        found += [row.seq for row in rows]
        after = upto


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 17, 18, 19, 100])
def test_pieces_of_any_size_give_every_reading_once(reader: JournalReader, limit: int) -> None:
    for after in (*range(19), 5, 11, 0):
        assert all_from(reader, after, limit) == list(range(after + 1, 19))


def test_what_is_committed_later_is_found(path: Path, reader: JournalReader) -> None:
    assert all_from(reader, 0, 4) == list(range(1, 19))
    journal = SqliteJournal(str(path))
    journal.commit([Reading("s", "temperature", 19.0, 190)], [], 190)
    journal.close()
    assert all_from(reader, 18, 4) == [19]


@pytest.mark.parametrize(("size", "lost"), [(2, range(12, 14)), (7, range(5, 12)), (5, range(14, 19))])
def test_a_damaged_block_is_passed_and_counted_once(path: Path, reader: JournalReader, size: int, lost: range) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE block SET crc = crc + 1 WHERE n = ?", (size,))
    kept = [seq for seq in range(1, 19) if seq not in lost]
    assert all_from(reader, 0, 2) == kept
    assert reader.damaged == 1


def test_deleted_blocks_are_passed(path: Path, reader: JournalReader) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM block WHERE n IN (3, 1)")
    assert all_from(reader, 0, 2) == list(range(5, 19))
    assert all_from(reader, 2, 50) == list(range(5, 19))
