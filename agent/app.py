"""The wiring, read top to bottom: journal, clock, engine as it was, pump, the outside parts, the local socket.

    settings --> journal --> recovery --> engine --> pump <-- lines, south broker
                    |                                  |
                    +--> centre, store (cursors)       +--> prompts to terminals

`start` waits for nothing outside: with no broker, store, port, DNS or network the rules run and everything is kept.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agent.engine.plan import Plan
from agent.engine.snapshot import snapshot
from agent.io.clock import SystemClock
from agent.io.journal_reader import JournalReader
from agent.io.journal_schema import JournalError, set_aside
from agent.io.sqlite_journal import SqliteJournal
from agent.io.systemd import Systemd
from agent.model.effects import Alarm, Effect, Response
from agent.model.events import Offset
from agent.model.place import Label
from agent.ports import Row
from agent.reload import SETTLE_SECONDS, Reloads
from agent.requests import Requests
from agent.runtime.control import ControlSocket
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.post import Post
from agent.runtime.pump import Pump
from agent.runtime.supervisor import Part, Supervisor
from agent.settings.load import journal_path, load_texts, socket_path, texts
from agent.settings.plan import labels_of, plan_of, titles_of
from agent.settings.types import Settings
from agent.start import start_engine
from agent.tending import Tending
from agent.wiring import Wiring

LOG: Final = logging.getLogger("caretaker")
MINUTE: Final = 60_000
LATEST: Final = 5_000
"""How many alarm rows are looked through for the newest of each alarm."""
SNAPSHOT_EVERY: Final = 15 * MINUTE
TICK: Final = 1.0
"""Seconds between looks at the clock, the watchdog and the minute's chores."""


