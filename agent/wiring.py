"""All parts that touch the outside, for one settings revision: started and stopped as one.

Nothing here waits for a port, a broker or a network; what cannot start is said, and the others do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from agent.inputs import Inputs
from agent.model.effects import Switch
from agent.outputs import Outputs
from agent.runtime.supervisor import Supervisor
from agent.settings.complaints import SettingsError
from agent.settings.types import Settings

if TYPE_CHECKING:
    from agent.app import App


LAST_WORDS: Final = 2.0
"""Seconds that stopping waits at most for outputs to be switched off."""


class Wiring:
    """Inputs and outputs under one supervisor."""

    def __init__(self, app: App, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.supervisor = Supervisor(app.faults)
        self.inputs = Inputs(app, settings, self.supervisor)
        self.outputs = Outputs(app, settings, self.supervisor)

    def start(self) -> None:
        """Build and start everything that the settings name."""
        settings, uplinks = self.settings, self.settings.uplinks
        self.app.post.routes.clear()
        for name in settings.lines.lines:
            self.inputs.start_line(name)
        self.inputs.start_probes()
        south, mqtt, influx = settings.lines.south, uplinks.mqtt, uplinks.influx
        if south is not None:
            self._start("south", lambda: self.inputs.start_south(south))
        if mqtt is not None:
            self._start("uplinks.mqtt", lambda: self.outputs.start_north(mqtt))
        if influx is not None:
            self._start("uplinks.influx", lambda: self.outputs.start_store(influx))

    def _start(self, name: str, start: Callable[[], None]) -> None:
        """Start a part that needs a secret: without it the part is left out and said, and the rest runs."""
        try:
            start()
        except SettingsError as error:
            self.app.faults.report("CT105", name, part=name, detail=error.complaints[0].message)
        else:
            self.app.faults.cleared("CT105", name)

    def switch_off(self) -> None:
        """Switch off what shall not stay on without us, and give the lines a moment to say so."""
        now, orders = self.app.clock.now(), 0
        for device, fields in self.settings.devices.items():
            for name, output in fields.outputs.items():
                if output.at_stop == "off":
                    self.app.post.say(Switch(device, now, name, on=False, ref="stop"))
                    orders += 1
        if orders:
            time.sleep(min(LAST_WORDS, 0.1 * orders + 0.4))

    def stop(self) -> None:
        """Say goodbye and end all parts."""
        self.outputs.leave()
        self.supervisor.stop()
