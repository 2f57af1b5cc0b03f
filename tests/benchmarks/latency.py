"""Latency from a sensor's message to the alarm, at 1,000 messages/s with 1,000 rules; then from a press to the alarm.

An open loop: each message has its time by the schedule, and latency counts from that time, not from when the load got
round to sending it (no coordinated omission), to when a raw subscriber on the alarm topic has the alarm's bytes.
1 alarm per 100 messages; every run stands on an empty journal. Floor: the same message straight from the broker to a
raw subscriber. Each round has two runs: what they differ by is the noise. The press is in press.py.

    python -m tests.benchmarks.latency [--rate 1000] [--seconds 20] [--rounds 9] [--presses 320]
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks import press
from tests.benchmarks.figures import median, noise, percentile, table
from tests.benchmarks.jobs import is_hot
from tests.benchmarks.machine import agent, bench, broker, load, versions
from tests.benchmarks.places import SENSORS, thousand
from tests.benchmarks.wire import Listener

EVERY: Final = 200
"""One message in so many raises, and the next of the same sensor clears: an alarm per 100."""
WARM: Final = 2 * SENSORS
"""Messages at the beginning that do not count."""
ALARMS: Final = "caretaker/v1/bench/box/alarm/#"
Due = dict[tuple[str, str], float]
"""When the message was due that causes a state of a sensor's alarm."""


def dues(count: int, rate: float) -> Due:
    """Give what must come, with the seconds after the begin at which its message is due."""
    found: Due = {}
    for number in range(WARM, count):
        sensor = f"s{number % SENSORS:04d}"
        if is_hot(number, EVERY):
            found[sensor, "active"] = number / rate
        elif number >= WARM + SENSORS and is_hot(number - SENSORS, EVERY):
            found[sensor, "cleared"] = number / rate
    return found


def told(alarms: Listener) -> Due:
    """Give when each state of each sensor's alarm was first heard."""
    found: Due = {}
    for message in alarms.heard:
        data = msgspec.json.decode(message.payload)["data"]
        if not data["snapshot"]:
            found.setdefault((data["cause"]["sensor"], data["state"]), message.at)
    return found


def run(folder: Path, port: int, rate: float, count: int) -> list[float]:
    """Give the latencies (ms) of one run; raise when an alarm did not come."""
    due = dues(count, rate)
    thousand(folder, port)
    with contextlib.closing(Listener(port, ALARMS)) as alarms, agent(folder):
        begun = load(port, count, rate=rate, every=EVERY).begun
        alarms.until(lambda: due.keys() <= told(alarms).keys())
        heard = told(alarms)
    return [1000 * (heard[what] - begun - after) for what, after in due.items()]


def floor(_folder: Path, port: int, rate: float, count: int) -> list[float]:
    """Give the latencies (ms) of the same messages straight from the broker."""
    with contextlib.closing(Listener(port, "zigbee2mqtt/#")) as messages:
        begun = load(port, count, rate=rate, every=EVERY).begun
        messages.until(lambda: len(messages.heard) >= count)
        heard = [message.at for message in messages.heard]
    return [1000 * (heard[number] - begun - number / rate) for number in range(WARM, count, EVERY // 2)]


def measure(rate: float, seconds: float, rounds: int) -> None:
    """Run all rounds and print the table."""
    count = WARM + int(rate * seconds)
    runs = {"floor: broker to raw subscriber": floor, "agent": run, "agent (A/A)": run}
    found: dict[str, list[list[float]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, one in runs.items():
            with bench() as folder, broker(folder) as port:
                found[name].append(one(folder, port, rate, count))
                print(f"{name}: p50 {percentile(found[name][-1], 50):.2f} ms,", end=" ")
                print(f"p99 {percentile(found[name][-1], 99):.2f} ms", flush=True)
    rows: list[list[object]] = [["what", "samples a run", "p50 ms", "p99 ms", "worst ms"]]
    for name, each in found.items():
        middle = [median([percentile(one, percent) for one in each]) for percent in (50, 99)]
        rows.append([name, len(each[0]), *middle, max(max(one) for one in each)])
    table(f"Scheduled publish to alarm heard, {rate:,.0f} messages/s, {SENSORS:,} rules, median of {rounds} runs", rows)
    for percent in (50, 99):
        first, second = ([percentile(one, percent) for one in found[name]] for name in ("agent", "agent (A/A)"))
        print(f"p{percent} ms: {noise(first, second)}")


def main() -> None:
    """Run it and print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=float, default=1000.0)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--presses", type=int, default=320)
    given = options.parse_args()
    print(versions())
    if given.rounds:
        measure(given.rate, given.seconds, given.rounds)
    if given.presses:
        press.measure(given.presses)


if __name__ == "__main__":
    main()
