"""The benchmarks still run: each in a very short form. What they print is no figure, and nothing here looks at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.benchmarks import batching, flash, footprint, latency, pipe, rehearse, rules
from tests.benchmarks.machine import broker
from tests.rules.kinds import KINDS
from tests.servers import binary

FORMS: dict[str, tuple[Callable[[], None], str, str]] = {
    "pipe": (pipe.main, "--rate 2000 --seconds 1", "2,000 messages (4,000 readings) at a fixed rate, nothing lost"),
    "press": (latency.main, "--rounds 0 --presses 8", "| answered | 8 |"),
    "footprint": (footprint.main, "--seconds 1", "100 timers |"),
}


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    binary("mosquitto")
    with broker(tmp_path) as port:
        yield port


@pytest.mark.server
@pytest.mark.parametrize("form", FORMS)
def test_a_benchmark_runs(form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    binary("mosquitto")
    main, words, printed = FORMS[form]
    monkeypatch.setattr(sys, "argv", ["benchmark", *words.split()])
    main()
    assert printed in capsys.readouterr().out


@pytest.mark.server
def test_floors_get_every_message(tmp_path: Path, port: int) -> None:
    binary("mosquitto_sub")
    assert pipe.floor(tmp_path, port, 2000).rate > 0
    assert pipe.mosquitto_sub(tmp_path, port, 2000).rate > 0
    assert len(latency.floor(tmp_path, port, 2000.0, 4000)) == 20


@pytest.mark.server
def test_every_alarm_is_timed(tmp_path: Path, port: int) -> None:
    count = latency.WARM + 2000
    assert len(latency.run(tmp_path, port, 2000.0, count)) == len(latency.dues(count, 2000.0)) == 15


@pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("losetup", "mkfs.ext4"))) or not Path("/dev/loop-control").exists(),
    reason="may not mount",
)
def test_bytes_on_the_device_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", "--hours", "0.02", "--rounds", "1"])
    flash.main()
    assert "| a row and a commit a reading | 144 | 144 |" in capsys.readouterr().out


def test_every_kind_of_rule_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    binary("mosquitto")
    monkeypatch.setattr(sys, "argv", ["benchmark", "--events", "200", "--rounds", "1", "--points", "5"])
    rules.main()
    shown = capsys.readouterr().out
    assert "step, rules on other devices" in shown
    assert all(f"| {kind} | " in shown for kind in KINDS)
    assert rules.memory(rules.HOT, 100) <= rules.BYTES_AT_MOST
    assert rules.memory(rules.DELAYED, 100) <= rules.BYTES_AT_MOST
    assert rules.memory(KINDS["absent"], 100) <= rules.BYTES_AT_MOST


def test_every_reading_is_rehearsed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", "--readings", "6000", "--rounds", "1"])
    rehearse.main()
    assert "6,000 readings of 300 points, 900 rules on them a set" in capsys.readouterr().out


def test_batching_saves_requests_and_loses_no_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark"])
    batching.main()
    assert "| one request for each register | 30 | 1.0 x |" in capsys.readouterr().out
    one_each, *batched = batching.measured().values()
    assert len(batched) == 4
    for poll in batched:
        assert poll.requests * batching.WANTED <= one_each.requests
        assert poll.readings == one_each.readings == 30
        assert poll.ms < one_each.ms
