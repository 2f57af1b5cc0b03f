"""What all figures need: processes and their CPU time, a broker without limits, the agent on a bench of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from agent.runtime.control import request
from simulator.brokers import free_port

TICK: Final = os.sysconf("SC_CLK_TCK")
ROOT: Final = Path(__file__).parents[2]


def cpu_seconds(pid: int) -> float:
    """Give the CPU seconds (user and system) that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss_mib(pid: int) -> float:
    """Give the resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def wakeups(pid: int) -> int:
    """Give the voluntary switches of all threads of a process."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text(encoding="ascii").splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def written(pid: int) -> int:
    """Give the bytes that a process has caused to be written to the device."""
    for line in Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines():
        if line.startswith("write_bytes"):
            return int(line.split()[1])
    return 0


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run mosquitto on loopback without queue limits; give its port."""
    port = free_port()
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        sys.exit("mosquitto is not installed: apt-get install mosquitto mosquitto-clients")
    conf = folder / "bench.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\npersistence false\nlog_type none\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([found, "-c", str(conf)])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)


@contextlib.contextmanager
def agent(folder: Path, *, environ: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run `caretaker run` on a settings folder until the block ends; it is ready when the block begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from agent.cli.run import command; command()", "-c", str(folder)],
        cwd=ROOT,
        env=os.environ | {"CARETAKER_TRUST_CLOCK": "always"} | (environ or {}),
        stderr=(folder / "agent.log").open("ab"),
    )
    try:
        while not (folder / "control.sock").exists():
            if process.poll() is not None:
                sys.exit((folder / "agent.log").read_text(encoding="utf-8"))
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def state(folder: Path) -> dict[str, Any]:
    """Give the status of the agent that runs on a folder."""
    return request(folder / "control.sock", {"cmd": "status"}, 60)


@contextlib.contextmanager
def bench() -> Iterator[Path]:
    """Give a folder on a real disk that is gone afterwards."""
    base = os.environ.get("CARETAKER_BENCH_DIR")
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-", dir=base) as name:
        yield Path(name)


def worker(*words: str) -> subprocess.Popen[str]:
    """Run a function of tests/benchmarks/jobs.py in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.jobs", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def table(title: str, rows: Sequence[Sequence[object]], *, as_json: bool = False) -> None:
    """Print rows as a Markdown table, the first row as its head."""
    if as_json:
        head, *body = rows
        print(json.dumps({"title": title, "rows": [dict(zip(map(str, head), row, strict=True)) for row in body]}))
        return
    print(f"\n{title}\n")
    for number, row in enumerate(rows):
        print("| " + " | ".join(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
        if number == 0:
            print("|" + " --- |" * len(row))
