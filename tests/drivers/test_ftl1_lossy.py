"""FTL/1, both sides over a bad wire, with reboots and crashes: 0 presses lost, 0 counted twice (serial.md §D.1).

The journal here is a set that survives, the wire loses, flips, doubles and garbles, the host crashes also between
commit and acknowledgement. Everything follows from a seed. CARETAKER_FTL1_RUNS=200 and CARETAKER_FTL1_PRESSES=400 give
the figures of the reference.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field

import pytest

from agent.driver import SerialDevice, Setup
from agent.model.effects import Prompt
from agent.model.events import Event, Item, Outcome
from drivers.ftl1 import DRIVER
from drivers.ftl1_player import Player

RUNS = int(os.environ.get("CARETAKER_FTL1_RUNS", "40"))
PRESSES = int(os.environ.get("CARETAKER_FTL1_PRESSES", "50"))
FLIGHT_MS = 4
GIVE_UP_MS = 86_400_000


@dataclass
class Wire:
    """One direction: frames are lost (20 %), damaged (10 %), doubled (5 %); garbage stands between them."""

    dice: random.Random
    clean: bool = False
    flying: list[tuple[int, bytes]] = field(default_factory=list)

    def send(self, data: bytes, now: int) -> None:
        for chunk in data.split(b"\0"):
            for frame in self._arrives(chunk) if chunk else []:
                self.flying.append((now + FLIGHT_MS, b"\0" + frame + b"\0"))

    def _arrives(self, frame: bytes) -> list[bytes]:
        if self.clean:
            return [frame]
        if self.dice.random() < 0.20:
            return []
        if self.dice.random() < 0.10:
            damaged = bytearray(frame)
            for _ in range(self.dice.randint(1, 6)):
                damaged[self.dice.randrange(len(damaged))] ^= 1 << self.dice.randrange(8)
            frame = bytes(damaged)
        copies = [frame, frame] if self.dice.random() < 0.05 else [frame]
        return [self.dice.randbytes(self.dice.randint(1, 40)), *copies] if self.dice.random() < 0.05 else copies

    def arrived(self, now: int) -> bytes:
        data = b"".join(frame for at, frame in self.flying if at <= now)
        self.flying = [(at, frame) for at, frame in self.flying if at > now]
        return data


@dataclass
class World:
    """A terminal, a host with its journal, and the wires between them."""

    seed: int
    now: int = 0
    journal: dict[str, tuple[str, str]] = field(default_factory=dict)
    conflicts: list[Event] = field(default_factory=list)
    crashes: int = 0
    duplicates: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.up, self.down = Wire(self.dice), Wire(self.dice)
        self.terminal = Player(Setup("lobby", 5))
        self.start_host()

    def start_host(self) -> None:
        memory: dict[str, int] = {}
        for native in self.journal:
            key, _, number = native.rpartition(":")
            memory[key] = max(int(number), memory.get(key, 0))
        self.host: SerialDevice = DRIVER.build(Setup("lobby", 5, memory=memory))
        self.spoke_at: int | None = None

    def commit(self, event: Event) -> Outcome:
        body = (str(event.value), event.part)
        if not self.up.clean and self.dice.random() < 0.05:
            return "failed"
        if event.native in self.journal:
            self.duplicates += 1
            return "existed" if self.journal[event.native] == body else "conflict"
        self.journal[event.native] = body
        return "stored"

    def take(self, items: list[Item]) -> None:
        """The pump: commit, then acknowledge; the power may fail before, between and after."""
        for item in items:
            if isinstance(item, Event) and item.quantity == "identity_conflict":
                self.conflicts.append(item)
            if not isinstance(item, Event) or item.quantity != "button":
                continue
            if self.crash():
                return
            outcome = self.commit(item)
            if self.crash():
                return
            self.down.send(self.host.settled(item, outcome, self.now), self.now)
            prompt = Prompt("lobby", self.now, "thank-you", ref=item.native)
            self.down.send(self.host.command(prompt, self.now), self.now)

    def crash(self) -> bool:
        if self.up.clean or self.dice.random() >= 0.03:
            return False
        self.crashes += 1
        self.start_host()
        return True

    def next_time(self, press_at: int) -> int:
        times = [at for wire in (self.up, self.down) for at, _ in wire.flying]
        times += [due for due in (self.host.due(), self.terminal.due()) if due is not None]
        if self.spoke_at is not None:
            times.append(self.spoke_at + (self.host.timeout_ms if self.host.waiting else self.host.quiet_ms))
        elif self.host.waiting:
            times.append(self.now + self.host.timeout_ms)
        return max(self.now + 1, min([press_at, *times]))

    def turn(self) -> None:
        if data := self.up.arrived(self.now):
            self.spoke_at = self.now
            self.take(self.host.receive(data, self.now))
        elif self.spoke_at is not None and self.now - self.spoke_at >= self.host.quiet_ms:
            self.spoke_at = None
            self.take(self.host.quiet(self.now))
        if (due := self.host.due()) is not None and due <= self.now:
            self.down.send(self.host.ask(self.now), self.now)
        if data := self.down.arrived(self.now):
            self.up.send(self.terminal.receive(data, self.now), self.now)
        if (due := self.terminal.due()) is not None and due <= self.now:
            self.up.send(self.terminal.talk(self.now), self.now)

    def press(self, number: int) -> None:
        self.terminal.fact("button", "single", self.now, f"channel={number % 250}")
        if self.dice.random() < 0.06:
            self.terminal.reboot(self.now)

    def settle_down(self) -> None:
        """From here on the wire is good: everything must get through in the end."""
        self.up.clean = self.down.clean = True
        while self.terminal.flash.records:
            self.now = self.next_time(self.now + 1000)
            assert self.now < GIVE_UP_MS, "the terminal could never get rid of its events"
            self.turn()


def played(seed: int) -> World:
    """Give a world in which everything was pressed and got through."""
    world = World(seed)
    for number in range(PRESSES):
        press_at = world.now + world.dice.choice((200, 1500, 4000))
        while world.now < press_at:
            world.now = world.next_time(press_at)
            world.turn()
        world.press(number)
    world.settle_down()
    return world


@pytest.mark.parametrize("seed", range(RUNS))
def test_no_press_is_lost_and_none_is_counted_twice(seed: int) -> None:
    world = played(seed)
    in_order = sorted(world.journal.items(), key=lambda row: int(row[0].rpartition(":")[2]))
    assert [part for _, (_, part) in in_order] == [f"channel={number % 250}" for number in range(PRESSES)]
    assert world.conflicts == []
    assert world.terminal.flash.dead == []


def test_the_wire_is_bad_indeed() -> None:
    worlds = [played(seed) for seed in range(5)]
    assert sum(world.crashes for world in worlds) >= 5
    assert sum(world.duplicates for world in worlds) >= 10
    assert sum(world.terminal.flash.boot_id for world in worlds) >= 10


def test_a_wiped_terminal_loses_nothing_after_the_wipe() -> None:
    world = World(1)
    world.up.clean = world.down.clean = True
    for number in (1, 2, 3):
        world.press(number)
        world.settle_down()
    world.terminal.flash.wipe()
    world.terminal.reboot(world.now)
    for number in (4, 5):
        world.terminal.fact("button", "single", world.now, f"channel={number}")
    world.settle_down()
    uid = world.terminal.flash.uid.hex()
    assert [part for _, part in world.journal.values()] == [f"channel={number}" for number in (1, 2, 3, 4, 5)]
    assert [key.rpartition(":")[0] for key in world.journal] == [uid] * 3 + [f"{uid}.1"] * 2
    assert [event.value for event in world.conflicts] == [f"{uid}.1"]
