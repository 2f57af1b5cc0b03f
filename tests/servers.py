"""Real servers for tests, on loopback and free ports, with folders of their own: mosquitto, VictoriaMetrics, a TCP tap.

A server that is not installed skips the test on a user's machine; with CARETAKER_REQUIRE_SERVERS=1 (CI) it fails it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from simulator.brokers import HOST, free_port

REQUIRE: Final = "CARETAKER_REQUIRE_SERVERS"


def binary(name: str) -> str:
    """Give the path of a server's binary, or skip (fail in CI)."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/local/bin")
    if not found:
        (pytest.fail if os.environ.get(REQUIRE) == "1" else pytest.skip)(f"{name} is not installed")
    return found


class Server:
    """A process that listens on a port of loopback. Started at once; `stop` and `start` keep the port."""

    def __init__(self, command: list[str], folder: Path, port: int) -> None:
        self.host, self.port = HOST, port
        self._command, self._folder = command, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        log = self._folder / f"{self.port}.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out, cwd=self._folder)
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port)):
                return
            assert self._process.poll() is None, log.read_text(encoding="utf-8", errors="replace")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone; harmless if it is."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it answer nothing any more while its connections stay open."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)


def _ended(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def mosquitto(folder: Path, *lines: str, port: int = 0) -> Iterator[Server]:
    """Run mosquitto with these lines of configuration beside the listener; anonymous unless the lines say otherwise."""
    program, port = binary("mosquitto"), port or free_port()
    conf = folder / f"mosquitto-{port}.conf"
    extra = lines if any("allow_anonymous" in line for line in lines) else (*lines, "allow_anonymous true")
    head = (f"listener {port} {HOST}", f"user {getpass.getuser()}", "set_tcp_nodelay true", "log_type error")
    conf.write_text("\n".join((*head, *extra)) + "\n", encoding="utf-8")
    yield from _ended(Server([program, "-c", str(conf)], folder, port))


@contextlib.contextmanager
def victoria_metrics(folder: Path, *flags: str) -> Iterator[Server]:
    """Run VictoriaMetrics on an empty folder."""
    program, port = binary("victoria-metrics"), free_port()
    data = folder / f"victoria-{port}"
    command = [program, f"-storageDataPath={data}", f"-httpListenAddr={HOST}:{port}", "-retentionPeriod=100y", *flags]
    yield from _ended(Server(command, folder, port))


class Tap:
    """A TCP proxy that can spoil what flows to the client: `garbage` is put before the next bytes of the server."""

    def __init__(self, port: int) -> None:
        self._upstream = (HOST, port)
        self._listener = socket.create_server((HOST, 0))
        self.host, self.port = HOST, int(self._listener.getsockname()[1])
        self.garbage = b""
        self.connections = 0
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(self._upstream)
                self._sockets += [client, server]
                threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, spoil: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if spoil and self.garbage:
                    data, self.garbage = self.garbage + data, b""
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the door and all connections."""
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
