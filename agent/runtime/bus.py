"""A line whose devices are asked one after the other (Modbus over RS-485): whose turn it is, and who is left out.

    one request outstanding; the most overdue device first
    an answer is complete when the device says so; it failed after the device's time-out of silence, counted from the
        last byte, or when it has gone on for longer than the longest frame takes
    after a failure the line is drained until it was silent for 50 ms: a late answer looks like the next one's
    who is silent is asked less often: after 1, 2, 5, then 30 s, so that nobody stalls the others for longer than one
        time-out; who was heard and not understood is asked again sooner: two devices may have spoken at once

Source: serial.md §1.3 and §2.
"""

from __future__ import annotations

from typing import Final

from agent.driver import SerialSettings
from agent.model.events import Availability, Item, Presence
from agent.runtime.turns import BITS, LONGEST, PAUSE, Seat, Turns

DRAIN: Final = 50
DRAIN_MOST: Final = 1000
"""Nobody waits longer for silence: one babbling device must not stop the rest for good."""
PENALTIES: Final = (1000, 2000, 5000, 30_000)
"""Pauses after silence, in ms: a dead slave must not cost the others a time-out each time."""
DAMAGED: Final = (100, 500, 2000, 10_000)
"""Pauses after bytes that were no sound answer: a collision is over at once, a bad cable is not."""
FRAME: Final = 256
"""Bytes of the longest frame."""


class Bus(Turns):
    """Devices that are asked. `_partner` is the one whose answer is outstanding."""

    _partner: Seat | None = None
    _give_up = 0
    _asked_at = 0
    _drained_at = 0
    """Until then what comes belongs to nobody and nothing is sent, 0 when the line is clean."""
    _free_at = 0

    def free(self, now: int) -> bool:
        """Tell whether something may be sent now."""
        return self._partner is None and not self._drained_at and now >= self._free_at

    def ask(self, now: int) -> None:
        """Ask the most overdue device, if the line is free."""
        if not self.free(now):
            return
        overdue = [(due, at) for at, seat in enumerate(self._seats) if (due := seat.due()) is not None and due <= now]
        if not overdue:
            return
        due, at = min(overdue)
        seat = self._seats[at]
        if not self.ready(seat, now):
            return
        data = seat.device.ask(now)
        if not data:
            seat.hold = now + PAUSE
            return
        seat.tally.polls += 1
        seat.tally.polling.count("polls", now)
        seat.tally.polling.slip.take(now - due)
        self._asked_at = now
        self.send(seat, data, now)

    def busy(self) -> bool:
        """Tell whether an answer is outstanding."""
        return self._partner is not None

    def part(self, now: int) -> None:
        """The port is given away, between two exchanges: nothing is cut."""

    def ready(self, seat: Seat, now: int) -> bool:
        """Tell whether the line was silent long enough for a device: at another speed it may need more."""
        if seat.serial == self._serial:
            return True
        self._free_at = max(self._free_at, self._last + self._gap(seat.serial))
        return now >= self._free_at

    def send(self, seat: Seat, data: bytes, now: int) -> None:
        """Send for a device, and keep the line for its answer if it expects one."""
        # Before the write, which may fail: a device that waits must be told in any case that nothing comes.
        self._partner = seat if seat.device.waiting else None
        super().send(seat, data, now)
        self._free_at = self._last + self._gap(self._serial)
        self._give_up = self._last + seat.device.timeout_ms + DRAIN + FRAME * BITS * 1000 // self._serial.baud

    def patience(self, now: int) -> int:
        """Give how long nothing needs doing unless bytes come."""
        if self._partner is not None:
            return max(0, self._deadline(self._partner) - now)
        if self._drained_at:
            return max(0, min(self._last + DRAIN, self._drained_at) - now)
        dues = [due for seat in self._seats if (due := seat.due()) is not None]
        return max(0, min(LONGEST, max(min(dues, default=now + LONGEST), self._free_at) - now))

    def take(self, data: bytes, now: int) -> None:
        """Bytes came: they are the partner's, or nobody's."""
        self._last = max(self._last, now)
        seat = self._partner
        if seat is None:
            self._tally.stray += len(data)
        elif data := self._echo.take(data):
            self._say(seat, seat.device.receive(data, now), now)
            if not seat.device.waiting:
                seat.sound = seat.sound or not seat.noise  # The reply to a write is sound, and says nothing.
                self._over(seat, now)

    def tick(self, now: int) -> None:
        """Time has passed: end an exchange whose answer does not come, or the draining."""
        if self._partner is not None:
            if now >= self._deadline(self._partner):
                self.lost(now)
        elif self._drained_at and (now >= self._last + DRAIN or now >= self._drained_at):
            self._drained_at = 0

    def lost(self, now: int) -> None:
        """No more will come of what has begun: release what a half frame hid."""
        seat = self._partner
        if seat is None:
            return
        held = self._echo.silence()
        items: list[Item] = seat.device.receive(held, now) if held else []
        if seat.device.waiting:
            items += seat.device.quiet(now)
        self._say(seat, items, now)
        self._over(seat, now)

    def _over(self, seat: Seat, now: int) -> None:
        self._partner = None
        self._free_at = now + self._gap(self._serial)
        if seat.sound:
            seat.tally.answers += 1
            seat.tally.polling.count("answers", now)
            if seat.refusal:
                seat.tally.polling.count("exceptions", now)
            seat.tally.polling.round_trip.take(now - self._asked_at)
            self._succeeded(seat, now)
            return
        silent = seat.noise in ("", "silent")
        seat.tally.timeouts += silent
        seat.tally.polling.count("timeouts" if silent else "checksum", now)
        pauses = PENALTIES if silent else DAMAGED
        seat.hold = now + pauses[min(seat.failures, len(pauses) - 1)]
        self._failed(seat, now, seat.noise or "silent")
        self.fruitless += all(other.failures for other in self._seats)
        self._last = now
        self._drained_at = now + DRAIN_MOST

    def _deadline(self, seat: Seat) -> int:
        return min(self._last + seat.device.timeout_ms, self._give_up)

    def _gap(self, serial: SerialSettings) -> int:
        """Silence between two frames: 3.5 characters, at least 2 ms."""
        return max(2, 7 * BITS * 1000 // (2 * serial.baud) + 1)

    def _present(self, seat: Seat, now: int, word: Presence, why: str) -> None:
        if seat.tally.presence != word:
            seat.tally.presence = word
            self._deliver([Availability(seat.device.device, word, "device", now, why)])
