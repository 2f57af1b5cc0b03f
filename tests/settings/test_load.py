"""Loading folders: which files, what is read, what a revision is, where relative paths start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from agent.settings.complaints import SettingsError
from agent.settings.load import journal_path, load, load_texts, revision_of, socket_path, texts
from agent.settings.yaml12 import MAX_BYTES

BASE = Path(__file__).parent / "base"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the good settings."""
    return Path(shutil.copytree(BASE, tmp_path / "settings"))


def told(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder)
    return str(caught.value)


def test_a_folder_and_its_texts_are_the_same_settings(folder: Path) -> None:
    assert load(folder) == load_texts(texts(folder), folder)


def test_only_the_site_must_be_there(folder: Path) -> None:
    for name in ("lines", "devices", "rules", "uplinks"):
        (folder / f"{name}.yaml").unlink()
    settings = load(folder)
    assert (settings.site.node, settings.devices, settings.rules) == ("pi-017", {}, {})


def test_without_a_site_nothing_is_loaded(folder: Path) -> None:
    (folder / "site.yaml").unlink()
    assert told(folder).startswith("site.yaml: this file is missing")


def test_there_is_no_such_folder(tmp_path: Path) -> None:
    assert "there is no such folder" in told(tmp_path / "nowhere")


def test_other_files_than_yaml_do_not_matter(folder: Path) -> None:
    (folder / "README.md").write_text("hello")
    (folder / ".site.yaml.swp").write_bytes(b"\xff")
    (folder / ".hidden.yaml").write_text("[")
    assert load(folder).site.site == "greenhill"


def test_the_ending_must_be_yaml(folder: Path) -> None:
    (folder / "rules.yaml").rename(folder / "rules.yml")
    assert "rules.yml: this file is not one of the settings" in told(folder)
    assert "did you mean: rules.yaml" in told(folder)


def test_what_cannot_be_read_does_not_hide_the_rest(folder: Path) -> None:
    (folder / "devices.yaml").write_bytes("devices:\n  bin: {point: 楼".encode() + b"\xe6\xa5}\n")
    (folder / "lines.yaml").unlink()
    (folder / "lines.yaml").mkdir()
    (folder / "uplinks.yaml").write_text("uplinks: {mqt: {}}\n")
    with (folder / "site.yaml").open("a") as file:
        file.write("#" * MAX_BYTES)
    said = told(folder)
    assert "devices.yaml:2:17: byte 0xE6 is not UTF-8" in said
    assert "lines.yaml: this is not a file" in said
    assert "uplinks.yaml:1:11: uplinks.mqt: the word 'mqt' is not known here" in said
    assert "site.yaml: the file is too large\n    expected: at most 1 MiB" in said
    assert "rules.yaml" not in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_told(folder: Path) -> None:
    (folder / "rules.yaml").chmod(0)
    assert "rules.yaml: this file cannot be read" in told(folder)


def test_a_pipe_is_no_file(folder: Path) -> None:
    (folder / "rules.yaml").unlink()
    os.mkfifo(folder / "rules.yaml")
    assert "rules.yaml: this is not a file" in told(folder)


def test_the_revision_depends_on_names_and_texts() -> None:
    files = texts(BASE)
    revision = load_texts(files, BASE).revision
    assert revision == revision_of(dict(reversed(files.items()))) == load_texts(files, Path("/elsewhere")).revision
    assert len(revision) == 64
    others = [
        files | {"site.yaml": files["site.yaml"] + "\n"},
        {name: text for name, text in files.items() if name != "uplinks.yaml"},
        {"a": "bc"},
        {"ab": "c"},
    ]
    assert len({revision, *(revision_of(other) for other in others)}) == 5


def test_relative_paths_start_at_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    settings = load(Path("settings"))
    assert journal_path(settings) == folder / "journal.db"
    assert socket_path(settings) == folder / "control.sock"
    (folder / "site.yaml").write_text("site: a\nnode: b\ncontrol_socket: /run/caretaker/control.sock\n")
    assert socket_path(load(folder)) == Path("/run/caretaker/control.sock")


def test_a_thousand_rules_load(folder: Path) -> None:
    """With all cross checks (44 ms on a laptop); a quadratic one would be felt."""
    rule = "{{kind: absent, select: {{devices: [bin-1]}}, after: {}m}}"
    lines = ["rules:", *(f"  rule-{number}: {rule.format(number + 1)}" for number in range(1000))]
    (folder / "rules.yaml").write_text("\n".join(lines))
    assert len(load(folder).rules) == 1000
