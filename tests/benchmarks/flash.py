"""Bytes that reach the device per reading: the agent's journal against a commit a row, on ext4 with 4 KiB blocks.

An hour of 20 readings/s from 40 noisy sensors goes through the real pump and the real journal, with time told instead
of waited for: 360 commits of 10 s, cursors confirmed, snapshots every 15 minutes, readings older than 20 minutes
deleted. What the kernel does by itself when time really passes is done for it: ext4's journal is committed every 10 s
(times in inodes, which fdatasync leaves out), everything is written back every 30 s. `--real` waits instead, for all
ways side by side. Counted are the sectors written to a loop device (/sys/block/loopN/stat, ext4's journal included)
until it is unmounted.

Needs root, mkfs.ext4 and losetup.

    python -m tests.benchmarks.flash [--hours 1] [--rounds 3] [--real]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from agent.engine.engine import Engine
from agent.engine.plan import Plan, Watched
from agent.engine.snapshot import snapshot
from agent.io.memory import MemoryClock
from agent.io.sqlite_journal import SqliteJournal
from agent.model.events import Reading
from agent.runtime.pump import Pump
from tests.benchmarks.figures import median, table
from tests.benchmarks.machine import bench
from tests.plans import STANDARD, rule

SENSORS: Final = 40
RATE: Final = 20
SECTOR: Final = 512
INTERVAL: Final = 10_000
SNAPSHOTS: Final = 15 * 60_000
KEPT: Final = 20 * 60_000
QUANTITIES: Final = (("temperature", 22.0, 0.3, 2), ("humidity", 48.0, 1.0, 1), ("co2", 640.0, 25.0, 0),
                     ("power", 180.0, 60.0, 1), ("linkquality", 130.0, 12.0, 0), ("battery", 88.0, 0.0, 0))  # fmt: skip
"""Name, middle, noise and decimals of what sensors say."""


Write = Callable[[Path, int, Callable[[int], None]], int]
"""A way of writing: given a folder, how many readings, and what lets time pass; gives the commits."""


class Result(NamedTuple):
    """What one run wrote."""

    per_reading: float
    commits: int
    sizes: str


def run(*words: str) -> str:
    """Run a command and give what it prints; end with its words if it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[tuple[Path, Callable[[], int]]]:
    """Give a fresh ext4 on a loop device, and what says how many bytes were written to it so far."""
    image, place = folder / "disk.img", folder / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(1 << 30)
    run("mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
    loop = run("losetup", "--find", "--show", str(image)).strip()
    run("mount", "-o", "noatime", loop, str(place))
    stat = Path("/sys/block") / Path(loop).name / "stat"
    try:
        yield place, lambda: int(stat.read_text(encoding="ascii").split()[6]) * SECTOR
    finally:
        if place.is_mount():
            run("umount", str(place))
        run("losetup", "-d", loop)


def readings(count: int, seed: int = 1) -> Iterator[Reading]:
    """Give readings as sensors give them: any of them at any time, two at once, each about a middle of its own."""
    dice = random.Random(seed)
    for number in range(0, count, 2):
        sensor = dice.randrange(SENSORS)
        t = number * 1000 // RATE + dice.randrange(2 * 1000 // RATE)
        for name, middle, noise, decimals in dice.sample(QUANTITIES[sensor % 4 : sensor % 4 + 3], 2):
            value = round(middle + sensor / 4 + dice.gauss(0, noise), decimals)
            yield Reading(f"sensor-{sensor:02d}", name, value, t)


def by_pump(folder: Path, count: int, passes: Callable[[int], None], *, interval: int) -> int:
    """Write through pump and journal, a commit every `interval` ms (0: for each reading); give the commits."""
    devices = {f"sensor-{n:02d}": Watched(f"z{n % 5}", 2000) for n in range(SENSORS)}
    hot = rule({"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 90.0}})
    plan = Plan("bench", "box", devices, {"hot": (hot, tuple(devices))}, STANDARD, "r")
    journal, clock = SqliteJournal(str(folder / "journal.db")), MemoryClock()
    journal.start_boot("bench", 0, 0)
    pump = Pump(Engine(plan, lambda _revision: plan), journal, clock, interval=interval)
    pump.put([clock.offset(1)])
    commits, stored, saved = 0, 0, 0
    for number, reading in enumerate(readings(count), 1):
        passes(reading.t)
        clock.t = reading.t
        pump.put([reading])
        pump.turn(0)
        if pump.stored != stored:
            commits, stored = commits + 1, pump.stored
            pump.confirm("mqtt", "reading", number)
            pump.confirm("influx", "reading", number)
        if clock.t - saved >= SNAPSHOTS:
            saved = clock.t
            pump.commit()
            journal.save_snapshot("r", snapshot(pump.engine))
            journal.prune(clock.t - KEPT)
    pump.commit()
    journal.close()
    return commits


def by_row(folder: Path, count: int, passes: Callable[[int], None]) -> int:
    """Write a row and a commit for each reading, as tutorials do (WAL, FULL, 4 KiB pages); give the commits."""
    base = sqlite3.connect(folder / "rows.db", isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute("CREATE TABLE reading (id INTEGER PRIMARY KEY, t INTEGER, device TEXT, quantity TEXT, value REAL)")
    for one in readings(count):
        passes(one.t)
        row = (one.t, one.device, one.quantity, one.value)
        base.execute("INSERT INTO reading (t, device, quantity, value) VALUES (?, ?, ?, ?)", row)
    base.close()
    return count


class Time:
    """Lets told time pass: does what the kernel would have done meanwhile, or (`real`) waits for it."""

    def __init__(self, place: Path, *, real: bool) -> None:
        self._place, self._real = place, real
        self._begun, self._turns = time.monotonic(), 0

    def __call__(self, now: int) -> None:
        """Go on to a told time."""
        if self._real:
            time.sleep(max(0.0, self._begun + now / 1000 - time.monotonic()))
        elif now // INTERVAL > self._turns:
            self._turns = now // INTERVAL
            self._commit() if self._turns % 3 else run("sync", "-f", str(self._place))

    def _commit(self) -> None:
        """Let ext4 commit its journal: the folder's inode stands in one block with those of the few files in it."""
        os.utime(self._place)
        folder = os.open(self._place, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def measured(write: Write, count: int, *, real: bool) -> Result:
    """Give what a way of writing wrote."""
    with bench() as folder, disk(folder) as (place, written):
        run("sync", "-f", str(place))
        before = written()
        commits = write(place, count, Time(place, real=real))
        files = {file.name: file.stat().st_size for file in place.iterdir() if file.is_file()}
        run("umount", str(place))
        sizes = ", ".join(f"{name} {size / 1024:,.0f} KiB" for name, size in sorted(files.items()))
        return Result((written() - before) / count, commits, sizes)


def main() -> None:
    """Measure all and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hours", type=float, default=1.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--real", action="store_true", help="wait for the time to pass")
    given = options.parse_args()
    if os.geteuid():
        sys.exit("this needs root: it makes a file system on a loop device")
    count = round(given.hours * 3600 * RATE)
    few = count if given.real else count // 10
    ways: dict[str, tuple[Write, int]] = {
        "agent, 10 s": (partial(by_pump, interval=INTERVAL), count),
        "agent, a commit a reading": (partial(by_pump, interval=0), few),
        "a row and a commit a reading": (by_row, few),
    }
    rows: list[list[object]] = [["what", "readings", "commits", "B per reading", "range", "MB/day", "x agent", "files"]]
    found: dict[str, list[Result]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        with ThreadPoolExecutor(len(ways) if given.real else 1) as side_by_side:
            jobs = [side_by_side.submit(measured, way, n, real=given.real) for way, n in ways.values()]
        for name, job in zip(ways, jobs, strict=True):
            found[name].append(job.result())
    ours = median([run.per_reading for run in found["agent, 10 s"]])
    for name, runs in found.items():
        each = [run.per_reading for run in runs]
        span, day = f"{min(each):,.1f} to {max(each):,.1f}", median(each) * RATE * 86_400 / 1e6
        rows.append([name, ways[name][1], runs[0].commits, median(each), span, day, median(each) / ours, runs[0].sizes])
    table(f"Bytes on the device per reading at {RATE} readings/s, median of {given.rounds} rounds", rows)


if __name__ == "__main__":
    main()
