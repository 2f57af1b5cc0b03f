"""`caretaker drivers`: what is installed, what each can give, and what was shown for it. A broken one says why."""

from __future__ import annotations

import json
from typing import Any

import click

from agent.driver import SerialDriver
from agent.registry import DriverError, driver, names

TICKS = {
    "encoder": "it can play the device as well as hear it",
    "vectors": "frames from documents or captures are explained rightly",
    "any-cut": "the same is said however the bytes are cut",
    "hostile": "noise and broken frames yield faults, never a crash",
    "capture": "at least one frame was seen on real hardware",
    "bench": "we held one",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def command(as_json: bool) -> None:
    """List the installed drivers, what they give and what was shown for each."""
    rows = [_row(name) for name in names()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _show(rows)


def _row(name: str) -> dict[str, Any]:
    """Give one driver as plain data; of a broken one only its name and the reason."""
    try:
        found = driver(name)
    except DriverError as error:
        return {"name": name, "broken": str(error)}
    serial = isinstance(found, SerialDriver)
    row: dict[str, Any] = {"name": name, "summary": found.summary, "kind": "serial" if serial else "mqtt"}
    if isinstance(found, SerialDriver):
        wire = found.serial
        row |= {"asked": found.asked, "wire": f"{wire.baud} {wire.bits}{wire.parity}{wire.stop}"}
    return row | {"quantities": found.quantities, "events": found.events, "ticks": found.ticks}


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    whole = [row for row in rows if "broken" not in row]
    table = Table("driver", "what it is", "wire", "gives", "ticks", show_lines=True)
    for row in whole:
        wire = "MQTT" if row["kind"] == "mqtt" else f"{row['wire']}, {'asked' if row['asked'] else 'talks'}"
        # The generic ones give everything; the list would be the whole table of quantities.
        gives = row["quantities"] if len(row["quantities"]) <= 45 else (*row["quantities"][:40], "…")
        events = f"\nevents: {', '.join(row['events'])}" if row["events"] else ""
        table.add_row(row["name"], row["summary"], wire, ", ".join(gives) + events, " ".join(row["ticks"]))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 140
    console.print(table)
    for tick in [tick for tick in TICKS if any(tick in row["ticks"] for row in whole)]:
        console.print(f"{tick}: {TICKS[tick]}")
    for row in rows:
        if "broken" in row:
            console.print(f"broken: {row['broken']}", soft_wrap=True)
