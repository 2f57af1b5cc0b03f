"""One connection to an MQTT broker from CONNECT to its end, never used again after it.

It does not connect again and keeps nothing: that is mqtt_client.py. All of it belongs to one thread. paho is used by
its public interface for an external loop; after `poll` says that something came, packets are read until none does,
because paho takes one packet a call and a `poll` for each would cost as much again (limits.md §2a).
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.io.mqtt_broker import Broker, Trouble, connect, message_properties, new_connection, refused, where
from agent.io.mqtt_routes import Routes

BURST: Final = 256
"""Packets read before acknowledgements and messages get their turn."""
WINDOW: Final = 20
"""Messages of ours that may be unanswered: mosquitto's own limit, and more gains nothing (limits.md §2a)."""
PROBE: Final = "caretaker/probe"
LOST: Final = -1
"""The answer to a message whose connection ended before the broker answered: send it again."""
TOO_LARGE: Final = 0x95
CORK: Final[int | None] = getattr(socket, "TCP_CORK", None)
QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
MANY: Final = 4
HEAD_MOST: Final = 1024
"""What a packet has beside topic and payload, at most."""


class Outgoing(NamedTuple):
    """A message on its way out; `extras` are expiry_s, content_type, reply_to, correlation, user pairs."""

    handle: int
    topic: str
    payload: bytes
    qos: int
    retain: bool
    extras: tuple[int, str, str, bytes, tuple[tuple[str, str], ...]]


