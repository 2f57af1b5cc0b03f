"""The tools at a port while the service runs: it lends its line, nobody goes offline, and it polls again afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from agent.model.events import Availability, Fault
from agent.runtime.control import request
from agent.settings.load import load, socket_path
from agent.view import view
from tests.walks.rig import Kept, running, until, write_settings
from tests.walks.stage import Meter, Stage


def caretaker(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_scan_and_doctor_use_the_services_line(tmp_path: Path) -> None:
    meter = Meter(step=0.0)
    with Stage(tmp_path / "ports", bus=meter) as stage:
        lines = {"bus": {"port": str(stage.links["bus"])}}
        devices = {"room": {"driver": "xy-md02", "line": "bus", "interval": "200ms"}}
        folder = write_settings(tmp_path / "config", lines=lines, devices=devices)
        with running(folder) as app:
            until("it is polled", lambda: len(meter.answered) > 3)
            said = caretaker("scan", "bus", "--baud", "9600", "--addresses", "1-2", "-c", str(folder), "--json")
            assert said.returncode == 0, said.stderr
            assert json.loads(said.stdout)["slaves"][0]["guesses"][0]["driver"] == "xy-md02"
            said = caretaker("doctor", "room", "-c", str(folder), "--json")
            assert (said.returncode, json.loads(said.stdout)[0]["finding"]) == (0, "well")
            before = len(meter.answered)
            until("it is polled again", lambda: len(meter.answered) > before + 3)
            assert view(app)["devices"]["room"]["presence"] == "online"
            control = socket_path(load(folder))
            assert "expected" in request(control, {"cmd": "lend", "line": "nobody", "seconds": 5})["error"]
            assert request(control, {"cmd": "lend", "line": "bus", "seconds": 600}) == {"lent": True}
            refused = caretaker("doctor", "room", "-c", str(folder), "--json")
            assert "another tool is at work" in json.loads(refused.stdout)[0]["detail"]
            assert request(control, {"cmd": "return", "line": "bus"}) == {"lent": False}
            before = len(meter.answered)
            until("it is polled once more", lambda: len(meter.answered) > before)
        causes = Kept(folder).causes()
        assert [one for one in causes if isinstance(one, Availability) and one.value == "offline"] == []
        assert not any(isinstance(one, Fault) for one in causes)
