"""How the agent comes back: clock, newest snapshot, every cause after it. Gives the engine and what it hears first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

import msgspec

from agent.engine.engine import Engine
from agent.engine.plan import Plan
from agent.io.clock import SystemClock, boot_id, mono_ms
from agent.io.journal_reader import JournalReader
from agent.io.sqlite_journal import SqliteJournal
from agent.model.effects import Alarm
from agent.model.events import Reload
from agent.runtime.fault_log import FaultLog
from agent.runtime.pump import Record
from agent.runtime.recovery import differences, recover

LOG: Final = logging.getLogger("caretaker")


def start_engine(
    journal: SqliteJournal, clock: SystemClock, faults: FaultLog, plans: Callable[[str], Plan], revision: str
) -> tuple[Engine, list[Record]]:
    """Give the engine as it was at the last commit, and what it must be told first: the gap, the clock, new settings.

    `plans` gives the plan of a settings revision, `revision` is that of the files now.
    """
    reader = JournalReader(journal.path)
    snapshot, offsets = reader.snapshot(), reader.offsets()
    gap = clock.begin(journal.t, journal.last_boot(), offsets[-1] if offsets else None)
    boot = journal.start_boot(boot_id(), clock.now(), mono_ms())
    if snapshot is None:
        reader.close()
        return Engine(plans(revision), plans), [clock.offset(boot)]  # engine time begins: replay begins at 0 too
    recovered = recover(plans, revision, snapshot, reader.causes(snapshot.position), journal.t)
    stored = [effect for effect in reader.effects("alarm", snapshot.alarm_seq) if isinstance(effect, Alarm)]
    reader.close()
    for words in differences(recovered.alarms, stored)[:1]:
        faults.report("CT507", "journal", detail=words)
    LOG.info("recovered: %d causes since the last snapshot", recovered.causes)
    first: list[Record] = [msgspec.structs.replace(gap, boot=boot)] if gap is not None else []
    first.append(clock.offset(boot))
    if recovered.engine.plan.revision != revision:
        first.append(Reload(revision, clock.now()))
    return recovered.engine, first
