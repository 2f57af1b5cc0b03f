"""`caretaker replay FILE`: a recording or a journal told to the engine again; prints the alarms that come.

With the settings of another folder (`--rules`) it is a rehearsal: which alarms would these rules have raised?
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from agent.engine.plan import Plan
    from agent.model.events import Cause


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--rules", "folder", type=click.Path(path_type=Path), help="Settings folder; default: those the file holds."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(file: Path, folder: Path | None, as_json: bool) -> None:
    """Tell a recording (.jsonl) or a journal (.db) to the engine again and print the alarms that come."""
    from agent.engine.engine import Engine
    from agent.io.journal_schema import JournalError
    from agent.model.effects import Alarm
    from agent.model.events import Reload
    from agent.settings.complaints import SettingsError

    count = 0
    try:
        plan, causes = _opened(file, folder)
        engine = Engine(plan, lambda _revision: plan)
        for cause in causes:
            if isinstance(cause, Reload):
                continue
            count += 1
            for effect in engine.step(cause):
                if isinstance(effect, Alarm):
                    _print(effect, engine.wall.wall(effect.t)[0], as_json=as_json)
    except (SettingsError, JournalError, ValueError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if not as_json:
        click.echo(f"{count} records replayed.")


def _opened(file: Path, folder: Path | None) -> tuple[Plan, Iterator[Cause]]:
    from agent.io.journal_reader import JournalReader
    from agent.io.recording import is_recording, recorded, recorded_settings
    from agent.settings.load import load, load_texts
    from agent.settings.plan import plan_of

    if is_recording(file):
        settings = load(folder) if folder else load_texts(recorded_settings(file), file.parent, kept=True)
        return plan_of(settings), recorded(file)
    reader = JournalReader(str(file))
    if folder:
        return plan_of(load(folder)), (cause for _, cause in reader.causes())
    kept = reader.latest_settings()
    if kept is None:
        raise ValueError(f"{file} holds no settings; name a settings folder with --rules DIR")
    return plan_of(load_texts(kept, file.parent, kept=True)), (cause for _, cause in reader.causes())


def _print(alarm: Any, wall: int, *, as_json: bool) -> None:
    from agent.model.outside import iso_ms, plain

    fields = {
        "at": iso_ms(wall), "alarm": alarm.alarm, "transition": alarm.transition, "isa": alarm.isa,
        "priority": alarm.priority, "value": plain(alarm.value), "condition": alarm.condition, "reason": alarm.reason,
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(fields, ensure_ascii=False))
    else:
        click.echo(
            f"{fields['at']}  P{alarm.priority}  {alarm.alarm:<32} {alarm.transition:<13} {alarm.condition}  "
            f"(value {fields['value']}; {alarm.reason})"
        )
