"""One port for a tool: send something, take what comes until it is silent. The port may be set otherwise meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agent.driver import SerialSettings
from agent.io.clock import mono_ms
from agent.ports import Transport

BITS: Final = 11
SHORTEST_GAP: Final = 5
"""Silence in ms that ends an answer at high speeds; at low ones it is 3.5 characters and what USB adds."""
USB: Final = 20

Open = Callable[[SerialSettings], Transport]
"""Gives a port that is set like this, not yet open."""


class Wire:
    """A port that is opened again when its settings change. Raises `NotConnectedError` when it cannot be had."""

    def __init__(self, make: Open) -> None:
        self._make = make
        self._port: Transport | None = None
        self.settings = SerialSettings()

    def set(self, settings: SerialSettings) -> None:
        """Set the wire."""
        if self._port is not None and settings == self.settings:
            return
        self.close()
        self._port, self.settings = self._make(settings), settings
        self._port.open()

    def close(self) -> None:
        """Close the port."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def ask(self, request: bytes, timeout_ms: int) -> bytes:
        """Send a request and give all that comes: its echo, an answer, noise; b"" if nothing came in time."""
        port = self._opened()
        while port.read(0):
            pass  # what is left of the answer before belongs to nobody
        port.write(request)
        sending = len(request) * BITS * 1000 // self.settings.baud
        return self._taken(timeout_ms + sending, self._gap())

    def hear(self, ms: int) -> bytes:
        """Give what comes by itself within so long, at most what one read gives."""
        return self._opened().read(ms)

    def _taken(self, first_ms: int, gap_ms: int) -> bytes:
        port, data = self._opened(), b""
        deadline = mono_ms() + first_ms
        while (left := deadline - mono_ms()) > 0:
            more = port.read(left)
            if more:
                data += more
                deadline = mono_ms() + gap_ms
        return data

    def _gap(self) -> int:
        return max(SHORTEST_GAP, 4 * BITS * 1000 // self.settings.baud) + USB

    def _opened(self) -> Transport:
        assert self._port is not None, "set comes first"
        return self._port


def without_echo(request: bytes, reply: bytes) -> tuple[bytes, bool]:
    """Give the reply without a copy of the request in front, and whether there was one."""
    return (reply[len(request) :], True) if reply.startswith(request) else (reply, False)
