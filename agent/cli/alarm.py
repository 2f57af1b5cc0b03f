"""`caretaker alarm`: acknowledge, start, resolve, shelve ... an alarm at the box, as the centre does by MQTT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

EXAMPLES = """\b
caretaker alarm ack m06-leak-cellar
caretaker alarm resolve m06-leak-cellar code=fixed
caretaker alarm shelve c01-bin-full-bin-3 reason="bin is replaced" duration_s=3600
"""


@click.command(epilog=EXAMPLES)
@click.argument("what", metavar="ORDER")
@click.argument("alarm")
@click.argument("more", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(what: str, alarm: str, more: tuple[str, ...], folder: Path, *, as_json: bool) -> None:
    """Give an order about an alarm.

    Orders: ack, start, hold, resume, resolve, verify, cancel, reset, shelve, unshelve, oos, comment, escalate, assign,
    hand-over. What each needs is in docs/centre.md.
    """
    from agent.cli.asking import ordered
    from agent.engine.orders import ORDERS

    known = [name.removeprefix("alarm-") for name in ORDERS if name.startswith("alarm-")]
    if what not in known:
        raise click.UsageError(f"no order '{what}'; there are: {', '.join(known)}")
    args: dict[str, Any] = {"alarm": alarm} | dict(map(_pair, more))
    ordered(folder, f"alarm-{what}", args, f"{alarm}: {what}", as_json=as_json)


def _pair(text: str) -> tuple[str, Any]:
    """Read KEY=VALUE; a value is JSON, or else text."""
    key, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"'{text}': expected KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value
