"""The host's side of a sensor on a UART of its own that may be asked, or told something.

It knows no frame and sets nothing by itself but what `begin` gives it: the mode in which the driver wants the sensor.

    begin: command, command        at the start, and again after silence: a sensor that was without power forgets
    every interval: request ------ answer | silence (Fault silent)
    order: command --------------- reply  | silence (Fault silent)

A sensor that talks by itself has no request: then only its commands are sent. Answers that nobody asked for are
believed: the line has one device, and its frames say what they are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Final

from agent.driver import Setup
from agent.model.effects import Configure, Order
from agent.model.events import Fault, Item, Quality
from drivers.wire.frames import Refused, Shape, Talker

REMIND_MS: Final = 60_000
"""A sensor that should talk by itself and does not is told its mode again so often."""
PATIENCE: Final = 4
"""So many time-outs after a request its answer is given up, also while other bytes keep coming."""


class Asking(Talker):
    """A device file derives from it and says in `meaning` what a frame means, in `is_answer` which answers what.

    `request`: what is asked every interval, at least `least_ms` apart (b"": the sensor talks by itself).
    `begin`: commands that set the sensor up, `pause_ms` apart.
    """

    timeout_ms = 500
    pause_ms: ClassVar[int] = 200

    def __init__(
        self, setup: Setup, *shapes: Shape, request: bytes = b"", begin: Sequence[bytes] = (), least_ms: int = 1000
    ) -> None:
        super().__init__(setup.device, *shapes)
        self._request, self._begin = request, tuple(begin)
        self._interval, self._least = max(setup.interval_ms, least_ms), least_ms
        self._todo = deque(self._begin)
        self._next = self._free_at = self._heard_at = self._asked_at = 0
        self._asked = b""
        self._noise = False
        self._forgot = False
        """It may have been without power: it is told its mode again before the next request."""

    def is_answer(self, frame: bytes, asked: bytes) -> bool:  # noqa: ARG002 - what is asked matters to some devices
        """Tell whether a whole frame answers what was asked."""
        return True

    def setting(self, key: str, value: str) -> bytes:  # noqa: ARG002 - most devices keep no settings
        """Give the command that makes the device keep this, b"" if it cannot."""
        return b""

    def replies(self, command: bytes) -> bool:  # noqa: ARG002 - by default no command is answered
        """Tell whether the device answers this command."""
        return False

    def due(self) -> int | None:
        """Give when there is something to send: commands first, then the request of each interval."""
        if self.waiting:
            return None
        if self._todo:
            return self._free_at
        if self._request:
            return max(self._next, self._free_at)
        return self._heard_at + REMIND_MS if self._begin else None

    def ask(self, now: int) -> bytes:
        """Give the next command, or the request."""
        if not self._todo and (self._forgot or not self._request):
            self._heard_at, self._forgot = now, False
            self._todo.extend(self._begin)
        if self._todo:
            self._free_at = now + self.pause_ms
            command = self._todo.popleft()
            return self._sent(command, now) if self.replies(command) else command
        planned = self._next + self._interval
        self._next = max(planned, now + self._least) if planned > now else now + self._interval
        return self._sent(self._request, now)

    def expect(self, request: bytes, now: int) -> None:
        """Wait for the answer to a request that somebody else sent."""
        self._sent(request, now)

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes as they came, give what they mean."""
        items = super().receive(data, now)
        if self.waiting and now - self._asked_at > PATIENCE * self.timeout_ms:
            items += self._given_up(now)
        return items

    def quiet(self, now: int) -> list[Item]:
        """Give what a half frame hid; say `silent` if nothing at all came for an answer."""
        items = super().quiet(now)
        return items + self._given_up(now) if self.waiting else items

    def command(self, order: Order, now: int) -> bytes:
        """Give the command for a setting of the device, b"" for any other order."""
        command = self.setting(order.key, order.value) if isinstance(order, Configure) else b""
        if not command:
            return b""
        if self.waiting or now < self._free_at:
            self._todo.append(command)
            return b""
        self._todo.appendleft(command)
        return self.ask(now)

    def _sent(self, request: bytes, now: int) -> bytes:
        self.waiting, self._asked, self._asked_at, self._noise = True, request, now, False
        return request

    def _given_up(self, now: int) -> list[Item]:
        """Wait no longer. Noise was told already: a bad cable is not a dead sensor."""
        self.waiting, self._forgot = False, self._asked == self._request
        return (
            [] if self._noise else [Fault(self.device, "silent", f"no answer to {self._asked.hex(' ').upper()}", t=now)]
        )

    def _items(self, found: list[bytes | Refused], now: int) -> list[Item]:
        for one in found:
            if isinstance(one, Refused):
                self._noise = True
            else:
                self._heard_at = now
                if self.waiting and self.is_answer(one, self._asked):
                    self.waiting = False
        return super()._items(found, now)


class WarmUp:
    """What the readings of a sensor are worth: those of its first `length_ms` are suspect, good ones follow.

    When a sensor got its power nobody says. So it counts from the first value, and anew from the first one behind a
    silence longer than `gap_ms`. A shorter loss of power is not noticed.
    """

    def __init__(self, length_ms: int, gap_ms: int = 60_000) -> None:
        self._length, self._gap = length_ms, gap_ms
        self._since = self._last = -1

    def quality(self, now: int) -> Quality:
        """Give the quality of a value that came now."""
        if self._since < 0 or now - self._last > self._gap:
            self._since = now
        self._last = now
        return "suspect" if now - self._since < self._length else "good"
