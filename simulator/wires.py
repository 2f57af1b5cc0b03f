"""The serial side: each line is a pty whose far end the agent opens by a stable link, with the players that hang on it.

One call of `turn` serves all lines; there is no thread here, and no driver is known. Faults of a wire (noise, cut
frames, a silent device, an unplugged adapter) are made here, from dice of its own.

The slave end is kept open by us, otherwise the master reads EIO while nobody listens; on `unplug` both ends are closed
and the link is removed, on `plug` a new pty appears behind the same link, as with a USB adapter under a new name.
"""

from __future__ import annotations

import os
import random
import select
import tty
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from agent.driver import SerialPlayer

READ_SIZE: Final = 4096


class Wire:
    """One serial line: the pty, the players by device name, and what is wrong with it."""

    def __init__(self, name: str, link: Path, players: Mapping[str, SerialPlayer], dice: random.Random) -> None:
        self.name = name
        self.link = link
        self.players = dict(players)
        self.silent: set[str] = set()
        self.cuts = 0
        self.lost = 0
        self._dice = dice
        self._ends: tuple[int, int] | None = None

    @property
    def master(self) -> int | None:
        """Give our end, None while unplugged."""
        return self._ends[0] if self._ends else None

    def plug(self) -> None:
        """Make a new pty and set the link to it; harmless if plugged."""
        if self._ends:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        fresh = self.link.with_name(f".{self.link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(slave))
        fresh.replace(self.link)
        self._ends = (master, slave)

    def unplug(self) -> None:
        """Pull the adapter: whoever has it open gets an error at once. Harmless if unplugged."""
        if self._ends:
            self.link.unlink(missing_ok=True)
            for end in self._ends:
                os.close(end)
            self._ends = None

    def due(self) -> int | None:
        """Give when a player will next speak by itself."""
        times = [t for player in self.players.values() if (t := player.due()) is not None]
        return min(times) if times else None

    def hear(self, now: int) -> None:
        """Take what the host sent and let every device answer that feels addressed."""
        data = self._read()
        if not data:
            return
        for device, player in self.players.items():
            answer = player.receive(data, now)
            if answer and device not in self.silent:
                self._send(answer)

    def talk(self, now: int) -> None:
        """Let every player speak that wants to."""
        for device, player in self.players.items():
            due = player.due()
            if due is None or due > now:
                continue
            words = player.talk(now)
            if words and device not in self.silent:
                self._send(words)

    def noise(self, count: int) -> None:
        """Put `count` random bytes on the wire."""
        self._write(self._dice.randbytes(count))

    def _send(self, frame: bytes) -> None:
        if self.cuts and len(frame) > 1:
            self.cuts -= 1
            frame = frame[: self._dice.randrange(1, len(frame))]
        self._write(frame)

    def _read(self) -> bytes:
        if not self._ends:
            return b""
        try:
            return os.read(self._ends[0], READ_SIZE)
        except BlockingIOError:
            return b""

    def _write(self, data: bytes) -> None:
        """Write; what nobody reads or finds no wire is lost, as on a real line, and counted."""
        if not self._ends:
            self.lost += len(data)
            return
        try:
            self.lost += len(data) - os.write(self._ends[0], data)
        except BlockingIOError:
            self.lost += len(data)


class Wires:
    """All lines, served together."""

    def __init__(self, wires: Mapping[str, Wire]) -> None:
        self.by_line = dict(wires)

    def plug(self) -> None:
        """Plug every line."""
        for wire in self.by_line.values():
            wire.plug()

    def unplug(self) -> None:
        """Unplug every line and remove the links."""
        for wire in self.by_line.values():
            wire.unplug()

    def of(self, device: str) -> Wire | None:
        """Give the wire on which a device hangs, None if it is no serial one."""
        return next((wire for wire in self.by_line.values() if device in wire.players), None)

    def due(self) -> int | None:
        """Give when a player on any line will next speak by itself."""
        times = [t for wire in self.by_line.values() if (t := wire.due()) is not None]
        return min(times) if times else None

    def turn(self, now: int, patience_ms: int = 0) -> None:
        """Say what is due at `now`, then wait at most so long for a host to speak, and answer it."""
        for wire in self.by_line.values():
            wire.talk(now)
        masters = {wire.master: wire for wire in self.by_line.values() if wire.master is not None}
        ready, _, _ = select.select(list(masters), [], [], patience_ms / 1000)
        for master in ready:
            masters[master].hear(now)
