"""A crowded RS-485 bus in virtual time: 9600 baud, real byte times, answers and babble that collide on one wire.

Used by the rig of issue 3: 30 slaves of which 10 are mute and 2 babble. Bytes of two speakers at one time are spoilt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from agent.driver import SerialDriver, Setup
from agent.io.memory import MemoryClock
from agent.model.events import Item, Reading
from agent.registry import serial_driver
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from tests.wires import Bench

BAUD: Final = 9600
INTERVAL: Final = 10_000
TURNAROUND: Final = (5, 60)
"""ms between request and answer, at random."""
BABBLE: Final = 20
"""Bytes at random that a babbler says, once in `BABBLE_EVERY` ms on average."""
BABBLE_EVERY: Final = 2000
REGISTERS: Final = [
    {"address": n, "fc": 3, "type": "u16", "quantity": "voltage", "part": f"phase={n}"} for n in range(10)
]


def driver() -> SerialDriver:
    """Give the driver of the slaves: ten registers each."""
    return serial_driver("modbus-table")


def setup(slave: int) -> Setup:
    """Give the setup of one slave."""
    options = driver().options.model_validate({"registers": REGISTERS})
    return Setup(f"s{slave}", address=slave, interval_ms=INTERVAL, options=options)


class Crowd:
    """The line, its slaves, and when each was read whole."""

    def __init__(self, slaves: int = 30, mute: Sequence[int] = (), babbling: Sequence[int] = (), seed: int = 1) -> None:
        self.dice = random.Random(seed)
        self.clock = MemoryClock()
        self.mute, self.babbling = set(mute), tuple(babbling)
        self.players = {n: driver().player(setup(n)) for n in range(1, slaves + 1)}
        for n, player in self.players.items():
            for phase in range(10):
                player.set("voltage", float(n * 10 + phase), f"phase={phase}")
        self.bench = Bench(self.clock, self.answered)
        self.counters = Counters()
        self.read: dict[str, list[int]] = {f"s{n}": [] for n in self.players}
        self._talking_until = 0
        self._babbled_until = 0
        self.line = Line(
            "bus", self.bench, [driver().build(setup(n)) for n in self.players], clock=self.clock,
            deliver=self.heard, counters=self.counters, faults=FaultLog(self.clock), asked=True, echo="off",
        )  # fmt: skip

    def heard(self, items: list[Item]) -> None:
        """Note when a slave was read, and that what was read is its own."""
        for item in items:
            if isinstance(item, Reading) and item.part == "phase=0":
                assert item.value == float(int(item.device[1:]) * 10)
                self.read[item.device].append(item.t)

    def answered(self, request: bytes, now: int) -> list[tuple[int, bytes]]:
        """Give what comes back: nothing from a mute slave or for a spoilt request, spoilt bytes amid babble."""
        slave = request[0]
        sent = len(request) * 10_000 // BAUD
        if slave in self.mute or slave in self.babbling or now <= self._babbled_until:
            return []
        answer = self.players[slave].receive(request, now)
        delay = sent + self.dice.randint(*TURNAROUND)
        return [(at - now, data) for at, data in self._timed(now + delay, answer)]

    def _timed(self, start: int, data: bytes) -> list[tuple[int, bytes]]:
        """Give bytes one by one at the speed of the wire, spoilt where the babble is on the wire."""
        timed = []
        for n, byte in enumerate(data):
            at = start + (n + 1) * 10_000 // BAUD
            spoilt = at <= self._babbled_until
            timed.append((at, bytes([byte ^ self.dice.randrange(1, 256)]) if spoilt else bytes([byte])))
        self._talking_until = timed[-1][0] if timed else start
        return timed

    def run(self, ms: int) -> None:
        """Let the time pass, with babble at random."""
        end = self.clock.t + ms
        babble = [self.clock.t + self.dice.randint(0, BABBLE_EVERY) for _ in self.babbling]
        while self.clock.t < end:
            upto = min([end, *babble])
            while self.clock.t < upto:
                self.line.turn(upto - self.clock.t)
            for n, at in enumerate(babble):
                if at <= self.clock.t:
                    self._babble()
                    babble[n] = self.clock.t + self.dice.randint(1, 2 * BABBLE_EVERY)

    def _babble(self) -> None:
        start = self.clock.t
        for at, data in self._spread(start):
            self.bench.comes(at, data)

    def _spread(self, start: int) -> list[tuple[int, bytes]]:
        noise = self.dice.randbytes(BABBLE)
        self._babbled_until = start + BABBLE * 10_000 // BAUD
        # An answer that is on its way is spoilt by it as well.
        self.bench.spoil(start, self._babbled_until, self.dice)
        return [(start + (n + 1) * 10_000 // BAUD, bytes([byte])) for n, byte in enumerate(noise)]

    def worst(self, slave: int, after: int) -> int:
        """Give the longest time between two readings of a slave behind a time, the run's end counted as one."""
        times = [after, *(t for t in self.read[f"s{slave}"] if t > after), self.clock.t]
        return max(later - sooner for sooner, later in pairwise(times))
