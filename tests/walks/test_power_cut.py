"""Power cuts: the service is killed at random points while residents press, sensors talk and the centre gives commands.

What SIGKILL leaves is what the journal had committed. At the end nothing acknowledged is lost and nothing is doubled.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final, Self

import pytest

from agent.engine.plan import Plan
from agent.model.effects import Alarm, Response
from agent.model.events import Event, Reading
from agent.runtime.recovery import differences, recover
from agent.settings.load import load
from agent.settings.plan import plan_of
from tests.servers import Server, mosquitto
from tests.walks.recorder import Recorder
from tests.walks.rig import NODE, ROOT, Kept, Service, until, write_settings
from tests.walks.stage import Stage, Terminal

STARTING: Final = 1.5
"""Seconds within which the service starts and has caught up; half of the cuts fall into them."""
RUNNING: Final = 0.6
"""Seconds after `ready` within which the other half of the cuts falls."""
DEVICES: Final[dict[str, Any]] = {
    "lobby": {
        "driver": "ftl1", "line": "lobby", "place": {"zone": "lobby"},
        "terminal": {"keys": {"1": {"service": "cleaning"}, "2": {"service": "cleaning", "sentiment": "positive"}}},
    },
    "room": {"driver": "zigbee2mqtt", "id": "room", "interval": "1s"},
    "leak": {"driver": "zigbee2mqtt", "id": "leak", "interval": "500ms"},
}  # fmt: skip
RULES: Final[dict[str, Any]] = {
    "dirty": {"kind": "pressed", "select": {}, "sentiment": ["negative"], "hold": "1s", "category": "cleaning"},
    "wet": {"kind": "threshold", "select": {}, "quantity": "water_leak", "when": {"op": "==", "value": True}},
    "still-wet": {
        "kind": "threshold", "select": {}, "quantity": "water_leak", "when": {"op": "==", "value": True},
        "on_delay": "300ms", "off_delay": "200ms", "on_gap": "count",
    },
    "silent": {"kind": "absent", "select": {"devices": ["leak"]}, "after": "1s", "on_gap": "count"},
    "many": {"kind": "count", "select": {}, "of": {"service": "cleaning"}, "count": 3, "window": "2s"},
}  # fmt: skip
POINTS: Final = ("dirty-lobby", "wet-leak", "still-wet-leak", "silent-leak", "many-lobby")


class Load:
    """Residents, sensors and the centre, in a thread of their own; nothing stops them while the agent is dead."""

    def __init__(self, stage: Stage, terminal: Terminal, recorder: Recorder, dice: random.Random) -> None:
        self.temperatures: list[float] = []
        self.commands: list[str] = []
        self.away = 0
        """Messages published while the agent was dead."""
        self.dead = False
        self._stage, self._terminal, self._recorder, self._dice = stage, terminal, recorder, dice
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        wet = False
        while not self._stop.is_set():
            self._measure()
            if self._dice.random() < 0.15:
                self._stage.do(lambda: self._terminal.press(self._dice.choice((1, 2))))
            if self._dice.random() < 0.1:
                wet = not wet
                self._recorder.say("zigbee2mqtt/leak", {"water_leak": wet})
            if self._dice.random() < 0.1:
                self._order(self._dice.choice(POINTS))
            time.sleep(self._dice.uniform(0, 0.04))

    def _measure(self) -> None:
        self.temperatures.append(round(-30 + len(self.temperatures) * 0.01, 2))
        self.away += self.dead
        self._recorder.say("zigbee2mqtt/room", {"temperature": self.temperatures[-1]})

    def _order(self, alarm: str) -> None:
        self.commands.append(f"cut-{len(self.commands)}")
        order = {"cmd": "alarm-ack", "cmd_id": self.commands[-1], "args": {"alarm": alarm}}
        self._recorder.say(f"{ROOT}/cmd/alarm-ack", order)


class Site:
    """A broker's port, a terminal with flash, a recorder and the service that is killed."""

    def __init__(self, folder: Path, broker: Server) -> None:
        self.kept = Kept(folder / "config")
        self.too_early: list[str] = []
        self.terminal = Terminal(on_ack=self._acked)
        self.stage = Stage(folder / "ports", lobby=self.terminal)
        self.recorder = Recorder(broker.port, f"{ROOT}/#")
        here = {"host": broker.host, "port": broker.port}
        self.folder = write_settings(
            folder / "config", lines={"lobby": {"port": str(self.stage.links["lobby"])}}, devices=DEVICES, rules=RULES,
            south=here | {"ecosystems": {"zigbee": {"driver": "zigbee2mqtt"}}}, mqtt=here, commit="100ms",
        )  # fmt: skip
        self.service = Service(self.folder)
        self.plan: Plan = plan_of(load(self.folder))

    def _acked(self, native: str, status: int) -> None:
        if status in (0, 1) and not self.kept.has(native):
            self.too_early.append(native)

    def first_start(self) -> None:
        """Let it come up in peace once: from then on the broker keeps what it misses."""
        self.service.start()
        self.service.ready()
        until("the south session is there", lambda: self.service.status()["uplinks"]["south"]["connected"])
        until("the broker knows us", lambda: self.recorder.on(f"{ROOT}/status"))

    def cut(self, dice: random.Random, load: Load) -> None:
        """Let it live for a while, cut its power, start it again."""
        if dice.random() < 0.5:
            self.service.ready()
            time.sleep(dice.uniform(0, RUNNING))
        else:
            time.sleep(dice.uniform(0, STARTING))
        self.service.kill()
        load.dead = True
        time.sleep(dice.uniform(0, 0.1))
        self.service.start()
        load.dead = False

    def settle(self, load: Load) -> None:
        """Wait until everything that was pressed, published and ordered has gone its way to the end."""
        until("all presses are acknowledged", lambda: not self.terminal.player.flash.records, self._moves)
        newest = load.temperatures[-1]
        until("the last reading is stored", lambda: newest in temperatures(self.kept), self._moves)
        until("all commands are answered", lambda: set(load.commands) <= set(answers(self.kept)), self._moves)
        until("all rows are delivered", self._delivered, self._moves)

    def _moves(self) -> object:
        return len(self.recorder.heard), len(self.terminal.acks), self.kept.last_seq("reading")

    def _delivered(self) -> bool:
        done = self.service.status()["uplinks"]["mqtt"]["delivered"]
        return all(done[name] == self.kept.last_seq(name) for name in ("alarm", "feedback", "event", "rsp"))


