"""The door to a serial port, real or remote (socket://, rfc2217://). It moves bytes and says why it cannot.

It knows no device and no frame, and opens nothing again by itself: that is the line's (agent/runtime/line.py). A port
is found by its name each time, so one that comes back behind the same stable link is taken up under its new number.

Rigs and reality (rigs.md §4): a pty has no RTS and DTR (OSError 25, tolerated by pyserial), and a port that was pulled
out answers with a plain OSError as often as with pyserial's own error. Hence one place that turns all into a sentence.
"""

from __future__ import annotations

import errno
import os
import select
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import serial

from agent.driver import SerialSettings
from agent.io import usb_ports
from agent.io.port_manner import Manner
from agent.io.wakeup import Wakeup
from agent.ports import NotConnectedError

BY_ID: Final = Path("/dev/serial/by-id")
READ_SIZE: Final = 4096
STEP: Final = 20
"""rfc2217 has a thread and a queue but no file descriptor to poll: it is looked at every so many milliseconds."""

_WORDS: Final = {"baud": "baudrate", "bits": "bytesize", "parity": "parity", "stop": "stopbits"}
"""Our words for pyserial's."""
_BROKEN: Final = (OSError, serial.SerialException, termios.error, ValueError, TypeError)
"""What pyserial and the kernel raise. TypeError: pyserial's descriptor is None when another thread has closed it."""


