"""What the service may and may not do, tried from inside its sandbox; prints one JSON object. Standard library only."""

import ctypes
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path


def tried(action: Callable[[], object]) -> object:
    """Give what an action gives, or why it was refused."""
    try:
        return action()
    except OSError as error:
        return f"refused: {error.strerror}"


def writable(path: str) -> bool:
    """Write a file and take it away."""
    Path(path).write_bytes(b"")
    Path(path).unlink()
    return True


TRIED = {
    "clock_state": lambda: ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)),
    "clock_set": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "boot_id": lambda: Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
    "groups": lambda: sorted(os.getgroups()),
    "state": lambda: writable("/var/lib/caretaker/probe"),
    "run": lambda: writable("/run/caretaker/probe"),
    "settings": lambda: writable("/etc/caretaker/probe"),
    "program": lambda: writable("/opt/caretaker/probe"),
    "home": lambda: len(list(Path("/root").iterdir())),
    "root": lambda: os.setuid(0),
    "raw_socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "tcp_socket": lambda: socket.socket(socket.AF_INET).close(),
}
print(json.dumps({name: tried(action) for name, action in TRIED.items()}))
