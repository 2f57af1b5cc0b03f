"""FTL/1 in a bad world: a terminal and a host with its journal, a wire that loses, flips, doubles and garbles.

The journal here is a set that survives; the host knows of it what the agent tells a driver: the highest id that it
holds of each terminal. It crashes also between commit and acknowledgement. Everything follows from a seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from agent.driver import SerialDevice, SerialDriver, Setup
from agent.model.effects import Prompt
from agent.model.events import Event, Item, Outcome
from drivers.ftl1 import DRIVER as BINARY
from drivers.ftl1_ascii import DRIVER as LINES

FLIGHT_MS = 4
GIVE_UP_MS = 86_400_000


@dataclass
class Wire:
    """One direction: frames are lost (20 %), damaged (10 %), doubled (5 %); garbage stands between them."""

    dice: random.Random
    end: bytes
    clean: bool = False
    sent: int = 0
    lost: int = 0
    damaged: int = 0
    flying: list[tuple[int, bytes]] = field(default_factory=list)

    def send(self, data: bytes, now: int) -> None:
        for chunk in data.split(self.end):
            for frame in self._arrives(chunk) if chunk else []:
                self.flying.append((now + FLIGHT_MS, self.end + frame + self.end))

    def _arrives(self, frame: bytes) -> list[bytes]:
        self.sent += 1
        if self.clean:
            return [frame]
        if self.dice.random() < 0.20:
            self.lost += 1
            return []
        if self.dice.random() < 0.10:
            self.damaged += 1
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
    driver: SerialDriver
    end: bytes
    now: int = 0
    journal: dict[str, tuple[str, str]] = field(default_factory=dict)
    conflicts: list[Event] = field(default_factory=list)
    crashes: int = 0
    duplicates: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.up, self.down = Wire(self.dice, self.end), Wire(self.dice, self.end)
        self.terminal: Any = self.driver.player(Setup("lobby", 5))
        self.start_host()

    def start_host(self) -> None:
        memory: dict[str, int] = {}
        for native in self.journal:
            key, _, number = native.rpartition(":")
            memory[key] = max(int(number), memory.get(key, 0))
        self.host: SerialDevice = self.driver.build(Setup("lobby", 5, memory=memory))
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
        if self.dice.random() < 0.02:
            self.crashes += 1
            self.start_host()

    def settle_down(self) -> None:
        """From here on the wire is good: everything must get through in the end."""
        self.up.clean = self.down.clean = True
        while self.terminal.flash.records:
            self.now = self.next_time(self.now + 1000)
            assert self.now < GIVE_UP_MS, "the terminal could never get rid of its events"
            self.turn()


PROFILES: dict[str, tuple[SerialDriver, bytes]] = {"ftl1": (BINARY, b"\0"), "ftl1-ascii": (LINES, b"\r\n")}


def world(profile: str, seed: int) -> World:
    return World(seed, *PROFILES[profile])


def played(profile: str, seed: int, presses: int) -> World:
    """Give a world in which everything was pressed and got through."""
    made = world(profile, seed)
    for number in range(presses):
        press_at = made.now + made.dice.choice((200, 1500, 4000))
        while made.now < press_at:
            made.now = made.next_time(press_at)
            made.turn()
        made.press(number)
    made.settle_down()
    return made