class App:
    """The running agent. `start`, then `run` until `ask_stop` (or `stop` for one that was only started)."""

    def __init__(self, folder: Path, *, trust_clock: str = "") -> None:
        self.folder = folder
        self._texts = texts(folder)
        self.settings: Settings = load_texts(self._texts, folder)
        self.clock = SystemClock(self.settings.site.timezone, trust=trust_clock)
        self.counters = Counters()
        self.faults = FaultLog(self.clock)
        self.post = Post()
        self.labels: dict[str, Label] = labels_of(self.settings)
        self.titles: dict[str, dict[str, Any]] = titles_of(self.settings)
        self.reloads = Reloads(self)
        self.requests = Requests(self)
        self._stop = threading.Event()
        self._plans: dict[str, Plan] = {self.settings.revision: plan_of(self.settings)}
        self._core = Supervisor(self.faults)
        self.systemd = Systemd()
        self._snapshot_at = self._fed = 0

    # start -----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the journal, bring the engine to where it was, start all parts. Raises `JournalError`."""
        path = journal_path(self.settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.journal = self._journal(path)
        self.memory: Mapping[str, int] = self.journal.remembered()
        self.session = self.journal.next_session()
        self.journal.save_settings(self.settings.revision, self._texts)
        engine, first = start_engine(self.journal, self.clock, self.faults, self._plan, self.settings.revision)
        self.pump = Pump(
            engine, self.journal, self.clock, interval=self.settings.site.journal.commit_interval, sayer=self.post,
            committed=self._committed, failed=self._failed,
        )  # fmt: skip
        self.tending = Tending(self)
        self.wiring = Wiring(self, self.settings)
        self.pump.put(first)
        self.pump.turn(0)
        self._save_snapshot()
        self._snapshot_at = self.clock.now()
        # Long-lived objects are never looked at again (limits.md §0.10); a thread that has work waits 1 ms for the
        # interpreter, not 5: an alarm must not stand behind a burst of readings.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(0.001)
        self._core.start(Part("pump", self.pump.turn, lambda: self.pump.put([])))
        self.wiring.start()
        control = ControlSocket(socket_path(self.settings), self.requests.answer)
        self._core.start(Part("control", control.turn, control.wake, control.close))
        self.systemd.ready(f"{len(self.settings.devices)} devices, {len(engine.points)} alarm points")
        LOG.info("ready: %d devices, %d alarm points", len(self.settings.devices), len(engine.points))

    def _journal(self, path: Path) -> SqliteJournal:
        """Open the journal; one that is damaged is set aside and a fresh one made: the service goes on and says so."""
        try:
            return SqliteJournal(str(path))
        except JournalError as error:
            if not error.damaged:
                raise
            aside = set_aside(path)
            self.faults.report(error.code, "journal", path=str(path), detail="it cannot be read", aside=str(aside))
            return SqliteJournal(str(path))

    def keep(self, settings: Settings, kept: Mapping[str, str]) -> None:
        """Keep other settings in the journal before any cause names them: recovery and replay must find them."""
        self._plans[settings.revision] = plan_of(settings)
        saved = threading.Event()

        def save() -> None:
            try:
                self.journal.save_settings(settings.revision, kept)
            except OSError as error:
                self._failed(error)
            saved.set()

        self.pump.between(save)
        saved.wait(SETTLE_SECONDS)

    def _plan(self, revision: str) -> Plan:
        """Give the plan of a revision: of these settings, or of those that the journal kept."""
        if revision not in self._plans:
            reader = JournalReader(str(journal_path(self.settings)))
            kept = reader.settings(revision)
            reader.close()
            if kept is None:
                raise JournalError(f"the journal names settings {revision[:12]} and has not kept them")
            self._plans[revision] = plan_of(load_texts(kept, self.folder, kept=True))
        return self._plans[revision]

    # run -------------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Do the chores until `ask_stop`: clock, watchdog, reload requests, snapshots. SIGHUP reloads."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, lambda *_: self.reloads.ask())
            signal.signal(signal.SIGTERM, lambda *_: self.ask_stop())
            signal.signal(signal.SIGINT, lambda *_: self.ask_stop())
        while not self._stop.is_set():
            self.chores(TICK)
        self.stop()

    def chores(self, seconds: float) -> None:
        """Wait at most so long for a request, then look at the clock and the watchdog."""
        self.reloads.wait(seconds)
        if self.pump.progress != self._fed:
            self._fed = self.pump.progress
            self.systemd.watchdog()
        self.tending.look()
        row = self.clock.changed(self.pump.engine.wall.current, self.journal.boot)
        if row is not None:
            self.pump.put([row])
            self._say_clock(row)
        now = self.clock.now()
        if now - self._snapshot_at >= SNAPSHOT_EVERY:
            self._snapshot_at = now
            self.pump.between(self._save_snapshot)

    def _say_clock(self, row: Offset) -> None:
        before = self.pump.engine.wall.current
        if not row.trusted:
            self.faults.report("CT601", "clock", detail="no time server has set it")
        else:
            self.faults.cleared("CT601", "clock")
            if before is not None and before.wall != row.wall:
                self.faults.report("CT602", "clock", detail=f"{(row.wall - before.wall) / 1000:+.1f} s")

    def _save_snapshot(self) -> None:
        """Called between two turns of the pump: everything is committed first."""
        self.pump.commit()
        if self.pump.failing:
            return
        try:
            self.tending.save()
            self.journal.save_snapshot(self.pump.engine.plan.revision, snapshot(self.pump.engine))
            self.journal.prune(self.clock.now() - self.settings.site.journal.keep_readings)
        except OSError as error:
            self._failed(error)

    def ask_stop(self) -> None:
        """Let `run` end."""
        self._stop.set()
        self.reloads.wake()

    def stop(self) -> None:
        """End all parts, commit what is held, fold the journal."""
        self.systemd.stopping()
        self.wiring.switch_off()
        self.wiring.stop()
        self._core.stop()
        self._save_snapshot()
        self.journal.close()

    def parts(self) -> list[Part]:
        """Give all moving parts."""
        return [*self._core.parts, *self.wiring.supervisor.parts]

    # what others ask -------------------------------------------------------------------------------------------------

    def label(self, device: str) -> Label:
        """Give what the core knows of a device."""
        return self.labels.get(device) or Label(device)

    def trusted_wall(self, t: int) -> int | None:
        """Give the wall time of an engine time, None while the clock is not trusted."""
        wall, trusted = self.pump.engine.wall.wall(t)
        return wall if trusted else None

    def newest_alarms(self, reader: JournalReader) -> list[Row]:
        """Give the last transition of every alarm."""
        rows, _ = reader.rows("alarm", max(0, reader.last_seq("alarm") - LATEST), LATEST)
        return list({row.body.alarm: row for row in rows if isinstance(row.body, Alarm)}.values())

    def _committed(self, effects: Sequence[Effect], causes: bool) -> None:
        for code in ("CT501", "CT502"):
            self.faults.cleared(code, "journal")
        self.requests.heard(effects)
        for effect in effects:
            if isinstance(effect, Response) and effect.code:
                self.faults.report("CT103", effect.cmd, cmd=effect.cmd, detail=f"{effect.code}, {effect.message}")
        if effects or causes:
            self.wiring.outputs.committed()

    def _failed(self, error: OSError) -> None:
        code = error.code if isinstance(error, JournalError) else "CT501"
        self.faults.report(code, "journal", path=self.journal.path, detail=str(error))
        if self.pump.dropped:
            self.faults.report("CT505", "journal", count=str(self.pump.dropped))
        self.wiring.outputs.not_durable(self.pump.open_alarms())
