"""The far end of a crowded RS-485 bus on a real pty: bytes take their time, who speaks at once is spoilt.

A pty has no speed (rigs.md §4), so the wire is made here: a byte is written when at 9600 baud its last bit would come.
"""

from __future__ import annotations

import heapq
import os
import random
import select
import threading
import time
import tty
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, Self

from agent.driver import SerialPlayer

BYTE_MS: Final = 10_000 / 9600
REQUEST: Final = 8
"""Bytes of a request to read registers."""
TURNAROUND: Final = (5, 60)
BABBLE: Final = 20
BABBLE_EVERY: Final = 2000


class CrowdedWire:
    """Slaves by address, of which some are mute and some babble; served by a thread while it is entered."""

    def __init__(
        self,
        link: Path,
        slaves: Mapping[int, SerialPlayer],
        mute: Collection[int],
        babbling: Collection[int],
        seed: int,
    ) -> None:
        self.link, self._slaves, self._mute, self._babbling = link, slaves, set(mute), set(babbling)
        self._dice = random.Random(seed)
        self._coming: list[tuple[float, int, int]] = []
        """(when its last bit comes, number, byte) of all that is on its way to the host."""
        self._busy: list[tuple[float, float]] = []
        """From when to when somebody else speaks."""
        self._number = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="crowded wire")
        self.spoilt = self.babbled = 0

    def __enter__(self) -> Self:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link.symlink_to(os.ttyname(self._slave))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for end in (self._master, self._slave):
            os.close(end)

    def _serve(self) -> None:
        request = b""
        babble = [_now() + self._dice.uniform(0, BABBLE_EVERY) for _ in self._babbling]
        while not self._stop.is_set():
            now = _now()
            for n, at in enumerate(babble):
                if at <= now:
                    self._speak(now, self._dice.randbytes(BABBLE))
                    self.babbled += 1
                    babble[n] = now + self._dice.uniform(1, 2 * BABBLE_EVERY)
            while self._coming and self._coming[0][0] <= now:
                os.write(self._master, bytes([heapq.heappop(self._coming)[2]]))
            following = min([*babble, *(at for at, _, _ in self._coming[:1])], default=now + 100)
            if select.select([self._master], [], [], max(0.0, min(100.0, following - _now())) / 1000)[0]:
                request += os.read(self._master, 4096)
                while len(request) >= REQUEST:
                    self._hear(request[:REQUEST], _now())
                    request = request[REQUEST:]

    def _hear(self, request: bytes, now: float) -> None:
        """The host has begun to send: a slave answers when it has heard all of it, unless somebody spoke meanwhile."""
        heard = now + len(request) * BYTE_MS
        if self._overlaps(now, heard) or request[0] in self._mute | self._babbling:
            return
        answer = self._slaves[request[0]].receive(request, int(now))
        self._speak(heard + self._dice.uniform(*TURNAROUND), answer)

    def _speak(self, start: float, data: bytes) -> None:
        """Put bytes on the wire; what two say at once is spoilt, of both."""
        end = start + len(data) * BYTE_MS
        if self._overlaps(start, end):
            self.spoilt += 1
            data = self._spoil(data)
            self._coming = [
                (at, n, self._spoil(bytes([byte]))[0] if start <= at <= end else byte) for at, n, byte in self._coming
            ]
        self._busy = [(since, until) for since, until in self._busy if until > _now() - 1000] + [(start, end)]
        for n, byte in enumerate(data, 1):
            self._number += 1
            heapq.heappush(self._coming, (start + n * BYTE_MS, self._number, byte))

    def _spoil(self, data: bytes) -> bytes:
        return bytes(byte ^ self._dice.randrange(1, 256) for byte in data)

    def _overlaps(self, start: float, end: float) -> bool:
        return any(since < end and start < until for since, until in self._busy)


def _now() -> float:
    return time.monotonic_ns() / 1_000_000
