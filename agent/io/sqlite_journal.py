"""The journal: the only queue, and the outbox. SQLite, one writer; cause and effect in one transaction.

Positions order all causes; sequence numbers run per stream and are given here, at the commit. Nothing leaves the box
before its commit. Readers (forwarders, replay) use agent/io/journal_reader.py on connections of their own.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from agent.io.journal_schema import SINKS, connect, journal_error
from agent.model.blocks import pack
from agent.model.effects import ORDERS, Effect
from agent.model.events import Cause, Event, Offset, Outcome, Reading
from agent.ports import STREAMS

STREAM_OF: Final = {"Alarm": 0, "Feedback": 1, "Event": 2, "Kpi": 3, "Reading": 4, "Response": 5}
_ENCODER: Final = msgspec.msgpack.Encoder()
SNAPSHOTS_KEPT: Final = 2


def _native(native: str) -> tuple[str, int]:
    """Split "<uid>:<number>"; an id without a number is an identity of its own."""
    uid, _, number = native.rpartition(":")
    return (uid, int(number)) if uid and number.isdigit() and len(number) < 19 else (native, 0)


def _fingerprint(event: Event) -> int:
    """Give what makes two records of one native id the same press: what it says, not when it was heard."""
    return zlib.crc32(f"{event.quantity}|{event.value}|{event.part}".encode())


class SqliteJournal:
    """The writing side, used by the pump's thread alone. All methods raise `JournalError` when the medium fails."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._db = connect(path, writer=True)
        self.boot = 0
        self._pending: dict[str, int] = {}
        self._identities: dict[str, int] = dict(self._db.execute("SELECT uid, id FROM identity"))
        self.position = int(self._meta("position", 0))
        self.t = int(self._meta("t", 0))
        """Engine time up to which everything is committed."""
        self._seq = {STREAM_OF[kind]: self._last_seq(kind) for kind in STREAM_OF}
        if self._meta("epoch", None) is None:
            self._db.execute("INSERT INTO meta VALUES ('epoch', lower(hex(randomblob(4))))")
        self.epoch: str = self._meta("epoch", "")
        """8 hex digits made with the file: a new file never reuses the numbers of a lost one."""

    def _one(self, sql: str, *values: Any) -> int:
        row = self._db.execute(sql, values).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def _meta(self, name: str, default: Any) -> Any:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else default

    def _last_seq(self, kind: str) -> int:
        if kind == "Reading":
            return int(self._meta("reading_seq", 0))
        return self._one("SELECT max(seq) FROM row WHERE stream = ?", STREAM_OF[kind])

    def start_boot(self, boot_id: str, since: int, mono: int) -> int:
        """Note that a run of the agent begins at engine time `since`; give its number."""
        self.boot = self._one("SELECT max(id) FROM boot") + 1
        self._run("INSERT INTO boot VALUES (?, ?, ?, ?)", (self.boot, boot_id, since, mono))
        return self.boot

    def last_boot(self) -> tuple[int, str, int, int] | None:
        """Give (number, boot id, engine time at its start, monotonic ms at its start) of the last run."""
        row: tuple[int, str, int, int] | None = self._db.execute(
            "SELECT * FROM boot ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return row

    def outcome(self, event: Event) -> Outcome:
        """Tell whether an event with a native id is new, known, or known with another body; it is noted as pending."""
        uid, number = _native(event.native)
        crc = _fingerprint(event)
        known = self._pending.get(event.native)
        if known is None and uid in self._identities:
            row = self._db.execute(
                "SELECT crc FROM native WHERE identity = ? AND number = ?", (self._identities[uid], number)
            ).fetchone()
            known = row[0] if row else None
        if known is None:
            self._pending[event.native] = crc
            return "stored"
        return "existed" if known == crc else "conflict"

    def remembered(self) -> dict[str, int]:
        """Give the highest event number of every identity (terminals are told at their HELLO)."""
        sql = "SELECT uid, max(number) FROM native JOIN identity ON identity.id = native.identity GROUP BY uid"
        return dict(self._db.execute(sql))

    def commit(
        self, causes: Sequence[Cause], effects: Sequence[Effect], now: int, cursors: Mapping[tuple[str, str], int] = {}
    ) -> None:
        """Write causes, effects and what sinks have confirmed in one transaction and flush it to the medium."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                position, seq = self._write(causes, effects, now)
                self._db.executemany(
                    "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)",
                    [(SINKS[sink], STREAMS.index(stream), upto) for (sink, stream), upto in cursors.items()],
                )
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                self._identities = dict(self._db.execute("SELECT uid, id FROM identity"))
                raise
        except sqlite3.Error as error:
            raise journal_error(self.path, error) from error
        self.position, self._seq, self.t = position, seq, now
        self._pending.clear()

    def _write(self, causes: Sequence[Cause], effects: Sequence[Effect], now: int) -> tuple[int, dict[int, int]]:
        position, seq = self.position, dict(self._seq)
        readings: list[tuple[int, Reading]] = []
        rows: list[tuple[int, int, int, int, int, bytes]] = []
        for cause in causes:
            position += 1
            if type(cause) is Reading:
                readings.append((position, cause))
                continue
            body = _ENCODER.encode(cause)
            self._db.execute(
                "INSERT INTO cause VALUES (?, ?, ?, ?, ?)", (position, cause.t, self.boot, zlib.crc32(body), body)
            )
            if type(cause) is Offset:
                self._db.execute("INSERT INTO offset VALUES (?, ?)", (position, body))
            if type(cause) is Event:
                rows.append(self._row(cause, body, seq))
                if cause.native:
                    self._note_native(cause)
        if readings:
            self._write_block(readings, seq)
        rows += [
            self._row(effect, _ENCODER.encode(effect), seq) for effect in effects if not isinstance(effect, ORDERS)
        ]
        self._db.executemany("INSERT INTO row VALUES (?, ?, ?, ?, ?, ?)", rows)
        reading_seq = seq[STREAM_OF["Reading"]]
        self._db.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            (("position", position), ("t", now), ("reading_seq", reading_seq)),
        )
        return position, seq

    def _row(self, record: Event | Effect, body: bytes, seq: dict[int, int]) -> tuple[int, int, int, int, int, bytes]:
        stream = STREAM_OF[type(record).__name__]
        seq[stream] += 1
        return stream, seq[stream], record.t, self.boot, zlib.crc32(body), body

    def _write_block(self, readings: list[tuple[int, Reading]], seq: dict[int, int]) -> None:
        body, stream = pack(readings), STREAM_OF["Reading"]
        first = seq[stream] + 1
        seq[stream] += len(readings)
        self._db.execute(
            "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                readings[0][0], first, len(readings), readings[0][1].t, readings[-1][1].t, self.boot,
                zlib.crc32(body), body,
            ),
        )  # fmt: skip

    def _note_native(self, event: Event) -> None:
        uid, number = _native(event.native)
        if uid not in self._identities:
            cursor = self._db.execute("INSERT INTO identity (uid) VALUES (?)", (uid,))
            self._identities[uid] = int(cursor.lastrowid or 0)
        self._db.execute(
            "INSERT OR IGNORE INTO native VALUES (?, ?, ?)", (self._identities[uid], number, _fingerprint(event))
        )

    def _run(self, sql: str, values: Sequence[Any] = ()) -> None:
        try:
            self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise journal_error(self.path, error) from error

    def save_settings(self, revision: str, texts: Mapping[str, str]) -> None:
        """Keep the settings' texts: recovery and replay need the rules as they were."""
        body = zlib.compress(msgspec.json.encode(texts))
        self._run("INSERT OR IGNORE INTO settings (revision, body) VALUES (?, ?)", (revision, body))

    def save_snapshot(self, revision: str, state: bytes) -> None:
        """Keep the engine's state as of the last commit; only the newest few are kept."""
        body = zlib.compress(state, 1)
        self._run(
            "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?)",
            (self.position, self.t, revision, self._seq[STREAM_OF["Alarm"]], zlib.crc32(body), body),
        )
        self._run(
            "DELETE FROM snapshot WHERE pos NOT IN (SELECT pos FROM snapshot ORDER BY pos DESC LIMIT ?)",
            (SNAPSHOTS_KEPT,),
        )

    def keep(self, name: str, value: bytes) -> None:
        """Keep a few bytes under a name, in place of those before."""
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"kept.{name}", value))

    def kept(self, name: str) -> bytes:
        """Give what was kept under a name, b"" if nothing."""
        return bytes(self._meta(f"kept.{name}", b""))

    def next_session(self) -> int:
        """Count the connections to the centre (the `session` of its status message)."""
        session = int(self._meta("session", 0)) + 1
        self._run("INSERT OR REPLACE INTO meta VALUES ('session', ?)", (session,))
        return session

    def positions(self) -> dict[str, int]:
        """Give the newest sequence number of every stream."""
        return {STREAMS[stream]: seq for stream, seq in self._seq.items()}

    def prune(self, before: int) -> int:
        """Delete blocks of readings that ended before engine time `before`; give how many."""
        # Blocks are in the order of time, so the first that is young enough ends the search: a condition on t1 alone
        # would look at two weeks of them (90 ms of 121,000 blocks here, and all their pages from the card).
        floor = self._one("SELECT min(pos) FROM snapshot")
        first = self._db.execute("SELECT pos FROM block WHERE t1 >= ? ORDER BY pos LIMIT 1", (before,)).fetchone()
        cursor = self._db.execute("DELETE FROM block WHERE pos < ?", (min(floor, first[0]) if first else floor,))
        self._run("PRAGMA incremental_vacuum(200)")
        return cursor.rowcount

    def close(self) -> None:
        """Close; the WAL is folded into the file."""
        self._db.close()
