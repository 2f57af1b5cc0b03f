"""The centre's broker is away for an hour: rules keep running, everything is kept, and all of it arrives afterwards.

The hour is simulated (a clock that is told), the broker and the connection to it are real.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

from agent.engine.engine import Engine
from agent.io.journal_reader import JournalReader
from agent.io.memory import MemoryClock
from agent.io.mqtt_broker import Broker, Link
from agent.io.mqtt_client import MqttClient
from agent.io.sqlite_journal import SqliteJournal
from agent.model.effects import Alarm
from agent.model.events import Event, Instruction, Reading
from agent.model.place import Label
from agent.runtime.centre import Centre, Identity
from agent.runtime.envelope import Envelope
from agent.runtime.fault_log import FaultLog
from agent.runtime.northbound import Northbound
from agent.runtime.pump import Pump
from tests.plans import plan
from tests.servers import Server, mosquitto
from tests.walks.recorder import Heard, Recorder
from tests.walks.rig import until

PLAN: Final = plan("a")
ROOT: Final = f"caretaker/v1/{PLAN.site}/{PLAN.node}"
START: Final = 1_767_225_600_000
MINUTE: Final = 60_000
STREAMS: Final = ("alarm", "feedback", "event", "kpi", "rsp", "reading")
ALARMS: Final = ("full-bin", "wet-leak", "call-lobby", "knocks-door")


class Box:
    """Pump, journal, and the way to the centre, as `agent/outputs.py` joins them, with a clock that is told."""

    def __init__(self, folder: Path, broker: Server) -> None:
        self.clock = MemoryClock(0, START)
        self.journal = SqliteJournal(str(folder / "journal.db"))
        self.reader = JournalReader(self.journal.path)
        self.pump = Pump(Engine(PLAN, lambda _revision: PLAN), self.journal, self.clock)
        self.faults = FaultLog(self.clock)
        self.numbers = 0
        who = Identity(PLAN.site, PLAN.node, 1, "boot", "test", self.journal.epoch)
        envelope = Envelope(
            PLAN.site, PLAN.node, self.journal.epoch, label=Label, title=lambda _rule: {}, wall=lambda t: t + START
        )
        self.client = MqttClient(
            Broker(broker.host, broker.port, "pi-017-north", manual_ack=True), self.clock, on_link=self._linked,
            on_published=self._answered,
        )  # fmt: skip
        self.northbound = Northbound(
            self.reader, self.client, envelope, clock=self.clock, confirm=self.pump.confirm, faults=self.faults
        )
        self.centre = Centre(
            self.client, self.northbound, envelope, who, clock=self.clock, info=dict, order=self._order,
            newest_alarms=self._open_alarms,
        )  # fmt: skip
        self.pump.put([self.clock.offset(self.journal.start_boot("test", 0, 0))])

    def _linked(self, link: Link) -> None:
        if link.connected:
            self.centre.connected()

    def _answered(self, handle: int, code: int) -> None:
        self.northbound.answered(handle, code)

    def _order(self, order: Instruction, centre: Centre, token: int) -> None:
        self.pump.put([order], centre, token)

    def _open_alarms(self) -> list[Any]:
        rows, _ = self.reader.rows("alarm", 0, 100_000)
        latest = {row.body.alarm: row for row in rows if isinstance(row.body, Alarm)}
        return [row for row in latest.values() if isinstance(row.body, Alarm) and row.body.state != "closed"]

    def turn(self) -> None:
        """Give every part a turn: the pump, then connection and forwarder."""
        self.pump.turn(0)
        self.centre.turn(1)

    def connected(self) -> bool:
        """Give every part a turn; tell whether the broker is there."""
        self.turn()
        return self.client.connected

    def drain(self) -> None:
        """Go on, without any time passing, until the broker has taken every row."""

        def done() -> bool:
            self.pump.commit()
            self.turn()
            return self.northbound.positions() == {name: self.reader.last_seq(name) for name in STREAMS}

        until("all rows are delivered", done, self.northbound.positions)

    def live(self, dice: random.Random) -> None:
        """Let ten seconds pass in which something happens."""
        self.clock.advance(10_000)
        t, self.numbers = self.clock.t, self.numbers + 1
        self.pump.put([Reading("bin", "fill_level", float(self.numbers % 100), t)])
        self.pump.put([Reading("door", "door_open", dice.random() < 0.3, t)])
        self.pump.put([Reading("leak", "water_leak", dice.random() < 0.2, t)])
        if dice.random() < 0.3:
            key = f"channel={dice.randint(1, 3)}"
            self.pump.put([Event("lobby", "button", "single", t, key, f"uid:{self.numbers}")])
        if dice.random() < 0.1:
            self.pump.put([Event("door", "card", "7", t)])
        if dice.random() < 0.2:
            args = f'{{"alarm":"{dice.choice(ALARMS)}"}}'
            self.pump.put([Instruction("alarm-ack", f"local-{self.numbers}", t, "li", args=args)])
        self.turn()

    def alarms(self) -> list[Alarm]:
        """Give all transitions that are stored."""
        return [effect for effect in self.reader.effects("alarm") if isinstance(effect, Alarm)]

    def close(self) -> None:
        """Close what is open."""
        self.client.close()
        self.reader.close()
        self.journal.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    keeping = ("persistence true", f"persistence_location {tmp_path}/", "max_queued_messages 0")
    with mosquitto(tmp_path, *keeping) as server:
        yield server


@pytest.fixture
def box(tmp_path: Path, broker: Server) -> Iterator[Box]:
    box = Box(tmp_path, broker)
    yield box
    box.close()


def rows_on(recorder: Recorder, stream: str) -> list[Heard]:
    """Give the rows of a stream in order of arrival, without the copies of open alarms at each connection."""
    return [heard for heard in recorder.on(f"{ROOT}/{stream}") if not heard.said["data"].get("snapshot")]


@pytest.mark.server
def test_an_hour_without_the_broker_loses_nothing_and_comes_in_order(broker: Server, box: Box) -> None:
    dice = random.Random(4)
    with Recorder(broker.port, f"{ROOT}/#") as recorder:
        until("the box is connected", box.connected)
        for _ in range(12):
            box.live(dice)
        box.drain()
        gone_at, before = box.clock.t, len(box.alarms())
        broker.stop()
        until("the loss is noticed", lambda: not box.connected())
        while box.clock.t < gone_at + 60 * MINUTE:
            box.live(dice)
        during = box.alarms()[before:]
        broker.start()
        box.clock.advance(MINUTE + 1)  # more than the longest pause between two tries
        back_at = box.clock.wall_ms
        until("the box is connected again", box.connected)
        box.drain()
        stored = {stream: box.reader.last_seq(stream) for stream in STREAMS}
        until("the recorder has the last alarm", lambda: len(rows_on(recorder, "alarm")) >= stored["alarm"])
        until("the recorder has the last event", lambda: len(rows_on(recorder, "event")) >= stored["event"])
        until("the recorder has the last press", lambda: len(rows_on(recorder, "feedback")) >= stored["feedback"])
        until("the recorder has the last hour", lambda: len(rows_on(recorder, "kpi")) >= stored["kpi"])

        # Rules ran all the while: alarms from readings, from timers and from presses.
        assert {alarm.alarm for alarm in during} >= {*ALARMS, "unhappy-lobby"}
        words = {"raised", "reactivated", "acknowledged", "cleared", "resolved"}
        assert {alarm.transition for alarm in during} >= words
        assert stored["kpi"] > 0
        for stream in ("alarm", "feedback", "event", "kpi"):
            heard = rows_on(recorder, stream)
            assert [int(one.said["sequence"]) for one in heard] == list(range(1, stored[stream] + 1)), stream
            assert len({one.said["id"] for one in heard}) == len(heard)
            late = [one.said for one in heard if wall_of(one.said) > START + gone_at]
            assert [said["historical"] for said in late] == [back_at - wall_of(said) > MINUTE for said in late]
            assert any(said["historical"] for said in late)
        readings = [row for one in rows_on(recorder, "reading") for row in one.said["data"]["readings"]]
        assert len(readings) == stored["reading"]
        check_slots(broker, box)


def wall_of(said: dict[str, Any]) -> int:
    """Give the time of a message in Unix ms."""
    return round(datetime.fromisoformat(said["time"]).timestamp() * 1000)


def check_slots(broker: Server, box: Box) -> None:
    """Whoever connects now finds every alarm in its newest state."""
    newest = {alarm.alarm: (alarm.occurrence, alarm.rev, alarm.state) for alarm in box.alarms()}
    with Recorder(broker.port, f"{ROOT}/alarm/#", name="later") as later:
        until("all slots are seen", lambda: len(later.heard) >= len(newest), lambda: len(later.heard))
        told = [heard.said["data"] for heard in later.heard]
    assert {data["alarm"]: (data["occurrence"], data["rev"], data["state"]) for data in told} == newest
    assert len(told) == len(newest)
