"""`caretaker why RULE-or-ALARM`: which clause is false, what the device said, what keeps it quiet, what raised it.

Asked of the running service; without one, or with --at, of the journal, which is only read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from agent.settings.types import Settings


@click.command(epilog="Example: caretaker why full-bin --at 22:30")
@click.argument("name", metavar="RULE-or-ALARM")
@click.option("--at", "moment", metavar="TIME", help="As it was then: 22:30, 2026-03-01T22:30 (site time), or 2h ago.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(name: str, moment: str | None, folder: Path, *, as_json: bool) -> None:
    """Say why a rule fires or does not fire; of an alarm also what raised it and each of its transitions."""
    from agent.cli.moments import in_site_time
    from agent.io.journal_schema import JournalError
    from agent.settings.complaints import SettingsError
    from agent.settings.load import load

    try:
        settings = load(folder)
        at = _wall(moment, ZoneInfo(settings.site.timezone)) if moment else None
        found = _answer(name, settings, at)
    except (SettingsError, JournalError, ValueError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    elif "error" in found:
        click.echo(found["error"], err=True)
    else:
        zone = ZoneInfo(settings.site.timezone)
        for line in lines(found):
            click.echo(in_site_time(line, zone))
    sys.exit(1 if "error" in found else 0)


def _wall(text: str, zone: ZoneInfo) -> int:
    """Give Unix ms of a time as people write it; raise ValueError saying what was expected."""
    from agent.model.units import duration_ms

    now = datetime.now(zone)
    try:
        return round((now - timedelta(milliseconds=duration_ms(text.removesuffix("ago").strip()))).timestamp() * 1000)
    except ValueError:
        pass
    today = f"{now:%Y-%m-%d}T{text}" if len(text) in (5, 8) and text[2] == ":" else text
    try:
        found = datetime.fromisoformat(today)
    except ValueError as error:
        wanted = "22:30, 2026-03-01T22:30, 2026-03-01T14:30:00Z or 2h"
        raise ValueError(f"--at {text}: no time; expected {wanted}") from error
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    if today is not text and found > now:
        found -= timedelta(days=1)
    return round(found.timestamp() * 1000)


def _answer(name: str, settings: Settings, at: int | None) -> dict[str, Any]:
    """Ask the service, else the journal; add what the journal has of an occurrence."""
    from agent.asking.history import Plans, engine_at, life_of, remember, t_of
    from agent.engine.calendar import WallTimes
    from agent.engine.explain import explain
    from agent.io.journal_past import PastReader
    from agent.runtime.control import request
    from agent.settings.load import journal_path, socket_path

    found: dict[str, Any] | None = None
    if at is None:
        try:
            found = request(socket_path(settings), {"cmd": "why", "what": name}) | {"source": "service"}
        except OSError:
            found = None
    reader = PastReader(str(journal_path(settings)))
    plans = Plans(reader, Path(settings.folder))
    end = reader.end()
    t = end if at is None else min(end, t_of(at, WallTimes(reader.offsets())))
    if found is None:
        with _progress() as told:
            engine = engine_at(reader, plans, t, told)
        found = explain(engine, name, t) | {"source": "journal"}
    remember(found, reader)
    life = life_of(reader, plans, name, t)
    if life is not None:
        found.pop("error", None)
        found["occurrence"] = life
    return found


@contextmanager
def _progress() -> Iterator[Any]:
    """Give what is told how many causes were told to the engine; shown where somebody looks on."""

    def told(count: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{count:,} records", nl=False, err=True)

    yield told
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)


# --- in words


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Give it for people, line by line; times are still in UTC."""
    if "at" in found:
        source = "from the journal" if found["source"] == "journal" else "from the running service"
        yield (f"{found['at']}, settings {found['revision']}, {source}")
    for point in found.get("points", ()):
        yield from _point(point)
    if "occurrence" in found:
        yield from _life(found["occurrence"])


def _point(point: dict[str, Any]) -> Iterator[str]:
    yield (f"\n{point['alarm']}  P{point['priority']}  {point['kind']}: {point['verdict']}")
    for clause in point["clauses"]:
        yield (f"  {_mark(clause['holds'])} {_clause(clause)}")
    for reading in point["readings"]:
        part = f" {reading['part']}" if reading["part"] else ""
        late = ", late" if reading["historical"] else ""
        yield (
            f"  last: {reading['device']} {reading['quantity']}{part} {reading['value']} {reading['unit']}".rstrip()
            + f", {_seconds(reading['age_s'])} ago, {reading['quality']}{late}"
        )
    if point["watches"] and not point["readings"]:
        yield ("  last: nothing heard of what it watches")
    expected = f", expected every {_seconds(point['expected_every_s'])}" if point["expected_every_s"] else ""
    yield (f"  device {point['device']}: {point['presence']}{expected}")
    for words in point["quiet"]:
        yield (f"  quiet: {words}")
    if point["inhibited_by"]:
        yield (f"  needless while one of these is active: {', '.join(point['inhibited_by'])}")
    life = point["life"]
    if life["occurrence"]:
        timers = ", ".join(f"{name} in {_seconds(left)}" for name, left in life["timers_s"].items())
        yield (
            f"  alarm {life['work']}, {life['isa']}, level {life['level']}, raised {life['raised_at']}, "
            f"occurrence {life['occurrence']}" + (f"; {timers}" if timers else "")
        )


def _mark(holds: bool | None) -> str:
    return {True: "yes", False: "NO ", None: "?  "}[holds]


def _clause(clause: dict[str, Any]) -> str:
    parts = [clause["words"]]
    if clause["value"] is not None:
        parts.append(f"now {clause['value']}")
    if clause["limit"] is not None and str(clause["limit"]) not in clause["words"]:
        parts.append(f"of {clause['limit']}")
    if clause["for_s"] is not None:
        parts.append(f"since {clause['since']} ({_seconds(clause['for_s'])})")
    if clause["left_s"] is not None:
        parts.append(f"{_seconds(clause['left_s'])} left")
    return ", ".join(parts)


def _seconds(seconds: float) -> str:
    from agent.model.units import duration_text

    return duration_text(round(seconds) * 1000)


def _life(life: dict[str, Any]) -> Iterator[str]:
    yield (f"\n{life['alarm']}, occurrence {life['occurrence']}, true {life['activations']} times")
    for raised in life["raised_by"]:
        delays = raised.get("delays_s", {})
        yield (
            f"  raised {raised['at']} by {raised['quantity'] or 'its condition'} {raised['value']}: "
            f"{raised['condition']} (settings {raised['revision']}, on_delay {_seconds(delays.get('on', 0))})"
        )
        for clause in raised.get("clauses", ()):
            yield (f"    {_mark(clause['holds'])} {_clause(clause)}")
        for one in raised.get("said", ())[-5:]:
            part = f" {one['part']}" if one["part"] else ""
            yield (f"    {one['at']}  {one['device']} {one['quantity']}{part} {one['value']}")
        if "note" in raised:
            yield (f"    {raised['note']}")
    yield ("  transitions:")
    for one in life["transitions"]:
        by = f", by {one['by']}" if one["by"] else ""
        order = f" ({one['cmd']} {one['cmd_id']})" if one["cmd_id"] else ""
        remark = f": {one['comment']}" if one["comment"] else ""
        yield (
            f"    {one['at']}  {one['rev']:>3}  P{one['priority']} {one['transition']:<14} {one['isa']:<6} "
            f"{one['reason']}{by}{order}{remark}"
        )
