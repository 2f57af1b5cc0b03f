"""The south broker's side: real drivers behind a real mosquitto, then strangers and prompts without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from agent.driver import Binding, Message, MqttDevices, MqttSetup
from agent.io.clock import SystemClock
from agent.io.memory import MemoryClock
from agent.io.mqtt_broker import Broker
from agent.io.mqtt_client import MqttClient
from agent.model.effects import Order, Prompt
from agent.model.events import Availability, Item, Reading, Stranger
from agent.ports import Hearer
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.topics import SAID_AGAIN, STRANGERS_MOST, South
from drivers.tasmota import DRIVER as TASMOTA
from drivers.zigbee2mqtt import DRIVER as ZIGBEE2MQTT
from tests.io.mqtt_peer import Peer
from tests.servers import mosquitto


class Inbox:
    """What South delivers."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.tokens: list[int] = []
        self.deliveries: list[tuple[list[Item], int]] = []

    def deliver(self, items: list[Item], token: int) -> None:
        self.items += items
        self.tokens.append(token)
        self.deliveries.append((items, token))


def zigbee() -> MqttDevices:
    return ZIGBEE2MQTT.build(MqttSetup({"lobby/door": Binding("lobby-door")}))


@pytest.mark.server
def test_messages_reach_their_driver_and_are_acknowledged_in_order(tmp_path: Path) -> None:
    inbox, clock, counters = Inbox(), SystemClock(), Counters()
    tasmota = TASMOTA.build(MqttSetup({"plug1": Binding("fan")}))
    with mosquitto(tmp_path) as server:
        answered: list[int] = []
        client = MqttClient(
            Broker(server.host, server.port, "south", manual_ack=True), clock,
            on_published=lambda handle, _code: answered.append(handle),
        )  # fmt: skip
        ecosystems = [("zigbee", zigbee()), ("tasmota", tasmota)]
        south = South(client, ecosystems, clock=clock, deliver=inbox.deliver, counters=counters, faults=FaultLog(clock))
        with Peer(server.port) as peer:
            peer.say("zigbee2mqtt/lobby/door/availability", '{"state":"online"}', retain=True)
            while not inbox.items:
                client.turn(20)
            peer.say("zigbee2mqtt/lobby/door", '{"contact":false,"battery":90}')
            peer.say("zigbee2mqtt/bridge/info", "{}")
            peer.say("tele/plug1/SENSOR", '{"Time":"2026-01-01T00:00:00","BME280":{"Temperature":21.5},"TempUnit":"C"}')
            while not any(isinstance(item, Reading) and item.device == "fan" for item in inbox.items):
                client.turn(20)
            south.acknowledge(inbox.tokens)
            behind = client.publish("south/acknowledged", b"")  # its answer proves that what went before was read
            while behind not in answered:
                client.turn(20)
        client.close()
        done: list[int] = []
        again = MqttClient(
            Broker(server.host, server.port, "south", manual_ack=True), clock,
            on_published=lambda handle, _code: done.append(handle),
        )  # fmt: skip
        heard: list[str] = []
        again.subscribe(["zigbee2mqtt/#", "tele/#"], lambda topic, *_: heard.append(topic))
        while not again.link.connected:
            again.turn(20)
        last = again.publish("south/done", b"")
        while last not in done:
            again.turn(20)
        again.close()
    assert heard == []
    assert inbox.items[0] == Availability("lobby-door", "online", t=inbox.items[0].t)
    assert all(token for token in inbox.tokens)
    assert [items for items, _ in inbox.deliveries].count([]) == 1
    assert counters.snapshot(0)["lobby-door"]["items"] >= 3
    assert south.window == 2048


class Wire:
    """A connection in memory (a `Messages`): what was subscribed, published and left to be run."""

    window = 10
    connected = True

    def __init__(self) -> None:
        self.hearers: list[tuple[tuple[str, ...], Hearer]] = []
        self.published: list[Message] = []
        self.jobs: list[Callable[[], None]] = []

    def subscribe(self, filters: Sequence[str], hearer: Hearer) -> None:
        self.hearers.append((tuple(filters), hearer))

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> int:
        self.published.append(Message(topic, payload, retain, 1 if qos else 0))
        return 1

    def ack(self, tokens: Iterable[int]) -> None:
        raise AssertionError(list(tokens))

    def call(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)


class Speaking:
    """The least ecosystem: every topic is a stranger; prompts become one message."""

    def topics(self) -> Sequence[str]:
        return ["speak/#"]

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:  # noqa: ARG002
        return [Stranger(topic, now)] if payload else []

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002
        return (
            [Message(f"speak/{order.device}", order.code.encode(), qos=1)]
            if isinstance(order, Prompt) and order.device == "panel"
            else []
        )


def quiet_south() -> tuple[Wire, MemoryClock, FaultLog, Counters, Inbox, South]:
    wire, clock, counters, inbox = Wire(), MemoryClock(), Counters(), Inbox()
    faults = FaultLog(clock)
    south = South(
        wire, [("mute", zigbee()), ("speak", Speaking())], clock=clock, deliver=inbox.deliver,
        counters=counters, faults=faults,
    )  # fmt: skip
    return wire, clock, faults, counters, inbox, south


def test_strangers_are_counted_always_and_said_once_an_hour() -> None:
    wire, clock, faults, counters, _, _ = quiet_south()
    ((_, _), (_, hear)) = wire.hearers
    for _ in range(3 * 60):
        hear("speak/unknown", b"x", False, 0)
        clock.advance(SAID_AGAIN // 60)
    (entry,) = faults.snapshot()
    assert (entry.code, entry.subject, entry.count) == ("CT214", "speak/unknown", 3)
    assert counters.snapshot(0)["speak"]["stray"] == 180


def test_a_flood_of_strangers_is_bounded() -> None:
    wire, _, faults, counters, _, south = quiet_south()
    hear = wire.hearers[1][1]
    for n in range(3 * STRANGERS_MOST):
        hear(f"speak/{n}", b"x", False, 0)
    assert len(south._strangers) == STRANGERS_MOST
    assert len(faults.snapshot()) <= 2 * STRANGERS_MOST
    assert len(counters.snapshot(0)) == 2


def test_what_means_nothing_is_delivered_only_to_be_acknowledged() -> None:
    wire, _, _, _, inbox, _ = quiet_south()
    hear = wire.hearers[1][1]
    hear("speak/x", b"", False, 0)
    hear("speak/x", b"", False, 7)
    assert inbox.deliveries == [([], 7)]


def test_a_prompt_is_published_in_the_connections_own_turn() -> None:
    wire, _, _, _, _, south = quiet_south()
    south.say(Prompt("panel", 0, "thank-you"))
    south.say(Prompt("elsewhere", 0, "thank-you"))
    assert wire.published == []
    for job in wire.jobs:
        job()
    wire.connected = False
    for job in wire.jobs:
        job()
    assert wire.published == [Message("speak/panel", b"thank-you", qos=1)]
