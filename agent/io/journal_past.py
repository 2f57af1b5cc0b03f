"""The journal as history: where a time lies, which settings applied then, what a series said before. Never writes.

For `caretaker why` and `caretaker rehearse`: a connection of its own, so it works while the service runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from agent.io.journal_reader import JournalReader, Snapshot
from agent.io.journal_schema import JournalError
from agent.model.blocks import unpack
from agent.model.effects import Alarm
from agent.model.events import Cause, Event, Instruction, Offset, Reading, Reload

_RELOAD: Final = "SELECT body FROM cause WHERE pos <= ? AND substr(body, 2, 2) = X'A152' ORDER BY pos DESC LIMIT 1"
"""A cause is a msgpack array whose first element is its tag: "R" of a reload, "e" of an event, "I" of an instruction.

An array of more than 15 elements would have a longer head; `tests/io/test_journal_past.py` looks that none has."""
_DECODER: Final = msgspec.msgpack.Decoder(Event | Instruction | Reload)


class PastReader(JournalReader):
    """Reads one journal file at any time of its past. Used by one thread."""

    def __init__(self, path: str) -> None:
        if not Path(path).is_file():  # SQLite would make an empty one
            raise JournalError(f"there is no journal at {path}; it is made by `caretaker run`", "CT502")
        super().__init__(path)

    def end(self) -> int:
        """Give the engine time up to which everything is committed."""
        return int(self.meta("t") or 0)

    def position_at(self, t: int) -> int:
        """Give the position after which every cause of engine time t or later stands; some that are older may."""
        block = self._query("SELECT pos FROM block WHERE t1 >= ? ORDER BY pos LIMIT 1", t).fetchone()
        cause = self._query("SELECT pos FROM cause WHERE t >= ? ORDER BY pos LIMIT 1", t).fetchone()
        found = [int(row[0]) for row in (block, cause) if row]
        return min(found) - 1 if found else int(self.meta("position") or 0)

    def since(self, t: int) -> Iterator[Cause]:
        """Give every cause of engine time t or later, in order."""
        return (cause for _, cause in self.causes(self.position_at(t)) if cause.t >= t)

    def readings_after(self, position: int) -> int:
        """Give about how many readings are kept after a position: whole blocks are counted."""
        return int(self._query("SELECT sum(n) FROM block WHERE pos > ?", position).fetchone()[0] or 0)

    def first_reading(self) -> int | None:
        """Give the engine time of the oldest reading that is kept, None if there is none."""
        row = self._query("SELECT t0 FROM block ORDER BY pos LIMIT 1").fetchone()
        return int(row[0]) if row else None

    def snapshot_before(self, t: int) -> Snapshot | None:
        """Give the newest sound snapshot that is not later than t, None if there is none."""
        return next((one for one in self.snapshots() if one.t <= t), None)

    def revision_at(self, t: int) -> str:
        """Give the revision of the settings that applied at engine time t, "" if none is known."""
        row = self._query(_RELOAD, self._position_upto(t)).fetchone()
        reload = _DECODER.decode(row[0]) if row else None
        if isinstance(reload, Reload):
            return reload.revision
        first = self._query("SELECT revision FROM settings ORDER BY id LIMIT 1").fetchone()
        return str(first[0]) if first else ""

    def running_settings(self) -> tuple[str, dict[str, str] | None]:
        """Give revision and texts of the settings that applied at the end of the journal."""
        revision = self.revision_at(self.end())
        return revision, self.settings(revision)

    def offsets_until(self, t: int) -> list[Offset]:
        """Give the rows of the table of offsets that were known at t."""
        return [row for row in self.offsets() if row.t <= t]

    def transitions(self, name: str, until: int) -> list[Alarm]:
        """Give the stored transitions of an alarm or of an occurrence up to engine time `until`, oldest first."""
        alarms = (one for one in self.effects("alarm") if isinstance(one, Alarm) and one.t <= until)
        return [one for one in alarms if name in (one.alarm, one.occurrence)]

    def said(self, series: frozenset[tuple[str, str]], since: int, until: int) -> Iterator[Reading]:
        """Give the readings of some (device, quantity) between two engine times, in order; quantity "" is any."""
        sql = "SELECT crc, body FROM block WHERE t1 >= ? AND t0 <= ? ORDER BY pos"
        for crc, body in self._query(sql, since, until):
            if self._sound(crc, body):
                for _, one in unpack(body):
                    wanted = (one.device, one.quantity) in series or (one.device, "") in series
                    if wanted and since <= one.t <= until:
                        yield one

    def newest(self, series: set[tuple[str, str, str]], until: int, most: int = 5000) -> list[Reading]:
        """Give the last reading of each (device, quantity, part; quantity "": any) up to `until`.

        At most `most` blocks are looked through, from the newest on: half a day at a commit every 10 s.
        """
        found: dict[tuple[str, str, str], Reading] = {}
        sql = "SELECT crc, body FROM block WHERE t0 <= ? ORDER BY pos DESC LIMIT ?"
        for crc, body in self._query(sql, until, most):
            if found.keys() == series:
                break
            missing = series - found.keys()
            for _, one in unpack(body) if self._sound(crc, body) else ():
                for key in ((one.device, one.quantity, one.part), (one.device, "", "")):
                    if key in missing and one.t <= until:
                        found[key] = one
        return [found[key] for key in sorted(found)]

    def events(self, devices: set[str], since: int, until: int) -> Iterator[Event]:
        """Give the events of some devices between two engine times, in order."""
        sql = "SELECT crc, body FROM cause WHERE t BETWEEN ? AND ? AND substr(body, 2, 2) = X'A165' ORDER BY pos"
        for one in self._decoded(sql, since, until):
            if isinstance(one, Event) and one.device in devices:
                yield one

    def instructions(self) -> Iterator[Instruction]:
        """Give every instruction that is kept, in order."""
        for one in self._decoded("SELECT crc, body FROM cause WHERE substr(body, 2, 2) = X'A149' ORDER BY pos"):
            if isinstance(one, Instruction):
                yield one

    def _decoded(self, sql: str, *values: int) -> Iterator[Event | Instruction | Reload]:
        for crc, body in self._query(sql, *values):
            if self._sound(crc, body):
                yield _DECODER.decode(body)

    def _position_upto(self, t: int) -> int:
        """Give the position of the last cause that is no reading and not later than t."""
        row = self._query("SELECT pos FROM cause WHERE t <= ? ORDER BY pos DESC LIMIT 1", t).fetchone()
        return int(row[0]) if row else 0
