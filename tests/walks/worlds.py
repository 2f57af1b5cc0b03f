"""Spoilt worlds: what may be wrong outside the agent, each with the words that a technician must read about it."""

from __future__ import annotations

import contextlib
import http.server
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.servers import binary, mosquitto
from tests.walks.stage import Meter, Stage


class Spoilt(NamedTuple):
    """A spoilt world: settings beside the sound ones, the faults of which one must be said, words of its sentence."""

    parts: dict[str, Any]
    codes: tuple[str, ...]
    subject: str
    words: tuple[str, ...]


World = Callable[[Path, contextlib.ExitStack], Spoilt]


def missing_port(folder: Path, _stack: contextlib.ExitStack) -> Spoilt:
    parts = {"lines": {"spoilt": {"port": str(folder / "no-such-port")}}}
    return Spoilt(parts, ("CT201",), "spoilt", (str(folder / "no-such-port"), "does not exist", "Plug the adapter in"))


def taken_port(folder: Path, stack: contextlib.ExitStack) -> Spoilt:
    return hold(str(stack.enter_context(Stage(folder / "taken", spoilt=Meter())).links["spoilt"]), stack)


def hold(port: str, stack: contextlib.ExitStack) -> Spoilt:
    """Let another process have a port open until the stack is closed."""
    words = "import serial, sys; port = serial.Serial(sys.argv[1], exclusive=True); print('mine', flush=True); input()"
    command = [sys.executable, "-c", words, port]
    other = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    assert other.stdout
    assert other.stdout.readline() == b"mine\n"
    stack.callback(other.communicate, b"\n")
    return Spoilt({"lines": {"spoilt": {"port": port}}}, ("CT202",), "spoilt", (port, "in use", f"fuser -v {port}"))


def refusing_broker(folder: Path, stack: contextlib.ExitStack) -> Spoilt:
    passwords = folder / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run([binary("mosquitto_passwd"), "-b", str(passwords), "pi-1", "right"], check=True)
    broker = stack.enter_context(mosquitto(folder, "allow_anonymous false", f"password_file {passwords}"))
    secret = folder / "password"
    secret.write_text("wrong\n", encoding="utf-8")
    secret.chmod(0o600)
    parts = {"mqtt": {"host": broker.host, "port": broker.port, "user": "pi-1", "password_file": str(secret)}}
    words = (f"{broker.host}:{broker.port}", "pi-1", "password_file")
    # Newer brokers say that the password is wrong, older ones only that we are not let in.
    return Spoilt(parts, ("CT302", "CT303"), f"north {broker.host}", words)


class Refusing(http.server.BaseHTTPRequestHandler):
    """A store that lets nobody in, until `status` says otherwise."""

    status = 401

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def refusing_store(_folder: Path, stack: contextlib.ExitStack) -> Spoilt:
    server = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    stack.callback(server.shutdown)
    stack.callback(setattr, Refusing, "status", 401)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    return Spoilt({"influx": {"url": url, "bucket": "b"}}, ("CT402",), f"store {url}", (url, "401", "token_file"))


def missing_broker(_folder: Path, _stack: contextlib.ExitStack) -> Spoilt:
    parts = {"south": {"host": "127.0.0.1", "port": 9, "ecosystems": {"zigbee": {"driver": "zigbee2mqtt"}}}}
    return Spoilt(parts, ("CT301",), "south 127.0.0.1", ("127.0.0.1:9", "Connection refused", "Check host, port"))


WORLDS: Final = (missing_port, taken_port, refusing_broker, refusing_store, missing_broker)
