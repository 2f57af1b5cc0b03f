"""The notify socket, as a service manager would hear it: path and abstract names, and silence without one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.io.systemd import Systemd


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@caretaker-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        heard.setblocking(False)
        yield name, heard


def test_every_word_arrives(manager: tuple[str, socket.socket]) -> None:
    name, heard = manager
    told = Systemd({"NOTIFY_SOCKET": name})
    told.ready("7 devices")
    told.reloading(123)
    told.watchdog()
    told.status("broker away\nREADY=0")
    told.stopping()
    said = [heard.recv(1000).decode() for _ in range(5)]
    assert said == [
        "READY=1\nSTATUS=7 devices",
        "RELOADING=1\nMONOTONIC_USEC=123",
        "WATCHDOG=1",
        "STATUS=broker away READY=0",
        "STOPPING=1",
    ]
    told.close()
    told.watchdog()
    with pytest.raises(BlockingIOError):
        heard.recv(1000)


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "relative/name"}])
def test_without_a_manager_nothing_happens(environ: dict[str, str]) -> None:
    told = Systemd(environ | {"WATCHDOG_USEC": "30000000"})
    told.ready()
    told.watchdog()
    assert told.watchdog_ms == 0


def test_a_manager_that_is_gone_harms_nobody(tmp_path: Path) -> None:
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


def test_a_manager_that_does_not_listen_blocks_nobody(manager: tuple[str, socket.socket]) -> None:
    name, heard = manager
    told = Systemd({"NOTIFY_SOCKET": name})
    for _ in range(10_000):
        told.watchdog()
    assert heard.recv(1000) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30_000),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30_000),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
        ({}, 0),
    ],
)
def test_the_watchdog_is_ours_or_not(environ: dict[str, str], expected: int) -> None:
    assert Systemd({"NOTIFY_SOCKET": "/run/none"} | environ).watchdog_ms == expected
