"""Raw MQTT over a socket, for loads and floors: a publisher as fast as the broker takes, a reader that only acknowledges.

No client library: it is the floor against which the agent is measured. MQTT 5, QoS 1, a window of unanswered messages.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Final

WINDOW: Final = 100


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, byte = divmod(size, 128)
        out.append(byte | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _packet(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def connect(port: int, client_id: str, receive_maximum: int = 65_535) -> socket.socket:
    """Connect with a clean session and wait for CONNACK."""
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    properties = b"\x21" + struct.pack(">H", receive_maximum)
    body = _text("MQTT") + b"\x05\x02" + struct.pack(">H", 60) + _length(len(properties)) + properties + _text(client_id)
    line.sendall(_packet(0x10, body))
    answer = line.recv(4096)
    if answer[0] != 0x20 or answer[3] != 0:
        raise ConnectionError(f"CONNACK {answer.hex()}")
    return line


def chunks(line: socket.socket) -> Iterator[list[tuple[int, bytes]]]:
    """Give what each receive brought, as (first byte, body) of whole packets."""
    buffer = b""
    while data := line.recv(262_144):
        buffer += data
        found, start = [], 0
        while start + 2 <= len(buffer):
            size, shift, at = 0, 0, start + 1
            while at < len(buffer):
                byte = buffer[at]
                size |= (byte & 0x7F) << shift
                shift += 7
                at += 1
                if not byte & 0x80:
                    break
            else:
                break
            if at + size > len(buffer):
                break
            found.append((buffer[start], buffer[at : at + size]))
            start = at + size
        buffer = buffer[start:]
        yield found


def packets(line: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Give (first byte, body) of every packet."""
    for found in chunks(line):
        yield from found


def publish(port: int, client_id: str, messages: Iterable[tuple[str, bytes]], rate: float = 0.0) -> float:
    """Publish all messages with QoS 1 (rate 0: as fast as answers come); give the seconds it took."""
    line = connect(port, client_id)
    answers = packets(line)
    begun, open_count, mid = time.monotonic(), 0, 0
    batch = bytearray()
    for number, (topic, payload) in enumerate(messages):
        mid = mid % 65_000 + 1
        batch += _packet(0x32, _text(topic) + struct.pack(">H", mid) + b"\x00" + payload)
        open_count += 1
        if rate:
            wait = begun + number / rate - time.monotonic()
            if wait > 0:
                line.sendall(batch)
                batch.clear()
                time.sleep(wait)
        if open_count >= WINDOW or len(batch) > 8000:
            line.sendall(batch)
            batch.clear()
        while open_count >= WINDOW:
            kind, _ = next(answers)
            open_count -= kind & 0xF0 == 0x40
    line.sendall(batch)
    while open_count:
        kind, _ = next(answers)
        open_count -= kind & 0xF0 == 0x40
    spent = time.monotonic() - begun
    line.close()
    return spent


def read(port: int, client_id: str, topic: str, count: int) -> None:
    """Subscribe, then receive and acknowledge `count` messages: the least that any Python receiver must do."""
    line = connect(port, client_id)
    line.sendall(_packet(0x82, b"\x00\x01\x00" + _text(topic) + b"\x01"))
    seen = 0
    print("ready", flush=True)
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
