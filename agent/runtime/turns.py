"""Whose bytes are whose on a line, and who may send: what both ways share, and the way of a device that talks.

It waits for nothing and opens nothing: the line tells it the time and the bytes. The way of a bus whose devices are
asked is in bus.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from agent.driver import SerialDevice, SerialSettings
from agent.model.events import Availability, Fault, Item, Presence
from agent.ports import Transport
from agent.runtime.counters import Tally
from agent.runtime.echo import Echo
from agent.runtime.fault_log import FaultLog

LONGEST: Final = 60_000
"""No wait is longer: a read that waits for ever could not be told from one that hangs."""
PAUSE: Final = 50
"""A device that is due and then has nothing to send is not asked again before this."""
SOON: Final = 2000
"""Nobody is left alone for longer after a port was opened anew."""
BITS: Final = 11
"""Bits of one character on the wire at most: start, eight, parity, stop."""
DAMAGE: Final = ("junk", "checksum", "silent")
"""Faults that say: nothing sound came. A device that refuses, or measures nonsense, is there and its cable is good."""


class Seat:
    """One device on a line, and what the line remembers of it."""

    __slots__ = ("device", "failures", "hold", "noise", "refusal", "reported", "serial", "sound", "tally")

    def __init__(self, device: SerialDevice, tally: Tally, serial: SerialSettings) -> None:
        self.device = device
        self.serial = serial
        """How the wire is set for it: devices of one bus may differ."""
        self.tally = tally
        self.failures = 0
        self.hold = 0
        """It is not asked before this time."""
        self.reported = ""
        """The code of the catalogue under which it is in the fault log."""
        self.listen()

    def listen(self) -> None:
        """Forget what came: a new exchange begins."""
        self.sound = False
        self.noise = self.refusal = ""

    def account(self, items: Sequence[Item], now: int) -> None:
        """Count what it said, and note whether anything of it was sound."""
        for item in items:
            if type(item) is Fault:
                self.tally.fault(item)
                if item.fault in DAMAGE:
                    self.noise = item.fault
                    continue
                self.refusal = item.detail if item.fault == "refused" else ""
            else:
                self.tally.seen(now)
                if type(item) is Availability:
                    self.tally.presence = item.value
            self.sound = True

    def due(self) -> int | None:
        """Give when it may be asked next, None when it has nothing to ask."""
        due = self.device.due()
        return None if due is None else max(due, self.hold)


class Turns:
    """Sending, delivering, and knowing that a device fails. `tally` is the line's own."""

    strikes: ClassVar = 3
    """So many times in a row without anything sound and the device is reported."""

    def __init__(
        self,
        seats: Sequence[Seat],
        transport: Transport,
        deliver: Callable[[list[Item]], None],
        faults: FaultLog,
        tally: Tally,
        *,
        echo: Echo,
    ) -> None:
        self._seats = tuple(seats)
        self._transport, self._deliver, self._faults, self._tally = transport, deliver, faults, tally
        self._serial = seats[0].serial if seats else SerialSettings()
        self._echo = echo
        self.fruitless = 0
        """Polls that brought nothing sound since every device of a bus began to fail; 0 while one of them answers."""
        self._last = 0
        """When the last byte came, or when the last of our own had left."""

    def send(self, seat: Seat, data: bytes, now: int) -> None:
        """Send for a device, the wire set as it wants it. The silence counts from when the last bit has left."""
        if seat.serial != self._serial:
            self._transport.configure(seat.serial)
            self._serial = seat.serial
            if self._transport.shortcoming:
                self._faults.report("CT210", seat.device.device, detail=self._transport.shortcoming)
        self._transport.write(data)
        self._echo.sent(data)
        self._last = now + len(data) * BITS * 1000 // self._serial.baud
        seat.listen()

    def opened(self, now: int) -> None:
        """The port is there again: whoever was left alone is asked soon, for it may have been the port's fault."""
        for seat in self._seats:
            seat.hold = min(seat.hold, now + SOON)

    def _say(self, seat: Seat, items: list[Item], now: int) -> None:
        if items:
            seat.account(items, now)
            self._deliver(items)

    def _failed(self, seat: Seat, now: int, why: str) -> None:
        """Nothing sound came again. The third time it is said, in the words of the catalogue."""
        seat.failures += 1
        if seat.failures == self.strikes:
            self._report(seat, "CT211" if why == "silent" else "CT213", count=str(seat.failures), detail=why)
            self._present(seat, now, "offline", why)

    def _succeeded(self, seat: Seat, now: int) -> None:
        """Something sound came."""
        seat.failures = seat.hold = self.fruitless = 0
        if seat.refusal:
            self._report(seat, "CT212", detail=seat.refusal)
        elif seat.reported:
            self._faults.cleared(seat.reported, seat.device.device)
            seat.reported = ""
        self._present(seat, now, "online", "")

    def _report(self, seat: Seat, code: str, **words: str) -> None:
        if seat.reported not in ("", code):
            self._faults.cleared(seat.reported, seat.device.device)
        seat.reported = code
        self._faults.report(code, seat.device.device, **words)

    def _present(self, seat: Seat, now: int, word: Presence, why: str) -> None:
        """Say that a device came or went: only a device that is asked can be known to be gone."""


