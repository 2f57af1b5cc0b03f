"""Raw MQTT over a socket, for loads and floors: a publisher, a reader that only acknowledges, a listener with a watch.

No client library: it is the floor against which the agent is measured. MQTT 5, QoS 1, a window of unanswered messages.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

WINDOW: Final = 100
BATCH: Final = 8000
"""Bytes that are collected before they are sent, when the load is not paced."""
PINGRESP: Final = 0xD0


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, byte = divmod(size, 128)
        out.append(byte | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Give a variable length and where it ends, (-1, at) if it is not there as a whole."""
    size = shift = 0
    while at < len(data):
        byte = data[at]
        size |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if not byte & 0x80:
            return size, at
    return -1, at


def _packet(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def connect(port: int, client_id: str, *, resume: bool = False) -> socket.socket:
    """Connect with a clean session (or `resume` the one that is there) and wait for CONNACK."""
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    properties = b"\x21" + struct.pack(">H", 65_535)
    head = _text("MQTT") + bytes([5, 0 if resume else 2]) + struct.pack(">H", 60)
    line.sendall(_packet(0x10, head + _length(len(properties)) + properties + _text(client_id)))
    kind, size = line.recv(2)
    answer = b""
    while len(answer) < size:
        answer += line.recv(size - len(answer))
    if kind != 0x20 or answer[1] != 0:
        raise ConnectionError(f"CONNACK {answer.hex()}")
    return line


def chunks(line: socket.socket) -> Iterator[list[tuple[int, bytes]]]:
    """Give what each receive brought, as (first byte, body) of whole packets."""
    buffer = b""
    while data := line.recv(262_144):
        buffer += data
        found, start = [], 0
        while start + 2 <= len(buffer):
            size, at = _varint(buffer, start + 1)
            if size < 0 or at + size > len(buffer):
                break
            found.append((buffer[start], buffer[at : at + size]))
            start = at + size
        buffer = buffer[start:]
        yield found


class Load(NamedTuple):
    """When a load began (CLOCK_MONOTONIC, the same in all processes) and the seconds until its last answer."""

    begun: float
    spent: float


def publish(port: int, client_id: str, messages: Iterable[tuple[str, bytes]], rate: float = 0.0) -> Load:
    """Publish all messages with QoS 1.

    With a rate it is an open loop: message n is due at begun + n / rate, whatever became of those before it, and who
    measures counts from then. Rate 0: as fast as answers come.
    """
    line = connect(port, client_id)
    answers = (packet for found in chunks(line) for packet in found)
    begun, open_count, mid, batch = time.monotonic(), 0, 0, bytearray()
    for number, (topic, payload) in enumerate(messages):
        if rate:
            wait = begun + number / rate - time.monotonic()
            if wait > 0:
                line.sendall(batch)
                batch.clear()
                time.sleep(wait)
        mid = mid % 65_000 + 1
        batch += _packet(0x32, _text(topic) + struct.pack(">H", mid) + b"\x00" + payload)
        open_count += 1
        if open_count >= WINDOW or len(batch) > BATCH:
            line.sendall(batch)
            batch.clear()
        while open_count >= WINDOW:
            open_count -= next(answers)[0] & 0xF0 == 0x40
    line.sendall(batch)
    while open_count:
        open_count -= next(answers)[0] & 0xF0 == 0x40
    line.close()
    return Load(begun, time.monotonic() - begun)


def subscribe(line: socket.socket, topic: str) -> None:
    """Ask for a topic with QoS 1."""
    line.sendall(_packet(0x82, b"\x00\x01\x00" + _text(topic) + b"\x01"))


def read(line: socket.socket, count: int) -> None:
    """Receive and acknowledge `count` messages: the least that any Python receiver must do."""
    seen = 0
    for found in chunks(line):
        acks = bytearray()
        for kind, body in found:
            if kind & 0xF0 == 0x30:
                size = int.from_bytes(body[:2], "big")
                acks += b"\x40\x02" + body[2 + size : 4 + size]
                seen += 1
        line.sendall(acks)
        if seen >= count:
            break
    line.close()


def still_held(port: int, client_id: str) -> int:
    """Give how many messages the broker still holds for a session: what it sends before it answers a ping."""
    line = connect(port, client_id, resume=True)
    time.sleep(0.5)
    line.sendall(b"\xc0\x00")
    held = 0
    for found in chunks(line):
        kinds = [kind for kind, _ in found]
        held += sum(kind & 0xF0 == 0x30 for kind in kinds)
        if PINGRESP in kinds:
            break
    line.close()
    return held


class Heard(NamedTuple):
    """A message and when it had arrived (CLOCK_MONOTONIC)."""

    at: float
    topic: str
    payload: bytes


class Listener:
    """Hears a topic in a thread of its own until it is closed; the clock is read before anything is decoded."""

    def __init__(self, port: int, topic: str) -> None:
        self.heard: list[Heard] = []
        self._line = connect(port, f"listener-{topic.count('/')}-{len(topic)}")
        subscribe(self._line, topic)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            for found in chunks(self._line):
                at, acks = time.monotonic(), bytearray()
                for kind, body in found:
                    if kind & 0xF0 == 0x30:
                        size = 2 + int.from_bytes(body[:2], "big")
                        acks += b"\x40\x02" + body[size : size + 2]
                        properties, start = _varint(body, size + 2)
                        self.heard.append(Heard(at, body[2:size].decode(), body[start + properties :]))
                self._line.sendall(acks)

    def until(self, enough: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until enough was heard, or say how much came."""
        limit = time.monotonic() + seconds
        while not enough():
            if time.monotonic() > limit:
                raise TimeoutError(f"only {len(self.heard)} messages came within {seconds:.0f} s")
            time.sleep(0.01)

    def close(self) -> None:
        """Leave."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._line.close()