class Connection:
    """One connection. `epoch` marks its acknowledgement tokens (mid in the low 16 bits).

    `seen` counts what came; `ended` says why it is over. `answered` is given each handle with the broker's word.
    Raises OSError at construction when no connection comes about.
    """

    def __init__(
        self,
        broker: Broker,
        epoch: int,
        poll: select.poll,
        routes: Routes,
        answered: Callable[[int, int], None],
        *,
        v5: bool,
    ) -> None:
        self.v5 = v5
        self.connected = False
        self.refusal = 0
        self.ended: Trouble | None = None
        self.denied: list[tuple[str, str]] = []
        """Filters that the broker does not let us hear, with its words."""
        self.seen = 0
        self.more = False
        """The last burst ended before the bytes did."""
        self.fileno = -1
        self._socket: socket.socket | None = None
        self._broker, self._epoch, self._poll, self._routes, self._answered = broker, epoch, poll, routes, answered
        self._writing = False
        self._inflight: dict[int, int] = {}
        self._asked: dict[int, str] = {}
        self._window, self._packet_most = WINDOW, 0
        self._unsent = 0
        self._paho = client = new_connection(broker, v5=v5)
        client.on_socket_open = self._on_open
        client.on_socket_close = self._on_close
        # With this set paho leaves the writing to us: many small packets, then one go.
        client.on_socket_register_write = lambda _client, _data, _socket: None
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        connect(client, broker, v5=v5)
        self.write()  # CONNECT: nothing would wake the turn for it

    @property
    def free(self) -> bool:
        """Tell whether another message may go out now."""
        return len(self._inflight) < self._window

    def read(self) -> None:
        """Read what came, a burst at most."""
        self.more = False
        # mosquitto as it is installed keeps a small packet until TCP has acknowledged the one before (Nagle), which the
        # kernel puts off for up to 40 ms: 13 ms from message to alarm became 3. The kernel forgets it, so each time.
        self._tell_tcp(QUICK_ACK, 1)
        read = self._paho.loop_read
        for _ in range(BURST):
            seen = self.seen
            read()
            if self.seen == seen or self.ended is not None:
                return
        self.more = True

    def write(self) -> None:
        """Send what waits, and let paho look after its keep-alive."""
        client = self._paho
        if client.want_write():
            # paho sends each packet by itself; corked, the kernel makes one of them: saves 4 of 24 us a message.
            corked = self._unsent >= MANY and self._tell_tcp(CORK, 1)
            client.loop_write()
            if corked:
                self._tell_tcp(CORK, 0)
        self._unsent = 0
        client.loop_misc()
        if self._socket is not None and client.want_write() != self._writing:
            self._writing = not self._writing
            self._poll.modify(self.fileno, select.POLLIN | (select.POLLOUT if self._writing else 0))

    def _tell_tcp(self, option: int | None, on: int) -> bool:
        if option is None or self._socket is None:
            return False
        self._socket.setsockopt(socket.IPPROTO_TCP, option, on)
        return True

    def ack(self, token: int) -> None:
        """Acknowledge a message, if it came by this connection."""
        if token & ~0xFFFF == self._epoch:
            self._unsent += 1
            self._paho.ack(token & 0xFFFF, 1)

    def publish(self, message: Outgoing) -> None:
        """Send a message; it is answered now or later."""
        if self._packet_most and len(message.payload) + len(message.topic) + HEAD_MOST > self._packet_most:
            self._answered(message.handle, TOO_LARGE)
            return
        properties = message_properties(*message.extras) if self.v5 else None
        sent = self._paho.publish(message.topic, message.payload, message.qos, message.retain, properties)
        if sent.rc == paho.MQTT_ERR_SUCCESS:
            self._inflight[sent.mid] = message.handle
        else:
            self._answered(message.handle, LOST)

    def subscribe(self, filters: Sequence[str]) -> None:
        """Ask for filters. On MQTT 5 a resumed session does not send all retained messages again."""
        for wanted in filters:
            if self.v5:
                _, mid = self._paho.subscribe(wanted, options=SubscribeOptions(qos=1, retainHandling=1))
            else:
                _, mid = self._paho.subscribe(wanted, 1)
            self._asked[mid or 0] = wanted

    def probe(self) -> None:
        """Ask for a sign of life: nobody ever had this topic, so it needs no right, and it is answered all the same."""
        self._paho.unsubscribe(PROBE)

    def leave(self) -> None:
        """Take leave of the broker: no will is published."""
        if self.connected:
            self._paho.disconnect()
            self._paho.loop_write()

    def drop(self) -> None:
        """Close the socket without a word, and answer what is open with LOST."""
        opened = self._socket
        if opened is not None:
            self._forget_socket()
            opened.close()
        for handle in self._inflight.values():
            self._answered(handle, LOST)
        self._inflight.clear()

    # --- what paho tells, all from within `read` and `write` ---------------------------------------------------------

    def _on_open(self, _client: paho.Client, _data: Any, opened: Any) -> None:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self.fileno = opened, opened.fileno()
        self._poll.register(self.fileno, select.POLLIN)

    def _on_close(self, _client: paho.Client, _data: Any, _closed: Any) -> None:
        if self._socket is not None:
            self._forget_socket()

    def _forget_socket(self) -> None:
        self._poll.unregister(self.fileno)
        self._socket, self.fileno = None, -1

    def _on_connect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, properties: Any) -> None:
        self.seen += 1
        if reason.is_failure:
            self.refusal = int(reason.value)
            self.ended = refused(self._broker, reason)
            return
        self.connected = True
        self._window = min(WINDOW, getattr(properties, "ReceiveMaximum", WINDOW))
        self._packet_most = getattr(properties, "MaximumPacketSize", 0)
        self.subscribe([wanted for wanted, _ in self._routes.filters])

    def _on_disconnect(self, _client: paho.Client, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if self.ended is None:
            said = flags.is_disconnect_packet_from_server
            closed = Trouble("CT308", where(self._broker) | {"detail": "without a word"})
            self.ended = refused(self._broker, reason) if said else closed

    def _on_subscribe(self, _client: paho.Client, _data: Any, mid: int, reasons: Any, _properties: Any) -> None:
        self.seen += 1
        wanted = self._asked.pop(mid, "?")
        self.denied += [(wanted, str(reason)) for reason in reasons if reason.is_failure]

    def _on_unsubscribe(self, _client: paho.Client, _data: Any, _mid: int, _reasons: Any, _properties: Any) -> None:
        self.seen += 1

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        self.seen += 1
        handle = self._inflight.pop(mid, None)
        if handle is not None:
            self._answered(handle, int(reason.value))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self.seen += 1
        token = self._epoch | message.mid if message.qos and self._broker.manual_ack else 0
        try:
            topic = message.topic
            hearer = self._routes.known[topic]
        except UnicodeDecodeError:
            hearer = None
        except KeyError:
            hearer = self._routes.find(topic)
        if hearer is not None:
            hearer(topic, bytes(message.payload), message.retain, token)
        else:
            self._routes.unwanted += 1
            if token:
                self.ack(token)
