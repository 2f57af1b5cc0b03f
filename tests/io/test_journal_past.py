"""The journal as history: where a time lies, which settings applied then, what was said before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent.io.journal_past import PastReader
from agent.io.sqlite_journal import SqliteJournal
from agent.model.effects import Alarm
from agent.model.events import Cause, Event, Instruction, Offset, Reading, Reload

CAUSES: list[Cause] = [
    Offset(1, 0, 1_700_000_000_000, trusted=True), Reading("bin", "fill_level", 1.0, 1000),
    Event("lobby", "button", "single", 1500, native="u:1"), Reading("bin", "battery", 2.0, 2000),
    Instruction("ping", "c1", 2500), Reload("second", 3000), Reading("bin", "fill_level", 3.0, 4000),
    Reading("leak", "water_leak", value=True, t=5000), Offset(1, 6000, 1_700_000_000_100, trusted=True, t=6000),
    Reading("bin", "fill_level", 4.0, 7000),
]  # fmt: skip


def alarm(occurrence: str, t: int) -> Alarm:
    return Alarm(
        "full-bin", occurrence, 1, t, "raised", "because", "active", "UNACK", acked=False, rule="full",
        category="cleaning", priority=4, device="bin", quantity="fill_level", value=3.0, condition="x", raised_at=t,
    )  # fmt: skip


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[PastReader]:
    journal = SqliteJournal(str(tmp_path / "j.db"))
    for revision in ("first", "second", "never used"):
        journal.save_settings(revision, {"site.yaml": revision})
    journal.start_boot("x", 0, 0)
    for start in range(0, len(CAUSES), 3):  # readings of a commit are one block
        piece = CAUSES[start : start + 3]
        journal.commit(piece, [alarm(f"o{start}", piece[-1].t)], piece[-1].t)
    journal.close()
    found = PastReader(str(tmp_path / "j.db"))
    yield found
    found.close()


@pytest.mark.parametrize("t", range(0, 8001, 500))
def test_from_any_time_on_every_cause_comes_once_in_order(reader: PastReader, t: int) -> None:
    assert list(reader.since(t)) == [cause for cause in CAUSES if cause.t >= t]


@pytest.mark.parametrize(("t", "revision"), [(0, "first"), (2999, "first"), (3000, "second"), (9000, "second")])
def test_which_settings_applied_is_known(reader: PastReader, t: int, revision: str) -> None:
    assert reader.revision_at(t) == revision


def test_what_runs_is_not_what_was_saved_last(reader: PastReader) -> None:
    assert reader.running_settings() == ("second", {"site.yaml": "second"})


def test_what_a_series_said_is_found(reader: PastReader) -> None:
    said = reader.said(frozenset({("bin", "fill_level")}), 1000, 4000)
    assert [(one.t, one.value) for one in said] == [(1000, 1.0), (4000, 3.0)]
    whole = reader.said(frozenset({("bin", "")}), 1500, 7000)
    assert [one.quantity for one in whole] == ["battery", "fill_level", "fill_level"]


def test_the_last_word_of_a_series_is_found(reader: PastReader) -> None:
    series = {("bin", "fill_level", ""), ("leak", "", ""), ("bin", "humidity", "")}
    assert [one.t for one in reader.newest(series, 9000)] == [7000, 5000]
    assert [one.t for one in reader.newest(series, 4999)] == [4000]
    assert reader.newest({("bin", "battery", "")}, 9000, most=1) == []


def test_events_and_orders_are_told_apart_by_their_bytes(reader: PastReader) -> None:
    assert [one.native for one in reader.events({"lobby", "door"}, 0, 9000)] == ["u:1"]
    assert list(reader.events({"lobby"}, 1501, 9000)) == []
    assert [one.cmd_id for one in reader.instructions()] == ["c1"]


@pytest.mark.parametrize("kind", [Event, Instruction, Reload])
def test_a_cause_is_a_short_array_whose_tag_comes_first(kind: type[msgspec.Struct]) -> None:
    fields = len(msgspec.structs.fields(kind)) + 1
    assert fields < 16, "a longer array has a longer head: agent/io/journal_past.py looks for the tag behind one byte"


def test_transitions_are_found_by_alarm_and_by_occurrence(reader: PastReader) -> None:
    assert [one.occurrence for one in reader.transitions("full-bin", 5000)] == ["o0", "o3"]
    assert [one.t for one in reader.transitions("o6", 9000)] == [5000 + 1000]


def test_readings_that_were_deleted_are_no_silence(reader: PastReader) -> None:
    assert reader.first_reading() == 1000
    assert reader.readings_after(0) == 5
    assert reader.readings_after(reader.position_at(6000)) == 1
