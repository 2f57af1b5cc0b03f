"""How a command asks the running service, and the words when nobody answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click


def asked(folder: Path, message: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the service of a settings folder; without settings or service say so and end with status 1."""
    from agent.runtime.control import request
    from agent.settings.complaints import SettingsError
    from agent.settings.load import load, socket_path

    try:
        path = socket_path(load(folder))
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    try:
        return request(path, message)
    except OSError as error:
        click.echo(
            f"No service answers at {path} ({error.strerror or error}). Start it with `caretaker run -c {folder}`; "
            "if it runs, you may need to be in the group caretaker.",
            err=True,
        )
        sys.exit(1)
