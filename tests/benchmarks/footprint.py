"""Memory, idle CPU and start-up: what the agent costs a small machine when little happens.

Memory: resident after the import of the application, idle with 1,000 rules, and under 1,000 messages/s; the same with a
store, whose client is imported only then. Idle: 8 open serial lines (4 Modbus buses that answer, polled every 10 s; 4
talkers that are silent), a broker, 100 timers of rules that wait for a device to fall silent (each comes round every 12
to 36 s and is set again); CPU and wake-ups over a minute.

    python -m tests.benchmarks.footprint [--seconds 60]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Final

from agent.driver import SerialPlayer, Setup
from agent.registry import serial_driver
from simulator.wires import Wire, Wires
from tests.benchmarks.figures import table
from tests.benchmarks.machine import (
    ROOT,
    Store,
    agent,
    bench,
    broker,
    cpu_exact,
    cpu_seconds,
    rss_mib,
    state,
    versions,
    wakeups,
    worker,
)
from tests.benchmarks.places import Fields, south, thousand, uplinks, write

BUSES: Final = 4
TALKERS: Final = 4
TIMERS: Final = 100


def imported() -> float:
    """Give the MiB of a process that imported the application and did nothing else."""
    code = "import agent.app, os; print([l.split()[1] for l in open(f'/proc/{os.getpid()}/status') if 'VmRSS' in l][0])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def loaded(seconds: float, *, store: bool) -> list[object]:
    """Give memory idle and under 1,000 messages/s, and the CPU seconds of the start, with 1,000 rules."""
    shelf = Store() if store else None
    with bench() as folder, broker(folder) as port:
        thousand(folder, port, store=shelf.port if shelf else 0)
        with agent(folder) as process:
            start = cpu_seconds(process.pid)
            time.sleep(min(3.0, seconds))
            idle = rss_mib(process.pid)
            most = idle
            job = worker("publish", port, round(1000 * seconds), 0, 1000, 1000)
            while job.poll() is None:
                most = max(most, rss_mib(process.pid))
                time.sleep(0.2)
    if shelf:
        shelf.close()
    return [f"1,000 rules, {'with a store' if store else 'no store'}", idle, most, start]


def lines(ports: Path) -> tuple[Fields, Fields]:
    """Give lines and devices of 8 serial lines."""
    names = [f"bus-{n}" for n in range(BUSES)] + [f"talker-{n}" for n in range(TALKERS)]
    devices = {
        f"d-{name}": {"driver": "xy-md02" if "bus" in name else "rdm6300", "line": name, "interval": "10s"}
        for name in names
    }
    return {name: {"port": str(ports / name)} for name in names}, devices


def quiet_house(folder: Path, port: int) -> Wires:
    """Write settings with 8 serial lines and 100 rules, and give the wires with what hangs on them."""
    ports = folder / "ports"
    ports.mkdir()
    where, devices = lines(ports)
    absent = {"kind": "absent", "select": {"driver": "xy-md02"}, "on_delay": "1s"}
    rules = {f"gone-{n:02d}": absent | {"after": f"{12 + n}s"} for n in range(TIMERS // BUSES)}
    write(
        folder,
        lines={"lines": where, "south": south(port)},
        devices=devices,
        rules=rules,
        uplinks=uplinks(port, again=True),
    )
    wires = Wires({name: Wire(name, ports / name, {f"d-{name}": device(f"d-{name}")}, Random(1)) for name in where})
    wires.plug()
    return wires


def device(name: str) -> SerialPlayer:
    """Give what hangs on a line: a transmitter at 21.5 degC and 50 %RH, or a card reader without a card."""
    player = serial_driver("xy-md02" if "bus" in name else "rdm6300").player(Setup(name))
    player.set("temperature", 21.5)
    player.set("humidity", 50.0)
    return player


def idle(seconds: float) -> list[object]:
    """Give CPU and wake-ups of a quiet house over so many seconds."""
    with bench() as folder, broker(folder) as port:
        wires, over = quiet_house(folder, port), threading.Event()
        served = threading.Thread(target=serve, args=(wires, over))
        served.start()
        with agent(folder) as process:
            time.sleep(min(12.0, seconds))
            before = state(folder)["journal"]["positions"]["reading"]
            cpu, woken = cpu_exact(process.pid), wakeups(process.pid)
            time.sleep(seconds)
            used, times = cpu_exact(process.pid) - cpu, wakeups(process.pid) - woken
            after = state(folder)
            polled = after["journal"]["positions"]["reading"] - before
            if after["alarms"] or polled < BUSES * 2 * (seconds // 10 - 1):
                raise RuntimeError(f"the house was not quiet: {polled} readings, {len(after['alarms'])} alarms")
        over.set()
        served.join()
    return [f"{BUSES + TALKERS} serial lines, broker, {TIMERS} timers", 100 * used / seconds, times / seconds]


def serve(wires: Wires, over: threading.Event) -> None:
    """Let the devices answer until it is over."""
    begun = time.monotonic()
    while not over.is_set():
        wires.turn(round((time.monotonic() - begun) * 1000), 50)
    wires.unplug()


def main() -> None:
    """Measure all of it and print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    given = options.parse_args()
    print(versions())
    rows = [loaded(given.seconds / 3, store=store) for store in (False, True)]
    head = ["what", "idle, MiB", "at 1,000 messages/s, MiB", "CPU s from start to ready"]
    table(f"Resident memory; after the import alone {imported():.1f} MiB", [head, *rows])
    table("Idle", [["what", "CPU, % of one core", "wake-ups/s"], idle(given.seconds)])


if __name__ == "__main__":
    main()
