"""A rule switches a relay on a real bus, a person overrules it, nothing else can be switched, and stopping ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Event
from agent.registry import serial_driver
from agent.view import view
from tests.walks.rig import Kept, running, until, write_settings
from tests.walks.stage import Meter, Stage

RULE = {
    "kind": "threshold", "select": {"devices": ["room"]}, "quantity": "temperature",
    "when": {"op": ">=", "value": 30.0}, "switch": [{"device": "board", "output": "relay_1"}],
}  # fmt: skip
OUTPUTS = {
    "relay_1": {"by": ["rule", "command"], "at_stop": "off"},
    "relay_2": {"by": ["rule"]},
}


def settings(folder: Path, stage: Stage) -> Path:
    devices = {
        "room": {"driver": "xy-md02", "line": "room", "interval": "100ms"},
        "board": {"driver": "waveshare-relay", "line": "board", "interval": "500ms", "outputs": OUTPUTS},
    }
    lines = {line: {"port": str(stage.links[line])} for line in ("room", "board")}
    return write_settings(folder, lines=lines, devices=devices, rules={"hot": RULE})


def caretaker(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return ordered(folder, "output", *words)


def ordered(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *words, "-c", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def output(app: Any, name: str) -> dict[str, Any]:
    return next(one for one in view(app)["outputs"] if one["output"] == name)


def stand(app: Any, name: str = "relay_1") -> tuple[Any, ...]:
    one = output(app, name)
    return one["wanted"], one["state"], one["confirmed"]


def test_a_rule_and_a_person_switch_a_relay_and_its_own_word_confirms_it(tmp_path: Path) -> None:
    room = Meter(start=20.0, step=0.0)
    driver = serial_driver("waveshare-relay")
    board = driver.player(Setup("board", options=driver.options()))
    folder = tmp_path / "config"
    with Stage(tmp_path / "ports", room=room, board=board) as stage:
        settings(folder, stage)
        with running(folder) as app:
            until("it is off at the start", lambda: stand(app) == (False, False, True))
            room.value = 40.0
            until("the rule switches it on", lambda: stand(app) == (True, True, True))
            said = caretaker(folder, "board", "relay_1", "off", "--for", "10m")
            assert (said.returncode, "was ordered" in said.stdout) == (0, True)
            until("a person switches it off", lambda: stand(app) == (False, False, True))
            assert output(app, "relay_1")["override"]
            assert caretaker(folder, "board", "relay_1", "auto").returncode == 0
            until("the rule decides again", lambda: stand(app) == (True, True, True))
            for words, code in ((("board", "relay_2"), "FORBIDDEN"), (("room", "relay_1"), "UNKNOWN_OUTPUT")):
                refused = caretaker(folder, *words, "on")
                assert (refused.returncode, code in refused.stderr) == (1, True)
        told = [one for one in Kept(folder).effects("event") if isinstance(one, Event) and one.quantity == "output"]
        story = [one.value for one in told]
        assert [word for word in ("on", "confirmed", "override", "off", "released") if word not in story] == []
        until("stopping switched it off", lambda: coils(stage, board) == 0)


def coils(stage: Stage, board: Any) -> int:
    """Ask the board itself: function 01, eight coils."""
    asked = bytes.fromhex("01 01 00 00 00 08 3D CC")
    answers: list[bytes] = []
    stage.do(lambda: answers.append(board.receive(asked, 0)))
    return answers[0][3]


@pytest.mark.parametrize("state", ["sideways", "ON"])
def test_a_state_that_is_none_is_a_usage_error(tmp_path: Path, state: str) -> None:
    assert caretaker(tmp_path, "board", "relay_1", state).returncode == 2


def test_maintenance_is_said_by_the_command_line_and_seen_in_the_status(tmp_path: Path) -> None:
    with Stage(tmp_path / "ports", room=Meter(start=40.0, step=0.0)) as stage:
        folder = write_settings(
            tmp_path / "config", lines={"room": {"port": str(stage.links["room"])}},
            devices={"room": {"driver": "xy-md02", "line": "room", "interval": "100ms", "place": {"zone": "cellar"}}},
        )  # fmt: skip
        with running(folder) as app:
            said = ordered(folder, "maintenance", "on", "--zone", "cellar", "--for", "5m")
            assert (said.returncode, said.stdout) == (0, "cellar: maintenance on, for 5 min\n")
            assert list(view(app)["locks"]) == ["zone cellar"]
            assert ordered(folder, "maintenance", "off", "--zone", "cellar").returncode == 0
            assert view(app)["locks"] == {}
            refused = ordered(folder, "maintenance", "on", "--device", "rooom")
            assert (refused.returncode, "UNKNOWN_DEVICE" in refused.stderr) == (1, True)
            refused = ordered(folder, "device-set", "room", "volume", "7")
            assert (refused.returncode, "keeps no setting 'volume'" in refused.stderr) == (1, True)
        assert ordered(folder, "maintenance", "on").returncode == 2
        assert "No service answers" in ordered(folder, "maintenance", "on", "--zone", "cellar").stderr
