"""Settings read again while the agent runs: checked whole, then taken whole, or not at all.

Requests come from any thread (SIGHUP, the centre, the local socket) and are carried out by the thread of `App.run`.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, Final

import msgspec

from agent.io.clock import mono_ms
from agent.model.events import Event, Instruction, Outcome, Reload
from agent.ports import Source
from agent.runtime.commands import local_order
from agent.runtime.pump import Record
from agent.settings.complaints import SettingsError
from agent.settings.load import load_texts, texts
from agent.settings.plan import labels_of, titles_of
from agent.settings.types import Settings
from agent.wiring import Wiring

if TYPE_CHECKING:
    from agent.app import App

SETTLE_SECONDS: Final = 10.0
"""How long a reload waits for the pump, which stands still no longer than a commit takes."""
Request = tuple[Instruction | None, Source | None, object | None]


class Reloads:
    """The queue of requests, and how one is carried out."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()

    def ask(self, order: Instruction | None = None, source: Source | None = None, token: object | None = None) -> None:
        """Let the settings be read again; whoever ordered it gets the answer. From any thread."""
        self._requests.put((order, source, token))

    def wake(self) -> None:
        """End a wait."""
        self._requests.put(None)

    def wait(self, seconds: float) -> None:
        """Carry out a request if one comes within so many seconds."""
        try:
            request = self._requests.get(timeout=seconds)
        except queue.Empty:
            return
        if request is not None:
            self._carry_out(*request)

    def _carry_out(self, order: Instruction | None, source: Source | None, token: object | None) -> None:
        app = self.app
        now = app.clock.now()
        app.systemd.reloading(mono_ms() * 1000)
        order = order or local_order("config-reload", f"local-{now}", now, "local", {})
        try:
            kept = texts(app.folder)
            found = load_texts(kept, app.folder)
        except SettingsError as error:
            app.faults.report("CT102", str(app.folder), detail=error.complaints[0].message)
            refused = msgspec.structs.replace(order, verdict="CONFIG_INVALID", note=str(error)[:2000])
            app.pump.put([refused], source, token)
            app.systemd.ready("settings refused, the running ones keep running")
            return
        app.faults.cleared("CT102", str(app.folder))
        dry = msgspec.json.decode(order.args, type=dict[str, Any]).get("dry_run") is True
        active = app.settings if dry else found
        result = {"active_revision": active.revision[:12], "checked": found.revision[:12]}
        records: list[Record] = [msgspec.structs.replace(order, args=msgspec.json.encode(result).decode())]
        if active.revision != app.settings.revision:
            app.keep(found, kept)
            records.append(Reload(found.revision, now))
        app.pump.put(records, source, token)
        self._adopt(active)
        app.systemd.ready("settings taken" if not dry else "settings checked")

    def _adopt(self, found: Settings) -> None:
        """Use other settings: rules and labels at once; what touches the outside is started anew if it changed."""
        app = self.app
        changed = _outside(found) != _outside(app.settings)
        app.settings, app.labels = found, labels_of(found)
        app.tending.adopt(found)
        app.titles = app.titles | titles_of(found)  # an alarm whose rule went is still to be told, with its title
        if not changed:
            app.wiring.outputs.inform()
            return
        self._settle()  # so that the order is acknowledged by the connection it came by
        app.wiring.stop()
        self._settle()  # what the lines said last: a terminal must hear of each press that is kept, and of no other
        app.memory = app.journal.remembered()
        app.wiring = Wiring(app, found)
        app.wiring.start()

    def _settle(self) -> None:
        """Wait until all that the pump was given up to now is on the medium, for a while at most."""
        mark = _Mark()
        self.app.pump.put([], mark, mark)
        mark.stored.wait(SETTLE_SECONDS)


class _Mark:
    """A `Source` of the pump that hears when all that was put before it is on the medium."""

    window = 1

    def __init__(self) -> None:
        self.stored = threading.Event()

    def acknowledge(self, tokens: list[Any]) -> None:  # noqa: ARG002 - the protocol's form
        """It is stored."""
        self.stored.set()

    def settle(self, event: Event, outcome: Outcome) -> None:
        """Do nothing: no event comes from here."""


def _outside(settings: Settings) -> tuple[object, ...]:
    """Give what the parts that touch the outside are made of."""
    return settings.lines, settings.devices, settings.uplinks, settings.site
