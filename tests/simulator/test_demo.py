"""`caretaker demo` and `caretaker-sim` as a user calls them: the agent itself, real ptys, a real broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.cli import main
from simulator import brokers
from simulator.cli import cli
from simulator.scenario import names

DEMO = [sys.executable, "-m", "agent", "demo"]
TRUSTED = {"CARETAKER_TRUST_CLOCK": "always"}
SHORT = """
title: Two minutes in eight seconds
seconds: 8
staff: {ack: 0.5, fix: 1}
do:
  - {at: 0.5, press: term-lobby, key: "3"}
  - {at: 1, leak: room-pump}
  - {at: 1, force: door-meter}
  - {at: 1, fill: bin-gate, value: 97}
expect:
  - {rule: dirty, device: term-lobby, after: 0.5, within: [0, 3], acked: true}
  - {rule: leak, device: leak-pump, after: 1, within: [0.5, 5], acked: true, cleared: true}
  - {rule: leak, device: leak-pump-2, after: 1, within: [0.5, 5], acked: true, cleared: true}
  - {rule: forced, device: door-meter, after: 1, within: [0, 3], acked: true, cleared: true}
  - {rule: bin-full, device: bin-gate, after: 1, within: [2, 6.5]}
prompts:
  - {device: term-lobby, code: ticket-opened, after: 0.5, within: [0, 3]}
never: ["gone-*", "smoke-*"]
"""

TINY = """
title: Two matters in three seconds
seconds: 3
staff: {ack: 0.3}
do:
  - {at: 0.2, press: term-lobby, key: "3"}
  - {at: 0.2, force: door-meter}
expect:
  - {rule: dirty, device: term-lobby, after: 0.2, within: [0, 2], acked: true}
  - {rule: forced, device: door-meter, after: 0.2, within: [0, 2], acked: true}
"""


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """Give a short scenario as a file; needs some broker."""
    if not brokers.available():
        if os.environ.get("CARETAKER_REQUIRE_SERVERS") == "1":
            pytest.fail("a broker is required here and none is installed")
        pytest.skip("no broker is installed")
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    return tmp_path / "short.yaml"


def result(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(run.stdout)


@pytest.mark.server
def test_every_expected_alarm_comes_and_no_other(short: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    run = subprocess.run(
        [*DEMO, "--scenario", short, "--json", "--keep", keep], check=False, text=True, capture_output=True
    )
    told = result(run)
    assert run.returncode == 0, told["expected"]
    assert told["good"]
    assert [row["mark"] for row in told["expected"]] == ["ok"] * 8
    counts = told["counts"]
    assert counts["devices"] >= 40
    assert counts["devices_heard"] >= 40
    assert counts["unreadable"] == []
    assert counts["store_rows"]["alarm"] == counts["alarm_transitions"]
    assert counts["store_rows"]["reading"] >= 300
    waits = {value["kpi"]: value for value in told["indicators"]["lobby-b1"]}
    assert waits["press_to_ack_median"]["n"] == 1
    assert 0.4 <= waits["press_to_ack_median"]["value"] <= 3
    assert waits["satisfaction_index"]["n"] >= 1
    assert (keep / "journal.db").stat().st_size > 0
    assert "devices, " in (keep / "agent.log").read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.server
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("name", names())
def test_the_scenarios_that_come_along(name: str, seed: str) -> None:
    words = [*DEMO, "--scenario", name, "--seed", seed, "--speed", "100", "--json"]
    told = result(subprocess.run(words, check=False, text=True, capture_output=True))
    assert told["good"], [row for row in told["expected"] if not row["good"]]


@pytest.mark.server
def test_what_did_not_come_and_what_should_not_have_is_a_failure(short: Path) -> None:
    text = TINY.replace("{rule: forced, device: door-meter,", "{rule: smoke, device: smoke-garage,")
    short.write_text(text, encoding="utf-8")
    run = subprocess.run([*DEMO, "--scenario", short, "--json"], check=False, text=True, capture_output=True)
    marks = {row["what"]: row["mark"] for row in result(run)["expected"] if not row["good"]}
    assert run.returncode == 1
    assert marks == {"smoke-smoke-garage": "missing", "forced-door-meter": "unexpected"}


@pytest.mark.server
def test_ctrl_c_ends_it_cleanly_with_the_summary(short: Path) -> None:
    # A shell that started us in the background has SIGINT ignored, and a child inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    run = subprocess.Popen([*DEMO, "--scenario", short], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    signal.signal(signal.SIGINT, before)
    assert run.stdout
    assert any("devices heard" in line for line in run.stdout)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate()
    assert run.returncode == 130
    assert "Expected against seen" in out
    assert err == ""


def test_without_any_broker_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers, "available", lambda: "")
    told = CliRunner().invoke(main, ["demo", "--scenario", "quiet"])
    assert told.exit_code == 2
    assert "sudo apt-get install -y mosquitto" in told.output
    assert "caretaker-agent[demo]" in told.output


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--scenario", "morning"], "there is: evening, outage, quiet, storm"),
        (["--for", "5s"], "needs"),
        (["--for", "60"], "a number with its unit"),
        (["--speed", "0.5"], "0.5 is not in the range"),
        (["--keep", "."], "is not empty"),
    ],
)
def test_what_cannot_be_is_said(words: list[str], answer: str) -> None:
    told = CliRunner().invoke(main, ["demo", *words])
    assert told.exit_code == 2
    assert answer in " ".join(told.output.replace("│", " ").split())


def test_the_simulator_lists_what_it_has() -> None:
    told = CliRunner().invoke(cli, ["scenarios"]).output
    assert [line.split()[0] for line in told.splitlines()] == ["evening", "outage", "quiet", "storm"]
    told = CliRunner().invoke(cli, ["devices"]).output
    assert len(told.splitlines()) >= 40
    assert "term-lobby" in told


@pytest.mark.server
def test_the_simulator_plays_for_an_agent_that_runs_elsewhere(short: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    short.write_text(TINY, encoding="utf-8")
    words = [sys.executable, "-m", "simulator", "run", "--folder", folder, "--scenario", short]
    play = subprocess.Popen(words, text=True, stdout=subprocess.PIPE)
    assert play.stdout
    assert any(f"caretaker run -c {folder}" in line for line in play.stdout)
    agent = subprocess.Popen([sys.executable, "-m", "agent", "run", "-c", folder], env=os.environ | TRUSTED)
    try:
        out, _ = play.communicate()
    finally:
        agent.terminate()
        agent.wait()
    assert play.returncode == 0, out
    assert agent.returncode == 0
    assert "ok  forced-door-meter" in out
