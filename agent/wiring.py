"""From settings to the parts that touch the outside: lines, south broker, centre, store. Started and stopped as one.

Nothing here decides anything: it names who is connected to whom. The order of the records is the pump's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent import VERSION
from agent.driver import Binding, MqttSetup, SerialDevice, Setup
from agent.engine.calibration import calibrate
from agent.io.clock import boot_id
from agent.io.journal_reader import JournalReader
from agent.io.mqtt_broker import Broker, Link, Will
from agent.io.mqtt_client import MqttClient
from agent.io.serial_port import SerialPort
from agent.model.events import Alarm, Instruction, Item, Reading
from agent.model.outside import iso_ms
from agent.ports import Row
from agent.registry import DriverError, mqtt_driver, serial_driver
from agent.runtime.centre import Centre, Identity, status
from agent.runtime.envelope import Envelope
from agent.runtime.line import Line
from agent.runtime.northbound import Northbound
from agent.runtime.storing import Storing
from agent.runtime.supervisor import Part, Supervisor
from agent.runtime.topics import South
from agent.settings.abilities import ecosystem_options, ecosystems_for, is_asked, options_of, serial_of
from agent.settings.corrections import corrections_of
from agent.settings.load import journal_path
from agent.settings.plan import alarms_of, titles_of
from agent.settings.secrets import secret
from agent.settings.types import BrokerSettings, DeviceSettings, Settings

if TYPE_CHECKING:
    from agent.app import App

LATEST: Final = 5_000
"""How many alarm rows are looked through at start for those that are still open."""


class Wiring:
    """All parts that touch the outside, for one settings revision."""

    def __init__(self, app: App, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self.supervisor = Supervisor(app.faults)
        self.lines: dict[str, Line] = {}
        self.south: MqttClient | None = None
        self.north: MqttClient | None = None
        self.centre: Centre | None = None
        self.northbound: Northbound | None = None
        self.store: Storing | None = None
        self._corrections = corrections_of(settings)
        self._open: dict[str, Row] = {}

    def start(self) -> None:
        """Build and start everything that the settings name. Nothing here waits for a port, a broker or a network."""
        self.app.post.routes.clear()
        for name in self.settings.lines.lines:
            self._start_line(name)
        if self.settings.lines.south is not None:
            self._start_south(self.settings.lines.south)
        if self.settings.uplinks.mqtt is not None:
            self._start_north()
        if self.settings.uplinks.influx is not None:
            self._start_store()

    def stop(self) -> None:
        """Say goodbye and end all parts."""
        if self.north is not None and self.centre is not None and self.north.link.connected:
            self.north.call(self.centre.leave)
        self.supervisor.stop()

    def committed(self) -> None:
        """The journal has something new: wake who takes it out."""
        if self.north is not None:
            self.north.wake()
        if self.store is not None:
            self.store.wake()

    def not_durable(self, alarms: Sequence[Alarm]) -> None:
        """The medium fails: alarms go out marked (law 8)."""
        if self.north is not None and self.centre is not None:
            for alarm in alarms:
                self.north.call(lambda alarm=alarm: self.centre.not_durable(alarm))  # type: ignore[misc]

    def _corrected(self, items: list[Item]) -> list[Item]:
        corrections = self._corrections
        if not corrections:
            return items
        out: list[Item] = []
        for item in items:
            found = corrections.get(item.device) if type(item) is Reading else None
            if found is None:
                out.append(item)
            elif isinstance(item, Reading):
                out += calibrate(item, found)
        return out

    # lines -----------------------------------------------------------------------------------------------------------

    def _start_line(self, name: str) -> None:
        wire, app = self.settings.lines.lines[name], self.app
        here = {device: fields for device, fields in self.settings.devices.items() if fields.line == name}
        serial = serial_of(name, self.settings.devices, self.settings.lines)
        devices = [found for device, fields in here.items() if (found := self._serial_device(device, fields))]

        def deliver(items: list[Item]) -> None:
            app.pump.put(self._corrected(items), line)

        line = Line(
            name, SerialPort(wire.port, serial), devices, clock=app.clock, deliver=deliver, counters=app.counters,
            faults=app.faults, asked=any(is_asked(fields) for fields in here.values()), baud=serial.baud, echo=wire.echo,
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

    # brokers ---------------------------------------------------------------------------------------------------------

    def _broker(self, broker: BrokerSettings, client_id: str, **more: Any) -> Broker:
        password = secret(broker.password_file, self.settings.folder, "password_file") if broker.password_file else ""
        ca_file = str(Path(self.settings.folder, broker.ca_file)) if broker.ca_file else ""
        return Broker(
            broker.host, broker.port, client_id, broker.user, password, ca_file, broker.keepalive, **more
        )  # fmt: skip

    def _client(self, broker: Broker, subject: str, on_link: Callable[[Link], None], **more: Any) -> MqttClient:
        faults = self.app.faults

        def told(link: Link) -> None:
            if link.connected:
                for code in down:
                    faults.cleared(code, subject)
                down.clear()
            elif link.code:
                faults.report(link.code, subject, **link.words)
                down.add(link.code)
            on_link(link)

        down: set[str] = set()
        trouble = lambda code, words: faults.report(code, subject, **words)  # noqa: E731
        return MqttClient(broker, self.app.clock, on_link=told, on_trouble=trouble, **more)

    def _start_south(self, broker: BrokerSettings) -> None:
        app, settings = self.app, self.settings
        node = settings.site.node
        client = self._client(
            self._broker(broker, f"{node}-south", manual_ack=True), f"south {broker.host}", lambda _link: None
        )
        families = [self._family(name) for name in (settings.lines.south.ecosystems if settings.lines.south else {})]

        def deliver(items: list[Item], token: int) -> None:
            app.pump.put(self._corrected(items), south, token or None)

        south = South(client, families, clock=app.clock, deliver=deliver, counters=app.counters, faults=app.faults)
        self.south = client
        for name, fields in settings.devices.items():
            if fields.line is None:
                app.post.routes[name] = south.say
        self.supervisor.start(Part("south", client.turn, client.wake, client.close))

    def _family(self, name: str) -> tuple[str, Any]:
        settings = self.settings
        assert settings.lines.south is not None
        driver = mqtt_driver(settings.lines.south.ecosystems[name].driver)
        bindings = {
            fields.id: Binding(device, options_of(fields))
            for device, fields in settings.devices.items()
            if fields.id
            and fields.line is None
            and (fields.ecosystem or ecosystems_for(fields, settings.lines)[0]) == name
        }
        return name, driver.build(MqttSetup(bindings, ecosystem_options(name, settings), self.app.trusted_wall))

    # centre and store ------------------------------------------------------------------------------------------------

    def _envelope(self) -> Envelope:
        site, app = self.settings.site, self.app
        titles = titles_of(self.settings)
        return Envelope(
            site.site, site.node, app.journal.epoch, label=app.label, title=lambda rule: titles.get(rule, {}),
            wall=lambda t: app.pump.engine.wall.wall(t)[0],
        )  # fmt: skip

    def _start_north(self) -> None:
        uplink, site, app = self.settings.uplinks.mqtt, self.settings.site, self.app
        assert uplink is not None
        who = Identity(site.site, site.node, app.session, boot_id()[:8], VERSION, app.journal.epoch)
        topic = f"caretaker/v1/{site.site}/{site.node}/status"
        will = Will(topic, status(who, "lost", iso_ms(app.clock.wall()[0])))
        broker = self._broker(uplink, f"{site.node}-north", manual_ack=True, will=will, protocol=uplink.protocol)
        reader = JournalReader(str(journal_path(self.settings)))
        envelope = self._envelope()

        def linked(link: Link) -> None:
            if link.connected:
                centre.connected()

        def answered(handle: int, code: int) -> None:
            forwarder.answered(handle, code)

        client = self._client(broker, f"north {uplink.host}", linked, on_published=answered)
        intervals = {name: fields.interval // 1000 for name, fields in self.settings.devices.items()}
        forwarder = Northbound(
            reader, client, envelope, clock=app.clock, confirm=app.pump.confirm, faults=app.faults,
            intervals=lambda device: intervals.get(device, 300), readings=uplink.readings,
        )  # fmt: skip
        centre = Centre(
            client, forwarder, envelope, who, clock=app.clock, info=self._info, order=self._order,
            open_alarms=lambda: app.open_alarms(reader),
        )  # fmt: skip
        self.north, self.centre, self.northbound = client, centre, forwarder
        self.supervisor.start(Part("north", centre.turn, client.wake, client.close))

    def _order(self, order: Instruction, centre: Centre, token: int) -> None:
        if order.cmd == "config-reload" and not order.verdict:
            self.app.ask_reload(order, centre, token)
        else:
            self.app.pump.put([order], centre, token or None)

    def _info(self) -> dict[str, Any]:
        sensors = [
            {"sensor": name, "driver": fields.driver, "model": fields.model, "interval_s": fields.interval // 1000,
             "location": fields.place.model_dump()}
            for name, fields in self.settings.devices.items()
        ]  # fmt: skip
        return {
            "agent": {"version": VERSION, "python": sys.version.split()[0]},
            "config": {"revision": self.settings.revision[:12], "sha256": self.settings.revision},
            "capabilities": ["ping", "alarm-ack", "config-reload"],
            "sensors": sensors,
            "alarms": alarms_of(self.settings),
            "streams": self.northbound.positions() if self.northbound else {},
        }

    def _start_store(self) -> None:
        # influxdb-client costs 28 MiB and 190 ms (limits.md §0.8): imported only when a store is named.
        from agent.io.influx_sink import InfluxSink

        uplink, site, app = self.settings.uplinks.influx, self.settings.site, self.app
        assert uplink is not None
        token = secret(uplink.token_file, self.settings.folder, "token_file") if uplink.token_file else ""
        sink = InfluxSink(
            uplink.url, org=uplink.org, bucket=uplink.bucket, token=token, timeout_ms=uplink.timeout, site=site.site,
            node=site.node, label=app.label,
        )  # fmt: skip
        self.store = Storing(
            JournalReader(str(journal_path(self.settings))), sink, clock=app.clock, confirm=app.pump.confirm,
            faults=app.faults, name=f"store {uplink.url}", batch=uplink.batch,
        )  # fmt: skip
        self.supervisor.start(Part("store", self.store.turn, self.store.wake))
