"""From settings to the parts that tell: the centre and the store. Each is a cursor over the journal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from agent import VERSION
from agent.brokers import broker_of, connection
from agent.engine.engine import Engine
from agent.engine.orders import ORDERS
from agent.io.clock import boot_id
from agent.io.journal_reader import JournalReader
from agent.io.mqtt_broker import Link, Will
from agent.io.mqtt_client import MqttClient
from agent.model.effects import Alarm
from agent.model.events import Instruction
from agent.model.outside import iso_ms
from agent.runtime import rule_health
from agent.runtime.centre import Centre, Identity, status
from agent.runtime.device_health import row
from agent.runtime.envelope import Envelope
from agent.runtime.northbound import Northbound
from agent.runtime.storing import Storing
from agent.runtime.supervisor import Part, Supervisor
from agent.settings.abilities import ecosystems_for
from agent.settings.load import journal_path
from agent.settings.plan import alarms_of
from agent.settings.secrets import secret
from agent.settings.types import InfluxUplink, MqttUplink, Settings

if TYPE_CHECKING:
    from agent.app import App


GOODBYE: Final = 2.0
"""Seconds that a stop waits at most for the goodbye to be on its way."""


class Outputs:
    """Centre and store of one settings revision."""

    def __init__(self, app: App, settings: Settings, supervisor: Supervisor) -> None:
        self.app, self.settings, self.supervisor = app, settings, supervisor
        self.north: MqttClient | None = None
        self.centre: Centre | None = None
        self.northbound: Northbound | None = None
        self.store: Storing | None = None

    def leave(self) -> None:
        """Say goodbye to the centre, and wait for a moment until it is said: a clean stop is not a loss."""
        centre, north, said = self.centre, self.north, threading.Event()
        if north is None or centre is None or not north.link.connected:
            return

        def goodbye() -> None:
            centre.leave()
            said.set()

        north.call(goodbye)
        said.wait(GOODBYE)

    def inform(self) -> None:
        """Other rules apply: tell the centre by a new birth message what there is now."""
        if self.north is not None and self.centre is not None and self.north.link.connected:
            self.north.call(self.centre.inform)

    def committed(self) -> None:
        """The journal has something new: wake who takes it out."""
        if self.north is not None:
            self.north.wake()
        if self.store is not None:
            self.store.wake()

    def not_durable(self, alarms: Sequence[Alarm]) -> None:
        """The medium fails: alarms go out marked (law 8)."""
        north, centre = self.north, self.centre
        if north is not None and centre is not None:
            for alarm in alarms:
                north.call(lambda alarm=alarm: centre.not_durable(alarm))  # type: ignore[misc]

    def _envelope(self) -> Envelope:
        site, app = self.settings.site, self.app
        return Envelope(
            site.site, site.node, app.journal.epoch, label=app.label, title=lambda rule: app.titles.get(rule, {}),
            wall=lambda t: app.pump.engine.wall.wall(t)[0],
        )  # fmt: skip

    def start_north(self, uplink: MqttUplink) -> None:
        """Start the connection to the centre with its forwarder."""
        site, app = self.settings.site, self.app
        who = Identity(site.site, site.node, app.session, boot_id()[:8], VERSION, app.journal.epoch)
        topic = f"caretaker/v1/{site.site}/{site.node}/status"
        will = Will(topic, status(who, "lost", iso_ms(app.clock.wall()[0])))
        broker = broker_of(uplink, self.settings.folder, f"{site.node}-north", manual_ack=True, will=will)
        reader = JournalReader(str(journal_path(self.settings)))
        envelope = self._envelope()

        def linked(link: Link) -> None:
            if link.connected:
                centre.connected()

        def answered(handle: int, code: int) -> None:
            forwarder.answered(handle, code)

        client = connection(
            broker, f"north {uplink.host}", clock=app.clock, faults=app.faults, on_link=linked, on_published=answered
        )
        intervals = {name: fields.interval // 1000 for name, fields in self.settings.devices.items()}
        forwarder = Northbound(
            reader, client, envelope, clock=app.clock, confirm=app.pump.confirm, faults=app.faults,
            intervals=lambda device: intervals.get(device, 300), readings=uplink.readings,
        )  # fmt: skip
        centre = Centre(
            client, forwarder, envelope, who, clock=app.clock, info=self._info, order=self._order,
            newest_alarms=lambda: app.newest_alarms(reader), health=self._health,
            rules=lambda: rule_health.rows(app.pump.engine),
            metrics=lambda: app.pump.engine.metrics.report(app.clock.now()),
        )  # fmt: skip
        self.north, self.centre, self.northbound = client, centre, forwarder
        self.supervisor.start(Part("north", centre.turn, client.wake, client.close))

    def _order(self, order: Instruction, centre: Centre, token: int) -> None:
        if order.cmd == "config-reload" and not order.verdict:
            self.app.reloads.ask(order, centre, token)
        else:
            self.app.pump.put([order], centre, token or None)

    def _info(self) -> dict[str, Any]:
        settings = self.app.settings  # of now: rules may have been changed since these parts were made
        sensors = [
            {"sensor": name, "driver": fields.driver, "model": fields.model, "interval_s": fields.interval // 1000,
             "location": fields.place.model_dump()}
            for name, fields in settings.devices.items()
        ]  # fmt: skip
        return {
            "agent": {"version": VERSION, "python": sys.version.split()[0]},
            "config": {"revision": settings.revision[:12], "sha256": settings.revision},
            "capabilities": list(ORDERS),
            "sensors": sensors,
            "alarms": alarms_of(settings),
            "streams": self.northbound.positions() if self.northbound else {},
        }

    def _health(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Give how each device does, by the line or family that carries it; what is asked over the network apart."""
        app, settings = self.app, self.app.settings
        engine, counts, lines = app.pump.engine, app.counters.snapshot(app.clock.now()), app.wiring.inputs.lines
        groups: dict[str, dict[str, dict[str, Any]]] = {}
        for name, fields in settings.devices.items():
            group = fields.line or (ecosystems_for(fields, settings.lines)[0] if fields.id else "network")
            here = counts.get(name, {})
            presence = "lent" if fields.line in lines and lines[fields.line].lent else _presence(engine, name, here)
            seen = here.get("last_seen", -1)
            last_seen = iso_ms(engine.wall.wall(seen)[0]) if seen >= 0 else None
            groups.setdefault(group, {})[name] = row(presence, last_seen, here)
        return groups

    def start_store(self, uplink: InfluxUplink) -> None:
        """Start the forwarder to the store."""
        # influxdb-client costs 28 MiB and 190 ms (limits.md §0.8): imported only when a store is named.
        from agent.io.influx_sink import InfluxSink

        site, app = self.settings.site, self.app
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


def _presence(engine: Engine, name: str, counts: Mapping[str, Any]) -> str:
    said = str(counts.get("presence", "unknown"))
    return said if said != "unknown" else engine.presence.get(name, "unknown")
