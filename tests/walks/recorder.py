"""The central system's recorder: a subscriber that hears everything, and gives orders. It judges nothing."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, NamedTuple, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.walks.rig import until


class Heard(NamedTuple):
    """A message as it came: when (ns), where, what, and whether the broker had kept it."""

    at: int
    topic: str
    said: dict[str, Any]
    retained: bool
    payload: bytes


class Recorder:
    """A subscriber whose session outlives the broker's restarts, as a central system's recorder has it. MQTT 5."""

    def __init__(self, port: int, *topics: str, name: str = "recorder") -> None:
        self.heard: list[Heard] = []
        self.port = port
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        # What the broker has kept is told to a new session only: one that goes on knows it.
        wish = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        self._client.on_connect = lambda client, *_: client.subscribe([(topic, wish) for topic in topics])
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._arrived

    def __enter__(self) -> Self:
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = 86_400
        self._client.connect("127.0.0.1", self.port, clean_start=False, properties=lasting)
        self._client.loop_start()
        until("the recorder is subscribed", self._subscribed.is_set)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _arrived(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        at = time.monotonic_ns()
        # The broker died before it knew that we have this: no second message, only a second delivery.
        if message.dup and (message.topic, message.payload) in {(heard.topic, heard.payload) for heard in self.heard}:
            return
        said = _plain(message.payload)
        self.heard.append(Heard(at, message.topic, said, message.retain, bytes(message.payload)))

    def on(self, topic: str) -> list[Heard]:
        """Give what came on a topic, or below it."""
        return [heard for heard in self.heard if heard.topic == topic or heard.topic.startswith(topic + "/")]

    def say(self, topic: str, said: Any, *, retain: bool = False, wait: bool = True) -> None:
        """Publish, QoS 1; with `wait` until the broker has it."""
        payload = said if isinstance(said, bytes) else json.dumps(said).encode()
        sent = self._client.publish(topic, payload, 1, retain)
        if wait:
            until(f"the broker takes a message on {topic}", sent.is_published)


def _plain(payload: bytes | bytearray) -> dict[str, Any]:
    """Give the JSON object of a message, an empty one if it is none: tests send such messages too."""
    try:
        said = json.loads(payload)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
