"""run, status, record and replay as a technician uses them: real processes, a device on a real pty."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.driver import Setup
from agent.registry import serial_driver
from tests.wires import Adapter

SITE = "site: greenhill\nnode: pi-017\njournal: {commit_interval: 200ms}\n"
DEVICES = """
devices:
  bin:
    driver: a02yyuw
    line: bin
    interval: 1s
    place: {zone: yard}
    derive: {fill_level: {empty_mm: 1000, full_mm: 200}}
"""
RULES = """
rules:
  full:
    kind: threshold
    select: {devices: [bin]}
    quantity: fill_level
    when: {op: ">=", value: 80}
    priority: 4
    category: cleaning
    title: {zh: 满了, en: Full}
"""


def caretaker(*words: object, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", *map(str, words)], capture_output=True, text=True, check=False, **more
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "settings"
    made.mkdir()
    (made / "site.yaml").write_text(SITE, encoding="utf-8")
    (made / "lines.yaml").write_text(f"lines: {{bin: {{port: {tmp_path / 'port'}}}}}\n", encoding="utf-8")
    (made / "devices.yaml").write_text(DEVICES, encoding="utf-8")
    (made / "rules.yaml").write_text(RULES, encoding="utf-8")
    return made


@contextlib.contextmanager
def service(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service, ready when the block begins, ended by SIGTERM when it ends."""
    log = (folder.parent / "log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", "run", "-c", str(folder)],
        stderr=log,
        env=os.environ | {"CARETAKER_TRUST_CLOCK": "always"},
    )
    while not (folder / "control.sock").exists():
        assert process.poll() is None, (folder.parent / "log").read_text(encoding="utf-8")
        time.sleep(0.02)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def status(folder: Path) -> dict[str, Any]:
    found = caretaker("status", "-c", folder, "--json")
    assert found.returncode == 0, found.stderr
    state: dict[str, Any] = json.loads(found.stdout)
    return state


def test_a_day_in_the_life_of_a_bin(folder: Path, tmp_path: Path) -> None:
    player, seconds = serial_driver("a02yyuw").player(Setup("bin")), itertools.count(0, 1000)
    with contextlib.closing(Adapter(tmp_path / "port")) as adapter, service(folder):
        for distance in (900.0, 250.0):
            player.set("distance", distance)
            while True:
                adapter.say(player.talk(next(seconds)))
                state = status(folder)
                if bool(state["alarms"]) == (distance == 250.0) and state["journal"]["positions"]["reading"]:
                    break
        (alarm,) = state["alarms"]
        assert (alarm["alarm"], alarm["isa"], alarm["priority"]) == ("full-bin", "UNACK", 4)
        assert state["devices"]["bin"]["items"] > 1
        shown = caretaker("status", "-c", folder, env=os.environ | {"COLUMNS": "160"})
        assert "full-bin" in shown.stdout
        assert "满了" in shown.stdout
        (full,) = (row for name, row in state["rules"].items() if name == "full-bin")
        assert full["kind"] == "threshold"
        assert full["evaluations"] >= full["firings"] == 1
        assert full["ns"] > 0
        ruled = caretaker("status", "--rules", "-c", folder, env=os.environ | {"COLUMNS": "160"})
        assert "full-bin" in ruled.stdout
        recording = tmp_path / "bin.jsonl"
        assert caretaker("record", recording, "-c", folder).returncode == 0
    replayed = caretaker("replay", recording, "--json")
    assert [json.loads(line)["alarm"] for line in replayed.stdout.splitlines()] == ["full-bin"]
    assert "full-bin" in caretaker("replay", folder / "journal.db").stdout
    (folder / "rules.yaml").write_text(RULES.replace("value: 80", "value: 99"), encoding="utf-8")
    rehearsed = json.loads(caretaker("rehearse", folder / "rules.yaml", "--on", recording, "--json").stdout)
    assert [(one["alarm"], one["change"]) for one in rehearsed["alarms"]] == [("full-bin", "gone")]


def test_the_alarm_is_there_again_after_a_restart(folder: Path, tmp_path: Path) -> None:
    player, seconds = serial_driver("a02yyuw").player(Setup("bin")), itertools.count(0, 1000)
    player.set("distance", 250.0)
    with contextlib.closing(Adapter(tmp_path / "port")) as adapter, service(folder):
        while not status(folder)["alarms"]:
            adapter.say(player.talk(next(seconds)))
        acked = caretaker("alarm", "ack", "full-bin", "-c", folder)
        assert (acked.returncode, acked.stdout) == (0, "full-bin: ack\n")
        assert status(folder)["alarms"][0]["isa"] == "ACKED"
        shelved = caretaker("alarm", "shelve", "full-bin", "reason=no bin lorry today", "duration_s=3600", "-c", folder)
        assert shelved.returncode == 0, shelved.stderr
        refused = caretaker("alarm", "hold", "full-bin", "-c", folder)
        assert (refused.returncode, "BAD_ARGS" in refused.stderr) == (1, True)
        assert caretaker("alarm", "dance", "full-bin", "-c", folder).returncode == 2
        before = status(folder)["alarms"]
    with service(folder):
        assert status(folder)["alarms"] == before
        assert not [fault for fault in status(folder)["faults"] if fault["code"] == "CT507"]


@pytest.mark.parametrize("command", ["status", "record"])
def test_without_a_service_or_a_folder_it_is_said_what_to_do(command: str, folder: Path, tmp_path: Path) -> None:
    words = [command, *([tmp_path / "x.jsonl"] if command == "record" else []), "-c"]
    missing = caretaker(*words, tmp_path / "nowhere")
    assert missing.returncode == 1
    assert "no such folder" in missing.stderr
    silent = caretaker(*words, folder)
    assert silent.returncode == 1
    assert ("caretaker run" in silent.stderr) or ("journal" in silent.stderr)
    assert "Traceback" not in silent.stderr


def test_a_broken_recording_is_refused_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "x.jsonl"
    broken.write_text('{"format":"caretaker-recording-1","settings":{"site.yaml":"site: a\\nnode: b\\n"}}\n{"what"\n')
    told = caretaker("replay", broken)
    assert told.returncode == 1
    assert "x.jsonl:2" in told.stderr
    broken.write_text("{}\n")
    assert "not a recording" in caretaker("replay", broken).stderr
