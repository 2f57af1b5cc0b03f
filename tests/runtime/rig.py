"""A line on a bench in virtual time, with the least device there is. For the tests of lines only."""

from __future__ import annotations

from agent.driver import SerialSettings
from agent.io.memory import MemoryClock
from agent.model.effects import Order, Prompt
from agent.model.events import Event, Fault, Item, Outcome, Reading
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from tests.wires import Bench


class Plain:
    """The least device there is: `?a` is answered by `a=1.`; a lone `.` may be lost, which `quiet` makes good."""

    def __init__(self, name: str, interval: int = 1000, *, talks: bool = False) -> None:
        self.device = name
        self.waiting = False
        self.timeout_ms = 200
        self.quiet_ms = 50
        self.asked: list[int] = []
        self._interval = None if talks else interval
        self._next = 0
        self._buffer = b""

    def due(self) -> int | None:
        return None if self._interval is None or self.waiting else self._next

    def ask(self, now: int) -> bytes:
        assert self._interval is not None
        self.asked.append(now)
        self._next = now + self._interval
        self.waiting = True
        return b"?" + self.device.encode()

    def receive(self, data: bytes, now: int) -> list[Item]:
        *frames, self._buffer = (self._buffer + data).split(b".")
        return [self._item(frame, now) for frame in frames]

    def quiet(self, now: int) -> list[Item]:
        rest, self._buffer = self._buffer, b""
        silent: list[Item] = [Fault(self.device, "silent", t=now)] if self.waiting else []
        self.waiting = False
        return [self._item(rest, now)] if rest else silent

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002 - the form of the contract
        return f"say {order.code}".encode() if isinstance(order, Prompt) else b""

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:  # noqa: ARG002 - the form of the contract
        return f"{outcome} {event.native}".encode()

    def _item(self, frame: bytes, now: int) -> Item:
        self.waiting = False
        if frame != self.device.encode() + b"=1":
            return Fault(self.device, "junk", frame.decode("latin-1"), len(frame), now)
        return Reading(self.device, "temperature", 1.0, now)


class Rig:
    """A line on a bench, with all that it says."""

    def __init__(self, *devices: Plain, asked: bool = True, baud: int = 115_200, dead: str = "") -> None:
        self.clock = MemoryClock()
        self.dead = set(dead)
        self.bench = Bench(self.clock, self.answer)
        self.items: list[Item] = []
        self.counters, self.faults = Counters(), FaultLog(self.clock)
        self.line = Line(
            "bus-1", self.bench, devices, clock=self.clock, deliver=self.items.extend, counters=self.counters,
            faults=self.faults, asked=asked, wires={one.device: SerialSettings(baud) for one in devices},
        )  # fmt: skip

    def answer(self, data: bytes, _now: int) -> list[tuple[int, bytes]]:
        name = data[1:2]
        return [] if name.decode() in self.dead else [(10, name + b"=1.")]

    def until(self, t: int) -> None:
        while self.clock.t < t:
            self.line.turn(t - self.clock.t)

    def said(self, kind: type[Item]) -> list[Item]:
        return [item for item in self.items if type(item) is kind]

    def asked(self) -> list[tuple[int, str]]:
        return [(t, data.decode()) for t, data in self.bench.log]
