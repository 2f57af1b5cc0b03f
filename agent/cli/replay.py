"""`caretaker replay FILE`: a recording or a journal told to the engine again; prints the alarms that come.

With other rules than those that the file holds it is a rehearsal: `caretaker rehearse RULES --on FILE`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(file: Path, as_json: bool) -> None:
    """Tell a recording (.jsonl) or a journal (.db) to the engine again and print the alarms that come."""
    from agent.asking.past import past_of
    from agent.engine.engine import Engine
    from agent.io.journal_schema import JournalError
    from agent.model.effects import Alarm
    from agent.model.events import Reload
    from agent.settings.complaints import SettingsError
    from agent.settings.load import load_texts
    from agent.settings.plan import plan_of

    count = 0
    try:
        past = past_of(file)
        plan = plan_of(load_texts(past.texts, file.parent, kept=True))
        engine = Engine(plan, lambda _revision: plan)
        for cause in past.causes:
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
