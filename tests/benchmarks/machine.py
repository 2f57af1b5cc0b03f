"""What all figures need: processes and their CPU time, a broker without limits, a store that only counts, the agent.

It prints nothing and judges nothing.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from agent.io.journal_reader import JournalReader
from agent.runtime.control import request
from simulator.brokers import free_port
from tests.benchmarks.wire import Load

TICK: Final = os.sysconf("SC_CLK_TCK")
ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("paho-mqtt", "msgspec", "pydantic", "pyserial", "influxdb-client")


def cpu_seconds(pid: int) -> float:
    """Give the CPU seconds (user and system) that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def cpu_exact(pid: int) -> float:
    """Give the CPU seconds of the threads that a process has now, to the nanosecond (for idle: a tick is 10 ms)."""
    found = (task / "schedstat" for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int(path.read_text(encoding="ascii").split()[0]) for path in found) / 1e9


def _status(path: Path, field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+)", path.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) if found else 0


def rss_mib(pid: int) -> float:
    """Give the resident memory of a process in MiB."""
    return _status(Path(f"/proc/{pid}/status"), "VmRSS") / 1024


def wakeups(pid: int) -> int:
    """Give the voluntary switches of all threads of a process."""
    return sum(_status(task / "status", "voluntary_ctxt_switches") for task in Path(f"/proc/{pid}/task").iterdir())


def versions() -> str:
    """Give what the figures were made with, in one line."""
    found = [f"Python {platform.python_version()}", f"Linux {platform.release()} {platform.machine()}"]
    found += [f"{os.cpu_count()} cores"] + [f"{name} {metadata.version(name)}" for name in PACKAGES]
    said = subprocess.run([_mosquitto(), "-h"], capture_output=True, text=True, check=False).stdout
    return ", ".join([*found, said.splitlines()[0]])


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    return found or sys.exit("mosquitto is not installed: apt-get install mosquitto mosquitto-clients")


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Run mosquitto on loopback without queue limits; give its port."""
    port, conf = free_port(), folder / "bench.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\npersistence false\nlog_type none\n",
        encoding="utf-8",
    )
    process = subprocess.Popen([_mosquitto(), "-c", str(conf)])
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


class Store:
    """A time-series store that counts lines and keeps nothing."""

    def __init__(self) -> None:
        self.lines = 0
        outer = self

        class Requests(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = zlib.decompress(body, 31)
                outer.lines += body.rstrip().count(b"\n") + 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def begin(folder: Path) -> subprocess.Popen[bytes]:
    """Start `caretaker run` on a settings folder and wait until it is ready."""
    (folder / "control.sock").unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", "from agent.cli.run import command; command()", "-c", str(folder)],
        cwd=ROOT,
        env=os.environ | {"CARETAKER_TRUST_CLOCK": "always"},
        stderr=(folder / "agent.log").open("ab"),
    )
    while not (folder / "control.sock").exists():
        if process.poll() is not None:
            sys.exit((folder / "agent.log").read_text(encoding="utf-8"))
        time.sleep(0.01)
    return process


@contextlib.contextmanager
def agent(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `caretaker run` on a settings folder until the block ends; it is ready when the block begins."""
    process = begin(folder)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def state(folder: Path) -> dict[str, Any]:
    """Give the status of the agent that runs on a folder."""
    return request(folder / "control.sock", {"cmd": "status"}, 60)


def until_stored(folder: Path, readings: int) -> None:
    """Wait until so many readings are in the journal."""
    reader = JournalReader(str(folder / "journal.db"))
    while reader.last_seq("reading") < readings:
        time.sleep(0.02)
    reader.close()


@contextlib.contextmanager
def bench() -> Iterator[Path]:
    """Give a folder on a real disk that is gone afterwards."""
    base = os.environ.get("CARETAKER_BENCH_DIR")
    with tempfile.TemporaryDirectory(prefix="caretaker-bench-", dir=base) as name:
        yield Path(name)


def worker(*words: object) -> subprocess.Popen[str]:
    """Run a job of tests/benchmarks/jobs.py in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.jobs", *(str(word) for word in words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def load(port: int, count: int, *, first: int = 0, rate: float = 0.0, every: int = 1000) -> Load:
    """Publish `count` sensor states from a process of its own and wait until the broker has taken them all."""
    said, _ = worker("publish", port, count, first, rate, every).communicate()
    begun, spent = said.split()
    return Load(float(begun), float(spent))
