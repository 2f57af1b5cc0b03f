"""No broker, no store, no port, no name server at boot: the service starts all the same, and catches up later."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.model.effects import PROMPT_CODES, Alarm
from simulator.brokers import free_port
from tests.servers import mosquitto
from tests.walks.recorder import Recorder
from tests.walks.rig import ROOT, Kept, Service, active, fault, served, until, write_settings
from tests.walks.stage import Stage, Terminal

DEVICES: dict[str, Any] = {
    "lobby": {
        "driver": "ftl1", "line": "lobby", "service": "cleaning",
        "terminal": {"keys": {"1": {"service": "cleaning", "sentiment": "positive"}, "2": {"service": "cleaning"}}},
    },
    "room": {"driver": "xy-md02", "line": "missing", "interval": "200ms"},
    "leak": {"driver": "zigbee2mqtt", "id": "leak"},
}  # fmt: skip
RULES: dict[str, Any] = {
    "dirty": {"kind": "pressed", "select": {}, "sentiment": ["negative"], "category": "cleaning"},
    "gone": {"kind": "absent", "select": {"devices": ["room"]}, "after": "1s", "category": "maintenance"},
}


class Box:
    """A service whose whole outside is missing but for one terminal."""

    def __init__(self, folder: Path) -> None:
        self.terminal = Terminal()
        self.stage = Stage(folder / "ports", lobby=self.terminal)
        self.port = free_port()
        self.kept = Kept(folder / "config")
        self.folder = write_settings(
            folder / "config", devices=DEVICES, rules=RULES,
            lines={name: {"port": str(folder / "ports" / name)} for name in ("lobby", "missing")},
            south={"host": "broker.invalid", "ecosystems": {"zigbee": {"driver": "zigbee2mqtt"}}},
            mqtt={"host": "127.0.0.1", "port": self.port}, influx={"url": "http://store.invalid:8086"},
        )  # fmt: skip
        self.service: Service

    def press(self, key: int) -> str:
        """Press and wait until it is acknowledged and answered."""
        pressed: list[str] = []
        prompts = len(self.terminal.prompts())
        self.stage.do(lambda: pressed.append(self.terminal.press(key)))
        until("the press is acknowledged", lambda: pressed[0] in self.terminal.acks)
        until("the press is answered", lambda: len(self.terminal.prompts()) > prompts)
        return pressed[0]

    def alarms(self) -> set[tuple[str, str]]:
        """Give what the journal holds of alarms."""
        return {(row.alarm, row.transition) for row in self.kept.effects("alarm") if isinstance(row, Alarm)}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path)
    with box.stage, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        with served(box.folder, NOTIFY_SOCKET=str(tmp_path / "notify")) as service:
            box.service = service
            assert manager.recv(4096).splitlines()[0] == b"READY=1"
            yield box


def test_the_service_starts_runs_rules_and_answers_terminals_with_nothing_outside(box: Box) -> None:
    natives = [box.press(2), box.press(1)]
    codes = [PROMPT_CODES[prompt.code - 1] for prompt in box.terminal.prompts()]
    assert codes == ["ticket-opened", "thank-you"]
    assert all(box.kept.has(native) for native in natives)
    until("the timer of the missing device runs", lambda: ("gone-room", "raised") in box.alarms())
    assert ("dirty-lobby", "raised") in box.alarms()
    wanted = {
        ("CT201", "missing"), ("CT301", "north 127.0.0.1"), ("CT301", "south broker.invalid"),
        ("CT401", "store http://store.invalid:8086"),
    }  # fmt: skip
    until("all that is missing is said", lambda: active(box.service.status()) >= wanted)
    state = box.service.status()
    assert "the name is not known" in fault(state, "CT301", "south broker.invalid")["text"]
    assert [uplink["connected"] for uplink in state["uplinks"].values()] == [False, False, False]
    assert state["lines"]["missing"]["presence"] == "offline"
    assert state["lines"]["lobby"]["presence"] == "online"


@pytest.mark.server
def test_what_was_kept_goes_out_when_the_broker_comes(box: Box, tmp_path: Path) -> None:
    native = box.press(2)
    until("the timer of the missing device runs", lambda: ("gone-room", "raised") in box.alarms())
    with mosquitto(tmp_path, port=box.port), Recorder(box.port, f"{ROOT}/#") as recorder:
        until("the alarms come", lambda: len(recorder.on(f"{ROOT}/alarm")) >= 2)
        until("the press comes", lambda: recorder.on(f"{ROOT}/feedback"))
        first = [heard.topic.removeprefix(f"{ROOT}/").partition("/")[0] for heard in recorder.heard[:4]]
        assert first == ["status", "info", "alarm", "alarm"]
        assert all(heard.said["data"]["snapshot"] for heard in recorder.heard[2:4])
        assert recorder.on(f"{ROOT}/feedback")[0].said["data"]["feedback"] == native
        box.press(1)
        until("the next press comes at once", lambda: len(recorder.on(f"{ROOT}/feedback")) == 2)
        assert [heard.said["state"] for heard in recorder.on(f"{ROOT}/status")] == ["online"]
        assert ("CT301", "north 127.0.0.1") not in active(box.service.status())
        box.service.stop()
        until("it says goodbye", lambda: recorder.on(f"{ROOT}/status")[-1].said["state"] == "offline")
