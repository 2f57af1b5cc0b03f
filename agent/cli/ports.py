"""What the tools at a port share: settings if there are any, a progress bar, words when the port cannot be had."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.settings.types import Settings


def settings_or_none(folder: Path) -> Settings | None:
    """Load the settings; None, and said, when there are none that can be used: the tools work without."""
    from agent.settings.complaints import SettingsError
    from agent.settings.load import load

    try:
        return load(folder)
    except SettingsError as error:
        if folder.is_dir():
            click.echo(f"the settings in {folder} are not used: {error.complaints[0].message}", err=True)
        return None


@contextlib.contextmanager
def trying() -> Iterator[None]:
    """Say in words why a port cannot be had, and end with status 1."""
    from agent.finding.lending import NotLentError
    from agent.ports import FarEndError

    try:
        yield
    except (FarEndError, NotLentError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@contextlib.contextmanager
def bar(steps: int, describe: Callable[..., str], *, hidden: bool) -> Iterator[Callable[..., None]]:
    """Show a bar of so many steps on stderr, with the time left; each call is one step with its words."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns: tuple[Any, ...] = (
        BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), disable=hidden or not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=steps)

        def step(*words: Any) -> None:
            progress.update(task, advance=1, description=describe(*words))

        yield step
