"""`caretaker discover`: which devices talk on the MQTT broker, and the YAML that takes them into the settings.

It listens with a connection of its own (the service may run), sends nothing and changes nothing. Each family's driver
says itself what it recognises. Exit status: 0 it listened, 1 the broker cannot be used, 2 a command without sense.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.durations import SECONDS

if TYPE_CHECKING:
    from agent.cli.proposal import Finds, Row
    from agent.driver import MqttDriver
    from agent.io.mqtt_broker import Broker
    from agent.settings.types import Settings

EXAMPLES = """\b
caretaker discover --host 127.0.0.1 --for 20s
caretaker discover -c config --for 2m --yaml found.yaml
"""


@click.command(epilog=EXAMPLES)
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True,
              help="Settings: their south broker, and what is bound already.")  # fmt: skip
@click.option("--host", help="A broker, instead of that of the settings.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Its TCP port; default 1883.")
@click.option("--user", help="User name there.")
@click.option("--password-file", type=click.Path(dir_okay=False), help="File with the password alone.")
@click.option("--for", "seconds", type=SECONDS, default=15.0, show_default="15s", help="Listen so long.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of words.")
@click.option("--yaml", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write the YAML to this file.")
@click.pass_context
def command(  # noqa: PLR0917 - click gives every option by its name
    context: click.Context, folder: Path, host: str | None, port: int | None, user: str | None,
    password_file: str | None, seconds: float, as_json: bool, target: Path | None,
) -> None:  # fmt: skip
    """Listen on the MQTT broker and say which devices are there, with ready YAML."""
    from agent.cli.proposal import as_yaml
    from agent.settings.complaints import SettingsError

    try:
        settings = _settings(context, folder, needed=host is None)
        broker = _broker(settings, host, port, user, password_file)
    except SettingsError as error:
        raise click.ClickException("\n".join(str(complaint) for complaint in error.complaints)) from error
    families = _families()
    finds = _listen(broker, families, seconds)
    rows = finds.rows(settings)
    words = {"host": broker.host, "port": broker.port} | ({"user": broker.user} if broker.user else {})
    text = as_yaml(rows, settings, words)
    if target is not None:
        target.write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps([_plain(row) for row in rows], ensure_ascii=False, indent=2))
        return
    _show(rows, families, broker, seconds)
    if finds.too_many:
        click.echo(f"More than {finds.MOST} devices: the others are left out.")
    click.echo(f"YAML written to {target}" if target else "\n" + text, nl=target is not None)


def _settings(context: click.Context, folder: Path, *, needed: bool) -> Settings | None:
    """Give the settings; without any, a broker must be named."""
    from agent.settings.load import load

    given = context.get_parameter_source("folder") is click.core.ParameterSource.COMMANDLINE
    if not folder.is_dir():
        if needed or given:
            raise click.UsageError(
                f"there is no folder {folder}: give the one with site.yaml in it (-c), or --host HOST"
            )
        return None
    return load(folder) if needed or given else None


def _broker(
    settings: Settings | None, host: str | None, port: int | None, user: str | None, password_file: str | None
) -> Broker:
    from agent.brokers import broker_of
    from agent.settings.types import BrokerSettings

    known = settings.lines.south if settings and not host else None
    if known is None and host is None:
        raise click.UsageError("lines.yaml has no `south:` broker: add one, or give --host HOST")
    words: dict[str, Any] = known.model_dump(include=set(BrokerSettings.model_fields)) if known else {"host": host}
    words |= {"port": port} if port else {}
    words |= {"user": user} if user else {}
    words |= {"password_file": str(Path(password_file).absolute())} if password_file else {}
    # model_construct: durations are milliseconds here already, which people may not write.
    chosen = BrokerSettings.model_construct(**{**BrokerSettings().model_dump(), **words})
    name = f"caretaker-discover-{secrets.token_hex(4)}"
    return broker_of(chosen, settings.folder if settings else ".", name, clean=True)


def _families() -> dict[str, MqttDriver]:
    """Give the installed MQTT drivers that recognise devices, by name."""
    from agent.driver import MqttDriver
    from agent.settings.abilities import usable_drivers

    return {
        name: driver
        for name, driver in usable_drivers().items()
        if isinstance(driver, MqttDriver) and driver.discover and driver.discover_topics
    }


def _listen(broker: Broker, families: dict[str, MqttDriver], seconds: float) -> Finds:
    """Listen so long, from the connection on, and give what was found; ClickException if the broker cannot be used."""
    from agent.cli.proposal import Finds
    from agent.io.clock import SystemClock
    from agent.io.mqtt_client import MqttClient
    from agent.model.faults import sentence

    finds, notes = Finds(), []
    client = MqttClient(broker, SystemClock(), on_trouble=lambda code, words: notes.append(sentence(code, **words)))
    topics = sorted({topic for one in families.values() for topic in one.discover_topics})
    client.subscribe(topics, _hearer(families, finds))
    while not client.connected and not client.link.code:
        client.turn(100)
    if not client.connected:
        why = sentence(client.link.code, **client.link.words)
        client.close()
        raise click.ClickException(f"the broker at {broker.host}:{broker.port} cannot be used: {why}")
    with _bar(f"{broker.host}:{broker.port}", seconds) as show:
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < seconds:
            client.turn(100)
            show(passed, len(finds))
    client.close()
    for note in dict.fromkeys(notes):
        click.echo(f"note: {note}", err=True)
    return finds


@contextmanager
def _bar(where: str, seconds: float) -> Iterator[Callable[[float, int], None]]:
    """Give what moves the progress bar: seconds passed, devices found. On a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(f"listening at {where}", markup=False), BarColumn(), TimeRemainingColumn())
    count = TextColumn("{task.fields[count]} devices")
    with Progress(*columns, count, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=seconds, count=0)
        yield lambda passed, found: bar.update(task, completed=passed, count=found)


def _hearer(families: dict[str, MqttDriver], finds: Finds) -> Any:
    from paho.mqtt.client import topic_matches_sub

    def hear(topic: str, payload: bytes, _retained: bool, _token: int) -> None:
        for name, driver in families.items():
            if driver.discover and any(topic_matches_sub(wanted, topic) for wanted in driver.discover_topics):
                for found in driver.discover(topic, payload):
                    finds.add(name, found)

    return hear


def _plain(row: Row) -> dict[str, Any]:
    found = row.found
    return {
        "driver": row.driver, "id": found.id, "model": found.model, "name": row.name, "bound": row.bound,
        "options": dict(found.options), "family": dict(found.family), "note": found.note,
    }  # fmt: skip


def _show(rows: list[Row], families: dict[str, MqttDriver], broker: Broker, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    where = f"{broker.host}:{broker.port}"
    if not rows:
        click.echo(f"Nothing was recognised at {where} in {seconds:g} s. Known families: {', '.join(families)}.")
        click.echo("Battery devices speak seldom: listen longer (--for 30m), or press their button.")
        return
    table = Table(
        "family", "id", "model", "name", "in the settings", "note", title=f"Seen at {where}", title_justify="left"
    )
    for row in rows:
        found = row.found
        table.add_row(row.driver, found.id, found.model, row.name, "yes" if row.bound else "no", found.note)
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140)
    console.print(table)
