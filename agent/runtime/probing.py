"""Things on the network that are asked whether they are there: whose turn it is, and what is said of the answers.

It opens nothing: `ask` does, and blocks for as long as a probe takes. Several of these share the devices of a site, so
that a hundred dead cameras do not make each other late.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from agent.driver import Answer, Probe
from agent.model.events import Availability, Event, Item, Outcome, Presence
from agent.ports import Clock, NotAllowedError
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog

LONGEST: Final = 60_000


class Asked:
    """One device and when it is asked next."""

    __slots__ = ("device", "due", "interval", "meaning", "presence", "probe")

    def __init__(
        self, device: str, probe: Probe, interval: int, meaning: Callable[[str, Answer, int], list[Item]]
    ) -> None:
        self.device, self.probe, self.interval, self.meaning = device, probe, interval, meaning
        self.due = 0
        self.presence: Presence = "unknown"


class Probing:
    """Some of the devices, asked one after the other, the most overdue first. A `Source` of the pump."""

    window = 0

    def __init__(
        self,
        devices: Sequence[Asked],
        ask: Callable[[Probe], Answer],
        *,
        clock: Clock,
        deliver: Callable[[list[Item]], None],
        counters: Counters,
        faults: FaultLog,
    ) -> None:
        self._devices, self._ask, self._clock, self._deliver = devices, ask, clock, deliver
        self._counters, self._faults = counters, faults
        self._woken = threading.Event()

    def turn(self, limit_ms: int = LONGEST) -> None:
        """Ask one device if one is due, else wait."""
        now = self._clock.now()
        first = min(self._devices, key=lambda one: one.due)
        if first.due > now:
            self._woken.wait(min(limit_ms, first.due - now) / 1000)
            self._woken.clear()
            return
        first.due = max(first.due + first.interval, now + first.interval // 2)
        self._look(first)

    def _look(self, asked: Asked) -> None:
        tally = self._counters.of(asked.device)
        tally.polls += 1
        try:
            answer = self._ask(asked.probe)
        except NotAllowedError as error:
            self._faults.caught(error, asked.device)
            return
        self._faults.cleared("CT208", asked.device)
        now = self._clock.now()
        items = asked.meaning(asked.device, answer, now)
        if answer.there:
            tally.answers += 1
            tally.seen(now)
        else:
            tally.timeouts += 1
            tally.last_error = answer.words
        presence: Presence = "online" if answer.there else "offline"
        if presence != asked.presence:
            asked.presence = tally.presence = presence
            items = [*items, Availability(asked.device, presence, "device", now, answer.words)]
        self._deliver(items)

    def wake(self) -> None:
        """End a wait, from any thread."""
        self._woken.set()

    def acknowledge(self, tokens: list[object]) -> None:
        """Do nothing: nobody there waits for us."""

    def settle(self, event: Event, outcome: Outcome) -> None:
        """Do nothing: nobody there waits for us."""
