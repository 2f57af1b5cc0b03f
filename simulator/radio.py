"""The MQTT side of the devices: one client that publishes what they say. It decides nothing and keeps nothing.

What is said while the broker is gone is lost, as with a sensor on the air; after every connect `fresh` is true once, so
that gateways can announce themselves again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.driver import Message


class Radio:
    """A connection of the devices to their broker, kept by paho's own thread."""

    def __init__(self, host: str, port: int, client_id: str) -> None:
        self._address = (host, port)
        self._fresh = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id)
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = lambda *_: self._fresh.set()

    def start(self) -> None:
        """Connect, now or as soon as the broker is there."""
        self._client.connect_async(*self._address, keepalive=30)
        self._client.loop_start()

    def fresh(self) -> bool:
        """Tell, once after each connect, that there is a new connection."""
        if not self._fresh.is_set():
            return False
        self._fresh.clear()
        return True

    def say(self, messages: Iterable[Message]) -> None:
        """Publish; lost while there is no connection."""
        if not self._client.is_connected():
            return
        for message in messages:
            self._client.publish(message.topic, message.payload, message.qos, message.retain)

    def stop(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()
