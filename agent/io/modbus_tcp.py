"""The door to a Modbus TCP server: it carries RTU frames over TCP, so that devices and their tables stay the same.

It knows no device and no function, repeats nothing, and opens nothing again by itself: that is the line's.

    from the bus   unit(1)  pdu(n)  crc(2)                       CRC right, or nothing is sent
    on the wire    transaction(2)  0000  length(2)  unit(1)  pdu(n)       length = n + 1, 2 to 254
    to the bus     unit(1)  pdu(n)  crc(2)                       the CRC is made here: TCP has its own

Source: Modbus messaging on TCP/IP, implementation guide 1.0b. Only the answer with the transaction number of the last
request is handed on, once; a late one is dropped and counted, which RTU cannot do. A header that cannot be one means
that this is no Modbus TCP, or that we lost our place in the stream: the connection is given up and made anew.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from typing import Final
from urllib.parse import urlsplit

from agent.driver import SerialSettings
from agent.io.wakeup import Wakeup
from agent.ports import NotConnectedError

PORT: Final = 502
HEADER: Final = 7
LONGEST: Final = 254
"""Unit and PDU."""
READ_SIZE: Final = 4096


class ModbusTcp:
    """One connection to `modbus-tcp://host:port` (port 502 if none is given). A `Transport`.

    All methods but `wake` belong to one thread. Raises `NotConnectedError` with code CT205. `dropped` counts answers
    that nobody waited for.
    """

    def __init__(self, url: str, *, timeout_ms: int = 2000) -> None:
        self._name = url
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or PORT)
        self._timeout = timeout_ms / 1000
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._transaction = 0
        self._outstanding = False
        self._wakeup = Wakeup()
        self._poll = select.poll()
        self._poll.register(self._wakeup.fileno(), select.POLLIN)
        self.dropped = 0
        self.shortcoming = ""

    def open(self) -> None:
        """Open; harmless if open."""
        if self._socket is not None:
            return
        try:
            opened = socket.create_connection(self._address, self._timeout)
        except OSError as error:
            raise self._gone(_words(error)) from error
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._socket = opened
        self._buffer, self._outstanding = b"", False
        self._poll.register(opened.fileno(), select.POLLIN)

    def read(self, timeout_ms: int | None) -> bytes:
        """Give answers as RTU frames, waiting for bytes at most so long (None: for ever).

        b"" if nothing, half an answer or a late one has come, or if woken.
        """
        opened = self._opened()
        ready = [fd for fd, _ in self._poll.poll(timeout_ms)]
        if self._wakeup.fileno() in ready:
            self._wakeup.clear()
        if opened.fileno() not in ready:
            return b""
        try:
            data = opened.recv(READ_SIZE)
        except OSError as error:
            raise self._gone(_words(error)) from error
        if not data:
            raise self._gone("closed by the far end")
        self._buffer += data
        return self._answers()

    def write(self, data: bytes) -> None:
        """Send one RTU frame. Anything else cannot be sent this way and is counted as dropped."""
        opened = self._opened()
        if not 4 <= len(data) <= LONGEST + 2 or _crc(data):
            self.dropped += 1
            return
        self._transaction = (self._transaction + 1) & 0xFFFF
        self._outstanding = True
        try:
            opened.sendall(struct.pack(">HHH", self._transaction, 0, len(data) - 2) + data[:-2])
        except OSError as error:
            raise self._gone(_words(error)) from error

    def configure(self, settings: SerialSettings) -> None:
        """Do nothing: there is no wire to set."""

    def flush(self) -> None:
        """Forget what came and was not read."""
        self._buffer = b""
        self._outstanding = False

    def reset(self) -> str:
        """Give the connection up; it is made anew."""
        self.close()
        return ""

    def wake(self) -> None:
        """End a `read` that waits in another thread."""
        self._wakeup.wake()

    def close(self) -> None:
        """Close; never raises."""
        opened, self._socket = self._socket, None
        if opened is not None:
            self._poll.unregister(opened.fileno())
            opened.close()

    def _answers(self) -> bytes:
        """Take the whole answers out of what has come."""
        given = b""
        while len(self._buffer) >= HEADER:
            transaction, protocol, length = struct.unpack(">HHH", self._buffer[:6])
            if protocol or not 2 <= length <= LONGEST:
                raise self._gone(f"{self._buffer[:HEADER].hex(' ').upper()} is no header of Modbus TCP")
            if len(self._buffer) < 6 + length:
                break
            body, self._buffer = self._buffer[6 : 6 + length], self._buffer[6 + length :]
            if self._outstanding and transaction == self._transaction:
                self._outstanding = False
                given += body + _crc(body).to_bytes(2, "little")
            else:
                self.dropped += 1
        return given

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise self._gone("it is not open")
        return self._socket

    def _gone(self, why: str) -> NotConnectedError:
        self.close()
        return NotConnectedError.because("CT205", port=self._name, detail=why)


def _words(error: OSError) -> str:
    return os.strerror(error.errno) if isinstance(error.errno, int) and error.errno > 0 else str(error) or "time-out"


def _crc(data: bytes) -> int:
    """Give CRC-16/MODBUS (reflected polynomial A001, from FFFF): 0 over a frame with its CRC, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc
