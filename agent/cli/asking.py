"""How a command asks the running service, and the words when nobody answers."""

from __future__ import annotations

import getpass
import json
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


def ordered(folder: Path, order: str, args: Mapping[str, Any], done: str, *, as_json: bool) -> None:
    """Give an order to the running service, say `done` or why not, and end with status 0 or 1."""
    answer = asked(folder, {"cmd": "order", "order": order, "user": getpass.getuser(), "args": dict(args)})
    refused = "error" in answer or answer["status"] not in ("ok", "accepted")
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif refused:
        click.echo(answer.get("error") or f"{answer['code']}: {answer['message']}", err=True)
    else:
        click.echo(done)
    sys.exit(1 if refused else 0)


def seconds_of(span: str | None, word: str, default: int) -> int:
    """Read a time such as 10m from the command line; a usage error if it is none."""
    from agent.model.units import duration_ms

    if span is None:
        return default
    try:
        return duration_ms(span) // 1000
    except ValueError as error:
        raise click.UsageError(f"{word} {span}: {error}") from error
