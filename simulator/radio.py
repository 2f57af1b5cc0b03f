"""The MQTT side of the devices: one client that publishes what they say and hears what they are told.

It decides nothing. What is said while the broker is gone is lost, as with a sensor on the air; after every connect
`fresh` is true once, so that gateways can announce themselves again. What was heard waits, bounded, to be fetched.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.driver import Message

HEARD_MOST: Final = 1024


class Radio:
    """A connection of the devices to their broker, kept by paho's own thread. `listens` are their topic filters."""

    def __init__(self, host: str, port: int, client_id: str, listens: Sequence[str] = ()) -> None:
        self._listens = [(one, 1) for one in listens]
        self._heard: deque[tuple[str, bytes]] = deque(maxlen=HEARD_MOST)
        self._address = (host, port)
        self._fresh = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id)
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = lambda *_: self._connected()
        self._client.on_message = lambda _client, _data, message: self._heard.append(
            (message.topic, bytes(message.payload))
        )

    def _connected(self) -> None:
        if self._listens:
            self._client.subscribe(self._listens)
        self._fresh.set()

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

    def heard(self) -> list[tuple[str, bytes]]:
        """Give what the devices were told since the last time: topic and payload, in order."""
        return [self._heard.popleft() for _ in range(len(self._heard))]

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
