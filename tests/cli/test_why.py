"""`caretaker why` and `rehearse` as a technician uses them: of the service, of its journal, of a time before."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.driver import Setup
from agent.registry import serial_driver
from agent.runtime.control import request
from tests.cli.test_service import RULES, caretaker, folder, service, status
from tests.wires import Adapter

__all__ = ["folder"]


def why(folder: Path, *words: object) -> dict[str, Any]:
    found = caretaker("why", *words, "-c", folder, "--json")
    assert found.returncode == 0, found.stderr
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def until_heard(adapter: Adapter, folder: Path, distance: float, seconds: Iterator[int], *, alarm: bool) -> None:
    """Let the sensor say this until the service knows, and has it on the medium."""
    player = serial_driver("a02yyuw").player(Setup("bin"))
    player.set("distance", distance)
    before = status(folder)["journal"]["positions"]["reading"]
    while True:
        adapter.say(player.talk(next(seconds)))
        state = status(folder)
        if bool(state["alarms"]) is alarm and state["journal"]["positions"]["reading"] > before:
            return


def test_it_is_asked_while_the_service_runs_and_after(folder: Path, tmp_path: Path) -> None:
    seconds = itertools.count(0, 1000)
    with contextlib.closing(Adapter(tmp_path / "port")) as adapter, service(folder):
        until_heard(adapter, folder, 900.0, seconds, alarm=False)
        (point,) = why(folder, "full")["points"]
        assert point["verdict"].endswith("(now 12.5) is false")
        (reading,) = point["readings"]
        assert (reading["value"], reading["unit"], reading["quality"]) == (12.5, "%", "good")
        between = why(folder, "full")["at"]
        until_heard(adapter, folder, 250.0, seconds, alarm=True)
        order = {"cmd": "order", "order": "alarm-ack", "user": "li", "args": {"alarm": "full-bin"}}
        answer = request(folder / "control.sock", order)
        assert answer["status"] == "ok", answer
        asked = why(folder, "full-bin")
        assert asked["source"] == "service"
        assert asked["points"][0]["verdict"] == "fires"
    after = why(folder, "full-bin")
    assert after["source"] == "journal"
    assert [one["value"] for one in after["points"][0]["readings"]] == [93.75]
    assert after["points"][0]["clauses"][0]["value"] == 93.75
    assert after["occurrence"]["transitions"][0]["transition"] == "raised"
    assert [one["by"] for one in after["occurrence"]["transitions"] if one["cmd"] == "alarm-ack"] == ["li"]
    (raised,) = after["occurrence"]["raised_by"]
    assert raised["said"][-1]["value"] == raised["clauses"][0]["value"] == raised["value"] == 93.75
    assert raised["clauses"][0]["holds"] is True
    (before,) = why(folder, "full-bin", "--at", between)["points"]
    assert before["verdict"].endswith("(now 12.5) is false")
    told = caretaker("why", "full-bin", "-c", folder)
    assert "now 93.75" in told.stdout
    assert "acknowledged" in told.stdout
    rehearsed(folder, tmp_path)


def rehearsed(folder: Path, tmp_path: Path) -> None:
    """Other rules on the journal that was just made: what is new, gone and the same."""
    same = json.loads(caretaker("rehearse", folder / "rules.yaml", "-c", folder, "--json").stdout)
    assert [(one["alarm"], one["change"]) for one in same["alarms"]] == [("full-bin", "same")]
    assert same["records"] > 0
    other = tmp_path / "other"
    other.mkdir()
    changed = RULES.replace("full:", "fuller:").replace("priority: 4", "priority: 3")
    (other / "rules.yaml").write_text(changed, encoding="utf-8")
    found = json.loads(caretaker("rehearse", other, "-c", folder, "--since", "1d", "--json").stdout)
    assert {one["alarm"]: one["change"] for one in found["alarms"]} == {"full-bin": "gone", "fuller-bin": "new"}
    assert found["rules"]["fuller"]["rehearsed"] == 1
    shown = caretaker("rehearse", other, "-c", folder)
    assert "Woken at night" in shown.stdout
    assert "fuller-bin" in shown.stdout


def test_a_wrong_name_time_or_file_is_said(folder: Path, tmp_path: Path) -> None:
    with contextlib.closing(Adapter(tmp_path / "port")), service(folder):
        assert status(folder)["alarms"] == []
    wrong = caretaker("why", "fulll", "-c", folder)
    assert (wrong.returncode, wrong.stderr) == (1, "no rule or alarm 'fulll'; did you mean 'full'?\n")
    assert "expected 22:30" in caretaker("why", "full", "--at", "soon", "-c", folder).stderr
    broken = tmp_path / "broken.yaml"
    broken.write_text("rules: {full: {kind: treshold}}\n", encoding="utf-8")
    told = caretaker("rehearse", broken, "-c", folder)
    assert told.returncode == 1
    assert "rules.yaml:1" in told.stderr
    assert "threshold" in told.stderr


@pytest.mark.parametrize("words", [["why", "full"], ["rehearse", "rules.yaml"]])
def test_without_a_journal_it_is_said(words: list[str], folder: Path) -> None:
    told = caretaker(*words, "-c", folder, cwd=folder)
    assert told.returncode == 1
    assert f"there is no journal at {folder / 'journal.db'}" in told.stderr
    assert not (folder / "journal.db").exists()
