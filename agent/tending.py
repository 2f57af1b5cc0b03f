"""What is done to readings between a device and the pump, and who is told to be silent or failing.

device --> corrected, derived, totals followed --> pump: thinned out --> engine
counters --> who was not heard for too long --> availability
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from agent.engine.calibration import calibrate
from agent.engine.reporting import Reporting
from agent.engine.totals import TOTALS, Totals
from agent.io.clock import stopwatch
from agent.model.events import Item, Reading
from agent.runtime.silence import Silence
from agent.settings.corrections import corrections_of, derivations_of
from agent.settings.tending import counters_of, reports_of, silences_of
from agent.settings.types import Settings

if TYPE_CHECKING:
    from agent.app import App


class Tending:
    """Made when the journal is open; takes other settings by `adopt`."""

    def __init__(self, app: App) -> None:
        self._app = app
        kept = app.journal.kept("totals")
        self._totals = Totals({}, msgspec.json.decode(kept, type=dict[str, Any]) if kept else None)
        self._saved = self._totals.state()
        app.pump.engine.gauges.read = stopwatch
        self._failing: set[str] = set()
        self._silence = Silence(app.counters, app.clock.now())
        self.adopt(app.settings)

    def adopt(self, settings: Settings) -> None:
        """Use other settings."""
        self._corrections = corrections_of(settings)
        self._derivations = derivations_of(settings)
        self._totals.counters = counters_of(settings)
        self._silence.after = silences_of(settings)
        self.reporting = Reporting(reports_of(settings), self._app.pump.engine.indifferent)
        self._app.pump.keeps = self.reporting.passes

    def told(self, items: list[Item]) -> list[Item]:
        """Give what devices said as it is to be kept. Called by the thread that heard them."""
        corrections, derivations, totals = self._corrections, self._derivations, self._totals
        for item in items:
            if type(item) is Reading and (
                item.quantity in TOTALS or item.device in corrections or item.device in derivations
            ):
                break
        else:
            return items
        out: list[Item] = []
        for item in items:
            if type(item) is not Reading:
                out.append(item)
                continue
            correction = corrections.get(item.device)
            for reading in (item,) if correction is None else calibrate(item, correction):
                out += totals.take(reading)
                if item.device in derivations:
                    for derived in derivations[item.device].take(reading):
                        out += totals.take(derived)
        return out

    def look(self) -> None:
        """Say who was missed for too long, and who is back."""
        now = self._app.clock.now()
        told = self._silence.look(now)
        if told:
            self._app.pump.put(told)
        self._look_at_rules()

    def _look_at_rules(self) -> None:
        """Say which rules cannot be computed, and which can be again."""
        failing = dict(self._app.pump.engine.gauges.failing)
        for alarm in failing.keys() - self._failing:
            self._app.faults.report("CT106", alarm, alarm=alarm, detail=failing[alarm])
        for alarm in self._failing - failing.keys():
            self._app.faults.cleared("CT106", alarm)
        self._failing = set(failing)

    def save(self) -> None:
        """Keep what must be remembered of totals. Called between two turns of the pump; raises OSError."""
        state = self._totals.state()
        if state != self._saved:
            self._app.journal.keep("totals", msgspec.json.encode(state))
            self._saved = state
