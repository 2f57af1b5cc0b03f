"""A serial line: opened, kept open, opened again, and its devices given their turns (DESIGN law 4: only here).

It decodes nothing, judges nothing and starts no thread: the supervisor calls `turn` in a loop, tests call it by hand.
Drivers are touched by that thread alone; what the pump wants said or acknowledged waits in a queue and wakes it.

    closed --- open --------> open: what is wanted is sent, who is due is asked, then one read that bytes, time or
      ^                        |    `wake` end
      +-- back-off, jittered <-+ NotConnectedError: the line is offline, each device unplugged, said once
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from agent.backoff import Backoff
from agent.driver import SerialDevice, SerialSettings
from agent.model.effects import Order
from agent.model.events import Availability, Event, Fault, Item, Outcome, Presence
from agent.ports import Clock, NotConnectedError, Transport
from agent.runtime.bus import Bus
from agent.runtime.counters import Counters
from agent.runtime.echo import Echo
from agent.runtime.fault_log import FaultLog
from agent.runtime.ladder import Ladder
from agent.runtime.lent import LETTING_GO, Lent
from agent.runtime.orders import Orders, Send
from agent.runtime.turns import LONGEST, Seat, Talking

FIRST_RETRY: Final = 500
LAST_RETRY: Final = 30_000
LOOK_AGAIN: Final = 2_000
"""A port of this machine that cannot be opened is looked for so often: it costs nothing, and replugged it is there."""
STABLE: Final = 30_000
"""A line that was open so long has proved stable: the next back-off begins small."""


class Line:
    """One line: a transport with one talking device or several asked ones. A `Source` and `Sayer` of the pump.

    `deliver` takes what the devices say, in order, from the thread that calls `turn`. `wires`: how the wire is set for
    each: the time of frames and gaps follows from it. `echo` says whether the adapter returns what is sent
    (serial.md §1.4). After `reset_after` polls without anything sound it climbs the ladder (agent/runtime/ladder.py).
    """

    window = 0
    """A serial device waits for `settle`, not for a window of messages."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        devices: Sequence[SerialDevice],
        *,
        clock: Clock,
        deliver: Callable[[list[Item]], None],
        counters: Counters,
        faults: FaultLog,
        asked: bool,
        wires: Mapping[str, SerialSettings] | None = None,
        echo: Literal["auto", "on", "off"] = "auto",
        reset_after: int = 10,
    ) -> None:
        self.name = name
        self.presence: Presence = "unknown"
        self._transport, self._clock, self._deliver, self._faults = transport, clock, deliver, faults
        wires = wires or {}
        self._seats = {
            one.device: Seat(one, counters.of(one.device), wires.get(one.device, SerialSettings())) for one in devices
        }
        self._tally = counters.of(name)
        # What a talker says by itself cannot be told from an echo: only a bus may learn.
        echoing = Echo(echo if asked or echo == "on" else "off")
        way = Bus if asked else Talking
        self._turns: Bus | Talking = way(
            list(self._seats.values()), transport, deliver, faults, self._tally, echo=echoing
        )
        self._orders = Orders(self._seats, self._turns)
        self._woken = threading.Event()
        self._backoff = Backoff(FIRST_RETRY, LAST_RETRY)
        self._retry_at = self._opened_at = 0
        self._reported: set[str] = set()
        self._lent = Lent(seat.tally for seat in self._seats.values())
        self._ladder = Ladder(name, transport, faults, self._tally, reset_after)

    def turn(self, limit_ms: int = LONGEST) -> None:
        """Do one turn: one wait of at most `limit_ms`, ended early by bytes, `wake` or something due."""
        if self._lent.until is not None and self._away(limit_ms):
            return
        if self.presence != "online" and not self._opened(limit_ms):
            return
        try:
            now = self._clock.now()
            self._orders.run(now)
            self._turns.ask(now)
            data = self._transport.read(min(limit_ms, self._turns.patience(now)))
        except NotConnectedError as error:
            self._lost(error)
            return
        now = self._clock.now()
        if data:
            self._backoff.reset()
            self._turns.take(data, now)
        self._turns.tick(now)
        self._mend(now)

    def _mend(self, now: int) -> None:
        """Nothing sound came for too long: climb the ladder (agent/runtime/ladder.py)."""
        rung = self._ladder.look(self._turns.fruitless)
        if rung in ("reopen", "reset"):
            self._turns.lost(now)
            self._transport.close()
            try:
                self._transport.open()
            except NotConnectedError as error:
                self._lost(error)
                return

    def wake(self) -> None:
        """End the wait of a turn, from any thread."""
        self._woken.set()
        self._transport.wake()

    def close(self) -> None:
        """Close the port; the next turn opens it again."""
        self._transport.close()
        self.presence = "unknown"

    def lend(self, ms: int) -> bool:
        """Give the port away for at most so long, for a tool; tell whether it was let go. From any thread.

        Nobody is offline meanwhile: the devices are not asked, and their silence means nothing.
        """
        self._lent.begin(self._clock.now() + ms)
        self.wake()
        if self._lent.gone.wait(LETTING_GO):
            return True
        self.take_back()
        return False

    def take_back(self) -> None:
        """Take the port back before its time. From any thread."""
        self._lent.end(self._clock.now())
        self.wake()

    @property
    def lent(self) -> bool:
        """Tell whether the port is lent."""
        return self._lent.until is not None

    def say(self, order: Order) -> None:
        """Bring an order to its device, in the next turn. From any thread."""
        self._order(order.device, lambda device, now: device.command(order, now))

    def settle(self, event: Event, outcome: Outcome) -> None:
        """Tell a device what became of its event, in the next turn. From any thread."""
        self._order(event.device, lambda device, now: device.settled(event, outcome, now))

    def send(self, device: str, data: bytes) -> None:
        """Send bytes as they are for a device, in the next turn. From any thread."""
        self._order(device, lambda _device, _now: data)

    def acknowledge(self, tokens: list[Any]) -> None:
        """Do nothing: what a serial device gets is `settle`."""

    def _away(self, limit_ms: int) -> bool:
        """Keep away from a port that is lent, once an answer that is outstanding has come; tell whether to."""
        now, until = self._clock.now(), self._lent.until
        if not self._lent.gone.is_set():
            if self.presence == "online":
                if self._turns.busy():
                    return False
                self._turns.part(now)
                self._say("unknown", "lent")
            self._transport.close()
            self.presence = "unknown"
            self._orders.clear()
            self._lent.gone.set()
        if until is not None and now < until:
            self._woken.wait(min(limit_ms, until - now) / 1000)
            self._woken.clear()
            return True
        self._lent.end(now)
        self._retry_at = 0
        return False

    def _order(self, device: str, send: Send) -> None:
        if self.presence == "online":
            self._orders.put(device, send)
            self.wake()

    def _opened(self, limit_ms: int) -> bool:
        now = self._clock.now()
        if now < self._retry_at:
            self._woken.wait(min(limit_ms, self._retry_at - now) / 1000)
            self._woken.clear()
            return False
        try:
            self._transport.open()
        except NotConnectedError as error:
            self._lost(error)
            return False
        self._opened_at = self._clock.now()
        self._turns.opened(self._opened_at)
        if self._transport.shortcoming:
            self._faults.report("CT210", self.name, detail=self._transport.shortcoming)
        for code in self._reported:
            self._faults.cleared(code, self.name)
        self._reported.clear()
        self._say("online", "")
        return True

    def _lost(self, error: NotConnectedError) -> None:
        """The port is not there."""
        now = self._clock.now()
        self._transport.close()
        self._reported.add(self._faults.caught(error, self.name))
        self._tally.last_error = str(error)
        self._orders.clear()
        if self.presence == "online":
            self._turns.lost(now)
            if now - self._opened_at >= STABLE:
                self._backoff.reset()
        pause = self._backoff.next_ms()
        looking = self.presence != "online" and error.code != "CT205"
        self._retry_at = now + (min(pause, LOOK_AGAIN) if looking else pause)
        if self.presence != "offline":
            self._say("offline", error.code)
            self._unplugged(str(error), now)

    def _unplugged(self, detail: str, now: int) -> None:
        faults = [Fault(name, "unplugged", detail, t=now) for name in self._seats]
        for fault in faults:
            self._seats[fault.device].tally.fault(fault)
        self._deliver(list(faults))

    def _say(self, presence: Presence, reason: str) -> None:
        self.presence = self._tally.presence = presence
        self._deliver([Availability(self.name, presence, "line", self._clock.now(), reason)])
