"""The journal read side: rows of a stream for sinks, causes in order for recovery and replay. Never writes.

Each reader has its own connection, so a forwarder never waits for the pump (WAL). A body whose CRC is wrong is left
out, counted in `damaged`, and its place is passed.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from agent.engine.calendar import WallTimes
from agent.io.journal_schema import SINKS, connect, journal_error
from agent.model.blocks import unpack
from agent.model.effects import Alarm, Effect, Kpi, Response
from agent.model.events import Availability, Cause, Event, Feedback, Gap, Instruction, Offset, Reading, Reload
from agent.ports import STREAMS, Row

_CAUSE: Final = msgspec.msgpack.Decoder(Event | Availability | Instruction | Offset | Gap | Reload)
_OFFSET: Final = msgspec.msgpack.Decoder(Offset)
_BODY: Final = msgspec.msgpack.Decoder(Alarm | Feedback | Event | Kpi | Response)
READINGS: Final = STREAMS.index("reading")


class Snapshot(NamedTuple):
    """The engine's state after the cause at `position` and the alarm `alarm_seq`, with the settings of `revision`."""

    position: int
    t: int
    revision: str
    alarm_seq: int
    state: bytes


class _Block(NamedTuple):
    """A block as it was unpacked; `readings` is empty when it was damaged, its place is passed all the same."""

    pos: int
    seq: int
    n: int
    t1: int
    boot: int
    readings: list[Reading]


