"""drivers/README.md is executed: pip installs its driver, its commands print what it says, its tests run.

That package is also the proof that a driver of somebody else needs no change here.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.drivers import ticks_table, with_table

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tests" / "foreign_driver"
README = (ROOT / "drivers" / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the package as anybody would, but beside our own packages; give the environment that sees it."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--target", str(target), str(PACKAGE)], capture_output=True, text=True, check=False, cwd=target
    )
    assert done.returncode == 0, done.stderr
    assert (target / "pond_gauge.py").is_file()
    return os.environ | {"PYTHONPATH": os.pathsep.join((str(target), str(ROOT))), "COLUMNS": "200"}


def ran(words: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_shows_the_package_as_it_is() -> None:
    code, check = blocks("python")
    assert code == (PACKAGE / "pond_gauge.py").read_text(encoding="utf-8")
    assert check == (PACKAGE / "check_pond_gauge.py").read_text(encoding="utf-8")
    (entry,) = blocks("toml")
    assert entry in (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")


def test_the_commands_print_what_the_page_says(installed: dict[str, str]) -> None:
    for block in blocks("console"):
        for part in block.split("$ ")[1:]:
            command, *expected = part.splitlines()
            program, *words = shlex.split(command)
            assert program == "caretaker"
            assert expected
            out = ran(["-m", "agent", *words], installed)
            assert all(line in out.splitlines() for line in expected), out


def test_the_tests_of_the_page_pass(installed: dict[str, str]) -> None:
    arguments = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", str(PACKAGE / "check_pond_gauge.py")]
    assert "5 passed" in ran(["-m", "pytest", *arguments], installed)


def test_the_foreign_driver_is_one_among_ours(installed: dict[str, str]) -> None:
    out = ran(["-m", "agent", "drivers"], installed)
    assert "pond-gauge" in out
    assert "broken:" not in out
    code = "from agent.cli.drivers import ticks_table; print(ticks_table())"
    assert "| `pond-gauge` | from documents | yes | yes | yes | yes |  |" in ran(["-c", code], installed)


def test_the_settings_know_it(installed: dict[str, str], tmp_path: Path) -> None:
    texts = {
        "site.yaml": "site: a\nnode: b\n",
        "lines.yaml": "lines: {pond: {port: /dev/ttyAMA0}}\n",
        "devices.yaml": "devices: {water: {driver: pond-gauge, line: pond}}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert "1 devices" in ran(["-m", "agent", "check", "-c", str(tmp_path)], installed)


def test_the_table_of_ticks_is_up_to_date() -> None:
    """If not: python -m agent.cli.drivers drivers/README.md."""
    assert with_table(README) == README


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="the page has no <!-- ticks -->"):
        with_table("# nothing\n")


def test_nobody_claims_to_have_heard_hardware_that_nobody_held() -> None:
    assert all(row.endswith("|  |") for row in ticks_table().splitlines()[2:])


def test_every_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"`((?:agent|tests|docs|drivers|wire)/[\w/.]+|\w+\.py)`", README):
        found = [folder / name for folder in (ROOT, ROOT / "drivers", ROOT / "drivers" / "wire")]
        assert any(path.exists() for path in found), name