class Talking(Turns):
    """A device that has the line for itself and speaks when it likes; it may be asked, and may be sent to at any time.

    Its silence is nobody's fault here: the rule `absent` watches it.
    """

    strikes = 10
    _fed = False
    _asked_at = 0

    @property
    def _seat(self) -> Seat:
        return self._seats[0]

    def free(self, now: int) -> bool:  # noqa: ARG002 - the same question is put to a bus
        """Tell whether something may be sent now."""
        return True

    def ready(self, seat: Seat, now: int) -> bool:  # noqa: ARG002 - the same question is put to a bus
        """Tell whether the line was silent long enough for a device."""
        return True

    def busy(self) -> bool:
        """Tell whether an answer is outstanding."""
        return self._seat.device.waiting

    def part(self, now: int) -> None:
        """The port is given away: release what a half frame hid; that it was cut is nobody's fault."""
        items = [item for item in self._seat.device.quiet(now) if type(item) is not Fault]
        self._fed, self._last = False, now
        self._say(self._seat, items, now)

    def ask(self, now: int) -> None:
        """Send what is due."""
        due = self._seat.due()
        if due is None or due > now:
            return
        data = self._seat.device.ask(now)
        self._seat.hold = 0 if data else now + PAUSE
        if data:
            tally, self._asked_at = self._seat.tally, now
            tally.polls += 1
            tally.polling.count("polls", now)
            tally.polling.slip.take(now - due)
            self.send(self._seat, data, now)

    def patience(self, now: int) -> int:
        """Give how long nothing needs doing unless bytes come."""
        waits = [LONGEST]
        if (due := self._seat.due()) is not None:
            waits.append(due - now)
        if (silence := self._silence()) is not None:
            waits.append(self._last + silence - now)
        return max(0, min(waits))

    def take(self, data: bytes, now: int) -> None:
        """Bytes came."""
        self._last = max(self._last, now)
        self._fed = True
        if data := self._echo.take(data):
            waited = self._seat.device.waiting
            self._judge(self._seat.device.receive(data, now), now)
            if waited and not self._seat.device.waiting and self._seat.sound:
                self._seat.tally.answers += 1
                self._seat.tally.polling.count("answers", now)
                self._seat.tally.polling.round_trip.take(now - self._asked_at)

    def tick(self, now: int) -> None:
        """Time has passed: after its silence a device is told, once."""
        silence = self._silence()
        if silence is not None and now >= self._last + silence:
            if self._seat.device.waiting:
                self._seat.tally.timeouts += 1
                self._seat.tally.polling.count("timeouts", now)
            self.lost(now)

    def lost(self, now: int) -> None:
        """No more will come of what has begun: release what a half frame hid."""
        device = self._seat.device
        held = self._echo.silence()
        items = device.receive(held, now) if held else []
        items += device.quiet(now)
        self._fed, self._last = False, now
        self._judge(items, now)

    def _silence(self) -> int | None:
        if self._seat.device.waiting:
            return self._seat.device.timeout_ms
        return self._seat.device.quiet_ms if self._fed else None

    def _judge(self, items: list[Item], now: int) -> None:
        self._seat.listen()
        self._say(self._seat, items, now)
        if self._seat.sound:
            self._succeeded(self._seat, now)
        elif self._seat.noise in ("junk", "checksum"):
            self._failed(self._seat, now, self._seat.noise)