class SerialPort:
    """One port, opened exclusively. `port` is a path, preferably under /dev/serial/by-id, or a URL of pyserial.

    All methods but `wake` belong to one thread. Raises `NotConnectedError` with a code of the catalogue (CT201–CT207).
    """

    def __init__(
        self,
        port: str,
        settings: SerialSettings,
        *,
        manner: Manner | None = None,
        write_timeout_ms: int = 2000,
        by_id: Path = BY_ID,
    ) -> None:
        self._name = port
        self._settings = settings
        self._manner = manner or Manner()
        self.shortcoming = ""
        """What the port could not be set to by the last `open` or `configure`, in words, "" if nothing."""
        self._write_timeout = None if port.startswith("rfc2217:") else write_timeout_ms / 1000
        self._by_id = by_id
        self._port: serial.SerialBase | None = None
        self._fileno = -1
        self._wakeup = Wakeup()
        self._poll = select.poll()
        self._poll.register(self._wakeup.fileno(), select.POLLIN)

    @property
    def remote(self) -> bool:
        """Tell whether the port is on another machine."""
        return "://" in self._name

    def open(self) -> None:
        """Open; harmless if open."""
        if self._port is not None:
            return
        wanted = self._settings
        path = usb_ports.found(self._name)
        try:
            port = serial.serial_for_url(
                path, wanted.baud, wanted.bits, wanted.parity, wanted.stop,
                timeout=0, write_timeout=self._write_timeout, exclusive=None if self.remote else True,
                do_not_open=True,
            )  # fmt: skip
            port.dtr = self._manner.dtr != "low"  # before it opens, so that it is up for as short as can be
            port.open()
        except _BROKEN as error:
            raise self._cannot_open(error) from error
        self._port = port
        self.shortcoming = self._manner.applied(port)
        self._fileno = port.fileno() if hasattr(port, "fileno") and not self._name.startswith("rfc2217:") else -1
        if self._fileno >= 0:
            self._poll.register(self._fileno, select.POLLIN)

    def read(self, timeout_ms: int | None) -> bytes:
        """Give what has come, waiting for the first byte at most so long (None: for ever); b"" if nothing or woken."""
        port = self._opened()
        try:
            if self._fileno < 0:
                return self._read_remote(port, timeout_ms)
            ready = [fd for fd, _ in self._poll.poll(timeout_ms)]
            if self._wakeup.fileno() in ready:
                self._wakeup.clear()
            return port.read(READ_SIZE) if self._fileno in ready else b""
        except _BROKEN as error:
            raise self._gone(error) from error

    def write(self, data: bytes) -> None:
        """Send all of it."""
        port = self._opened()
        try:
            port.write(data)
        except serial.SerialTimeoutException as error:
            self.close()
            raise NotConnectedError.because("CT207", port=self._name, detail="write timed out") from error
        except _BROKEN as error:
            raise self._gone(error) from error

    def wake(self) -> None:
        """End a `read` that waits in another thread."""
        self._wakeup.wake()

    def configure(self, settings: SerialSettings) -> None:
        """Set the wire otherwise, at once if it is open; it stays so when the port is closed and opened."""
        self._settings, port = settings, self._port
        self.shortcoming = "" if port is None else ", ".join(self._set(port, settings))

    def flush(self) -> None:
        """Forget what came and was not read."""
        port = self._opened()
        try:
            port.reset_input_buffer()  # type: ignore[attr-defined]  # every port of pyserial has it
        except _BROKEN as error:
            raise self._gone(error) from error

    def reset(self) -> str:
        """Reset the adapter on its bus; give "" or why it could not be done. The port is closed then."""
        self.close()
        try:
            return "it is on another machine" if self.remote else usb_ports.reset(usb_ports.found(self._name))
        except NotConnectedError as error:
            return str(error)

    def close(self) -> None:
        """Close; never raises."""
        port, self._port = self._port, None
        if self._fileno >= 0:
            self._poll.unregister(self._fileno)
            self._fileno = -1
        if port is not None:
            try:
                port.close()
            except _BROKEN:
                return

    def _set(self, port: serial.SerialBase, settings: SerialSettings) -> Iterator[str]:
        """Set an open port word by word; give what it cannot. A pty knows no parity, and works all the same."""
        for word, name in _WORDS.items():
            value = getattr(settings, word)
            if getattr(port, name) == value:
                continue  # costs no system call
            try:
                setattr(port, name, value)
            except _BROKEN as error:
                if not isinstance(error, ValueError) and error.args[:1] != (errno.EINVAL,):
                    raise self._gone(error) from error
                yield f"{word} {value} ({_words(error)})"

    def _opened(self) -> serial.SerialBase:
        if self._port is None:
            raise NotConnectedError.because("CT204", port=self._name, detail="it is not open")
        return self._port

    def _read_remote(self, port: serial.SerialBase, timeout_ms: int | None) -> bytes:
        left = timeout_ms
        while not (data := port.read(1)):
            if left is not None and left <= 0:
                return b""
            step = STEP if left is None else min(STEP, left)
            if self._poll.poll(step):
                self._wakeup.clear()
                return b""
            left = None if left is None else left - step
        return data + b"".join(iter(lambda: port.read(1), b""))

    def _gone(self, error: Exception) -> NotConnectedError:
        self.close()
        if self.remote:
            return NotConnectedError.because("CT205", port=self._name, detail=_words(error))
        return NotConnectedError.because("CT204", port=self._name, detail=_words(error))

    def _cannot_open(self, error: Exception) -> NotConnectedError:
        number = getattr(error, "errno", None)
        if self.remote:
            return NotConnectedError.because("CT205", port=self._name, detail=_words(error))
        if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            return NotConnectedError.because("CT201", port=self._name, names=self._stable_names())
        if number in (errno.EAGAIN, errno.EBUSY):
            return NotConnectedError.because("CT202", port=self._name)
        if number in (errno.EACCES, errno.EPERM):
            return NotConnectedError.because("CT203", port=self._name)
        return NotConnectedError.because("CT206", port=self._name, detail=_words(error))

    def _stable_names(self) -> str:
        try:
            names = sorted(entry.name for entry in self._by_id.iterdir())
        except OSError:
            names = []
        return ", ".join(names) or "nothing"


def _words(error: Exception) -> str:
    """Give an error's own words without pyserial's wrapping: "Input/output error" rather than three nested tuples."""
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return os.strerror(number)
    return " ".join(str(error).split()) or type(error).__name__
