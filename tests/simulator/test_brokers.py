"""Brokers of the simulator: they start on loopback, carry a message, die and come back on the same port."""

from __future__ import annotations

import importlib.util
import os
import threading

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator import brokers
from simulator.brokers import Broker, NoBrokerError


def needed(kind: str) -> None:
    """Skip without this broker on a user's machine; fail in CI."""
    there = brokers.mosquitto() if kind == "mosquitto" else importlib.util.find_spec("amqtt")
    if not there and os.environ.get("CARETAKER_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{kind} is required here and not installed")
    if not there:
        pytest.skip(f"{kind} is not installed")


def carries(broker: Broker) -> bytes:
    """Send a message to ourselves through the broker, give what comes."""
    got: list[bytes] = []
    done = threading.Event()
    client = paho.Client(CallbackAPIVersion.VERSION2, "carries")

    def on_message(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        got.append(message.payload)
        done.set()

    client.on_message = on_message
    client.on_subscribe = lambda *_: client.publish("a/b", b"hello", qos=1)
    client.on_connect = lambda *_: client.subscribe("a/b", qos=1)
    client.connect(broker.host, broker.port)
    client.loop_start()
    assert done.wait(20)
    client.disconnect()
    client.loop_stop()
    return got[0]


@pytest.mark.server
@pytest.mark.parametrize("kind", ["mosquitto", "amqtt"])
def test_a_broker_carries_messages_dies_and_comes_back(kind: str) -> None:
    needed(kind)
    with Broker(kind=kind) as broker:
        assert carries(broker) == b"hello"
        broker.kill()
        with pytest.raises(ConnectionRefusedError):
            paho.Client(CallbackAPIVersion.VERSION2, "gone").connect(broker.host, broker.port)
        broker.start()
        assert carries(broker) == b"hello"


def test_without_any_broker_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "available", lambda: "")
    with pytest.raises(NoBrokerError, match="apt-get install -y mosquitto"):
        Broker().start()


@pytest.mark.server
def test_a_taken_port_is_said() -> None:
    needed("mosquitto")
    with Broker(kind="mosquitto") as first, pytest.raises(NoBrokerError, match=f"port {first.port} is taken"):
        Broker(port=first.port, kind="mosquitto").start()
