"""The centre's side: status with its will, birth, health, metrics, open alarms at every connection, commands, rows.

One thread runs the connection and the forwarder together: `turn` does one turn of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from agent.model.effects import Alarm
from agent.model.events import Event, Instruction, Outcome
from agent.model.outside import iso_ms
from agent.ports import Clock, Hearer, Row
from agent.runtime import rule_health
from agent.runtime.commands import order_of
from agent.runtime.device_health import EVERY, EXPIRY_S, Rows, reports
from agent.runtime.envelope import CONTENT, Envelope
from agent.runtime.northbound import Northbound, Publisher

PLAIN = "application/json"
METRICS = "metrics/alarms"
METRICS_EVERY = 600_000
"""ms between two reports on alarms (domain.md §1.2)."""
METRICS_EXPIRY_S = 1800


class Connection(Publisher, Protocol):
    """What this file needs of an MQTT connection beside `publish`."""

    def subscribe(self, filters: list[str], hearer: Hearer) -> None:
        """Let `hearer` have what matches."""
        ...

    def turn(self, limit_ms: int = ...) -> None:
        """Do one turn."""
        ...

    def ack(self, tokens: list[int]) -> None:
        """Acknowledge messages."""
        ...

    @property
    def connected(self) -> bool:
        """Tell whether the broker is there."""
        ...


class Identity(msgspec.Struct, frozen=True):
    """Who speaks: the words of `status`. `session` counts runs, so that a late will is told from a new birth."""

    site: str
    node: str
    session: int
    boot: str
    agent: str
    epoch: str


def status(who: Identity, state: str, at: str) -> bytes:
    """Give the payload of `status`: online, offline (a clean stop) or lost (the will)."""
    return msgspec.json.encode({
        "v": 1, "state": state, "node": who.node, "site": who.site, "session": who.session, "boot": who.boot, "at": at,
        "agent": who.agent, "epoch": who.epoch,
    })  # fmt: skip


class Centre:
    """Keeps the centre informed and takes its commands.

    A `Source` of the pump: a command is acknowledged to the broker when its answer is on the medium. `info` gives the
    data of the birth message, `health` how the devices do, by the line or family that carries them,
    `metrics` how many alarms there are (agent/alarms/metrics.py), `rules` what each rule did and costs.
    """

    def __init__(
        self,
        connection: Connection,
        forwarder: Northbound,
        envelope: Envelope,
        who: Identity,
        *,
        clock: Clock,
        info: Callable[[], dict[str, Any]],
        order: Callable[[Instruction, Centre, int], None],
        newest_alarms: Callable[[], list[Row]],
        health: Callable[[], Mapping[str, Rows]] = dict,
        rules: Callable[[], rule_health.Rows] = dict,
        metrics: Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        self._connection, self._forwarder, self._envelope, self._who = connection, forwarder, envelope, who
        self._clock, self._info, self._order, self._newest_alarms = clock, info, order, newest_alarms
        root = envelope.root
        self._health, self._rules, self._health_at = health, rules, 0
        self._metrics, self._metrics_at = metrics, 0
        self._births = self._reports = 0
        site_root = root.rpartition("/")[0]
        connection.subscribe([f"{root}/cmd/+", f"{site_root}/_all/cmd/+"], self._command)

    def turn(self, limit_ms: int = 60_000) -> None:
        """Do one turn: hear and answer the broker, then hand over what fits into the window.

        Nothing is handed over before there is a connection: the birth comes first.
        """
        if self._connection.connected:
            due = min(self._health_at, self._metrics_at) if self._metrics is not None else self._health_at
            limit_ms = max(0, min(limit_ms, due - self._clock.now()))
        self._connection.turn(limit_ms)
        if self._connection.connected:
            self._forwarder.turn()
            if self._clock.now() >= self._health_at:
                self._health_at = self._clock.now() + EVERY
                self._report(EXPIRY_S)
            if self._metrics is not None and self._clock.now() >= self._metrics_at:
                self._metrics_at = self._clock.now() + METRICS_EVERY
                self._reports += 1
                report = self._event("metrics", "metrics.alarms", f"m{self._reports:06d}", self._metrics())
                self._publish(f"{self._envelope.root}/{METRICS}", report, CONTENT, METRICS_EXPIRY_S)

    def connected(self) -> None:
        """A connection came about: birth first, then the open alarms, then what is new."""
        self._publish(f"{self._envelope.root}/status", status(self._who, "online", self._now()), PLAIN)
        self.inform()
        newest = self._newest_alarms()
        self._forwarder.knows(newest)
        for row in newest:
            if isinstance(row.body, Alarm) and row.body.state != "closed":
                self._snapshot(row)

    def inform(self) -> None:
        """Say what there is: settings, devices, alarms (the birth message)."""
        self._births += 1
        birth = self._event("info", "info.birth", f"{self._births:04d}", self._info())
        self._publish(f"{self._envelope.root}/info", birth, CONTENT)

    def _report(self, expiry_s: int) -> None:
        """Say how each device does, and how the rules do (device_health.py, rule_health.py)."""
        told = [("devices", topic, data) for topic, data in reports(self._health())]
        told.append(("rules", rule_health.TOPIC, rule_health.report(self._rules())))
        for kind, topic, data in told:
            self._reports += 1
            report = self._event("health", f"health.{kind}", f"h{self._reports:06d}", data)
            self._publish(f"{self._envelope.root}/{topic}", report, CONTENT, expiry_s)

    def _event(self, source: str, kind: str, number: str, data: Mapping[str, Any]) -> bytes:
        """Give a message that is of now and comes from no row of the journal."""
        now, who = self._now(), self._who
        return msgspec.json.encode({
            "specversion": "1.0",
            "id": f"{who.epoch}-{who.session:06d}-{number}",
            "source": f"/{self._envelope.root}/{source}",
            "type": f"caretaker.{kind}.v1",
            "subject": who.node,
            "time": now,
            "recordedtime": now,
            "datacontenttype": "application/json",
            "dataschema": f"urn:caretaker:schema:{source}:1",
            "epoch": who.epoch,
            "clocksync": self._clock.wall()[1],
            "historical": False,
            "data": {"session": who.session, **data},
        })  # fmt: skip

    def leave(self) -> None:
        """Say goodbye: a clean stop is `offline`, not `lost`. The last report of the devices stays."""
        self._report(0)
        self._publish(f"{self._envelope.root}/status", status(self._who, "offline", self._now()), PLAIN)
        self._connection.turn(0)

    def not_durable(self, alarm: Alarm) -> None:
        """Tell an alarm that the medium would not take: better known and marked than unknown (law 8)."""
        wall, trusted = self._clock.wall()
        row = Row("alarm", 0, alarm.t, wall, wall, not trusted, alarm)
        message = self._envelope.message(row, wall)
        payload = msgspec.json.decode(message.payload)
        payload["data"]["durable"] = False
        self._publish(message.topic, msgspec.json.encode(payload), CONTENT)

    def _snapshot(self, row: Row) -> None:
        message = self._envelope.message(row, row.wall)
        payload = msgspec.json.decode(message.payload)
        payload["data"]["snapshot"] = True
        self._publish(message.topic, msgspec.json.encode(payload), CONTENT)

    def _publish(self, topic: str, payload: bytes, content_type: str, expiry_s: int = 0) -> None:
        self._connection.publish(topic, payload, retain=True, content_type=content_type, expiry_s=expiry_s)

    def _now(self) -> str:
        return iso_ms(self._clock.wall()[0])

    def _command(self, topic: str, payload: bytes, retained: bool, token: int) -> None:  # a Hearer
        order = order_of(
            topic, payload, retained=retained, root=self._envelope.root, now=self._clock.now(), wall=self._clock.wall()
        )
        if order is None:
            self._connection.ack([token])
        else:
            self._order(order, self, token)

    @property
    def window(self) -> int:
        """How many unacknowledged commands may wait for a commit."""
        return 1

    def acknowledge(self, tokens: list[Any]) -> None:
        """These commands are on the medium, with their answers."""
        self._connection.ack(tokens)

    def settle(self, event: Event, outcome: Outcome) -> None:
        """Do nothing: the centre sends commands, not events."""
