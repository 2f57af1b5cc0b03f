"""What the service manager is told (sd_notify(3)): ready, reloading, alive, stopping. Nothing at all outside systemd.

It decides nothing: who feeds the watchdog, and by which progress, is the supervisor's matter.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Systemd:
    """The datagram socket of NOTIFY_SOCKET; every method is harmless without it. `environ` is read once.

    `watchdog_ms` is how often the manager wants to hear from us at most, 0 when it does not: it is meant for this
    process only if WATCHDOG_PID is unset or ours.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the zero byte of an abstract name; anything else but a path is not for us.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address if address.startswith("/") else ""
        ours = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        wanted = environ.get("WATCHDOG_USEC", "")
        self.watchdog_ms = int(wanted) // 1000 if ours and wanted.isdigit() and self._address else 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if self._address else None
        if self._socket is not None:
            self._socket.setblocking(False)

    def ready(self, status: str = "") -> None:
        """The service does its work (also said at the end of a reload)."""
        self._say("READY=1", *([f"STATUS={status}"] if status else []))

    def reloading(self, monotonic_us: int = 0) -> None:
        """The settings are being read again. `monotonic_us` (CLOCK_MONOTONIC) is needed by Type=notify-reload only."""
        self._say("RELOADING=1", *([f"MONOTONIC_USEC={monotonic_us}"] if monotonic_us else []))

    def watchdog(self) -> None:
        """The pump has made progress."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way down."""
        self._say("STOPPING=1")

    def status(self, text: str) -> None:
        """Give one line for `systemctl status`."""
        self._say(f"STATUS={text}")

    def close(self) -> None:
        """Close the socket; later calls do nothing."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, *lines: str) -> None:
        if self._socket is None:
            return
        message = "\n".join(" ".join(line.splitlines()) for line in lines)
        try:
            self._socket.sendto(message.encode(), self._address)
        except OSError:
            # The manager is gone or its queue is full: a service must not fail for want of being listened to.
            return
