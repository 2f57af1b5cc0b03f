"""`caretaker-sim`: plays a community for an agent that runs elsewhere, and shows what there is to play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from agent.model.units import duration_ms
from agent.registry import DriverError
from agent.settings.complaints import SettingsError
from simulator.brokers import Broker, ForeignBroker, NoBrokerError
from simulator.community import DEFAULT, load_community
from simulator.play import Play
from simulator.scenario import ScenarioError, load_scenario, names
from simulator.stage import Wish, set_stage
from simulator.thing import WorldError
from simulator.verdict import Row, good, verdict


def in_seconds(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    """Give a duration such as 60s as seconds; say what was expected if it is none."""
    try:
        return None if text is None else duration_ms(text) / 1000
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def main() -> None:
    """Run the command line."""
    cli(prog_name="caretaker-sim")


@click.group()
def cli() -> None:
    """Play a residential community over ptys and MQTT."""


def timing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what to play and how long; `caretaker demo` has them too."""
    options = (
        click.option("--scenario", default="evening", show_default=True, help="a name or a file"),
        click.option("--for", "seconds", callback=in_seconds, help="how long, such as 60s; compresses to fit"),
        click.option("--speed", type=click.FloatRange(min=1), help="compress the timeline so many times"),
        click.option("--seed", type=int, default=1, show_default=True, help="another evening with the same matters"),
        click.option("--community", type=click.Path(path_type=Path, exists=True), default=DEFAULT, help="a YAML file"),
    )
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="for settings and ports"
)
@click.option("--broker", "address", default="", help="host:port of a running broker; default: start one")
@timing
def run(folder: Path, address: str, **wishes: Any) -> None:
    """Write settings to a folder and play; run `caretaker run -c FOLDER` beside it."""
    with complaining():
        broker = _broker(address)
        play = set_stage(Wish(**wishes), folder, broker)
    click.echo(f"{play.scenario.title}\n{len(play.community.devices)} devices wait for: caretaker run -c {folder}")
    try:
        play.start()
        _play(play)
    except KeyboardInterrupt:
        click.echo("stopped")
    finally:
        play.stop()
        broker.close()
    rows = verdict(play)
    for row in rows:
        click.echo(_line(row))
    raise SystemExit(0 if good(rows) else 1)


def _play(play: Play) -> None:
    told = 0
    while not play.over:
        play.turn()
        for seen in play.central.transitions[told:]:
            click.echo(f"{play.seconds:7.1f} s  {seen.alarm} {seen.transition}")
        told = len(play.central.transitions)


@cli.command()
def scenarios() -> None:
    """List the scenarios."""
    for name in names():
        scenario = load_scenario(name)
        click.echo(f"{name:10} {scenario.seconds:3.0f} s  {len(scenario.expect):2} alarms  {scenario.title}")


@cli.command()
@click.option("--community", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=DEFAULT)
def devices(community: Path) -> None:
    """List the devices of the community."""
    with complaining():
        for name, actor in load_community(community).devices.items():
            where = actor.settings.line or actor.settings.id
            place = actor.settings.place
            click.echo(f"{name:16} {actor.settings.driver:14} {where:20} {place.building} {place.floor} {place.zone}")


def _broker(address: str) -> Broker:
    host, _, port = address.rpartition(":")
    if address and not (host and port.isdigit()):
        raise NoBrokerError(f"--broker wants host:port, not '{address}'")
    broker = ForeignBroker(host, int(port)) if address else Broker()
    broker.start()
    return broker


def _line(row: Row) -> str:
    return f"{'ok ' if row.good else 'BAD'} {row.what:32} {row.expected:18} {row.mark:16} {row.seen}"


@contextmanager
def complaining() -> Iterator[None]:
    """Turn what a user can cure into one sentence, and exit status 2."""
    try:
        yield
    except (NoBrokerError, ScenarioError, WorldError, DriverError, SettingsError) as error:
        raise click.UsageError(str(error)) from error
