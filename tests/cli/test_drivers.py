"""`caretaker drivers`: what is installed, as data and as words; a broken driver says why and hides no other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

from click.testing import CliRunner

from agent.cli import main
from agent.cli.drivers import TICKS
from agent.driver import Tick
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from agent.registry import names


def test_as_data() -> None:
    result = CliRunner().invoke(main, ["drivers", "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["name"] for row in rows] == names()
    for row in rows:
        assert "broken" not in row, row
        assert set(row["quantities"]) <= set(QUANTITIES)
        assert set(row["events"]) <= set(EVENT_KINDS)
        assert set(row["ticks"]) <= set(get_args(Tick))
        assert row["summary"]
    kinds = {row["name"]: row["kind"] for row in rows}
    assert (kinds["xy-md02"], kinds["tasmota"]) == ("serial", "mqtt")


def test_as_words() -> None:
    result = CliRunner().invoke(main, ["drivers"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in names())
    assert "9600 8N1, asked" in result.stdout


def test_every_tick_is_explained() -> None:
    assert tuple(TICKS) == get_args(Tick)


def test_broken_driver_says_why(tmp_path: Path) -> None:
    meta = tmp_path / "pond-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: pond\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text("[caretaker.drivers.serial]\npond = pond_driver:DRIVER\n")
    (tmp_path / "pond_driver.py").write_text("import no_such_module\n")
    code = "from agent.cli import main; main()"
    run = [sys.executable, "-c", code, "drivers"]
    for arguments in ([], ["--json"]):
        done = subprocess.run(
            [*run, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        )
        assert "driver 'pond' (pond_driver:DRIVER) cannot be loaded: No module named 'no_such_module'" in done.stdout
        assert "xy-md02" in done.stdout
