"""`caretaker check`: what it says and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli.check import command

SETTINGS = Path(__file__).parents[1] / "settings"
BASE = SETTINGS / "base"


def run(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(command, ["-c", str(folder), *more])


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """Give a folder with two faults in two files."""
    (tmp_path / "site.yaml").write_text("site: greenhill\nnode: pi-017\ntimezone: Asia/Shangai\n")
    (tmp_path / "devices.yaml").write_text("devices:\n  bin: {driver: a02yyuv, line: bin}\n")
    return tmp_path


def test_good_settings_are_summed_up() -> None:
    result = run(BASE)
    assert result.exit_code == 0
    assert "greenhill/pi-017 is fine: 6 devices, 4 rules, 5 alarm points" in result.output
    (row,) = [line for line in result.output.splitlines() if "boiler-climate-2" in line]
    assert "xy-md02" in row
    assert "bus1 2" in row
    (row,) = [line for line in result.output.splitlines() if " hot " in line]
    assert "threshold" in row
    assert " 2 " in row


def test_missing_secrets_are_notes_not_complaints() -> None:
    result = run(BASE)
    assert "note: uplinks.yaml: uplinks.mqtt.password_file: there is no file secrets/mqtt here" in result.output
    assert result.exit_code == 0


def test_wrong_settings_are_explained_all_at_once(wrong: Path) -> None:
    result = run(wrong)
    assert result.exit_code == 1
    assert "site.yaml:3:11: timezone: there is no time zone 'Asia/Shangai'" in result.output
    assert "did you mean: Asia/Shanghai" in result.output
    assert "devices.yaml:2:17: devices.bin.driver: there is no driver 'a02yyuv'" in result.output
    assert "did you mean: a02yyuw" in result.output
    assert f"2 complaints about {wrong}: nothing is loaded." in result.output


def test_json_for_programs(wrong: Path) -> None:
    refused = json.loads(run(wrong, "--json").output)
    assert refused["ok"] is False
    assert refused["complaints"][1] == {
        "file": "site.yaml",
        "line": 3,
        "column": 11,
        "path": "timezone",
        "message": "there is no time zone 'Asia/Shangai'",
        "expected": "an IANA name such as Asia/Shanghai",
        "hint": "Asia/Shanghai",
    }
    fine = json.loads(run(BASE, "--json").output)
    assert fine["ok"] is True
    assert fine["rules"]["hot"] == ["boiler-climate", "boiler-climate-2"]
    assert fine["devices"]["roof-door"] == {
        "driver": "zigbee2mqtt", "at": "B1/roof_door", "zone": "roof", "terminal": False
    }  # fmt: skip


def test_no_such_folder(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "There is no folder" in result.output
    assert run(BASE / "site.yaml").exit_code == 2


def test_nothing_is_opened() -> None:
    """No socket is made, and the libraries of ports, brokers and stores are not even imported."""
    code = (
        "import socket, sys; socket.socket = None; from agent.cli.check import command\n"
        "try: command()\n"
        "finally: print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code, "-c", str(BASE)], capture_output=True, text=True, check=True)
    assert "is fine" in done.stdout
    modules = done.stdout.splitlines()[-1]
    assert "'pydantic'" in modules
    assert not [name for name in ("serial", "paho", "influxdb_client") if f"'{name}'" in modules]
