"""How the devices do, over a real broker: a subscriber that comes late is told by what the broker has kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.view import view
from tests.servers import mosquitto
from tests.walks.recorder import Recorder
from tests.walks.rig import ROOT, running, until, write_settings
from tests.walks.stage import Meter, Stage

TOPIC = f"{ROOT}/health/devices"


@pytest.mark.server
def test_health_of_devices_is_kept_by_the_broker_and_is_what_status_says(tmp_path: Path) -> None:
    meter = Meter()
    with mosquitto(tmp_path) as broker, Stage(tmp_path / "ports", bus=meter) as stage:
        devices = {
            "room": {"driver": "xy-md02", "line": "bus", "interval": "100ms"},
            "dead": {"driver": "xy-md02", "line": "bus", "interval": "100ms", "address": 9},
        }
        lines = {"bus": {"port": str(stage.links["bus"])}}
        north = {"host": broker.host, "port": broker.port}
        folder = write_settings(tmp_path / "config", lines=lines, devices=devices, mqtt=north)
        with running(folder) as app:
            until("the meter is read", lambda: len(meter.answered) > 20, lambda: len(meter.answered))
            until("the other is missed", lambda: view(app)["devices"]["dead"]["presence"] == "offline")
        # The agent has stopped in order: its last words are what the broker keeps.
        with Recorder(broker.port, f"{ROOT}/#") as late:
            until("the kept report", lambda: late.on(TOPIC))
            (heard,) = late.on(TOPIC)
            until("the kept status", lambda: late.on(f"{ROOT}/status"))
    assert heard.retained
    told = heard.said["data"]["devices"]
    assert set(told) == {"room", "dead"}
    assert (told["room"]["presence"], told["dead"]["presence"]) == ("online", "offline")
    assert told["room"]["answers"] >= 20
    assert told["room"]["round_trip_ms"]["max"] >= told["room"]["round_trip_ms"]["last"] >= 0
    assert told["dead"]["timeouts"] == told["dead"]["faults"]["silent"] >= 3
    assert "round_trip_ms" not in told["dead"]
