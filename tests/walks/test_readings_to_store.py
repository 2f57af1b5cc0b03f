"""Walk A: RS-485 -> Modbus driver -> pump -> engine -> journal -> a real store, read back through its own interface."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from agent.model.events import Reading
from tests.servers import Server, victoria_metrics
from tests.walks.rig import NODE, SITE, Kept, delivered, running, until, write_settings
from tests.walks.stage import Meter, Stage

READINGS = 30
PLACE = {"building": "B1", "floor": "B1", "zone": "pump-room", "point": "above the pumps"}


def exported(store: Server, name: str) -> list[dict[str, Any]]:
    """Read a metric back."""
    base = f"http://{store.host}:{store.port}"
    urllib.request.urlopen(f"{base}/internal/force_flush").read()
    query = urllib.parse.urlencode({"match[]": name})
    return [json.loads(line) for line in urllib.request.urlopen(f"{base}/api/v1/export?{query}").read().splitlines()]


def settings(folder: Path, stage: Stage, url: str) -> Path:
    device = {"driver": "xy-md02", "line": "bus", "interval": "100ms", "place": PLACE, "tags": {"plant": "water"}}
    lines = {"bus": {"port": str(stage.links["bus"])}}
    return write_settings(folder, lines=lines, devices={"room": device}, influx={"url": url})


def temperatures(folder: Path) -> list[float]:
    causes = Kept(folder).causes()
    return [float(cause.value) for cause in causes if isinstance(cause, Reading) and cause.quantity == "temperature"]


def read_until(meter: Meter, count: int) -> None:
    until(f"{count} answers of the meter", lambda: len(meter.answered) >= count, lambda: len(meter.answered))


@pytest.mark.server
def test_every_reading_of_a_bus_is_in_the_store_once_with_value_and_tags(tmp_path: Path) -> None:
    meter = Meter()
    with victoria_metrics(tmp_path) as store, Stage(tmp_path / "ports", bus=meter) as stage:
        folder = settings(tmp_path / "config", stage, f"http://{store.host}:{store.port}")
        for target in (READINGS // 2, READINGS):  # a clean restart in between doubles nothing
            with running(folder):
                read_until(meter, target)
        stage.pull("bus")
        with running(folder) as app:
            newest = Kept(folder).last_seq("reading")
            until("the store has it all", lambda: delivered(app, "influx", "reading") == newest)
        heard = temperatures(folder)
        until("the store shows it all", lambda: len(exported(store, "temperature_value")[0]["values"]) >= len(heard))
        (series,) = exported(store, "temperature_value")

    tags = {name: value for name, value in series["metric"].items() if name not in ("db", "__name__")}
    assert tags == {"site": SITE, "node": NODE, "device": "room", "plant": "water", **PLACE}
    assert series["values"] == heard
    assert len(heard) >= READINGS - 2
    # What is lost is at most the answer that comes while the agent takes its leave, each time.
    lost = [value for value in meter.answered if value not in heard]
    assert len(lost) <= 2, lost
    assert heard == [value for value in meter.answered if value in heard]
    assert series["timestamps"] == sorted(set(series["timestamps"]))
