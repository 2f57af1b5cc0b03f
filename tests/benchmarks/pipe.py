"""Events per second and CPU per event through the whole pipe, beside its floors in the same run.

MQTT QoS 1 in (v5), 1,000 rules, journal, alarms published for 1 in 1,000 events, readings to no store; then the same
with every reading published again. Floors: a raw Python socket that receives and acknowledges; mosquitto_sub.

    python -m tests.benchmarks.pipe [--messages 200000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from agent.io.journal_reader import JournalReader
from tests.benchmarks.machine import agent, bench, broker, cpu_seconds, rss_mib, state, table, worker

SENSORS = 1000


def settings(folder: Path, port: int, *, again: bool, interval: str = "1s") -> None:
    """Write settings with 1,000 sensors and a rule on each."""
    devices = "\n".join(
        f"  s{n:04d}: {{driver: zigbee2mqtt, id: s{n:04d}, interval: 60s, place: {{zone: z{n % 20}}}}}"
        for n in range(SENSORS)
    )
    (folder / "site.yaml").write_text(f"site: bench\nnode: box\njournal: {{commit_interval: {interval}}}\n")
    (folder / "lines.yaml").write_text(
        f"south: {{port: {port}, ecosystems: {{z2m: {{driver: zigbee2mqtt}}}}}}\n"
    )
    (folder / "devices.yaml").write_text(f"devices:\n{devices}\n")
    (folder / "rules.yaml").write_text(
        "rules:\n  hot:\n    kind: threshold\n    select: {driver: zigbee2mqtt}\n    quantity: temperature\n"
        "    when: {op: '>=', value: 80, unit: degC}\n    deadband: 5\n    priority: 3\n"
    )
    (folder / "uplinks.yaml").write_text(
        f"uplinks: {{mqtt: {{port: {port}, readings: {str(again).lower()}}}}}\n"
    )


def pipe(folder: Path, port: int, count: int, *, again: bool) -> list[object]:
    """Run the agent under a load as fast as the broker takes it; give a row of figures."""
    settings(folder, port, again=again)
    with agent(folder) as process:
        load = worker("publish", str(port), "5000", str(SENSORS), "0", "0")
        load.wait()
        _until_stored(folder, 10_000)
        cpu, begun = cpu_seconds(process.pid), time.monotonic()
        load = worker("publish", str(port), str(count), str(SENSORS), "0", "5000")
        load.wait()
        _until_stored(folder, 10_000 + 2 * count)
        spent, used = time.monotonic() - begun, cpu_seconds(process.pid) - cpu
        rows = state(folder)
        alarms = rows["journal"]["positions"]["alarm"]
        rss = rss_mib(process.pid)
    name = "agent, readings published again" if again else "agent"
    return [name, count / spent, used / count * 1e6, rss, rows["journal"]["positions"]["reading"], alarms]


def _until_stored(folder: Path, readings: int) -> None:
    reader = JournalReader(str(folder / "journal.db"))
    while reader.last_seq("reading") < readings:
        time.sleep(0.05)
    reader.close()


def floor(port: int, count: int) -> list[object]:
    """Receive and acknowledge with a raw socket."""
    reader = worker("floor", str(port), str(count))
    assert reader.stdout is not None
    reader.stdout.readline()
    begun = time.monotonic()
    worker("publish", str(port), str(count), str(SENSORS), "0", "0").wait()
    used = float(reader.stdout.readline())
    return ["raw Python socket (floor)", count / (time.monotonic() - begun), used / count * 1e6, "", count, ""]


def mosquitto_sub(port: int, count: int) -> list[object]:
    """Receive with mosquitto_sub."""
    found = shutil.which("mosquitto_sub")
    if not found:
        return ["mosquitto_sub (not installed)", "", "", "", "", ""]
    words = [found, "-p", str(port), "-V", "5", "-q", "1", "-t", "zigbee2mqtt/#", "-C", str(count), "-F", "%%"]
    reader = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    cpu = cpu_seconds(reader.pid)
    begun = time.monotonic()
    load = worker("publish", str(port), str(count), str(SENSORS), "0", "0")
    used = cpu
    while reader.poll() is None:
        try:
            used = cpu_seconds(reader.pid)
        except (FileNotFoundError, ValueError, IndexError):
            break
        time.sleep(0.02)
    load.wait()
    return ["mosquitto_sub", count / (time.monotonic() - begun), (used - cpu) / count * 1e6, "", count, ""]


def main() -> None:
    """Run all of it and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    found: dict[str, list[list[object]]] = {}
    for _ in range(given.rounds):
        for run in (
            lambda f, p: floor(p, given.messages),
            lambda f, p: pipe(f, p, given.messages, again=False),
            lambda f, p: pipe(f, p, given.messages // 4, again=True),
            lambda f, p: mosquitto_sub(p, given.messages // 4),
        ):
            with bench() as folder, broker(folder) as port:
                row = run(folder, port)
                found.setdefault(str(row[0]), []).append(row)
                print(row, flush=True)
    head = ["what", "messages/s", "CPU us/message", "RSS MiB", "readings stored", "alarm transitions", "x floor"]
    base = statistics.median(float(row[2]) for row in next(iter(found.values())))
    rows = [head]
    for runs in found.values():
        middle = sorted(runs, key=lambda row: row[2])[len(runs) // 2]
        rows.append([*middle, float(middle[2]) / base if middle[2] else ""])
    table("The whole pipe at saturation (median of the rounds by CPU)", rows)


if __name__ == "__main__":
    main()
