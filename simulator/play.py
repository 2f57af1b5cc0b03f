"""The play: world, devices, wires, brokers, centre and scenario moved together, one `turn` at a time.

It judges nothing (verdict.py) and writes no settings (settings_for.py). The timeline of the scenario begins when the
agent is online and hears its devices; until then the world only lives.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol, runtime_checkable

from agent.driver import Message
from agent.model.effects import PROMPT_CODES
from simulator.brokers import Broker
from simulator.central import Central, Seen
from simulator.community import Community
from simulator.devices import Devices, Fact
from simulator.radio import Radio
from simulator.scenario import DEVICE_WORDS, LINE_WORDS, WORLD_WORDS, Act, Scenario
from simulator.wires import Wire, Wires
from simulator.world import World

PATIENCE_MS: Final = 20
LAST_WORDS_S: Final = 5.0
"""How long the end waits for answers to commands that were given at the very end."""


MUST_HEAR_MS: Final = 15_000
"""So long after "online" the timeline begins at the latest."""


class Press(NamedTuple):
    """A key pressed or a phrase said by the scenario: when (ms), where, which."""

    t: int
    device: str
    key: str


class Shown(NamedTuple):
    """A prompt that a terminal showed or said: when (ms), where, its code."""

    t: int
    device: str
    code: str


@runtime_checkable
class Screen(Protocol):
    """A player that shows or says prompts: all of them so far, as (number of the code, ticket, text)."""

    shown: list[tuple[int, int, str]]


class Clock:
    """Milliseconds since it was made."""

    def __init__(self) -> None:
        self._zero = time.monotonic_ns()

    def __call__(self) -> int:
        """Give the time."""
        return (time.monotonic_ns() - self._zero) // 1_000_000


class Play:
    """One run of a scenario in a community.

    `links` is the folder in which the ports appear; `step_clock` is told of clock steps (ms).
    """

    def __init__(
        self,
        community: Community,
        scenario: Scenario,
        broker: Broker,
        links: Path,
        *,
        seed: int = 1,
        step_clock: Callable[[int], None] | None = None,
    ) -> None:
        self.community = community
        self.scenario = scenario
        self.clock = Clock()
        self.world = World(community.world, seed)
        self.devices = Devices(community, self.world)
        self.broker = broker
        self.radio = Radio(broker.host, broker.port, f"devices-{broker.port}", self.devices.listens())
        site, node = str(community.site["site"]), str(community.site["node"])
        self.central = Central(broker.host, broker.port, site, node, self.clock)
        self.wires = Wires({line: self._wire(line, links, seed) for line in community.lines})
        self.presses: list[Press] = []
        self.shown: list[Shown] = []
        self.zero: int | None = None
        """When the timeline began (ms), None before."""
        self.step_clock = step_clock
        self._read: dict[str, int] = {}
        self._called: set[str] = set()
        self._acts = sorted(scenario.do, key=lambda act: act.at)
        self._errands: list[tuple[int, Callable[[], object]]] = []

    def _wire(self, line: str, links: Path, seed: int) -> Wire:
        players = {actor.name: self.devices.serial[actor.name] for actor in self.community.on_line(line)}
        return Wire(line, links / line, players, random.Random(f"{seed}/{line}"))  # noqa: S311 - noise, not a secret

    def start(self) -> None:
        """Plug the wires in and connect the MQTT sides."""
        self.wires.plug()
        self.radio.start()
        self.central.start()

    def stop(self) -> None:
        """Pull everything out. The broker is the caller's."""
        self.radio.stop()
        self.central.stop()
        self.wires.unplug()

    @property
    def seconds(self) -> float:
        """Give how far the timeline is, negative while it has not begun."""
        return -1.0 if self.zero is None else (self.clock() - self.zero) / 1000

    @property
    def over(self) -> bool:
        """Tell whether the scenario's time is up, and the last commands answered or given up."""
        late = self.seconds - self.scenario.seconds
        return late >= 0 and (late >= LAST_WORDS_S or not self.central.unanswered())

    def turn(self, patience_ms: int = PATIENCE_MS) -> None:
        """Let the world go on to now, do what is due, serve all wires and hear the centre."""
        now = self.clock()
        self._begin(now)
        self._run_errands(now)
        for act in self._due(now):
            self._live(self.zero + round(act.at * 1000) if self.zero is not None else now)
            self._do(act, now)
        self._live(now)
        if self.radio.fresh():
            self.radio.say(self.devices.births())
        self.radio.say(self.devices.report(now, self.devices.look()))
        for topic, payload in self.radio.heard():
            self.radio.say(self.devices.hear(topic, payload, now))
        self.wires.turn(now, patience_ms)
        self._read_screens()
        for seen in self.central.turn():
            self._call_staff(seen)

    def _read_screens(self) -> None:
        for device, player in self.devices.serial.items():
            if isinstance(player, Screen):
                for code, _, _ in player.shown[self._read.get(device, 0) :]:
                    self.shown.append(Shown(self.clock(), device, PROMPT_CODES[code - 1]))
                self._read[device] = len(player.shown)

    def _begin(self, now: int) -> None:
        """Begin once the agent is online and hears serial and MQTT devices, or is online for so long that it must."""
        online = next((t for t, state in self.central.status if state == "online"), None)
        if self.zero is not None or online is None:
            return
        heard = self.central.values.keys()
        ways = [bool(heard & side) for side in (self.devices.serial.keys(), self.devices.on_air()) if side]
        if all(ways) or now - online > MUST_HEAR_MS:
            self.zero = now

    def _due(self, now: int) -> list[Act]:
        if self.zero is None:
            return []
        due = [act for act in self._acts if self.zero + act.at * 1000 <= now]
        self._acts = self._acts[len(due) :]
        return due

    def _live(self, to: int) -> None:
        said: list[Message] = self.devices.tell(self.world.advance(to), to)
        self.radio.say(said)

    def _do(self, act: Act, now: int) -> None:
        if act.word in WORLD_WORDS:
            self.world.happen(act.what, act.word, act.value)
        elif act.word in DEVICE_WORDS:
            self._do_device(act, now)
        elif act.word in LINE_WORDS:
            self._do_line(self.wires.by_line[act.what], act)
        elif act.word == "fix":
            self.world.fix(act.what)
        elif act.word == "ack":
            self.central.acknowledge(act.what)
        elif act.word == "clock_step" and self.step_clock:
            self.step_clock(int(act.what))
        elif act.word == "broker":
            (self.broker.kill if act.what == "gone" else self.broker.start)()

    def _do_device(self, act: Act, now: int) -> None:
        if act.word == "press":
            self.presses.append(Press(now, act.what, act.key))
            self.radio.say(self.devices.press(act.what, act.key, now))
        elif act.word == "fact":
            self.radio.say(self.devices.fact(act.what, Fact(act.key, act.value, act.part), now))
        else:
            wire = self.wires.of(act.what)
            silent = wire.silent if wire else self.devices.silent
            (silent.add if act.word == "silence" else silent.discard)(act.what)

    @staticmethod
    def _do_line(wire: Wire, act: Act) -> None:
        if act.word == "noise":
            wire.noise(act.count)
        elif act.word == "cut":
            wire.cuts += act.count
        else:
            (wire.unplug if act.word == "unplug" else wire.plug)()

    def _call_staff(self, seen: Seen) -> None:
        staff, now = self.scenario.staff, self.clock()
        if seen.occurrence in self._called:
            return
        self._called.add(seen.occurrence)
        if staff.ack is not None:
            errand = partial(self.central.acknowledge, seen.alarm, seen.occurrence)
            self._errands.append((now + round(staff.ack * 1000), errand))
        if staff.fix is not None:
            for thing in sorted(self.things_of(seen.alarm)):
                self._errands.append((now + round(staff.fix * 1000), partial(self.world.fix, thing)))

    def things_of(self, alarm: str) -> set[str]:
        """Give the things of the world behind an alarm: those of the device that its id ends with."""
        devices = [name for name in self.community.devices if alarm.endswith(f"-{name}")]
        return self.community.devices[max(devices, key=len)].things() if devices else set()

    def _run_errands(self, now: int) -> None:
        if self.seconds >= self.scenario.seconds:
            return
        due = [errand for at, errand in self._errands if at <= now]
        self._errands = [entry for entry in self._errands if entry[0] > now]
        for errand in due:
            errand()
