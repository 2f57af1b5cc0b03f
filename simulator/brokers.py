"""Brokers for the demo and the tests: the mosquitto binary when it is on the machine, otherwise amqtt from PyPI.

Only on loopback, on a free port, without accounts: this is no set-up for a real site. Faults: `kill` and `start` again
on the same port ("broker gone" and back), after which nothing retained is left, as with a broker without persistence.
"""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, Self

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 15.0
INSTALL: Final = "install one with `sudo apt-get install -y mosquitto` or `pip install 'caretaker-agent[demo]'`"
_CONF: Final = """listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_queued_messages 10000
log_type error
log_type warning
"""


class NoBrokerError(Exception):
    """No broker can be started here; the message says what to install, or what the broker said."""


def free_port() -> int:
    """Give a TCP port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def mosquitto() -> str | None:
    """Give the path of the mosquitto binary, which Debian puts where only root's PATH looks, or None."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def available() -> str:
    """Give which broker would be started: "mosquitto", "amqtt", or "" for none."""
    if mosquitto():
        return "mosquitto"
    return "amqtt" if importlib.util.find_spec("amqtt") else ""


class Broker:
    """One broker process. `kind` is "mosquitto" or "amqtt", by default what is available."""

    def __init__(self, port: int = 0, kind: str = "") -> None:
        self.host = HOST
        self.port = port or free_port()
        self.kind = kind or available()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="caretaker-broker-")

    def start(self) -> None:
        """Start it and wait until it listens; harmless if it runs. Raise `NoBrokerError` if it cannot be."""
        if self._process and self._process.poll() is None:
            return
        if self._listens():
            raise NoBrokerError(f"port {self.port} is taken by another program")
        with (Path(self._folder.name) / "broker.log").open("wb") as log:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.PIPE, stdout=log, stderr=log)
        limit = time.monotonic() + START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > limit:
                self.kill()
                raise NoBrokerError(f"{self.kind} does not start on port {self.port}: {self._said()}")
            time.sleep(0.02)

    def words(self) -> dict[str, str | int]:
        """Give what stands in the settings: amqtt speaks 3.1.1 only, and does not answer who asks for more."""
        words: dict[str, str | int] = {"host": self.host, "port": self.port}
        return words | ({"protocol": "3.1.1"} if self.kind == "amqtt" else {})

    def _command(self) -> list[str]:
        if self.kind == "amqtt":
            return [sys.executable, "-m", "simulator.amqtt_broker", str(self.port)]
        binary = mosquitto()
        if self.kind != "mosquitto" or binary is None:
            raise NoBrokerError(f"the demo needs an MQTT broker and finds none: {INSTALL}")
        conf = Path(self._folder.name) / "mosquitto.conf"
        conf.write_text(_CONF.format(port=self.port), encoding="ascii")
        return [binary, "-c", str(conf)]

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.host, self.port)) == 0

    def _said(self) -> str:
        lines = (Path(self._folder.name) / "broker.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"

    def kill(self) -> None:
        """End it at once, as a fault or for good; harmless if it does not run."""
        if self._process:
            self._process.kill()
            self._process.wait()
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None

    def close(self) -> None:
        """End it and remove its files."""
        self.kill()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()


class ForeignBroker(Broker):
    """A broker that somebody else runs: it is neither started nor killed here, so "broker gone" is not played."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(port, "foreign")
        self.host = host

    def start(self) -> None:
        """Look whether it is there; raise `NoBrokerError` if it is not."""
        if not self._listens():
            raise NoBrokerError(f"no broker answers at {self.host}:{self.port}; is it running, and is the port right?")
