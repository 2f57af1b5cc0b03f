"""Names of serial ports: which may stand in lines.yaml, and which stable names this machine has. Opens no port."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

STABLE: Final = (Path("/dev/caretaker"), Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
_FLEETING: Final = re.compile(r"/dev/tty(USB|ACM)\d+")
_TCP: Final = re.compile(r"modbus-tcp://[^\s/:]+(:\d{1,5})?/?")
_USB: Final = re.compile(r"usb:[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(:[^\s:]{1,64})?")
_URL: Final = re.compile(r"(socket|rfc2217)://[^\s/:]+:\d{1,5}(/.*|\?.*)?")


def stable_names(port: str = "") -> list[str]:
    """Give the names of this machine's ports that outlive replugging; with `port`, only those that mean it now."""
    found = [path for folder in STABLE if folder.is_dir() for path in sorted(folder.iterdir())]
    if port:
        found = [path for path in found if path.resolve() == Path(port).resolve()]
    return [str(path) for path in found]


def is_fleeting(port: str) -> bool:
    """Tell whether this is a name that the kernel gives in the order of plugging in."""
    return _FLEETING.fullmatch(port) is not None


def is_port(port: str) -> bool:
    """Tell whether this can be the name of a port at all: an absolute path or one of the URLs."""
    return any((port.startswith("/"), _URL.fullmatch(port), _USB.fullmatch(port), is_modbus_tcp(port)))


def is_modbus_tcp(port: str) -> bool:
    """Tell whether this is a Modbus TCP server: requests and answers travel there without a serial line."""
    return _TCP.fullmatch(port) is not None
