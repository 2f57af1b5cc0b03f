"""What all walks share: a settings folder, the agent in-process or as a process to be killed, its journal from outside.

It mocks nothing and judges nothing. There is no time limit: `until` gives up only when nothing moves any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from agent.app import App
from agent.io.journal_reader import JournalReader
from agent.model.effects import Effect
from agent.model.events import Cause
from agent.runtime.control import request
from agent.view import view

T = TypeVar("T")
PATIENCE: Final = 120.0
"""Seconds without any progress after which a wait is given up; a machine that swaps may need some."""
SITE, NODE = "acme", "pi-1"
ROOT: Final = f"caretaker/v1/{SITE}/{NODE}"
READY: Final = "ready: "


def until(what: str, probe: Callable[[], T], progress: Callable[[], object] = lambda: None) -> T:
    """Wait until `probe` gives something true and give it; fail when `progress` has stood still for `PATIENCE`."""
    mark, since = progress(), time.monotonic()
    while not (found := probe()):
        if (now := progress()) != mark:
            mark, since = now, time.monotonic()
        assert time.monotonic() - since < PATIENCE, f"waited {PATIENCE:g} s in vain: {what} (last seen: {mark!r})"
        time.sleep(0.005)
    return found


def write_settings(folder: Path, **parts: Any) -> Path:
    """Write a settings folder. `parts`: lines, south, devices, rules, mqtt, influx, commit (a duration)."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = {"path": "journal.db", "commit_interval": parts.get("commit", "200ms")}
    south = {"south": parts["south"]} if "south" in parts else {}
    uplinks = {name: parts[name] for name in ("mqtt", "influx") if name in parts}
    files: dict[str, Any] = {
        "site": {"site": SITE, "node": NODE, "timezone": "UTC", "journal": journal},
        "lines": {"lines": parts.get("lines", {}), **south},
        "devices": {"devices": parts.get("devices", {})},
        "rules": {"rules": parts.get("rules", {})},
        "uplinks": {"uplinks": uplinks},
    }
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


@contextlib.contextmanager
def running(folder: Path) -> Iterator[App]:
    """Run the agent in this process, its clock trusted."""
    app = App(folder, trust_clock="always")
    app.start()
    chores = threading.Thread(target=app.run, name="chores")
    chores.start()
    try:
        yield app
    finally:
        app.ask_stop()
        chores.join()


def delivered(app: App, uplink: str, stream: str) -> int:
    """Give the number up to which an uplink has confirmed a stream."""
    return int(view(app)["uplinks"][uplink]["delivered"][stream])


def fault(state: dict[str, Any], code: str, subject: str = "") -> dict[str, Any]:
    """Give the entry of a fault in a status, an empty one if it was never there."""
    entries = [entry for entry in state["faults"] if entry["code"] == code and subject in ("", entry["subject"])]
    return dict(entries[0]) if entries else {}


def active(state: dict[str, Any]) -> set[tuple[str, str]]:
    """Give code and subject of the faults that are there."""
    return {(entry["code"], entry["subject"]) for entry in state["faults"] if entry["active"]}


class Service:
    """The agent as a process of its own: started, asked, signalled, killed. Its log is kept over restarts."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self._environ = {"CARETAKER_TRUST_CLOCK": "always"} | environ
        self._before = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for nothing."""
        command = [sys.executable, "-m", "agent", "run", "-c", str(self.folder)]
        self._before = len(self.said())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, env=os.environ | self._environ)

    def said(self) -> str:
        """Give all of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def ready(self) -> None:
        """Wait until it has said that it is ready, this time."""
        until("the service is ready", lambda: READY in self.said()[self._before :] or self._died())

    def ended(self) -> bool:
        """Tell whether it is gone."""
        return self._process is None or self._process.poll() is not None

    def _died(self) -> bool:
        assert not self.ended(), f"the service ended:\n{self.said()}"
        return False

    def wait(self) -> int:
        """Wait until it has ended by itself; give its exit status."""
        until("the service ends", self.ended)
        assert self._process
        return int(self._process.returncode)

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        """Cut its power; harmless if it is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as systemd would; harmless if it is gone."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def status(self) -> dict[str, Any]:
        """Ask the running service what it knows of itself."""
        return request(self.folder / "control.sock", {"cmd": "status"}, PATIENCE)


@contextlib.contextmanager
def served(folder: Path, **environ: str) -> Iterator[Service]:
    """Run the service until the test is done with it."""
    service = Service(folder, **environ)
    service.start()
    try:
        service.ready()
        yield service
    finally:
        service.stop()


class Kept:
    """What the journal holds, looked at from outside, also while the agent writes it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"

    def has(self, native: str) -> bool:
        """Tell whether an event is committed. Opened anew, read-only: what is on the medium now counts."""
        uid, _, number = native.rpartition(":")
        sql = "SELECT 1 FROM native JOIN identity ON identity.id = identity WHERE uid = ? AND number = ?"
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=60)) as journal:
            return journal.execute(sql, (uid, int(number))).fetchone() is not None

    def causes(self) -> list[Cause]:
        """Give all causes in their order."""
        with self.reader() as reader:
            return [cause for _, cause in reader.causes()]

    def effects(self, stream: str) -> list[Effect]:
        """Give all effects of a stream in their order."""
        with self.reader() as reader:
            return list(reader.effects(stream))

    def last_seq(self, stream: str) -> int:
        """Give the newest number of a stream."""
        with self.reader() as reader:
            return reader.last_seq(stream)

    @contextlib.contextmanager
    def reader(self) -> Iterator[JournalReader]:
        """Open the journal to be read, and look afterwards that nothing in it was damaged."""
        reader = JournalReader(str(self.path))
        try:
            yield reader
            assert not reader.damaged
        finally:
            reader.close()
