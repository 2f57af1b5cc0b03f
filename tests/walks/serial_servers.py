"""Serial servers as independent peers: socat (raw TCP) and pyserial's own server half of RFC 2217, before a pty."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path
from typing import Final

import serial
from serial.rfc2217 import PortManager

from tests.servers import HOST, binary

STEP: Final = 0.005


class Socat:
    """Debian's socat between a TCP port and a serial one. It serves one client at a time, and the next after it."""

    def __init__(self, link: Path, port: int) -> None:
        self.url = f"socket://{HOST}:{port}"
        self._command = [
            binary("socat"),
            f"tcp-listen:{port},bind={HOST},reuseaddr,fork,max-children=1",
            f"open:{link},raw,echo=0",
        ]

    def start(self) -> None:
        """Start it; it listens soon."""
        self._process = subprocess.Popen(self._command, start_new_session=True)

    def stop(self) -> None:
        """End it and its child: clients find their connection closed."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()


class _Port(serial.Serial):
    """A port without modem lines: a pty has none, and the server half sets and reads them."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        """Do nothing."""

    def _update_rts_state(self) -> None:
        """Do nothing."""


class Rfc2217:
    """A serial server that speaks RFC 2217: `serial.rfc2217.PortManager` before a serial port, in a thread.

    `asked` keeps what the client sent to it and how the port was set then: (bytes, baud).
    """

    def __init__(self, link: Path, port: int) -> None:
        self.url = f"rfc2217://{HOST}:{port}"
        self.asked: list[tuple[bytes, int]] = []
        self._link, self._port = link, port

    def start(self) -> None:
        """Listen."""
        self._server = socket.create_server((HOST, self._port))
        self._server.settimeout(STEP)
        self._serial = _Port(str(self._link), timeout=0)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="rfc2217")
        self._thread.start()

    def stop(self) -> None:
        """End it: clients find their connection closed."""
        self._closed.set()
        self._thread.join()
        self._serial.close()
        self._server.close()

    def write(self, data: bytes) -> None:
        """Send to the client; called by the port manager for its own answers."""
        self._peer.sendall(data)

    def _serve(self) -> None:
        while not self._closed.is_set():
            try:
                self._peer, _ = self._server.accept()
            except TimeoutError:
                continue
            with self._peer, contextlib.suppress(ConnectionError):
                self._peer.settimeout(STEP)
                self._talk(PortManager(self._serial, self))

    def _talk(self, manager: PortManager) -> None:
        while not self._closed.is_set():
            try:
                data = self._peer.recv(1024)
                if not data:
                    return
            except TimeoutError:
                data = b""
            if sent := b"".join(manager.filter(data)):
                self.asked.append((sent, self._serial.baudrate))
                self._serial.write(sent)
            if came := self._serial.read(1024):
                self._peer.sendall(b"".join(manager.escape(came)))
