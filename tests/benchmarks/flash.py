"""Bytes that reach the device per reading: the agent's journal against a commit a row, on ext4 with 4 KiB blocks.

An hour of 20 readings/s (40 noisy sensors) goes through the real pump and the real journal, with time told instead of
waited for: 360 commits of 10 s, cursors confirmed, snapshots and pruning as in service. Counted are the sectors written
to a loop device (/sys/block), until everything is synced and unmounted. Needs root, mkfs.ext4 and losetup.

    python -m tests.benchmarks.flash [--hours 1] [--rounds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from agent.engine.engine import Engine
from agent.engine.plan import Plan, Watched
from agent.engine.snapshot import snapshot
from agent.io.memory import MemoryClock
from agent.io.sqlite_journal import SqliteJournal
from agent.model.events import Reading
from agent.runtime.pump import Pump
from tests.benchmarks.figures import median, table
from tests.plans import rule

SENSORS: Final = 40
RATE: Final = 20
SECTOR: Final = 512
QUANTITIES: Final = ("temperature", "humidity", "voltage", "distance")
Write = Callable[[Path, int], int]


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[tuple[Path, Callable[[], int]]]:
    """Give a fresh ext4 on a loop device, and what says how many bytes were written to it so far."""
    image, place = folder / "disk.img", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(2 << 30)
    run("mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    loop = run("losetup", "--find", "--show", str(image)).strip()
    run("mount", "-o", "noatime", loop, str(place))
    stat = Path("/sys/block") / Path(loop).name / "stat"
    try:
        yield place, lambda: int(stat.read_text(encoding="ascii").split()[6]) * SECTOR
    finally:
        if os.path.ismount(place):
            run("umount", str(place))
        run("losetup", "-d", loop)


def run(*words: str) -> str:
    """Run a command and give what it prints; end with its words if it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def readings(count: int, seed: int = 1) -> Iterator[Reading]:
    """Give readings as sensors give them: a slow wave, noise, one decimal; two of one sensor at one time."""
    dice = random.Random(seed)
    for number in range(count):
        sensor = number // 2 % SENSORS
        value = 20 + sensor + 3 * (number / count) + dice.gauss(0, 0.3)
        yield Reading(f"sensor-{sensor:02d}", QUANTITIES[number % 4], round(value, 1), number * 1000 // RATE)


def by_pump(folder: Path, count: int) -> int:
    """Write through pump and journal, a commit every 10 s; give how many commits there were."""
    devices = {f"sensor-{n:02d}": Watched(f"z{n % 5}", 2000) for n in range(SENSORS)}
    hot = rule({"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 90.0}})
    plan = Plan("bench", "box", devices, {"hot": (hot, tuple(devices))}, "r")
    journal, clock = SqliteJournal(str(folder / "journal.db")), MemoryClock()
    journal.start_boot("bench", 0, 0)
    pump = Pump(Engine(plan, lambda _revision: plan), journal, clock, interval=10_000)
    pump.put([clock.offset(1)])
    commits = 0
    for number, reading in enumerate(readings(count)):
        clock.t = reading.t
        pump.put([reading])
        before = pump.last_commit
        pump.turn(0)
        if pump.last_commit != before:
            commits += 1
            pump.confirm("mqtt", "reading", number)
            pump.confirm("influx", "reading", number)
            if commits % 90 == 0:
                journal.save_snapshot("r", snapshot(pump.engine))
                journal.prune(reading.t - 14 * 86_400_000)
    pump.commit()
    journal.close()
    return commits


def by_row(folder: Path, count: int) -> int:
    """Write a row and a commit for each reading, as the tutorials do (WAL, FULL, 4 KiB pages); give the commits."""
    base = sqlite3.connect(folder / "rows.db", isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute("CREATE TABLE reading (id INTEGER PRIMARY KEY, t INTEGER, device TEXT, quantity TEXT, value REAL)")
    for one in readings(count):
        row = (one.t, one.device, one.quantity, one.value)
        base.execute("INSERT INTO reading (t, device, quantity, value) VALUES (?, ?, ?, ?)", row)
    base.close()
    return count


def measured(write: Write, count: int) -> tuple[float, int, int]:
    """Give bytes on the device per reading, the commits, and the bytes that the files hold in the end."""
    with tempfile.TemporaryDirectory(prefix="caretaker-flash-") as name, disk(Path(name)) as (place, written):
        run("sync", "-f", str(place))
        before = written()
        commits = write(place, count)
        held = sum(file.stat().st_size for file in place.iterdir() if file.is_file())
        run("umount", str(place))
        return (written() - before) / count, commits, held


def main() -> None:
    """Measure both and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hours", type=float, default=1.0)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    if os.geteuid():
        sys.exit("this needs root: it makes a file system on a loop device")
    count = round(given.hours * 3600 * RATE)
    ours = [measured(by_pump, count) for _ in range(given.rounds)]
    rows = [measured(by_row, count // 10) for _ in range(given.rounds)]
    mine, theirs = median([run[0] for run in ours]), median([run[0] for run in rows])
    table(
        f"Bytes on the device per reading, {count:,} readings at {RATE}/s (a tenth of them for the commit a row)",
        [
            ["what", "commits", "B per reading", "range", "MB/day at 20/s", "file in the end, B per reading"],
            ["agent, 10 s", ours[0][1], mine, spread(ours), mine * RATE * 86_400 / 1e6, ours[0][2] / count],
            ["a commit a row", rows[0][1], theirs, spread(rows), theirs * RATE * 86_400 / 1e6, rows[0][2] / count * 10],
            ["ratio", "", theirs / mine, "", "", ""],
        ],
    )


def spread(runs: list[tuple[float, int, int]]) -> str:
    """Give the lowest and highest of the rounds."""
    found = [run[0] for run in runs]
    return f"{min(found):,.1f} to {max(found):,.1f}"


if __name__ == "__main__":
    main()
