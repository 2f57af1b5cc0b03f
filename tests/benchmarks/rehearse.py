"""Readings per second of a rehearsal: a journal of 300 points at 10 s, told to the rules that run and to others.

The journal is made by the agent's own writer, a commit every 10 s, with values that are quiet but for one in 5,000; the
rules are two limits and a watch for silence on each point. Beside it: the journal read and decoded
with nobody to hear it (the floor), and one set of rules alone. The last column says how long 14 days take.

    python -m tests.benchmarks.rehearse [--readings 2000000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

from agent.asking.past import past_of
from agent.asking.rehearsing import rehearse
from agent.engine.plan import Plan
from agent.io.sqlite_journal import SqliteJournal
from agent.model.events import Cause, Offset, Reading
from agent.settings.load import load, texts
from agent.settings.plan import plan_of
from tests.benchmarks.figures import median, noise, table
from tests.benchmarks.machine import bench, versions
from tests.benchmarks.places import Fields, sensors, south, uplinks, write

POINTS: Final = 300
INTERVAL: Final = 10_000
FORTNIGHT: Final = POINTS * 14 * 86_400_000 // INTERVAL
RARE: Final = 5000
PORT: Final = 1883
"""Nobody connects: a rehearsal reads the journal alone."""


def rules(limit: float) -> Fields:
    """Give three rules that each watch every point."""
    hot: Fields = {
        "kind": "threshold", "select": {}, "quantity": "temperature",
        "when": {"op": ">=", "value": limit, "unit": "degC"}, "deadband": 5, "on_delay": "20s",
    }  # fmt: skip
    return {
        "hot": hot,
        "warm": hot | {"when": {"op": ">=", "value": limit - 30, "unit": "degC"}},
        "gone": {"kind": "absent", "select": {}, "after": "5m"},
    }


def minutes(count: int) -> Iterator[list[Cause]]:
    """Give what is committed at once: every point once; some are hot now and then for a minute."""
    chance, hot = Random(4), dict[int, int]()
    for number in range(count // POINTS):
        t = number * INTERVAL
        found: list[Cause] = []
        for point in range(POINTS):
            if chance.random() < 1 / RARE:
                hot[point] = t + 60_000
            value = 95.5 if hot.get(point, 0) > t else round(20 + chance.gauss(0, 0.5), 1)
            found.append(Reading(f"s{point:04d}", "temperature", value, t + point))
        yield found


def settings(folder: Path, limit: float) -> Plan:
    """Write a settings folder and give its plan."""
    folder.mkdir()
    write(
        folder,
        lines={"south": south(PORT)},
        devices=sensors(POINTS),
        rules=rules(limit),
        uplinks=uplinks(PORT, again=False),
    )
    return plan_of(load(folder))


def made(folder: Path, count: int) -> Path:
    """Make the journal with the settings that run."""
    path = folder / "journal.db"
    journal = SqliteJournal(str(path))
    running = folder / "running"
    journal.save_settings(load(running).revision, texts(running))
    boot = journal.start_boot("bench", 0, 0)
    journal.commit([Offset(boot, 0, 1_700_000_000_000, trusted=True, tz_min=480)], [], 0)
    for causes in minutes(count):
        journal.commit(causes, [], causes[-1].t)
    journal.close()
    return path


def timed(path: Path, plans: list[Plan]) -> float:
    """Give readings a second of the whole journal told to these plans."""
    begun = time.perf_counter()
    _, count = rehearse(past_of(path, FORTNIGHT * INTERVAL), plans, lambda _count: None)
    return count / (time.perf_counter() - begun)


def measured(count: int, rounds: int) -> dict[str, list[float]]:
    """Give the rates by what was done, `rounds` of each in turn."""
    with bench() as folder:
        running, other = settings(folder / "running", 80), settings(folder / "other", 85)
        path = made(folder, count)
        size = path.stat().st_size
        ways: dict[str, Callable[[], float]] = {
            "the journal read and decoded (floor)": lambda: timed(path, []),
            "one set of rules": lambda: timed(path, [running]),
            "a rehearsal: two sets of rules": lambda: timed(path, [running, other]),
            "a rehearsal (A/A)": lambda: timed(path, [running, other]),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                found[name].append(way())
    print(f"{count:,} readings in {size / 1e6:.1f} MB, {size / count:.1f} bytes each")
    return found


def main() -> None:
    """Run it and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--readings", type=int, default=2_000_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    print(versions())
    count = given.readings // POINTS * POINTS
    found = measured(count, given.rounds)
    rows: list[list[object]] = [["what", "readings/s", "us/reading", f"{FORTNIGHT / 1e6:.1f} million, minutes"]]
    for name, rates in found.items():
        rate = median(rates)
        rows.append([name, f"{rate:,.0f}", 1e6 / rate, FORTNIGHT / rate / 60])
    table(f"{count:,} readings of {POINTS} points, {3 * POINTS} rules on them a set, median of {given.rounds}", rows)
    first, again = list(found.values())[-2:]
    print(f"\nreadings/s: {noise(first, again)}")


if __name__ == "__main__":
    main()
