"""The installer on a staged tree: twice is once, and what a technician wrote is never touched."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from agent.settings.load import journal_path, load, socket_path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "systemd/install.sh"
NOTHING = "Nothing to do: everything is as it should be.\n"
Tree = dict[str, tuple[bytes, int, int]]


def install(staged: Path, *words: str) -> str:
    """Run the installer below a folder and give what it said."""
    command = ["sh", str(SCRIPT), "--destdir", str(staged), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tree(folder: Path) -> Tree:
    """Give content, mode and time of every file."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in found
    }


def test_the_second_run_changes_nothing_and_says_so(tmp_path: Path) -> None:
    assert "Done; changed:" in install(tmp_path)
    before = tree(tmp_path)
    assert {"etc/systemd/system/caretaker.service", "etc/udev/rules.d/99-caretaker.rules"} <= set(before)
    assert install(tmp_path) == NOTHING
    assert tree(tmp_path) == before


def test_the_example_is_made_fit_for_a_service(tmp_path: Path) -> None:
    install(tmp_path)
    settings = load(tmp_path / "etc/caretaker")
    assert str(journal_path(settings)) == "/var/lib/caretaker/journal.db"
    assert str(socket_path(settings)) == "/run/caretaker/control.sock"
    assert settings.devices == load(ROOT / "config").devices


def test_settings_are_not_for_everybody(tmp_path: Path) -> None:
    install(tmp_path)
    folder = tmp_path / "etc/caretaker"
    assert (folder.stat().st_mode & 0o777, (folder / "secrets").stat().st_mode & 0o777) == (0o750, 0o750)
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.yaml")} == {0o640}


def test_settings_that_are_there_are_kept(tmp_path: Path) -> None:
    install(tmp_path)
    folder = tmp_path / "etc/caretaker"
    (folder / "lines.yaml").write_text("lines: {}\n", encoding="utf-8")
    (folder / "rules.yaml").unlink()
    assert install(tmp_path) == NOTHING
    assert (folder / "lines.yaml").read_text(encoding="utf-8") == "lines: {}\n"
    assert not (folder / "rules.yaml").exists()


def test_a_first_run_that_was_cut_off_is_completed(tmp_path: Path) -> None:
    folder = tmp_path / "etc/caretaker"
    folder.mkdir(parents=True)
    (folder / "devices.yaml").write_text("devices: {}\n", encoding="utf-8")
    install(tmp_path)
    assert (folder / "devices.yaml").read_text(encoding="utf-8") == "devices: {}\n"
    assert (folder / "site.yaml").exists()


@pytest.mark.parametrize("name", ["systemd/system/caretaker.service", "caretaker/schema/site.schema.json"])
def test_what_belongs_to_the_project_is_made_new(tmp_path: Path, name: str) -> None:
    install(tmp_path)
    path = tmp_path / "etc" / name
    fresh = path.read_bytes()
    path.write_bytes(b"old\n")
    assert install(tmp_path) == f"write /etc/{name}\nDone; changed: 1.\n"
    assert path.read_bytes() == fresh


def test_a_rehearsal_says_everything_and_does_nothing(tmp_path: Path) -> None:
    would = install(tmp_path, "--dry-run")
    assert tree(tmp_path) == {}
    did = install(tmp_path)
    assert [line.removeprefix("would: ") for line in would.splitlines()[:-1]] == did.splitlines()[:-1]
    before = tree(tmp_path)
    assert "would: remove" in install(tmp_path, "--dry-run", "--uninstall")
    assert tree(tmp_path) == before


def test_removing_keeps_settings_and_may_be_done_twice(tmp_path: Path) -> None:
    install(tmp_path)
    state = tmp_path / "var/lib/caretaker/journal.db"
    state.parent.mkdir(parents=True)
    state.write_bytes(b"journal")
    assert "Kept: /etc/caretaker" in install(tmp_path, "--uninstall")
    left = set(tree(tmp_path))
    assert left == {f"etc/caretaker/{name}.yaml" for name in ("devices", "lines", "rules", "site", "uplinks")} | {
        "var/lib/caretaker/journal.db"
    }
    assert install(tmp_path, "--uninstall") == NOTHING


@pytest.mark.parametrize(
    ("words", "said"), [(["--whel", "x"], "what is '--whel'?"), (["--wheel", "/none.whl"], "there is no wheel")]
)
def test_a_wrong_word_changes_nothing(tmp_path: Path, words: list[str], said: str) -> None:
    command = ["sh", str(SCRIPT), "--destdir", str(tmp_path), *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert tree(tmp_path) == {}


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say() -> None:
    ran = subprocess.run(["shellcheck", str(SCRIPT)], capture_output=True, text=True, check=False)
    assert ran.stdout == ""
