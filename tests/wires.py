"""Wires for tests: a serial adapter to plug and pull (a pty behind a stable link), and a wire in virtual time."""

from __future__ import annotations

import os
import random
import select
import tty
from collections.abc import Callable
from pathlib import Path

from agent.driver import SerialSettings
from agent.io.memory import MemoryClock
from agent.ports import NotConnectedError


class Adapter:
    """`link` is what the agent opens; `say` and `hear` are the device's end."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._ends: tuple[int, int] | None = None
        self.plug()

    def plug(self) -> None:
        """Make a new pty and let the link point to it: the same adapter under another number."""
        master, slave = os.openpty()
        tty.setraw(slave)
        self._ends = (master, slave)
        self.link.symlink_to(os.ttyname(slave))

    def pull(self) -> None:
        """Pull the adapter out: whoever has it open gets an error."""
        if self._ends:
            self.link.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def close(self) -> None:
        """Pull it for good; harmless if it is out."""
        self.pull()

    def say(self, data: bytes) -> None:
        """Send as the device."""
        assert self._ends
        os.write(self._ends[0], data)

    def hear(self, size: int) -> bytes:
        """Wait until the host has sent `size` bytes and give them."""
        assert self._ends
        data = b""
        while len(data) < size:
            data += os.read(self._ends[0], size - len(data))
        return data

    def heard(self, wait_ms: int = 0) -> bool:
        """Tell whether the host has sent something that was not yet taken, waiting for it at most so long."""
        assert self._ends
        return bool(select.select([self._ends[0]], [], [], wait_ms / 1000)[0])


class Bench:
    """A wire in virtual time: a `Transport` whose reads move the clock. `answer` plays what hangs on the far end.

    `answer(data, now)` gives what comes back for a write, as (delay in ms, bytes). `log` keeps (time, bytes sent).
    """

    def __init__(
        self, clock: MemoryClock, answer: Callable[[bytes, int], list[tuple[int, bytes]]] = lambda _d, _t: []
    ) -> None:
        self.clock = clock
        self.answer = answer
        self.log: list[tuple[int, bytes]] = []
        self.reads: list[int] = []
        self.missing: NotConnectedError | None = None
        self.is_open = False
        self.settings: list[tuple[int, SerialSettings]] = []
        self.mended: list[str] = []
        self.shortcoming = ""
        self._coming: list[tuple[int, bytes]] = []
        self._woken = False

    def comes(self, at: int, data: bytes) -> None:
        """Let bytes arrive at a time."""
        self._coming.append((at, data))
        self._coming.sort(key=lambda entry: entry[0])

    def spoil(self, since: int, until: int, dice: random.Random) -> None:
        """Spoil the bytes that are to arrive between two times: somebody else speaks then."""
        self._coming = [
            (at, bytes(byte ^ dice.randrange(1, 256) for byte in data) if since < at <= until else data)
            for at, data in self._coming
        ]

    def open(self) -> None:
        """Open, unless the port is missing."""
        self._there()
        if not self.is_open:
            self.mended.append("open")
        self.is_open = True

    def read(self, timeout_ms: int | None) -> bytes:
        """Let time pass to the next byte or the end of the wait."""
        self._there()
        assert self.is_open
        assert timeout_ms is not None
        self.reads.append(timeout_ms)
        if self._woken:
            self._woken = False
            return b""
        end = self.clock.t + timeout_ms
        if not self._coming or self._coming[0][0] > end:
            self.clock.advance(timeout_ms)
            return b""
        at, data = self._coming.pop(0)
        self.clock.advance(max(0, at - self.clock.t))
        return data

    def write(self, data: bytes) -> None:
        """Send: it is logged, and answered."""
        self._there()
        self.log.append((self.clock.t, data))
        for delay, answer in self.answer(data, self.clock.t):
            self.comes(self.clock.t + delay, answer)

    def configure(self, settings: SerialSettings) -> None:
        """Note how the wire is set."""
        self.settings.append((self.clock.t, settings))

    def flush(self) -> None:
        """Forget what is under way."""
        self.mended.append("flush")
        self._coming.clear()

    def reset(self) -> str:
        """Note that the adapter was reset."""
        self.mended.append("reset")
        self.is_open = False
        return ""

    def wake(self) -> None:
        """End the next read at once."""
        self._woken = True

    def close(self) -> None:
        """Close."""
        self.is_open = False

    def _there(self) -> None:
        if self.missing is not None:
            raise self.missing
