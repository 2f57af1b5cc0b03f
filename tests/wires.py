"""A serial adapter to plug and pull: a pty behind a stable link, and the device's end of it. For tests only."""

from __future__ import annotations

import os
import select
import tty
from pathlib import Path


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

    def heard(self) -> bool:
        """Tell whether the host has sent something that was not yet taken."""
        assert self._ends
        return bool(select.select([self._ends[0]], [], [], 0)[0])
