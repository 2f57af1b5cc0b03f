"""What a broker is to us: its address and our rights, how a connection is asked for, and what its refusals mean.

It moves nothing: the connection itself is in mqtt_client.py. Sources: MQTT 5.0 §2.4 (reason codes), mqtt.md §3.2 (what
is used of MQTT 5, and what stands in for it on 3.1.1), limits.md §0.6 (why the receive maximum is large).
"""

from __future__ import annotations

import os
import socket
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

SESSION: Final = 86_400
"""Seconds for which the broker keeps our subscriptions and unacknowledged messages while we are away."""
WILL_DELAY: Final = 30
"""Seconds before the broker tells of our death: a short loss of Wi-Fi shall not flap the status."""
PACKET_MOST: Final = 1 << 20
CONNECT_SECONDS: Final = 5.0

HANDSHAKE: Final = 10_000
DOUBT: Final = 2000
"""CONNACK must come within so many ms; the shorter while it is not known whether MQTT 5 is understood at all."""

UNSUPPORTED_PROTOCOL: Final = 0x84
BAD_PASSWORD: Final = 0x86
NOT_AUTHORISED: Final = 0x87
TAKEN_OVER: Final = 0x8E


class Will(NamedTuple):
    """What the broker publishes, retained, when we are gone without a word."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how we come in. `client_id` must not be empty: the session hangs on it.

    `manual_ack`: messages are acknowledged by `ack` alone. `receive_maximum` is how many unacknowledged ones we let the
    broker have outstanding (MQTT 5; on 3.1.1 it is the broker's own limit, often 20).
    """

    host: str
    port: int = 1883
    client_id: str = "caretaker"
    user: str = ""
    password: str = ""
    ca_file: str = ""
    keepalive_ms: int = 30_000
    clean: bool = False
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    receive_maximum: int = 4096
    manual_ack: bool = False
    retry_most_ms: int = 60_000
    will: Will | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """How the connection stands: `code` and `words` of the catalogue say why it is down, both empty while it is up."""

    connected: bool
    since: int
    protocol: str = ""
    code: str = ""
    words: dict[str, str] = field(default_factory=dict)


class Trouble(NamedTuple):
    """A fault of the catalogue with its words."""

    code: str
    words: dict[str, str]


class ProtocolChoice:
    """MQTT 5 or 3.1.1. With "auto", 5 is tried first, and 3.1.1 if it was refused.

    Some brokers refuse an unknown protocol in so many words, others hang up, and amqtt waits for ever for a client id
    as long as our properties seem to say. The latter two prove little: they count nothing once MQTT 5 has worked, the
    two versions are tried in turn until one is taken, and 5 is tried again after a connection in 3.1.1 has ended.
    """

    def __init__(self, wanted: Literal["auto", "5", "3.1.1"]) -> None:
        self.v5 = wanted != "3.1.1"
        self._auto = wanted == "auto"
        self._proved = self._refused = False

    @property
    def patience_ms(self) -> int:
        """How long CONNACK may take."""
        return DOUBT if self._auto and self.v5 and not self._proved else HANDSHAKE

    def established(self) -> bool:
        """The broker took us: remember it if that was in MQTT 5; tell whether it was."""
        self._proved = self._proved or self.v5
        return self.v5

    def ended(self, refusal: int, code: str, *, connected: bool) -> bool:
        """A connection is over: choose for the next one; tell whether that is worth a try at once."""
        if not self._auto:
            return False
        self._refused = self._refused or refusal == UNSUPPORTED_PROTOCOL
        was = self.v5
        if self._refused:
            self.v5 = False
        elif connected:
            self.v5 = True
        elif not self._proved and code in ("CT307", "CT308"):
            self.v5 = not self.v5
        return was and not self.v5


def _properties(kind: int) -> Properties:
    return Properties(kind)  # type: ignore[no-untyped-call]


