"""What rules cost: ns per event with 10, 1,000 and 8,000 of them, time and memory of each kind.

Quiet readings of ten sensors, while all other rules sit on other devices; and of all sensors in turn, where caches
miss. The whole event is a Zigbee2MQTT message decoded, pumped, stepped and committed to a journal. A kind is told
readings that none of its rules could skip. Wanted: the step at 8,000 rules at most 1.7 x that at 10, the whole event at
most 1.1 x, at most 2,000 bytes for a threshold, delay or absence rule (issue 4).

    python -m tests.benchmarks.rules [--events 20000] [--rounds 7] [--points 200]
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from agent.driver import MqttSetup
from agent.engine.engine import Engine
from agent.engine.plan import Plan, Watched
from agent.io.memory import MemoryClock
from agent.io.sqlite_journal import SqliteJournal
from agent.model.events import Item, Offset, Reading
from agent.registry import mqtt_driver
from agent.rules.step import Seat, Step
from agent.runtime.pump import Pump
from tests.benchmarks.figures import median, noise, table
from tests.benchmarks.machine import bench, versions
from tests.plans import STANDARD, rule
from tests.rules.kinds import KINDS, OTHERS, step_of, tell

COUNTS: Final = (10, 1_000, 8_000)
NEAR: Final = 10
STEP_AT_MOST, EVENT_AT_MOST, BYTES_AT_MOST = 1.7, 1.1, 2_000
HOUR: Final = 3_600_000
BATCH: Final = 100
HOT: Final = {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 80.0}, "deadband": 5.0}
DELAYED: Final = HOT | {"on_delay": "60s"}
Lap = Callable[[], float]


def plan_of(fields: dict[str, Any], count: int) -> Plan:
    """Give one rule on each of `count` devices."""
    devices = {f"d{number:04d}": Watched("z", 10_000) for number in range(count)}
    others = {f"r-{name}": OTHERS for name in devices}
    return Plan("bench", "box", devices, {"r": (rule(fields), tuple(devices))}, STANDARD, "a", others)


def engine_of(plan: Plan) -> Engine:
    """Give an engine that knows the time."""
    made = Engine(plan, lambda _revision: plan)
    made.step(Offset(1, 0, 0, trusted=True))
    return made


def stepping(count: int, speakers: int, events: int) -> Lap:
    """Give a lap: so many quiet readings in turn of so many sensors; it returns ns per reading."""
    made = engine_of(plan_of(HOT, count))
    readings = [Reading(f"d{n % speakers:04d}", "temperature", 20.0 + n % 7, n) for n in range(events)]

    def lap() -> float:
        step = made.step
        begun = time.perf_counter_ns()
        for reading in readings:
            step(reading)
        return (time.perf_counter_ns() - begun) / events

    return lap


def pumping(count: int, events: int, path: Path) -> Lap:
    """Give a lap: so many messages decoded, pumped, stepped and committed, a hundred at once; ns per message."""
    family = mqtt_driver("zigbee2mqtt").build(MqttSetup())
    clock = MemoryClock()
    journal = SqliteJournal(str(path))
    journal.start_boot("bench", 0, 0)
    pump = Pump(engine_of(plan_of(HOT, count)), journal, clock, interval=0)
    payloads = [msgspec.json.encode({"temperature": 20.0 + n % 7, "linkquality": 90}) for n in range(events)]

    def heard(n: int) -> list[Item]:
        return family.receive(f"zigbee2mqtt/d{n % NEAR:04d}", payloads[n], retained=False, now=clock.now())

    def lap() -> float:
        begun = time.perf_counter_ns()
        for first in range(0, events, BATCH):
            for n in range(first, min(first + BATCH, events)):
                clock.advance(1)
                pump.put(heard(n))
            pump.turn(0)
        return (time.perf_counter_ns() - begun) / events

    return lap


def raced(laps: dict[str, Lap], rounds: int) -> dict[str, list[float]]:
    """Give what each lap took in every round, one after the other: what disturbs one disturbs all."""
    taken: dict[str, list[float]] = {name: [] for name in laps}
    for lap in laps.values():
        lap()
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, lap in laps.items():
            taken[name].append(lap())
    gc.unfreeze()
    return taken


HAPPENINGS: Final[dict[str, Sequence[tuple[str, Any]]]] = {
    "pressed": [("press", ("cleaning", "negative")), ("press", ("cleaning", "positive"))],
    "count": [("press", ("cleaning", "negative"))],
    "feedback_share": [("press", ("cleaning", "negative")), ("press", ("cleaning", "positive"))],
    "missed_round": [("card", "7")],
    "sequence-then": [("tamper", "on"), ("e.card", "7")],
    "composite": [("point", ("m-d", True)), ("point", ("m-d", False))],
}


def happenings(kind: str) -> Sequence[tuple[str, Any]]:
    """Give what a rule of this kind is told: each of its series in turn, moving so that nothing is quiet."""
    if kind in HAPPENINGS:
        return HAPPENINGS[kind]
    series = [f"{device}.{quantity}" for device, quantity, _ in step_of(KINDS[kind]).series]
    numbers = [(name, 20.0 + n) for n in range(9) for name in series if name.endswith("temperature")]
    states = [(name, n % 2 == 0) for n in range(9) for name in series if not name.endswith("temperature")]
    return numbers + states


def told(kind: str, events: int) -> float:
    """Give ns per happening of a step of this kind, a second apart, its deadlines included."""
    step, what = step_of(KINDS[kind]), happenings(kind)
    tell(step, 0, "clock", 0)
    script = [(1000 * n, *what[n % len(what)]) for n in range(events)]
    begun = time.perf_counter_ns()
    for t, name, value in script:
        while step.due is not None and step.due <= t:
            step.at(step.due)
        tell(step, t, name, value)
    return (time.perf_counter_ns() - begun) / events


def memory(fields: dict[str, Any], points: int) -> float:
    """Give bytes per rule and device in an engine: step, alarm, index, deadlines. What devices share is left out."""
    plan = plan_of(fields, points)
    bare = msgspec.structs.replace(plan, rules={})
    gc.collect()
    tracemalloc.start()
    before = engine_of(bare)
    gc.collect()
    base = tracemalloc.get_traced_memory()[0]
    made = engine_of(plan)
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - base
    tracemalloc.stop()
    del before, made
    return taken / points


def filled(kind: str) -> int:
    """Give bytes that a step of this kind takes once its windows are full: an hour of seconds, eight weeks of hours."""
    the_rule, what = rule(KINDS[kind]), happenings(kind)
    gc.collect()
    tracemalloc.start()
    step: Step = the_rule.step(Seat("d", 0, 60_000, 1_000, OTHERS))
    tell(step, 0, "clock", 0)
    for number in range(8 * 168 if kind == "baseline" else 300):
        t = number * HOUR if kind == "baseline" else number * 1000
        while step.due is not None and step.due <= t:
            step.at(step.due)
        tell(step, t, *what[number % len(what)])
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del step
    return taken


def measure_steps(events: int, rounds: int, folder: Path) -> None:
    """Print ns per event by the number of rules."""
    laps: dict[str, Lap] = {}
    for count in COUNTS:
        laps[f"near {count}"] = stepping(count, NEAR, events)
        laps[f"all {count}"] = stepping(count, count, events)
        laps[f"whole {count}"] = pumping(count, events // 4, folder / f"{count}.db")
    laps["again"] = stepping(COUNTS[0], NEAR, events)
    taken = raced(laps, rounds)
    what = {
        "near": f"step, rules on other devices (at most {STEP_AT_MOST} x)",
        "all": "step, every sensor in turn",
        "whole": f"whole event: decoded, stepped, committed (at most {EVENT_AT_MOST} x)",
    }
    rows: list[list[object]] = [["ns per event, median", *(f"{count:,} rules" for count in COUNTS), "8,000 : 10"]]
    for word, words in what.items():
        figures = [median(taken[f"{word} {count}"]) for count in COUNTS]
        rows.append([words, *(round(figure) for figure in figures), f"{figures[-1] / figures[0]:.2f} x"])
    table(f"Quiet readings, {rounds} rounds of {events:,} events", rows)
    print(f"\nstep with 10 rules: {noise(taken['near 10'], taken['again'])} (ns)")


def measure_kinds(events: int, points: int) -> None:
    """Print time and memory of each kind."""
    rows: list[list[object]] = [["kind", "ns per happening", "bytes per rule and device", "bytes of a full step"]]
    rows.append(["threshold with a delay", "as threshold", round(memory(DELAYED, points)), "as threshold"])
    for kind, fields in KINDS.items():
        cost = median([told(kind, events) for _ in range(3)])
        rows.append([kind, round(cost), round(memory(fields, points)), filled(kind)])
    table(f"Each kind, {points} devices, at most {BYTES_AT_MOST:,} for threshold, delay and absence", rows)


def main() -> None:
    """Run all and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--points", type=int, default=200)
    asked = parser.parse_args()
    print(versions())
    with bench() as folder:
        measure_steps(asked.events, asked.rounds, folder)
    measure_kinds(asked.events // 10, asked.points)


if __name__ == "__main__":
    main()
