"""A meter that is thinned out, reset and swapped for another, and a sensor that falls silent, in the running agent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.driver import Setup
from agent.model.events import Availability, Event, Reading
from agent.registry import serial_driver
from drivers.a02yyuw import DRIVER as BIN
from tests.walks.rig import Kept, running, until, write_settings
from tests.walks.stage import Stage

OPTIONS = {
    "registers": [
        {"address": 0, "fc": 4, "type": "u32", "quantity": "energy_total"},
        {"address": 2, "fc": 4, "type": "u16", "scale": 0.1, "quantity": "voltage"},
    ]
}


def settings(folder: Path, stage: Stage, name: str, **more: Any) -> Path:
    meter = {
        "driver": "modbus-generic", "line": "bus", "interval": "100ms", "options": OPTIONS,
        "report": {"voltage": {"deadband": 5.0}}, "counters": {"energy_total": {"continue": True}}, **more,
    }  # fmt: skip
    bin_ = {"driver": "a02yyuw", "line": "bin", "silent_after": "1s"}
    lines = {line: {"port": str(stage.links[line])} for line in ("bus", "bin")}
    return write_settings(folder, lines=lines, devices={name: meter, "bin": bin_})


def kept(folder: Path, quantity: str) -> list[float]:
    causes = Kept(folder).causes()
    found = [one for one in causes if isinstance(one, Reading) and (one.device, one.quantity) == ("meter", quantity)]
    return [float(one.value) for one in found if one.quality == "good"]


def said_of_bin(folder: Path) -> set[str]:
    return {one.reason for one in Kept(folder).causes() if isinstance(one, Availability) and one.device == "bin"}


def resets(folder: Path) -> int:
    return len([one for one in Kept(folder).causes() if isinstance(one, Event) and one.value == "reset"])


def test_what_is_kept_of_a_meter_goes_on_over_a_reset_and_a_new_meter_under_a_new_name(tmp_path: Path) -> None:
    driver = serial_driver("modbus-generic")
    player = driver.player(Setup("m", options=driver.options.model_validate(OPTIONS)))
    sensor = BIN.player(Setup("bin"))
    sensor.set("distance", 800.0)
    folder = tmp_path / "config"

    def show(energy: float, voltage: float) -> None:
        stage.do(lambda: (player.set("energy_total", energy), player.set("voltage", voltage)))

    with Stage(tmp_path / "ports", bus=player, bin=sensor) as stage:
        settings(folder, stage, "meter")
        show(1000, 230.0)
        with running(folder) as app:
            until("the first total", lambda: 1000.0 in kept(folder, "energy_total"))
            show(10, 231.0)
            until("the reset is said", lambda: resets(folder) == 1)
            show(40, 238.0)
            until("it rises", lambda: 1030.0 in kept(folder, "energy_total"))
            until("the changed voltage", lambda: 238.0 in kept(folder, "voltage"))
            assert kept(folder, "voltage") == [230.0, 238.0]
            assert app.tending.reporting.held_back > 0
            stage.pull("bin")
            until("the bin is missed", lambda: "silent" in said_of_bin(folder))
            stage.plug("bin")
            until("the bin is back", lambda: "heard" in said_of_bin(folder))
        settings(folder, stage, "meter-2", replaces="meter")
        show(7, 230.0)
        with running(folder):
            until("the new meter is noticed", lambda: resets(folder) == 2)
            show(12, 230.0)
            until("and counts", lambda: 1035.0 in kept(folder, "energy_total"))
    assert kept(folder, "energy_total") == sorted(kept(folder, "energy_total"))
