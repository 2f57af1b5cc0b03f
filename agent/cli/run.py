"""`caretaker run -c DIR`: the service. Ends with 1 when settings or journal cannot be used, and says why."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Final

import click

SYSLOG: Final = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class Journald(logging.Formatter):
    """One line a record, with the priority in front when nobody reads it at a terminal (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        text = super().format(record)
        return text if sys.stderr.isatty() else f"<{SYSLOG.get(record.levelno, 6)}>{text}".replace("\n", "\n<3>")


def set_up_logging(*, verbose: bool = False) -> None:
    """Log to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(Journald("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)


@click.command()
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
def command(folder: Path, verbose: bool) -> None:
    """Run the agent with the settings in a folder. Ctrl-C ends it; SIGHUP reads the settings again."""
    from agent.app import App
    from agent.model.faults import sentence
    from agent.ports import FarEndError
    from agent.settings.complaints import SettingsError

    set_up_logging(verbose=verbose)
    try:
        app = App(folder)
        app.start()
    except SettingsError as error:
        said = sentence("CT101", count=str(len(error.complaints)), detail=error.complaints[0].message)
        click.echo(f"{error}\n\nCT101 {said}".replace("-c DIR", f"-c {folder}"), err=True)
        sys.exit(1)
    except (OSError, FarEndError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    app.run()
