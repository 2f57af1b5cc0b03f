"""Secrets: in files of their own or as systemd credentials, never in the settings. Read when they are needed.

A secret that everybody on the machine can read is refused: that is how it leaks. Source: systemd.exec(5), CREDENTIALS.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from agent.settings.complaints import Complaint, SettingsError

CREDENTIAL: Final = "credential:"
MAX_SECRET: Final = 64 * 1024
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_OPEN_TO_OTHERS: Final = stat.S_IRWXO | stat.S_IWGRP


def secret(written: str, folder: Path | str, field: str = "") -> str:
    """Give the secret that a `…_file` value points to, without the line end; "" for an empty value.

    `written` is a file name (relative ones start at `folder`) or `credential:NAME`; `field` names the setting in
    complaints. Raises `SettingsError` when it is missing, empty, too large, not text, or open to others.
    """
    if not written:
        return ""
    path = secret_path(written, folder, field)
    data = _read(path, written, field)
    if not data.strip():
        raise _refusal(field, written, "the secret is empty", "a file with the secret alone")
    try:
        return data.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:
        raise _refusal(field, written, "the secret is not text", "a file with the secret alone, as UTF-8") from None


def secret_path(written: str, folder: Path | str, field: str = "") -> Path:
    """Give the file that a `…_file` value means; raise `SettingsError` for a credential that cannot be looked up."""
    if not written.startswith(CREDENTIAL):
        return Path(folder) / written
    name = written.removeprefix(CREDENTIAL)
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise _refusal(
            field, written, f"'{name}' is no name of a credential", "credential:NAME, such as credential:mqtt"
        )
    directory = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if not directory:
        expected = f"LoadCredential={name}:/path in the systemd unit, or a file name here"
        raise _refusal(field, written, "systemd gave the service no credentials", expected)
    return Path(directory) / name


def _read(path: Path, written: str, field: str) -> bytes:
    try:
        if not path.is_file():
            raise _refusal(field, written, f"there is no file {path}", "a file with the secret alone")
        if not written.startswith(CREDENTIAL) and path.stat().st_mode & _OPEN_TO_OTHERS:
            raise _refusal(field, written, f"others may read or change {path}", f"chmod 640 {path} (or 600)")
        with path.open("rb") as file:
            data = file.read(MAX_SECRET + 1)
    except OSError as error:
        expected = "a file that the service's user may read"
        raise _refusal(field, written, f"{path} cannot be read: {error.strerror}", expected) from error
    if len(data) > MAX_SECRET:
        raise _refusal(field, written, f"{path} is too large for a secret", "a file with the secret alone")
    return data


def _refusal(field: str, written: str, message: str, expected: str) -> SettingsError:
    return SettingsError([Complaint(field or "secret", 0, 0, "", f"{message} ({written})", expected)])
