"""The journal on a real file: order, numbers, identities, damage, snapshots, and what a full medium leaves behind."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agent.io.journal_reader import JournalReader
from agent.io.journal_schema import JournalError, connect, set_aside
from agent.io.memory import MemoryJournal
from agent.io.sqlite_journal import SqliteJournal
from agent.model.blocks import pack, unpack
from agent.model.effects import Alarm
from agent.model.events import Event, Feedback, Offset, Reading

ALARM = Alarm(
    "a-d", "o", 1, 5, "raised", "C2", "active", "UNACK", acked=False, rule="a", category="cleaning", priority=3,
    device="d", quantity="q", value=1.0, condition="c", raised_at=5,
)  # fmt: skip


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    made = SqliteJournal(str(tmp_path / "j.db"))
    made.start_boot("b", 0, 0)
    return made


def reading(n: int) -> Reading:
    return Reading("d", "temperature", 20.0 + n, n)


def test_causes_come_back_in_the_order_of_the_engine(journal: SqliteJournal) -> None:
    told = [
        reading(1),
        Event("d", "card", "7", 2),
        reading(3),
        reading(4),
        Offset(1, 4, 9, trusted=True, t=4),
        reading(5),
    ]
    journal.commit(told[:4], [], 4)
    journal.commit(told[4:], [], 5)
    reader = JournalReader(journal.path)
    assert [cause for _, cause in reader.causes()] == told
    assert [cause for _, cause in reader.causes(2)] == told[2:]
    assert reader.offsets() == [told[4]]


def test_numbers_run_per_stream_and_go_on_after_a_restart(journal: SqliteJournal) -> None:
    journal.commit([reading(1), Event("d", "card", "7", 2), reading(3)], [ALARM], 3)
    journal.close()
    again = SqliteJournal(journal.path)
    again.start_boot("b", 0, 0)
    again.commit([reading(4)], [ALARM], 4)
    reader = JournalReader(again.path)
    assert [row.seq for row in reader.rows("reading", 0, 10)[0]] == [1, 2, 3]
    assert [row.seq for row in reader.rows("alarm", 0, 10)[0]] == [1, 2]
    assert [row.seq for row in reader.rows("event", 0, 10)[0]] == [1]
    assert again.epoch == journal.epoch


def test_rows_are_read_in_steps_of_any_size(journal: SqliteJournal) -> None:
    for start in range(0, 60, 20):
        journal.commit([reading(n) for n in range(start, start + 20)], [], start + 20)
    reader = JournalReader(journal.path)
    for step in (1, 7, 20, 100):
        seen, after = [], 0
        while True:
            rows, upto = reader.rows("reading", after, step)
            if upto == after:
                break
            seen += [row.body for row in rows]
            after = upto
        assert seen == [reading(n) for n in range(60)], step


@pytest.mark.parametrize("make", ["sqlite", "memory"])
def test_a_press_is_stored_once_and_a_changed_one_is_a_conflict(make: str, journal: SqliteJournal) -> None:
    store = journal if make == "sqlite" else MemoryJournal()
    press = Event("d", "button", "single", 1, native="uid:7")
    other = Event("d", "button", "double", 1, native="uid:7")
    assert store.outcome(press) == "stored"
    store.commit([press], [], 1)
    assert store.outcome(press) == "existed"
    assert store.outcome(other) == "conflict"


def test_identities_survive_a_restart(journal: SqliteJournal) -> None:
    for number in (3, 9, 5):
        journal.outcome(Event("d", "button", "single", 1, native=f"uid:{number}"))
        journal.commit([Event("d", "button", "single", 1, native=f"uid:{number}")], [], 1)
    journal.close()
    again = SqliteJournal(journal.path)
    assert again.remembered() == {"uid": 9}
    assert again.outcome(Event("d", "button", "single", 8, native="uid:5")) == "existed"


def test_damage_is_found_left_out_and_counted(journal: SqliteJournal) -> None:
    journal.commit([reading(1)], [ALARM], 1)
    journal.commit([reading(2)], [ALARM], 2)
    journal.close()
    with sqlite3.connect(journal.path) as raw:
        raw.execute(
            "UPDATE block SET body = CAST(substr(body, 1, 5) || x'ff' || substr(body, 7) AS BLOB) WHERE pos = 1"
        )
        raw.execute("UPDATE row SET body = x'00' WHERE seq = 1")
    reader = JournalReader(journal.path)
    assert [row.body for row in reader.rows("reading", 0, 10)[0]] == [reading(2)]
    assert [row.seq for row in reader.rows("alarm", 0, 10)[0]] == [2]
    assert reader.rows("alarm", 0, 10)[1] == 2, "its place is passed"
    assert reader.damaged >= 2


def test_a_snapshot_knows_its_place(journal: SqliteJournal) -> None:
    journal.commit([reading(1), reading(2)], [ALARM], 2)
    for revision in ("a", "b", "c"):
        journal.save_snapshot(revision, revision.encode() * 100)
        journal.commit([reading(3)], [], 3)
    reader = JournalReader(journal.path)
    snapshot = reader.snapshot()
    assert snapshot is not None
    assert (snapshot.revision, snapshot.alarm_seq, snapshot.state) == ("c", 1, b"c" * 100)
    assert len([cause for _, cause in reader.causes(snapshot.position)]) == 1


def test_old_readings_are_pruned_but_never_what_recovery_needs(journal: SqliteJournal) -> None:
    for n in range(10):
        journal.commit([reading(n * 100)], [], n * 100)
    assert journal.prune(10_000) == 0, "no snapshot yet: recovery needs all of it"
    journal.save_snapshot("a", b"state")
    journal.commit([reading(2000)], [], 2000)
    assert journal.prune(500) == 5
    assert journal.prune(10_000) == 4
    assert [row.seq for row in JournalReader(journal.path).rows("reading", 0, 100)[0]] == [10, 11]


def test_a_full_medium_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    journal = SqliteJournal(str(tmp_path / "j.db"))
    journal.start_boot("b", 0, 0)
    journal.commit([reading(1)], [ALARM], 1)
    journal._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(JournalError, match="full"):
        journal.commit([Event("d", "card", "x" * 50_000, 2, native="u:1")], [ALARM], 2)
    journal._db.execute("PRAGMA max_page_count = 1000000")
    journal.commit([Event("d", "card", "x" * 50_000, 2, native="u:1")], [ALARM], 2)
    reader = JournalReader(journal.path)
    assert [row.seq for row in reader.rows("alarm", 0, 10)[0]] == [1, 2]
    assert len(list(reader.causes())) == 2


def test_a_newer_journal_is_refused_and_left_alone(journal: SqliteJournal) -> None:
    journal.close()
    with sqlite3.connect(journal.path) as raw:
        raw.execute("PRAGMA user_version = 99")
    before = Path(journal.path).read_bytes()
    with pytest.raises(JournalError, match="newer version"):
        SqliteJournal(journal.path)
    assert Path(journal.path).read_bytes() == before


def test_what_is_fixed_when_the_file_is_made(journal: SqliteJournal) -> None:
    one = connect(journal.path, writer=True)
    facts = {name: one.execute(f"PRAGMA {name}").fetchone()[0] for name in
             ("page_size", "auto_vacuum", "journal_mode", "synchronous")}  # fmt: skip
    assert facts == {"page_size": 1024, "auto_vacuum": 2, "journal_mode": "wal", "synchronous": 2}


def test_blocks_keep_every_field_and_say_what_is_none() -> None:
    readings = [
        (3, Reading("d", "temperature", 21.5, 10, "good", "phase=1")),
        (7, Reading("d", "door_open", True, 10)),
        (8, Reading("e", "temperature", -3.0, 9, "stale", said_at=1_700_000_000_000, historical=True)),
    ]
    assert list(unpack(pack(readings))) == readings
    for broken in (b"", b"junk", pack(readings)[:-3]):
        with pytest.raises(ValueError, match="not a block"):
            list(unpack(broken))


def test_feedback_is_a_row_of_its_stream(journal: SqliteJournal) -> None:
    feedback = Feedback("d", 5, "u:1", "button", "1", "cleaning", "negative", "normal", 0.0)
    journal.commit([], [feedback], 5)
    assert list(JournalReader(journal.path).effects("feedback")) == [feedback]


def test_a_damaged_file_is_known_as_such_and_can_be_set_aside(journal: SqliteJournal, tmp_path: Path) -> None:
    journal.close()
    path = Path(journal.path)
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(JournalError) as caught:
        SqliteJournal(journal.path)
    assert caught.value.damaged
    assert set_aside(path) == tmp_path / "j.db.damaged-1"
    assert SqliteJournal(journal.path).epoch != journal.epoch
