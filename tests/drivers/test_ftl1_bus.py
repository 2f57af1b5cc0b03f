"""Several polled FTL/1 terminals on one RS-485 line: the agent's line, one wire, terminals that speak when asked.

One of them is dead in some tests, and the wire takes time (bits at 115200 baud, a turnaround of a few ms).
"""

from __future__ import annotations

from itertools import pairwise

from agent.driver import SerialSettings, Setup
from agent.io.memory import MemoryClock
from agent.model.effects import Prompt
from agent.model.events import Event, Fault, Item, Reading
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from drivers.ftl1 import DRIVER
from drivers.ftl1_config import Ftl1Options
from drivers.ftl1_frame import Frame, unwire
from drivers.ftl1_messages import Poll, message_of
from drivers.ftl1_player import Player
from tests.wires import Bench

BAUD = 115_200
OPTIONS = Ftl1Options(poll=True)


class Hall:
    """A line with terminals at addresses 1, 2, …; every press is committed, acknowledged and answered."""

    def __init__(self, terminals: int, dead: int = 0) -> None:
        self.clock, self.counters = MemoryClock(), Counters()
        self.bench = Bench(self.clock, self.answered)
        self.dead = dead
        self.polled: dict[int, list[int]] = {n: [] for n in range(1, terminals + 1)}
        self.items: list[Item] = []
        setups = [Setup(f"t{n}", n, options=OPTIONS) for n in self.polled]
        self.players: dict[int, Player] = {}
        for setup in setups:
            player = DRIVER.player(setup)
            assert isinstance(player, Player)
            self.players[setup.address] = player
        self.line = Line(
            "hall", self.bench, [DRIVER.build(setup) for setup in setups], clock=self.clock, deliver=self.heard,
            counters=self.counters, faults=FaultLog(self.clock), asked=True,
            wires={setup.device: SerialSettings(BAUD) for setup in setups}, echo="off",
        )  # fmt: skip

    def answered(self, data: bytes, now: int) -> list[tuple[int, bytes]]:
        """All terminals hear all that is sent; at most one answers."""
        for frame in map(unwire, filter(None, data.split(b"\0"))):
            assert isinstance(frame, Frame)
            if isinstance(message_of(frame), Poll):
                self.polled[frame.addr].append(now)
        answers = [player.receive(data, now) for n, player in self.players.items() if n != self.dead]
        spoken = [answer for answer in answers if answer]
        assert len(spoken) <= 1, "two terminals spoke at once"
        return [(5 + len(data) * 10_000 // BAUD, answer) for answer in spoken]

    def heard(self, items: list[Item]) -> None:
        self.items += items
        for item in items:
            if isinstance(item, Event) and item.native:
                self.line.settle(item, "stored")
                self.line.say(Prompt(item.device, self.clock.t, "thank-you", ref=item.native))

    def until(self, t: int) -> None:
        while self.clock.t < t:
            self.line.turn(t - self.clock.t)

    def presses(self) -> list[tuple[str, str]]:
        return [(item.device, item.part) for item in self.items if isinstance(item, Event) and item.native]


def test_every_terminal_is_polled_in_turn_and_its_presses_come_once() -> None:
    hall = Hall(6)
    hall.until(3000)
    for n, player in hall.players.items():
        for key in (1, 2, 3):
            player.fact("button", "single", hall.clock.t, f"channel={key}")
        assert player.flash.boot_id == 1, n
    hall.until(6000)
    assert sorted(hall.presses()) == [(f"t{n}", f"channel={key}") for n in range(1, 7) for key in (1, 2, 3)]
    assert all(player.flash.records == [] for player in hall.players.values())
    assert all(len(player.shown) == 3 for player in hall.players.values())
    assert not [item for item in hall.items if isinstance(item, Fault)]
    assert {item.device for item in hall.items if isinstance(item, Reading)} == {f"t{n}" for n in range(1, 7)}


def test_each_is_polled_every_200_ms_by_and_large() -> None:
    hall = Hall(6)
    hall.until(13_000)
    for times in hall.polled.values():
        steady = [t for t in times if t > 3000]
        gaps = [later - sooner for sooner, later in pairwise(steady)]
        assert max(gaps) <= 300
        assert 180 <= sum(gaps) / len(gaps) <= 230


def test_a_dead_terminal_does_not_stall_the_others() -> None:
    hall = Hall(4, dead=2)
    hall.until(20_000)
    assert {item.device for item in hall.items if isinstance(item, Fault)} == {"t2"}
    assert len(hall.polled[2]) < len(hall.polled[1]) / 10
    for n in (1, 3, 4):
        hall.players[n].fact("button", "single", hall.clock.t, "channel=1")
    hall.until(hall.clock.t + 1000)
    assert sorted(hall.presses()) == [("t1", "channel=1"), ("t3", "channel=1"), ("t4", "channel=1")]


def test_a_terminal_that_comes_back_loses_nothing() -> None:
    hall = Hall(3, dead=2)
    hall.until(20_000)
    hall.players[2].fact("button", "single", hall.clock.t, "channel=4")
    hall.until(25_000)
    hall.dead = 0
    hall.until(65_000)
    assert hall.presses() == [("t2", "channel=4")]
    assert hall.players[2].flash.records == []
    assert hall.line.presence == "online"
