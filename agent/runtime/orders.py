"""What devices of a line are to be told: it waits until the line is free, and is dropped when the line goes away.

Any thread may put something in; the line's own thread carries it out. Nothing is kept for later here: "thank you" must
not come an hour late, and a terminal that hears nothing sends again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from agent.driver import SerialDevice
from agent.runtime.bus import Bus
from agent.runtime.turns import Seat, Talking

MOST: Final = 1000
"""Orders that wait. Beyond it the oldest is dropped."""
Send = Callable[[SerialDevice, int], bytes]
"""Gives what is to be sent to a device at a time, b"" for nothing."""


class Orders:
    """The queue of one line."""

    def __init__(self, seats: Mapping[str, Seat], turns: Bus | Talking) -> None:
        self._seats, self._turns = seats, turns
        self._waiting: deque[tuple[str, Send]] = deque(maxlen=MOST)

    def put(self, device: str, send: Send) -> None:
        """Let a device be told something. From any thread."""
        self._waiting.append((device, send))

    def clear(self) -> None:
        """Drop all of it."""
        self._waiting.clear()

    def run(self, now: int) -> None:
        """Carry out what the line is free for."""
        while self._waiting and self._turns.free(now):
            name, send = self._waiting[0]
            seat = self._seats.get(name)
            if seat is not None and not self._turns.ready(seat, now):
                return
            self._waiting.popleft()
            if seat is not None and (data := send(seat.device, now)):
                self._turns.send(seat, data, now)
