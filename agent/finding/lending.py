"""A port for a tool while the service may be running: it lends the line, and takes it back when the tool is done.

Asked by the local socket: {"cmd": "lend", "line": NAME, "seconds": N}, then {"cmd": "return", "line": NAME}. One that
dies is no matter: the service takes the line back when the time is over.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.driver import SerialSettings
from agent.finding.wire import Wire
from agent.io.transports import transport
from agent.ports import Transport
from agent.runtime.control import request
from agent.settings.load import socket_path
from agent.settings.types import SerialLine, Settings

LONGEST: Final = 3600
"""Seconds for which a line may be lent."""


class NotLentError(Exception):
    """The service holds the port and does not lend it; the message says why."""


def line_of(settings: Settings | None, name: str) -> str | None:
    """Give the line of the settings that is called so, or has this port; None if there is none."""
    lines = settings.lines.lines if settings else {}
    if name in lines:
        return name
    return next((line for line, wire in lines.items() if wire.port == name), None)


@contextlib.contextmanager
def borrowed(settings: Settings | None, port: str, seconds: int) -> Iterator[Wire]:
    """Give the wire of a port (or of a line, by its name), lent by the service if it runs and has it."""
    line = line_of(settings, port)
    known = settings.lines.lines[line] if settings and line else SerialLine(port=port)
    socket = socket_path(settings) if settings and line else None
    lent = socket is not None and line is not None and _lend(socket, line, seconds)

    def make(wanted: SerialSettings) -> Transport:
        return transport(known, wanted)

    wire = Wire(make)
    try:
        yield wire
    finally:
        wire.close()
        if lent and socket is not None:
            with contextlib.suppress(OSError):
                request(socket, {"cmd": "return", "line": line})


def _lend(socket: Path, line: str, seconds: int) -> bool:
    """Ask the service for the line; False when none is running."""
    try:
        answer = request(socket, {"cmd": "lend", "line": line, "seconds": min(seconds, LONGEST)})
    except OSError:
        return False
    if "error" in answer:
        raise NotLentError(f"the service does not lend line '{line}': {answer['error']}")
    return True
