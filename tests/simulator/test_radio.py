"""The devices' MQTT side on a real broker: what they are told reaches them, and what they say to it comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from agent.driver import Message, MqttSetup, ToldPlayer
from agent.model.effects import Switch
from agent.model.events import Reading
from agent.registry import mqtt_driver
from simulator.brokers import Broker, available
from simulator.radio import Radio

pytestmark = pytest.mark.skipif(available() != "mosquitto", reason="needs mosquitto")


@pytest.fixture
def broker() -> Iterator[Broker]:
    with Broker() as running:
        yield running


def _agent_side(broker: Broker, topics: list[str]) -> tuple[paho.Client, list[tuple[str, bytes, bool]]]:
    heard: list[tuple[str, bytes, bool]] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, "agent-side")
    client.on_message = lambda _c, _d, one: heard.append((one.topic, one.payload, one.retain))
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.subscribe([(topic, 1) for topic in topics])
    return client, heard


@pytest.mark.parametrize(
    ("name", "own", "output"),
    [
        ("zigbee2mqtt", "hall/plug", "relay_1"),
        ("tasmota", "t", "relay_2"),
        ("shelly", "shellyplus1-08b61fd141e8", "relay_0"),
        ("esphome", "node", "relay_1"),
    ],
)
def test_an_output_is_switched_and_read_back(broker: Broker, name: str, own: str, output: str) -> None:
    driver = mqtt_driver(name)
    player, devices = driver.player(own, driver.options()), driver.build(MqttSetup())
    assert isinstance(player, ToldPlayer)
    player.set(output, False)
    radio = Radio(broker.host, broker.port, "devices", player.listens())
    client, heard = _agent_side(broker, list(devices.topics()))
    radio.start()
    while not radio.fresh():
        time.sleep(0.01)
    for message in player.talk(0):  # So that the family has met the device.
        devices.receive(message.topic, message.payload, retained=False, now=0)
    orders: list[Message] = devices.command(Switch(own, 0, output, True), 0)
    states: list[Reading] = []
    while not any(one.value is True for one in states):
        # A subscription may be younger than the first order: like the engine, it is given again.
        for order in orders:
            client.publish(order.topic, order.payload, order.qos, order.retain)
        time.sleep(0.05)
        for topic, payload in radio.heard():
            radio.say(player.receive(topic, payload, 0))
        while heard:
            topic, payload, retained = heard.pop(0)
            said = devices.receive(topic, payload, retained=retained, now=0)
            states += [one for one in said if isinstance(one, Reading) and one.quantity == output]
    client.disconnect()
    client.loop_stop()
    radio.stop()
    assert {(one.device, one.quality) for one in states} == {(own, "good")}
