"""An adapter is pulled out and comes back under another name behind the same stable link; other lines do not notice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from agent.app import App
from agent.model.events import Availability, Reading
from tests.walks.rig import Kept, fault, running, until, write_settings
from tests.walks.stage import Meter, Stage

SOME: Final = 5
ROUNDS: Final = 2


def settings(folder: Path, stage: Stage) -> Path:
    names = ("bus-a", "bus-b")
    lines = {name: {"port": str(stage.links[name])} for name in names}
    devices = {f"on-{name}": {"driver": "xy-md02", "line": name, "interval": "100ms"} for name in names}
    return write_settings(folder, lines=lines, devices=devices)


def values(kept: Kept, device: str) -> list[float]:
    readings = [cause for cause in kept.causes() if isinstance(cause, Reading) and cause.device == device]
    return [float(reading.value) for reading in readings if reading.quantity == "temperature"]


def more(kept: Kept, device: str) -> Callable[[], bool]:
    """Give the question whether a device has said more than up to now."""
    before = len(values(kept, device))
    return lambda: len(values(kept, device)) >= before + SOME


def presences(kept: Kept, line: str) -> list[tuple[str, str]]:
    found = [cause for cause in kept.causes() if isinstance(cause, Availability) and cause.device == line]
    return [(cause.value, cause.reason) for cause in found]


def faults_of(app: App) -> list[tuple[str, str, int, bool]]:
    return [(row.code, row.subject, row.count, row.active) for row in app.faults.snapshot()]


def test_readings_go_on_after_replugging_under_another_name(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    meters, kept = {"bus-a": Meter(), "bus-b": Meter(start=-30.0)}, Kept(folder)
    spares: list[tuple[int, int]] = []
    with Stage(tmp_path / "ports", **meters) as stage, running(settings(folder, stage)) as app:
        until("both lines are read", lambda: all(len(values(kept, f"on-{name}")) >= SOME for name in meters))
        for number in range(1, ROUNDS + 1):
            was = stage.pull("bus-a")
            until("the loss is noticed", lambda: presences(kept, "bus-a")[-1] == ("offline", "CT204"))
            until("the other line goes on", more(kept, "on-bus-b"))
            while not spares or os.ttyname(spares[-1][1]) != was:  # somebody else takes the old number
                spares.append(os.openpty())
                if int(Path(os.ttyname(spares[-1][1])).name) > int(Path(was).name):
                    break  # another program has it already
            assert stage.plug("bus-a") != was
            plugged, answered = time.monotonic(), len(meters["bus-a"].answered)
            until("the device is asked again", lambda n=answered: len(meters["bus-a"].answered) > n)  # type: ignore[misc]
            print(f"round {number}: answered again {(time.monotonic() - plugged) * 1000:.0f} ms after the plug")
            until("the line is read again", more(kept, "on-bus-a"))
            assert presences(kept, "bus-a") == [("online", ""), *[("offline", "CT204"), ("online", "")] * number]
            assert ("CT204", "bus-a", number, False) in faults_of(app)
        assert presences(kept, "bus-b") == [("online", "")]
        assert {row[1] for row in faults_of(app)} == {"bus-a"}
        state = app.requests.answer({"cmd": "status"})
        assert state["lines"]["bus-a"]["presence"] == "online"
        assert state["devices"]["on-bus-a"]["faults"]["unplugged"] == ROUNDS
        assert state["devices"]["on-bus-b"]["faults"] == {}
        assert str(stage.links["bus-a"]) in fault(state, "CT204")["text"]
    for end in (end for ends in spares for end in ends):
        os.close(end)
    # Every answer on the line that was left alone is there, in order, once.
    heard = values(kept, "on-bus-b")
    assert heard == meters["bus-b"].answered[: len(heard)]
    assert heard == sorted(set(heard))
