"""A switch on a bus in virtual time: what is said of a board that obeys, and of a dead one behind an echo."""

from __future__ import annotations

from agent.driver import Setup
from agent.io.memory import MemoryClock
from agent.model.effects import Switch
from agent.model.events import Availability, Fault, Item, Reading
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.outputs import Output
from drivers.wire.register_table import Table
from drivers.wire.registers import Row
from tests.wires import Bench

TABLE = Table((Row(0, "flag", "relay_1", function=1),), outputs=(Output("relay_1", 5, 0),))
SETUP = Setup("board", interval_ms=60_000)


class Rig:
    """A line with one board, and with an adapter that may echo."""

    def __init__(self, *, echoes: bool) -> None:
        self.clock, self.player, self.alive, self.echoes = MemoryClock(), MeterPlayer(SETUP, TABLE), True, echoes
        self.items: list[Item] = []
        self.counters = Counters()
        self.bench = Bench(self.clock, self.answer)
        self.line = Line(
            "bus-1", self.bench, [Meter(SETUP, TABLE)], clock=self.clock, deliver=self.items.extend,
            counters=self.counters, faults=FaultLog(self.clock), asked=True,
        )  # fmt: skip

    def answer(self, data: bytes, now: int) -> list[tuple[int, bytes]]:
        echo = [(1, data)] if self.echoes else []
        return [*echo, (20, self.player.receive(data, now))] if self.alive else echo

    def until(self, t: int) -> None:
        while self.clock.t < t:
            self.line.turn(t - self.clock.t)

    def switched(self, *, on: bool) -> list[Item]:
        self.items.clear()
        self.line.say(Switch("board", self.clock.t, "relay_1", on))
        self.until(self.clock.t + 5_000)
        return self.items


def test_a_board_that_obeys_says_so_at_once_and_counts_as_healthy() -> None:
    for echoes in (False, True):
        rig = Rig(echoes=echoes)
        rig.until(1000)
        for on in (True, False):
            (reading,) = rig.switched(on=on)
            assert isinstance(reading, Reading)
            assert (reading.quantity, reading.value) == ("relay_1", on)
            assert reading.t <= rig.clock.t - 4_500
        tally = rig.counters.of("board")
        assert (tally.timeouts, tally.presence) == (0, "online")
        assert not any(tally.faults.values())


def test_a_dead_board_behind_an_echo_is_silent() -> None:
    rig = Rig(echoes=True)
    rig.until(1000)
    rig.alive = False
    items = rig.switched(on=True)
    assert [item for item in items if not isinstance(item, Fault | Availability)] == []
    assert [item.fault for item in items if isinstance(item, Fault)] == ["silent", "silent"]
