"""Secrets come from files that only the service can read, or from systemd; everything else is said clearly."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.complaints import SettingsError
from agent.settings.secrets import MAX_SECRET, secret


def written(path: Path, content: bytes, mode: int = 0o640) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def refused(value: str, folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        secret(value, folder, "uplinks.mqtt.password_file")
    (complaint,) = caught.value.complaints
    assert complaint.file == "uplinks.mqtt.password_file"
    assert complaint.expected
    return complaint.message


@pytest.mark.parametrize("content", [b"hunter2", b"hunter2\n", b"hunter2\r\n"])
def test_a_secret_is_a_file_without_its_line_end(content: bytes, tmp_path: Path) -> None:
    path = written(tmp_path / "mqtt", content)
    assert secret("mqtt", tmp_path) == "hunter2"
    assert secret(str(path), "/elsewhere") == "hunter2"


def test_no_secret_is_empty(tmp_path: Path) -> None:
    assert secret("", tmp_path) == ""


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o660, 0o641, 0o604])
def test_a_secret_that_others_may_touch_is_refused(mode: int, tmp_path: Path) -> None:
    written(tmp_path / "mqtt", b"hunter2", mode)
    assert "others may read or change" in refused("mqtt", tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the secret is empty"),
        (b" \n", "the secret is empty"),
        (b"\xff\xfe", "the secret is not text"),
        (b"x" * (MAX_SECRET + 1), "is too large for a secret"),
    ],
)
def test_a_strange_secret_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    written(tmp_path / "mqtt", content)
    assert said in refused("mqtt", tmp_path)


def test_a_missing_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "there is no file" in refused("nowhere", tmp_path)
    assert "there is no file" in refused("folder", tmp_path)


def test_a_credential_comes_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "mqtt", b"hunter2\n", 0o444)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret("credential:mqtt", "/elsewhere") == "hunter2"
    assert "there is no file" in refused("credential:influx", tmp_path)
    for name in ("", "..", "../mqtt", "a/b"):
        assert "is no name of a credential" in refused(f"credential:{name}", tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "systemd gave the service no credentials" in refused("credential:mqtt", tmp_path)