def new_connection(broker: Broker, *, v5: bool) -> paho.Client:
    """Give a paho client that is ready to connect: one for each connection, so nothing stale is carried over.

    Raises OSError (ssl.SSLError among them) when the CA file cannot be used.
    """
    if v5:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            broker.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=broker.manual_ack,
        )
    else:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            broker.client_id,
            broker.clean,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=broker.manual_ack,
        )
    client.connect_timeout = CONNECT_SECONDS
    if broker.user:
        client.username_pw_set(broker.user, broker.password or None)
    if broker.ca_file:
        client.tls_set(ca_certs=broker.ca_file)
    if broker.will is not None:
        delay = _properties(PacketTypes.WILLMESSAGE) if v5 else None
        if delay is not None:
            delay.WillDelayInterval = WILL_DELAY
        client.will_set(broker.will.topic, broker.will.payload, 1, retain=True, properties=delay)
    return client


def connect(client: paho.Client, broker: Broker, *, v5: bool) -> None:
    """Look the name up, connect and send CONNECT; takes 5 s at most beside the look-up. Raises OSError."""
    seconds = max(1, broker.keepalive_ms // 1000)
    if not v5:
        client.connect(broker.host, broker.port, seconds)
        return
    wishes = _properties(PacketTypes.CONNECT)
    wishes.SessionExpiryInterval = 0 if broker.clean else SESSION
    wishes.ReceiveMaximum = broker.receive_maximum
    wishes.MaximumPacketSize = PACKET_MOST
    client.connect(broker.host, broker.port, seconds, clean_start=broker.clean, properties=wishes)


@lru_cache(maxsize=64)
def message_properties(
    expiry_s: int, content_type: str, reply_to: str, correlation: bytes, user: tuple[tuple[str, str], ...]
) -> Properties | None:
    """Give the MQTT 5 properties of a message, None if it has none.

    paho only reads them, and takes 30 us to make them: most messages have the same as one before.
    """
    if not (expiry_s or content_type or reply_to or correlation or user):
        return None
    properties = _properties(PacketTypes.PUBLISH)
    if expiry_s:
        properties.MessageExpiryInterval = expiry_s
    if content_type:
        properties.ContentType = content_type
        properties.PayloadFormatIndicator = 1
    if reply_to:
        properties.ResponseTopic = reply_to
    if correlation:
        properties.CorrelationData = correlation
    for pair in user:
        properties.UserProperty = pair
    return properties


def where(broker: Broker) -> dict[str, str]:
    """Give the words that every sentence about a broker needs."""
    return {"host": broker.host, "port": str(broker.port)}


def cannot_connect(broker: Broker, error: Exception) -> Trouble:
    """Say why no connection came about."""
    words = where(broker)
    if isinstance(error, socket.gaierror):
        return Trouble("CT301", words | {"detail": f"the name is not known: {error.strerror}"})
    if isinstance(error, TimeoutError):
        return Trouble("CT301", words | {"detail": f"no answer within {CONNECT_SECONDS:g} s"})
    if isinstance(error, ssl.SSLError):
        detail = getattr(error, "verify_message", "") or error.reason or str(error)
        return Trouble("CT304", words | {"detail": str(detail).lower().replace("_", " ")})
    if isinstance(error, FileNotFoundError):
        return Trouble("CT304", words | {"detail": f"the file {broker.ca_file} does not exist"})
    number = getattr(error, "errno", None)
    return Trouble("CT301", words | {"detail": os.strerror(number) if isinstance(number, int) else str(error)})


def refused(broker: Broker, reason: ReasonCode) -> Trouble:
    """Say what a refusal in CONNACK or DISCONNECT means."""
    words = where(broker)
    code, name = int(reason.value), str(reason)
    if code == BAD_PASSWORD:
        return Trouble("CT302", words | {"user": broker.user or "nobody"})
    if code == NOT_AUTHORISED:
        # Brokers of 3.1.1 say this also for a wrong password (mosquitto does): both cures stand in the sentence.
        return Trouble("CT303", words | {"user": broker.user or "nobody"})
    if code == TAKEN_OVER:
        return Trouble("CT309", words | {"client": broker.client_id})
    return Trouble("CT308", words | {"detail": name})
