"""From settings to the parts that hear: serial lines and the south broker. The order of the records is the pump's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from agent.brokers import broker_of, connection
from agent.driver import Binding, MqttSetup, ProbeDriver, SerialDevice, Setup
from agent.io.mqtt_broker import Link
from agent.io.mqtt_client import MqttClient
from agent.io.probes import ask
from agent.io.transports import transport
from agent.model.events import Availability, Item, Presence
from agent.registry import DriverError, driver, mqtt_driver, serial_driver
from agent.runtime.line import Line
from agent.runtime.probing import Asked, Probing
from agent.runtime.pump import Delivery
from agent.runtime.supervisor import Part, Supervisor
from agent.runtime.topics import South
from agent.settings.abilities import ecosystem_options, ecosystems_for, is_asked, options_of, serial_of, wire_of
from agent.settings.inhibition import SOUTH_SAYS
from agent.settings.types import DeviceSettings, Settings, SouthSettings

if TYPE_CHECKING:
    from agent.app import App


SOUTH_RETRY_MOST: Final = 5_000
"""The devices' broker is on this box or its LAN: asking it every five seconds drowns nobody, and readings wait."""


PROBED_EACH: Final = 8
PROBERS_MOST: Final = 8


class Inputs:
    """Lines and south broker of one settings revision."""

    def __init__(self, app: App, settings: Settings, supervisor: Supervisor) -> None:
        self.app, self.settings, self.supervisor = app, settings, supervisor
        self.lines: dict[str, Line] = {}
        self.south: MqttClient | None = None

    def start_line(self, name: str) -> None:
        """Start one line with the devices that hang on it."""
        wire, app = self.settings.lines.lines[name], self.app
        here = {device: fields for device, fields in self.settings.devices.items() if fields.line == name}
        devices = [found for device, fields in here.items() if (found := self._serial_device(device, fields))]

        def deliver(items: list[Item]) -> None:
            app.pump.put(self.app.tending.told(items), line)

        wires = {device: wire_of(fields, self.settings.lines) for device, fields in here.items()}
        # As the first that is there wants it: it is set anew only where it changes.
        first = devices[0].device if devices else ""
        serial = wires.get(first) or serial_of(name, self.settings.devices, self.settings.lines)
        line = Line(
            name, transport(wire, serial), devices, clock=app.clock, deliver=deliver, counters=app.counters,
            faults=app.faults, asked=any(is_asked(fields) for fields in here.values()), wires=wires,
            echo=wire.echo, reset_after=wire.reset_after,
        )  # fmt: skip
        self.lines[name] = line
        app.post.routes.update(dict.fromkeys(here, line.say))
        self.supervisor.start(Part(f"line {name}", line.turn, line.wake, line.close))

    def _serial_device(self, name: str, fields: DeviceSettings) -> SerialDevice | None:
        """Give the driver's device; None, and said, when its package is broken since the settings were checked."""
        try:
            driver = serial_driver(fields.driver)
        except DriverError as error:
            self.app.faults.report("CT104", name, detail=str(error))
            return None
        return driver.build(
            Setup(name, fields.address, fields.interval, options_of(fields), self.app.memory, self.app.trusted_wall)
        )

    def start_probes(self) -> None:
        """Start asking what is only asked whether it is there: about eight devices a thread, at most eight threads."""
        app, found = self.app, list(self._probed())
        shares = min(PROBERS_MOST, -(-len(found) // PROBED_EACH))
        for number in range(shares):
            probing = Probing(
                found[number::shares], ask, clock=app.clock, deliver=app.pump.put, counters=app.counters,
                faults=app.faults,
            )  # fmt: skip
            self.supervisor.start(Part(f"probes {number + 1}", probing.turn, probing.wake))

    def _probed(self) -> Iterator[Asked]:
        for name, fields in self.settings.devices.items():
            found = driver(fields.driver)
            if isinstance(found, ProbeDriver):
                yield Asked(name, found.probe(options_of(fields)), fields.interval, found.meaning)

    def start_south(self, broker: SouthSettings) -> None:
        """Start the south broker's connection with the families on it."""
        app, settings = self.app, self.settings

        def linked(link: Link) -> None:
            presence: Presence = "online" if link.connected else "offline"
            # Our own goodbye is nobody's loss: a stop, or other settings, must make no alarm of it.
            if presence != said[-1] and not self.supervisor.stopping:
                said[:] = [presence]
                app.pump.put([Availability(SOUTH_SAYS, presence, "line", app.clock.now(), link.code)])

        said: list[Presence] = ["unknown"]
        client = connection(
            broker_of(
                broker, settings.folder, f"{settings.site.node}-south", manual_ack=True, retry_most_ms=SOUTH_RETRY_MOST
            ),
            f"south {broker.host}",
            clock=app.clock,
            faults=app.faults,
            on_link=linked,
        )
        families = [self._family(broker, name) for name in broker.ecosystems]

        burst: list[Delivery] = []

        def deliver(items: list[Item], token: int) -> None:
            burst.append((self.app.tending.told(items), token or None))

        def turn() -> None:
            client.turn()
            if burst:
                app.pump.put_all(burst.copy(), south)
                burst.clear()

        south = South(client, families, clock=app.clock, deliver=deliver, counters=app.counters, faults=app.faults)
        self.south = client
        for name, fields in settings.devices.items():
            if fields.id:
                app.post.routes[name] = south.say
        self.supervisor.start(Part("south", turn, client.wake, client.close))

    def _family(self, broker: SouthSettings, name: str) -> tuple[str, Any]:
        settings = self.settings
        driver = mqtt_driver(broker.ecosystems[name].driver)
        bindings = {
            fields.id: Binding(device, options_of(fields))
            for device, fields in settings.devices.items()
            if fields.id
            and fields.line is None
            and (fields.ecosystem or ecosystems_for(fields, settings.lines)[0]) == name
        }
        return name, driver.build(MqttSetup(bindings, ecosystem_options(name, settings), self.app.trusted_wall))
