"""Messages per second and CPU per message through the whole pipe, beside its floors in the same run.

MQTT QoS 1 in (v5), 1,000 rules, journal, alarms published for 1 in 1,000 messages, readings to a store that only
counts; then without a store, and with every reading published again. Floors: a raw Python socket that receives and
acknowledges; mosquitto_sub. A run counts only when nothing was lost: all stored, all acknowledged, all alarms heard.

    python -m tests.benchmarks.pipe [--messages 200000] [--rounds 9]
    python -m tests.benchmarks.pipe --rate 10000 --seconds 60
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from agent.io.journal_reader import JournalReader
from tests.benchmarks.figures import median, noise, table
from tests.benchmarks.jobs import expected
from tests.benchmarks.machine import (
    Store,
    agent,
    bench,
    broker,
    cpu_seconds,
    load,
    rss_mib,
    until_stored,
    versions,
    worker,
)
from tests.benchmarks.places import thousand
from tests.benchmarks.wire import Listener, still_held

WARM: Final = 5000
EVERY: Final = 1000
EACH: Final = 2
"""Readings in a message."""
ALARMS: Final = "caretaker/v1/bench/box/alarm/#"
FLOOR: Final = "raw Python socket (floor)"
SUBSCRIBER: Final = "mosquitto_sub"
MAIN: Final = "agent, readings to a store"


class Run(NamedTuple):
    """What one run gave. `lag` is how long after the last message was published the last one was stored."""

    rate: float
    cpu_us: float
    rss: float = 0.0
    lag: float = 0.0
    busy: float = 0.0
    """CPU seconds a second."""


def pipe(folder: Path, port: int, count: int, *, again: bool = False, stores: bool = True, rate: float = 0.0) -> Run:
    """Run the agent under a load; give its figures, or raise when anything was lost."""
    with contextlib.closing(Store()) as store, contextlib.closing(Listener(port, ALARMS)) as alarms:
        thousand(folder, port, again=again, store=store.port if stores else 0, interval="1s")
        with agent(folder) as process:
            load(port, WARM)
            _all_out(folder, WARM * EACH, store if stores else None, again=again)
            cpu, begun = cpu_seconds(process.pid), time.monotonic()
            last = load(port, count, first=WARM, rate=rate)
            total = (WARM + count) * EACH
            until_stored(folder, total)
            lag = time.monotonic() - last.begun - last.spent
            _all_out(folder, total, store if stores else None, again=again)
            spent, used = time.monotonic() - begun, cpu_seconds(process.pid) - cpu
            rss = rss_mib(process.pid)
            alarms.until(lambda: len(_heard(alarms)) >= expected(WARM + count, EVERY))
        _nothing_lost(folder, port, alarms, total)
    return Run(count / spent, used / count * 1e6, rss, lag, used / spent)


def _all_out(folder: Path, readings: int, store: Store | None, *, again: bool) -> None:
    """Wait until all readings are stored and wherever else they shall go."""
    until_stored(folder, readings)
    while store is not None and store.lines < readings:
        time.sleep(0.02)
    reader = JournalReader(str(folder / "journal.db"))
    while again and reader.cursor("mqtt", "reading") < readings:
        time.sleep(0.02)
    reader.close()


def _heard(alarms: Listener) -> set[str]:
    """Give the ids of the alarm messages that were heard, without those that a new connection is told again."""
    told = [msgspec.json.decode(message.payload) for message in alarms.heard]
    return {message["id"] for message in told if not message["data"]["snapshot"]}


def _nothing_lost(folder: Path, port: int, alarms: Listener, readings: int) -> None:
    """Raise unless every reading is stored once, every alarm was heard once, and the broker holds nothing back."""
    reader = JournalReader(str(folder / "journal.db"))
    found = {"readings": reader.last_seq("reading"), "alarms": reader.last_seq("alarm")}
    reader.close()
    found |= {"heard": len(_heard(alarms)), "held": still_held(port, "box-south")}
    count = expected(readings // EACH, EVERY)
    if found != {"readings": readings, "alarms": count, "heard": count, "held": 0}:
        raise RuntimeError(f"expected {readings} readings and {count} alarms, nothing held: {found}")


def floor(_folder: Path, port: int, count: int) -> Run:
    """Receive and acknowledge with a raw socket."""
    reader = worker("floor", port, count)
    assert reader.stdout is not None
    reader.stdout.readline()
    begun = time.monotonic()
    load(port, count)
    used = float(reader.stdout.readline())
    reader.wait()
    return Run(count / (time.monotonic() - begun), used / count * 1e6)


def mosquitto_sub(_folder: Path, port: int, count: int) -> Run:
    """Receive with mosquitto_sub."""
    found = shutil.which(SUBSCRIBER)
    assert found is not None, "mosquitto_sub is not installed: apt-get install mosquitto-clients"
    words = [found, "-p", str(port), "-V", "5", "-q", "1", "-t", "zigbee2mqtt/#", "-F", "%%"]
    reader = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert reader.stdout is not None
    time.sleep(0.5)
    cpu, begun = cpu_seconds(reader.pid), time.monotonic()
    loaded = worker("publish", port, count, 0, 0.0, EVERY)
    for _ in range(count):
        reader.stdout.readline()
    spent, used = time.monotonic() - begun, cpu_seconds(reader.pid) - cpu
    loaded.wait()
    reader.terminate()
    reader.wait()
    return Run(count / spent, used / count * 1e6)


def saturation(count: int, rounds: int) -> None:
    """Run everything in turn, `rounds` times, and print the table."""
    runs: dict[str, Callable[[Path, int, int], Run]] = {
        FLOOR: floor,
        MAIN: pipe,
        "agent, no store": lambda f, p, n: pipe(f, p, n, stores=False),
        "agent, readings published again, no store": lambda f, p, n: pipe(f, p, n, again=True, stores=False),
        MAIN + " (A/A)": pipe,
        SUBSCRIBER: mosquitto_sub,
    }
    found: dict[str, list[Run]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            with bench() as folder, broker(folder) as port:
                found[name].append(run(folder, port, count))
                print(f"{name}: {found[name][-1]}", flush=True)
    rows: list[list[object]] = [["what", "messages/s", "CPU us/message", "x floor", "of the rounds", "RSS MiB"]]
    for name, each in found.items():
        ratios = [run.cpu_us / base.cpu_us for run, base in zip(each, found[FLOOR], strict=True)]
        span = f"{min(ratios):.1f} to {max(ratios):.1f}"
        rate, cpu, rss = (median([run[field] for run in each]) for field in range(3))
        rows.append([name, rate, cpu, median(ratios), span, rss or ""])
    table(f"The whole pipe at saturation, {count:,} messages a run, median of {rounds} rounds", rows)
    first, second = found[MAIN], found[MAIN + " (A/A)"]
    print(f"\nCPU us/message: {noise([run.cpu_us for run in first], [run.cpu_us for run in second])}")
    print(f"messages/s: {noise([run.rate for run in first], [run.rate for run in second])}")


def sustained(rate: float, seconds: float) -> None:
    """Hold a fixed rate and print what became of it."""
    count = int(rate * seconds) // EVERY * EVERY
    with bench() as folder, broker(folder) as port:
        run = pipe(folder, port, count, rate=rate)
    rows: list[list[object]] = [
        ["offered messages/s", "for", "taken messages/s", "stored after the last", "CPU us/message", "CPU", "RSS MiB"],
        [rate, f"{seconds:g} s", run.rate, f"{run.lag:.2f} s", run.cpu_us, f"{100 * run.busy:.0f} %", run.rss],
    ]
    table(f"{count:,} messages ({count * EACH:,} readings) at a fixed rate, nothing lost", rows)


def main() -> None:
    """Run it and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=200_000, help="a whole number of thousands")
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--rate", type=float, default=0.0, help="messages/s; 0: at saturation")
    options.add_argument("--seconds", type=float, default=60.0, help="with --rate")
    given = options.parse_args()
    print(versions())
    if given.rate:
        sustained(given.rate, given.seconds)
    else:
        saturation(given.messages, given.rounds)


if __name__ == "__main__":
    main()