def temperatures(kept: Kept) -> list[float]:
    found = [cause for cause in kept.causes() if isinstance(cause, Reading) and cause.quantity == "temperature"]
    return [float(cause.value) for cause in found]


def answers(kept: Kept) -> dict[str, list[str]]:
    """Give the statuses that each command was answered with."""
    found: dict[str, list[str]] = {}
    for effect in kept.effects("rsp"):
        assert isinstance(effect, Response)
        found.setdefault(effect.cmd_id, []).append(effect.status)
    return found


def content(said: dict[str, Any]) -> dict[str, Any]:
    """Give what a message says, without what may differ from one sending to the next."""
    data = {name: value for name, value in said["data"].items() if name != "snapshot"}
    return {name: value for name, value in said.items() if name != "historical"} | {"data": data}


def check_presses(site: Site) -> None:
    """Every press is there exactly once, and none was acknowledged before it was."""
    events = Counter(cause.native for cause in site.kept.causes() if isinstance(cause, Event) and cause.native)
    assert site.too_early == []
    assert set(site.terminal.acks) <= set(site.terminal.pressed)  # some are known from WELCOME alone
    assert {native: count for native, count in events.items() if count > 1} == {}
    assert set(site.terminal.pressed) == set(events)
    feedback = Counter(effect.feedback for effect in site.kept.effects("feedback"))  # type: ignore[union-attr]
    assert feedback == events


def check_alarms(site: Site) -> list[Alarm]:
    """The alarms of the journal are those that follow from its causes, each once."""
    with site.kept.reader() as reader:
        causes = list(reader.causes())
        last_t = int(reader.meta("t"))
    stored = [effect for effect in site.kept.effects("alarm") if isinstance(effect, Alarm)]
    replayed = recover({site.plan.revision: site.plan}.__getitem__, site.plan.revision, None, causes, last_t)
    assert differences(replayed.alarms, stored) == []
    assert len({(alarm.occurrence, alarm.rev) for alarm in stored}) == len(stored)
    return stored


def check_published(site: Site, alarms: list[Alarm]) -> None:
    """Every row went out, under one id with one content, however often it was sent."""
    for stream in ("alarm", "feedback", "event"):
        told: dict[str, dict[str, Any]] = {}
        for heard in site.recorder.on(f"{ROOT}/{stream}"):
            assert told.setdefault(heard.said["id"], content(heard.said)) == content(heard.said)
        numbers = sorted(int(said["sequence"]) for said in told.values())
        assert numbers == list(range(1, site.kept.last_seq(stream) + 1)), stream
        if stream == "alarm":
            rows = {(said["data"]["occurrence"], said["data"]["rev"]) for said in told.values()}
            assert rows == {(alarm.occurrence, alarm.rev) for alarm in alarms}


def check_messages(site: Site, load: Load) -> None:
    """What the broker took for us arrived, in its order; what was not yet acknowledged may have come twice."""
    first = list(dict.fromkeys(temperatures(site.kept)))
    assert first == load.temperatures
    assert load.away > 0
    carried_out = {cmd_id: len(found) - found.count("duplicate") for cmd_id, found in answers(site.kept).items()}
    assert carried_out == dict.fromkeys(load.commands, 1)


@pytest.mark.server
@pytest.mark.parametrize(
    ("cuts", "seed"), [pytest.param(12, 1, id="short"), pytest.param(200, 2, id="long", marks=pytest.mark.long)]
)
def test_nothing_is_lost_or_doubled_however_often_the_power_is_cut(tmp_path: Path, cuts: int, seed: int) -> None:
    dice = random.Random(seed)
    with mosquitto(tmp_path, "max_queued_messages 0") as broker:
        site = Site(tmp_path, broker)
        try:
            with site.stage, site.recorder:
                site.first_start()
                with Load(site.stage, site.terminal, site.recorder, dice) as load:
                    for _ in range(cuts):
                        site.cut(dice, load)
                site.settle(load)
                site.service.stop()
        finally:
            site.service.kill()

    said = site.service.said()
    assert not [line for line in said.splitlines() if "CT507" in line or "CT70" in line or "Traceback" in line]
    check_presses(site)
    check_published(site, check_alarms(site))
    check_messages(site, load)
    print(
        f"{cuts} cuts of {NODE}: {len(site.terminal.pressed)} presses, {len(load.temperatures)} readings "
        f"({load.away} while dead), {site.kept.last_seq('alarm')} alarm rows, {len(load.commands)} commands"
    )