class JournalReader:
    """Reads one journal file. Used by one thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._db = connect(path, writer=False)
        self.damaged = 0
        self._walls = WallTimes()
        self._offset_position = 0
        self._kept: _Block | None = None

    def _query(self, sql: str, *values: int | str) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise journal_error(self._path, error) from error

    def _sound(self, crc: int, body: bytes) -> bool:
        if zlib.crc32(body) == crc:
            return True
        self.damaged += 1
        return False

    def meta(self, name: str) -> str:
        """Give a meta value as text, "" if there is none."""
        row = self._query("SELECT value FROM meta WHERE name = ?", name).fetchone()
        return str(row[0]) if row else ""

    def cursor(self, sink: str, stream: str) -> int:
        """Give the sequence number up to which a sink has confirmed a stream."""
        row = self._query(
            "SELECT seq FROM cursor WHERE sink = ? AND stream = ?", SINKS[sink], STREAMS.index(stream)
        ).fetchone()
        return int(row[0]) if row else 0

    def last_seq(self, stream: str) -> int:
        """Give the newest sequence number of a stream."""
        if stream == "reading":
            return int(self.meta("reading_seq") or 0)
        row = self._query("SELECT max(seq) FROM row WHERE stream = ?", STREAMS.index(stream)).fetchone()
        return int(row[0] or 0)

    def rows(self, stream: str, after: int, limit: int) -> tuple[list[Row], int]:
        """Give at most about `limit` rows after a sequence number, and the number up to which was read."""
        self._refresh_offsets()
        return self._readings(after, limit) if stream == "reading" else self._rows(stream, after, limit)

    def _rows(self, stream: str, after: int, limit: int) -> tuple[list[Row], int]:
        found, upto = [], after
        sql = "SELECT seq, t, boot, crc, body FROM row WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?"
        for seq, t, boot, crc, body in self._query(sql, STREAMS.index(stream), after, limit):
            upto = seq
            if self._sound(crc, body):
                wall, trusted = self._walls.wall(t, boot)
                found.append(Row(stream, seq, t, wall, wall, not trusted, _BODY.decode(body)))
        return found, upto

    def _readings(self, after: int, limit: int) -> tuple[list[Row], int]:
        found: list[Row] = []
        upto = after
        for block in self._blocks_from(after + 1):
            row = self._walls.row_for(block.t1, block.boot)
            offset, trusted = (row.wall, row.trusted) if row else (0, False)
            recorded, skipped = block.t1 + offset, max(0, upto + 1 - block.seq)
            room = limit - len(found)
            for seq, reading in enumerate(block.readings[skipped : skipped + room], block.seq + skipped):
                found.append(Row("reading", seq, reading.t, reading.t + offset, recorded, not trusted, reading))
            if len(block.readings) - skipped > room:
                return found, block.seq + skipped + room - 1
            upto = block.seq + block.n - 1
            if len(found) >= limit:
                break
        return found, upto

    def _blocks_from(self, seq: int) -> Iterator[_Block]:
        """Give the block that holds a reading and all after it. The last one is kept: it is asked for in pieces."""
        kept = self._kept
        if kept is None or seq < kept.seq:
            pos = self._position_of(seq)
        else:
            if seq < kept.seq + kept.n:
                yield kept
            pos = kept.pos + 1
        sql = "SELECT pos, seq, n, t1, boot, crc, body FROM block WHERE pos >= ? ORDER BY pos LIMIT 1"
        while found := self._query(sql, pos).fetchone():
            pos, first, n, t1, boot, crc, body = found
            readings = [reading for _, reading in unpack(body)] if self._sound(crc, body) else []
            self._kept = _Block(pos, first, n, t1, boot, readings)
            yield self._kept
            pos += 1

    def _position_of(self, seq: int) -> int:
        """Give where the block of a reading begins. Sinks are mostly near the end, so it is looked for from there."""
        for pos, first in self._query("SELECT pos, seq FROM block ORDER BY pos DESC"):
            if first <= seq:
                return int(pos)
        return 0

    def _refresh_offsets(self) -> None:
        for pos, body in self._query("SELECT pos, body FROM offset WHERE pos > ? ORDER BY pos", self._offset_position):
            self._offset_position = pos
            self._walls.add(_OFFSET.decode(body))

    def offsets(self) -> list[Offset]:
        """Give the table of offsets."""
        self._refresh_offsets()
        return list(self._walls.rows)

    def causes(self, after: int = 0) -> Iterator[tuple[int, Cause]]:
        """Give all causes after a position with their positions, in the order in which the engine saw them."""
        others = self._others(after)
        other = next(others, None)
        for pair in self._block_readings(after):
            while other is not None and other[0] < pair[0]:
                yield other
                other = next(others, None)
            yield pair
        if other is not None:
            yield other
            yield from others

    def _others(self, after: int) -> Iterator[tuple[int, Cause]]:
        for pos, crc, body in self._query("SELECT pos, crc, body FROM cause WHERE pos > ? ORDER BY pos", after):
            if self._sound(crc, body):
                yield pos, _CAUSE.decode(body)

    def _block_readings(self, after: int) -> Iterator[tuple[int, Cause]]:
        first = self._query("SELECT max(pos) FROM block WHERE pos <= ?", after).fetchone()[0] or 0
        for crc, body in self._query("SELECT crc, body FROM block WHERE pos >= ? ORDER BY pos", first):
            if self._sound(crc, body):
                yield from (pair for pair in unpack(body) if pair[0] > after)

    def effects(self, stream: str, after: int = 0) -> Iterator[Effect]:
        """Give the stored effects of a stream in order."""
        for crc, body in self._query(
            "SELECT crc, body FROM row WHERE stream = ? AND seq > ? ORDER BY seq", STREAMS.index(stream), after
        ):
            if self._sound(crc, body):
                yield _BODY.decode(body)

    def snapshot(self) -> Snapshot | None:
        """Give the newest sound snapshot of the engine, None if there is none."""
        return next(self.snapshots(), None)

    def snapshots(self) -> Iterator[Snapshot]:
        """Give the sound snapshots that are kept, newest first."""
        sql = "SELECT pos, t, revision, alarm_seq, crc, body FROM snapshot ORDER BY pos DESC"
        for pos, t, revision, alarm_seq, crc, body in self._query(sql):
            if self._sound(crc, body):
                yield Snapshot(pos, t, revision, alarm_seq, zlib.decompress(body))

    def settings(self, revision: str) -> dict[str, str] | None:
        """Give the texts of a settings revision, None if it is not kept."""
        row = self._query("SELECT body FROM settings WHERE revision = ?", revision).fetchone()
        return msgspec.json.decode(zlib.decompress(row[0]), type=dict[str, str]) if row else None

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
