"""`caretaker record FILE`: what the engine is told, from the journal of a running or stopped service, as JSON lines."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from agent.cli.durations import SECONDS


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option(
    "--for",
    "seconds",
    type=SECONDS,
    default=0.0,
    help="Go on recording so long, such as 60s; default: stop at the end.",
)
@click.option("--all", "everything", is_flag=True, help="From the beginning of the journal; default: from now on.")
def command(file: Path, folder: Path, seconds: float, everything: bool) -> None:
    """Record what the service hears into FILE, for `caretaker replay`."""
    from agent.io.journal_reader import JournalReader
    from agent.io.journal_schema import JournalError
    from agent.io.recording import write, write_head
    from agent.settings.complaints import SettingsError
    from agent.settings.load import journal_path, load, texts

    try:
        settings = load(folder)
        reader = JournalReader(str(journal_path(settings)))
        position = 0 if everything or not seconds else int(reader.meta("position") or 0)
        count, until = 0, time.monotonic() + seconds
        with file.open("w", encoding="utf-8") as stream:
            write_head(stream, texts(folder))
            count += write(stream, reader.offsets() if position else [])
            while True:
                found = list(reader.causes(position))
                count += write(stream, (cause for _, cause in found))
                position = found[-1][0] if found else position
                if time.monotonic() >= until:
                    break
                click.echo(f"\r{count} records", nl=False, err=True)
                time.sleep(min(1.0, seconds))
    except (SettingsError, JournalError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"\r{count} records written to {file}", err=True)
