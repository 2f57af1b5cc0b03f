"""Thirty slaves on one real pty at the speed of 9600 baud, ten mute, two babbling: how late the healthy ones are read.

In virtual time, and with a limit, it is tests/runtime/test_crowded_bus.py; this one shows it of the whole service and
prints what it measured. It judges no time: a machine that swaps would fail it.
"""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.model.events import Reading
from agent.view import view
from tests.runtime.crowd import INTERVAL, REGISTERS, driver, setup
from tests.walks.crowded_wire import CrowdedWire
from tests.walks.rig import Kept, running, write_settings

SECONDS = 120
MUTE = tuple(range(3, 31, 3))
BABBLING = (7, 19)
HEALTHY = tuple(n for n in range(1, 31) if n not in (*MUTE, *BABBLING))


def settings(folder: Path, link: Path) -> Path:
    options = {"registers": REGISTERS}
    devices = {
        f"s{n}": {"driver": "modbus-table", "line": "bus", "address": n, "interval": "10s", "options": options}
        for n in range(1, 31)
    }
    return write_settings(folder, lines={"bus": {"port": str(link), "baud": 9600}}, devices=devices)


def worst(times: list[int], after: int, end: int) -> int:
    """Give the longest time between two readings behind a time, the run's end counted as one."""
    return max(later - sooner for sooner, later in pairwise([after, *(t for t in times if t > after), end]))


@pytest.mark.long
def test_the_healthy_ones_are_read_all_the_time(tmp_path: Path) -> None:
    players: dict[int, Any] = {n: driver().player(setup(n)) for n in range(1, 31)}
    for n, player in players.items():
        for phase in range(10):
            player.set("voltage", float(n * 10 + phase), f"phase={phase}")
    wire = CrowdedWire(tmp_path / "adapter", players, MUTE, BABBLING, seed=1)
    folder = settings(tmp_path / "config", wire.link)
    with wire, running(folder) as app:
        begun = app.clock.now()
        time.sleep(SECONDS)
        end, state = app.clock.now(), view(app)
    read: dict[str, list[int]] = {name: [] for name in state["devices"]}
    for cause in Kept(folder).causes():
        if isinstance(cause, Reading) and cause.part == "phase=0":
            assert cause.value == float(int(cause.device[1:]) * 10)  # nobody is taken for somebody else
            read[cause.device].append(cause.t)
    assert all(read[f"s{n}"] for n in HEALTHY)
    assert not any(read[f"s{n}"] for n in (*MUTE, *BABBLING))
    assert wire.babbled
    report(state, read, begun + SECONDS * 500, end)


def report(state: dict[str, Any], read: dict[str, list[int]], after: int, end: int) -> None:
    """Print the worst interval of each healthy slave in the second half, and what it cost."""
    late = {f"s{n}": worst(read[f"s{n}"], after, end) for n in HEALTHY}
    print(f"\nworst interval in the second half, every {INTERVAL} ms asked for:")
    for name, ms in late.items():
        seen = state["devices"][name]
        print(f"  {name:4} {ms:6} ms   polls {seen['polls']:3}   answers {seen['answers']:3}   slip {seen['slip_ms']}")
    print(f"  all  {max(late.values()):6} ms   stray bytes {state['lines']['bus']['stray']}")
