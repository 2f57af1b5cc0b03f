"""Ports named by what their USB adapter says of itself: `usb:VID:PID` or `usb:VID:PID:SERIAL`. And how one is reset.

It opens no port and guesses nothing: of two adapters that cannot be told apart neither is taken.

    /sys/class/tty/ttyUSB0/device -> …/1-1.2/1-1.2:1.0/ttyUSB0      usb-serial: CH340, CP210x, FTDI
    /sys/class/tty/ttyACM0/device -> …/1-1.3/1-1.3:1.0              CDC-ACM
    …/1-1.2/                         idVendor idProduct serial busnum devnum authorized

CH340 adapters have no serial number, and some clones share one (serial.md §2): only the socket tells those apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from agent.ports import NotConnectedError

ROOT: Final = Path("/")
NAME: Final = re.compile(r"usb:([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})(?::([^\s:]{1,64}))?")
USBDEVFS_RESET: Final = 0x5514
"""_IO('U', 20) of linux/usbdevice_fs.h."""


class UsbAdapter(NamedTuple):
    """One port of a USB adapter: its name of now, what the adapter says, its folder in sysfs, its stable names."""

    port: Path
    vid: str
    pid: str
    serial: str
    folder: Path
    by_path: tuple[str, ...]

    def name(self) -> str:
        """Give its name for lines.yaml, as far as the adapter tells it."""
        return ":".join(part for part in ("usb", self.vid, self.pid, self.serial) if part)


def adapters(root: Path = ROOT) -> list[UsbAdapter]:
    """Give every serial port that is on USB now, by its name."""
    return list(_adapters(root))


def found(name: str, root: Path = ROOT) -> str:
    """Give the path that a `usb:` name means now; any other name is its own path.

    Raises `NotConnectedError`: CT201 when there is none, CT209 when there are several.
    """
    named = NAME.fullmatch(name)
    if named is None:
        return name
    there = adapters(root)
    wanted = (named[1].lower(), named[2].lower())
    fitting = [one for one in there if (one.vid, one.pid) == wanted and named[3] in (None, one.serial)]
    if not fitting:
        raise NotConnectedError.because("CT201", port=name, names=", ".join(one.name() for one in there) or "nothing")
    if len(fitting) > 1:
        raise NotConnectedError.because("CT209", port=name, names=", ".join(_told_apart(fitting)))
    return str(fitting[0].port)


def reset(port: str, root: Path = ROOT) -> str:
    """Reset the USB adapter behind a path that is closed; give "" when it was, else why it could not be.

    The port is gone for about a second then, and may come back under another number.
    """
    folder = _device(root / "sys/class/tty" / Path(port).resolve().name)
    if folder is None:
        return "it is on no USB adapter"
    try:
        _reset(folder, root)
    except OSError as error:
        return _authorised_anew(folder, os.strerror(error.errno or 0))
    return ""


def _adapters(root: Path) -> Iterator[UsbAdapter]:
    names = _stable_names(root)
    for tty in sorted((root / "sys/class/tty").glob("*")):
        folder = _device(tty)
        if folder is not None:
            port = root / "dev" / tty.name
            vid, pid, serial = (_text(folder / word) for word in ("idVendor", "idProduct", "serial"))
            yield UsbAdapter(port, vid, pid, serial, folder, tuple(names.get(tty.name, ())))


def _device(tty: Path) -> Path | None:
    """Give the folder of the USB device that a tty belongs to, None if it belongs to none."""
    if not (tty / "device").exists():
        return None
    device = (tty / "device").resolve()
    return next((folder for folder in (device, *device.parents) if (folder / "idVendor").is_file()), None)


def _stable_names(root: Path) -> dict[str, list[str]]:
    """Give the names under /dev/serial/by-path, by the port that they mean now."""
    names: dict[str, list[str]] = {}
    for link in sorted((root / "dev/serial/by-path").glob("*")):
        names.setdefault(link.resolve().name, []).append(f"/dev/serial/by-path/{link.name}")
    return names


def _told_apart(found: list[UsbAdapter]) -> Iterator[str]:
    """Give each adapter by its serial number if that is its own, else by the socket that it is in."""
    for one in found:
        shared = [other for other in found if other.serial == one.serial]
        if one.serial and len(shared) == 1:
            yield one.name()
        else:
            yield one.by_path[0] if one.by_path else str(one.port)


def _reset(folder: Path, root: Path) -> None:
    bus, device = int(_text(folder / "busnum") or 0), int(_text(folder / "devnum") or 0)
    node = os.open(root / f"dev/bus/usb/{bus:03d}/{device:03d}", os.O_WRONLY)
    try:
        fcntl.ioctl(node, USBDEVFS_RESET, 0)
    finally:
        os.close(node)


def _authorised_anew(folder: Path, why: str) -> str:
    """Let the kernel drop the device and take it up again."""
    switch = folder / "authorized"
    try:
        switch.write_text("0", encoding="ascii")
        switch.write_text("1", encoding="ascii")
    except OSError as error:
        return f"{why}; {switch}: {os.strerror(error.errno or 0)}"
    return ""


def _text(file: Path) -> str:
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").strip()
    return ""
