"""The other side for the tests of the MQTT client: paho as it comes, and a raw broker that does as it is told."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from agent.io.clock import SystemClock
from agent.io.mqtt_broker import Broker, Link
from agent.io.mqtt_client import MqttClient


class Peer:
    """An independent client: hears what it subscribed to, publishes and waits for the broker's word."""

    def __init__(self, port: int, *topics: str, user: str = "", password: str = "", v5: bool = True) -> None:
        self.heard: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._topics = topics
        protocol = MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        if user:
            self._client.username_pw_set(user, password)
        # Small packets at once: Nagle's wait for the other side's late TCP acknowledgement is 40 ms each.
        self._client.on_socket_open = lambda _c, _d, opened: opened.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _c, _d, m: self.heard.put((m.topic, bytes(m.payload), m.retain))
        self._client.connect("127.0.0.1", port)

    def _on_connect(self, client: Any, *_: Any) -> None:
        if self._topics:
            client.subscribe([(topic, 1) for topic in self._topics])
        else:
            self._ready.set()

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: bytes | str, *, retain: bool = False, qos: int = 1) -> None:
        self._client.publish(topic, payload, qos, retain).wait_for_publish()


class Subject:
    """The client under test with all that it tells."""

    def __init__(self, port: int, **settings: Any) -> None:
        self.links: list[Link] = []
        self.answers: list[tuple[int, int]] = []
        self.troubles: list[tuple[str, dict[str, str]]] = []
        self.heard: list[tuple[str, bytes, bool]] = []
        self.tokens: list[int] = []
        broker = Broker(**({"host": "127.0.0.1", "port": port, "client_id": "subject"} | settings))
        self.client = MqttClient(
            broker, SystemClock(), on_link=self.links.append,
            on_published=lambda handle, code: self.answers.append((handle, code)),
            on_trouble=lambda code, words: self.troubles.append((code, words)),
        )  # fmt: skip

    def hear(self, *filters: str) -> None:
        self.client.subscribe(filters, self._hear)

    def _hear(self, topic: str, payload: bytes, retained: bool, token: int) -> None:
        self.heard.append((topic, payload, retained))
        self.tokens.append(token)

    def until(self, done: Callable[[], object]) -> None:
        while not done():
            self.client.turn(20)

    def connected(self) -> Self:
        self.until(lambda: self.client.link.connected)
        self.settle()
        return self

    def settle(self) -> None:
        """Let the broker work through all that it was sent: what follows on the same connection is answered last."""
        handle = self.client.publish("subject/settled", b"", qos=1)
        self.until(lambda: any(answered == handle for answered, _ in self.answers))

    def answer(self, handle: int) -> int:
        self.until(lambda: any(answered == handle for answered, _ in self.answers))
        (code,) = [code for answered, code in self.answers if answered == handle]
        return code


class RawBroker:
    """A listener whose every connection is handed, in a thread, to `play(socket, number)`."""

    def __init__(self, play: Callable[[socket.socket, int], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._play = play
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        number = 0
        with contextlib.suppress(OSError):
            while True:
                opened, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(opened, number), daemon=True).start()
                number += 1

    def _serve(self, opened: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), opened:
            self._play(opened, number)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
