"""The local socket: one JSON object a line in, one out. For `caretaker status` and its kin; the group decides who may.

What may be asked stands in agent/requests.py. A request is bounded, a connection lives for seconds, and a broken one
harms nobody else.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

LARGEST: Final = 65_536
PATIENCE: Final = 5.0
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


class ControlSocket:
    """Listens on a Unix socket. `turn` serves one request; `answer` gives the object to send back."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self._answer = answer
        path.parent.mkdir(parents=True, exist_ok=True)
        # Listening before it has its name: whoever finds the socket is answered.
        unnamed = path.with_name(f"{path.name}.new")
        with contextlib.suppress(FileNotFoundError):
            unnamed.unlink()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        mask = os.umask(0o117)
        try:
            self._socket.bind(str(unnamed))
        finally:
            os.umask(mask)
        self._socket.listen(8)
        unnamed.rename(path)

    def turn(self, limit_ms: int = 60_000) -> None:
        """Wait for one request and answer it."""
        self._socket.settimeout(limit_ms / 1000)
        try:
            peer, _ = self._socket.accept()
        except (TimeoutError, OSError):
            return
        with peer, contextlib.suppress(OSError):
            peer.settimeout(PATIENCE)
            peer.sendall(msgspec.json.encode(self._reply(_line(peer))) + b"\n")

    def _reply(self, line: bytes) -> dict[str, Any]:
        try:
            request = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return {"error": f"expected one JSON object in a line of at most {LARGEST} bytes: {error}"}
        return self._answer(request)

    def wake(self) -> None:
        """End the wait of a turn."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knock:
            knock.connect(str(self.path))

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._socket.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


def _line(peer: socket.socket) -> bytes:
    data = b""
    while b"\n" not in data and len(data) <= LARGEST:
        more = peer.recv(4096)
        if not more:
            break
        data += more
    return data[:LARGEST]


def request(path: Path, message: Mapping[str, Any], seconds: float = 10.0) -> dict[str, Any]:
    """Ask the running service; raise OSError when there is none."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(seconds)
        line.connect(str(path))
        line.sendall(msgspec.json.encode(dict(message)) + b"\n")
        data = b""
        while not data.endswith(b"\n"):
            more = line.recv(65_536)
            if not more:
                break
            data += more
    return msgspec.json.decode(data, type=dict[str, Any])
