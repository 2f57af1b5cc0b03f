"""A Debian machine with systemd as its first process, in a container on this one (rigs.md §6): root alone may do it.

The checkout lies in /src of the machine. It shares the network with its host, and trusts the certificates that the host
trusts. Not enforced in it: MemoryMax=, DeviceAllow= and IPAddressDeny=, where the host has cgroups of version 1.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("agent", "drivers", "simulator", "config", "systemd", "pyproject.toml", "README.md", "LICENSE")
PACKAGES = "systemd,systemd-sysv,dbus,udev,python3,ca-certificates,tzdata"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


def build(folder: Path, suite: str) -> None:
    """Make the machine's root folder: a minimal Debian, without python3-venv as Debian has it, and the checkout."""
    if os.geteuid() != 0 or not shutil.which("debootstrap") or not shutil.which("systemd-nspawn"):
        pytest.skip("needs root, debootstrap and systemd-nspawn")
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if (Path("/") / CERTIFICATES).exists():
        shutil.copy(Path("/") / CERTIFICATES, folder / CERTIFICATES)
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "src" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / "src" / name)


class Machine:
    """A machine that runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["systemd-nspawn", "-D", str(folder), "--register=no", "--keep-unit", "--link-journal=no"]
        # The filter of the container, not the unit's, would forbid to read the state of the clock.
        command += ["--system-call-filter=@clock", "-b", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"]
        environ = os.environ | {"UNIFIED_CGROUP_HIERARCHY": "1"}
        self._process = subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.until(lambda: self.ask("systemctl", "is-system-running") in ("running", "degraded"))

    def _first(self) -> str:
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        self.until(lambda: path.read_text(encoding="ascii").strip() != "")
        return path.read_text(encoding="ascii").split()[0]

    def _command(self, words: tuple[str, ...]) -> list[str]:
        inside = ["nsenter", "-t", self._first(), "-m", "-u", "-i", "-n", "-p", "-C", "--", "env", "-i"]
        inside += ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_PAGER=cat"]
        return [*inside, f"PIP_CERT=/{CERTIFICATES}", "COLUMNS=200", *words]

    def run(self, *words: str, good: bool = True) -> str:
        """Run a command as root and give all it said; it must end well, or must not."""
        ran = subprocess.run(
            self._command(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert (ran.returncode == 0) == good, ran.stdout
        return ran.stdout.strip()

    def ask(self, *words: str) -> str:
        """Run a command as root and give its output, however it ends."""
        return subprocess.run(self._command(words), capture_output=True, text=True, check=False).stdout.strip()

    def service(self, name: str) -> str:
        """Give a property of the service."""
        return self.ask("systemctl", "show", "-P", name, "caretaker")

    def log(self) -> str:
        """Give what the service and systemd said of it."""
        return self.ask("journalctl", "-b", "-u", "caretaker", "-o", "cat", "--no-pager")

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds; the machine must stay up."""
        while not holds():
            assert self._process.poll() is None, "the machine is down"
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut it down and take away the cgroups that nspawn leaves behind."""
        os.kill(int(self._first()), signal.SIGRTMIN + 4)
        self._process.wait()
        for payload in Path("/sys/fs/cgroup").glob("*/payload"):
            for group in [path for path, *_ in os.walk(payload, topdown=False)]:
                with contextlib.suppress(OSError):
                    Path(group).rmdir()


def machine(folder: Path, suite: str) -> Iterator[Machine]:
    """Build a machine, run it, and shut it down at the end."""
    build(folder, suite)
    running = Machine(folder)
    try:
        yield running
    finally:
        running.stop()
