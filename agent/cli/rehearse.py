"""`caretaker rehearse RULES`: what other rules would have said to what really happened, beside the rules that run.

It reads the site's own journal (or a recording) and writes nothing; the service may run meanwhile.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from agent.asking.past import Past

SHOWN: Final = 40
"""Firings that are listed one by one; all of them with --json."""


@click.command(epilog="Example: caretaker rehearse new-rules.yaml --since 14d")
@click.argument("rules", type=click.Path(path_type=Path, exists=True))
@click.option("--since", "span", metavar="TIME", help="How far back, such as 14d; default: 14d of a journal.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option(
    "--on",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A recording or another journal; default: the journal of the settings folder.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(rules: Path, span: str | None, folder: Path, file: Path | None, *, as_json: bool) -> None:
    """Tell the past to the rules in RULES: how often, when, and whom they would have woken at night."""
    from agent.asking.past import past_of, plan_with
    from agent.asking.rehearsing import rehearse, report
    from agent.cli.asking import seconds_of
    from agent.cli.moments import in_site_time
    from agent.io.journal_schema import JournalError
    from agent.settings.complaints import SettingsError
    from agent.settings.load import journal_path, load, load_texts, texts
    from agent.settings.plan import plan_of

    length = seconds_of(span, "--since", 14 * 86_400) * 1000
    try:
        path = file or journal_path(load(folder))
        past = past_of(path, length)
        running = plan_of(load_texts(past.texts, path.parent, kept=True))
        other = plan_with(rules, past.texts if file else texts(folder), folder)
        begun = time.monotonic()
        with _progress(past) as told:
            (before, after), count = rehearse(past, [running, other], told)
        spent = time.monotonic() - begun
    except (SettingsError, JournalError, ValueError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    found = report(before, after, past) | {"records": count, "seconds": round(spent, 3)}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        zone = ZoneInfo(load_texts(past.texts, path.parent, kept=True).site.timezone)
        show(json.loads(in_site_time(json.dumps(found), zone)), zone)


@contextmanager
def _progress(past: Past) -> Iterator[Callable[[int], None]]:
    """Give what is told how many causes are done: a bar with readings a second where somebody looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]}"), TimeRemainingColumn())
    console, begun = Console(stderr=True), time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=past.readings or None, rate="")

        def told(count: int) -> None:
            rate = count / max(time.monotonic() - begun, 0.001)
            bar.update(task, completed=count, rate=f"{count:,} readings, {rate:,.0f}/s")

        yield told


def show(found: dict[str, Any], zone: ZoneInfo) -> None:
    """Print how often each rule fired, then when, with what is different; its times are those of the site."""
    from rich.console import Console

    console = Console()
    rate = found["records"] / max(found["seconds"], 0.001)
    console.print(
        f"{found['since']} to {found['until']} ({zone.key}): {found['records']:,} records in {found['seconds']:.1f} s "
        f"({rate:,.0f}/s)",
        highlight=False,
    )
    console.print(_rules(found))
    if found["alarms"]:
        console.print(_alarms(found))
    for line in _lines(found):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    woken, before = found["woken"]["rehearsed"], found["woken"]["running"]
    console.print(f"Woken at night (P1 and P2, 22:00 to 06:00): {woken} times; by the running rules {before}.")


def _table(title: str, *columns: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None)
    for column in columns:
        table.add_column(column)
    return table


def _rules(found: dict[str, Any]) -> Any:
    table = _table("How often each rule fired", "rule", "rehearsed", "running", "woken at night")
    for name, counts in found["rules"].items():
        table.add_row(name, str(counts["rehearsed"]), str(counts["running"]), str(counts["woken"]))
    return table


def _alarms(found: dict[str, Any]) -> Any:
    table = _table("Alarms against the running rules", "P", "alarm", "", "rehearsed", "running", "first", "last")
    for one in found["alarms"]:
        times = [firing["at"] for firing in one["fired"] or one["went"]]
        first, last = (times[0], times[-1]) if times else ("", "")
        table.add_row(
            f"P{one['priority']}", one["alarm"], one["change"], str(one["rehearsed"]), str(one["running"]), first, last
        )
    return table


def _lines(found: dict[str, Any]) -> list[str]:
    """Give the firings in order: + only with the rehearsed rules, - only with those that run."""
    marked = []
    for one in found["alarms"]:
        came = {(firing["at"], firing["priority"]) for firing in one["came"]}
        for firing in one["fired"]:
            mark = "+" if (firing["at"], firing["priority"]) in came else " "
            marked.append((firing["at"], one["alarm"], mark, firing))
        marked += [(firing["at"], one["alarm"], "-", firing) for firing in one["went"]]
    marked.sort(key=lambda row: row[:3])
    lines = [
        f"{mark} {at}  P{firing['priority']}  {alarm:<32} {firing['condition']}"
        + (f" ({firing['value']})" if firing["value"] is not None else "")
        + ("  night" if firing["night"] else "")
        for at, alarm, mark, firing in marked[:SHOWN]
    ]
    more = len(marked) - SHOWN
    return [*lines, f"… and {more} more: --json has all"] if more > 0 else lines
