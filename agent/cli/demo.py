"""`caretaker demo`: a whole community, a broker and the agent on this machine, for a minute; then what came of it.

The only file of the agent that reaches for the simulator. Everything is real but the people: ptys, MQTT, the journal.
Exit status: 0 every expected alarm came and no other did; 1 not so; 2 it cannot run here; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import json
import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.live import Live

from agent.app import App
from agent.view import view
from simulator.brokers import Broker
from simulator.cli import complaining, timing
from simulator.play import Play
from simulator.screen import counts, expected_table, indicator_table, live, news
from simulator.stage import Wish, set_stage
from simulator.verdict import good, verdict

REFRESH_MS: Final = 250
PROGRESS_S: Final = 10.0
WIDTH: Final = 140


@click.command()
@timing
@click.option("--json", "as_json", is_flag=True, help="one JSON object at the end instead of tables")
@click.option("--keep", type=click.Path(path_type=Path), help="an empty folder for settings, journal and log; it stays")
@click.option("--broker", type=click.Choice(["mosquitto", "amqtt"]), help="default: mosquitto if it is here")
def command(keep: Path | None, as_json: bool, broker: str | None, **wishes: Any) -> None:
    """Play a community to the agent and tell what it made of it."""
    console = Console(highlight=False, stderr=as_json)
    if not console.is_terminal:
        console.width = WIDTH
    with ExitStack() as stack:
        with complaining():
            folder = _folder(keep, stack)
            started = stack.enter_context(Broker(kind=broker or ""))
            run = Run(set_stage(Wish(**wishes), folder, started), folder)
        with run.playing():
            run.show(console)
    if as_json:
        click.echo(json.dumps(run.result(), ensure_ascii=False, indent=2))
    else:
        run.summary(console)
    raise SystemExit(130 if run.stopped else 0 if good(verdict(run.play)) else 1)


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caretaker-demo-")))
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise click.UsageError(f"{keep} is not empty: a journal of another run would be continued; give a new folder")
    return keep


class Run:
    """The agent and the play together. `seen` is the agent's last view, `stopped` whether somebody pressed Ctrl-C."""

    def __init__(self, play: Play, folder: Path) -> None:
        self.play = play
        self.seen: dict[str, Any] = {}
        self.stopped = False
        logging.basicConfig(filename=folder / "agent.log", level=logging.INFO, force=True)
        self.app = App(folder, trust_clock="always")
        play.step_clock = self._step_clock

    def _step_clock(self, ms: int) -> None:
        self.app.clock.skew += ms

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Start play and agent; at the end look once more and stop both."""
        chores = threading.Thread(target=self.app.run, name="agent")
        self.play.start()
        try:
            self.app.start()
            chores.start()
            yield
            self.seen = view(self.app)
        finally:
            self.app.ask_stop()
            if chores.is_alive():
                chores.join()
            self.play.stop()

    def show(self, console: Console) -> None:
        """Play to the end, or to Ctrl-C."""
        try:
            self._show_live(console) if console.is_terminal else self._show_lines(console)
        except KeyboardInterrupt:
            self.stopped = True

    def _show_live(self, console: Console) -> None:
        due = 0
        with Live(console=console, auto_refresh=False, transient=True) as screen:
            while not self.play.over:
                self.play.turn()
                if self.play.clock() >= due:
                    due = self.play.clock() + REFRESH_MS
                    screen.update(live(self.play, view(self.app)), refresh=True)

    def _show_lines(self, console: Console) -> None:
        told: dict[str, int] = {}
        due = 0.0
        console.print(self.play.scenario.title)
        while not self.play.over:
            self.play.turn()
            for line in news(self.play, told):
                console.print(line, soft_wrap=True)
            if self.play.seconds >= due:
                due += PROGRESS_S
                numbers = counts(self.play, view(self.app))
                console.print(
                    f"{self.play.seconds:7.1f} s  {numbers['devices_heard']} of {numbers['devices']} devices heard, "
                    f"{numbers['store_records']} records stored, {numbers['readings_published']} readings published"
                )

    def summary(self, console: Console) -> None:
        """Print the tables of the end."""
        rows, numbers = verdict(self.play), counts(self.play, self.seen)
        console.print(expected_table(rows))
        console.print(indicator_table(self.seen))
        for name, value in numbers.items():
            console.print(f"{name.replace('_', ' ')}: {value}", markup=False, soft_wrap=True)
        bad = sum(1 for row in rows if not row.good)
        verdict_words = f"{len(rows)} expectations, {bad} not met" if bad else f"all {len(rows)} expectations met"
        console.print(verdict_words, style="bold red" if bad else "bold green")

    def result(self) -> dict[str, Any]:
        """Give all of the end as one plain object."""
        rows = verdict(self.play)
        return {
            "good": good(rows),
            "stopped": self.stopped,
            "scenario": self.play.scenario.name,
            "seconds": round(self.play.seconds, 1),
            "broker": self.play.broker.kind,
            "expected": [{**row._asdict(), "good": row.good} for row in rows],
            "indicators": self.seen.get("indicators", {}),
            "counts": counts(self.play, self.seen),
            "faults": self.seen.get("faults", []),
        }
