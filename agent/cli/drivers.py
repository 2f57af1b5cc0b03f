"""`caretaker drivers`: what is installed, what each can give, and what was shown for it. A broken one says why.

It shows nothing itself: ticks are what the drivers' own tests prove. `python -m agent.cli.drivers drivers/README.md`
writes the table of ticks into that page, between its two markers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import click

from agent.driver import MqttDriver, SerialDriver
from agent.registry import DriverError, driver, names

TICKS = {
    "encoder": "it can play the device as well as hear it",
    "vectors": "frames from documents or captures are explained rightly",
    "any-cut": "the same is said however the bytes are cut",
    "hostile": "noise and broken frames yield faults, never a crash",
    "capture": "at least one frame was seen on real hardware",
    "bench": "we held one",
}
TABLE_BEGIN: Final = "<!-- ticks -->\n"
TABLE_END: Final = "<!-- /ticks -->\n"


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
    kind = "serial" if isinstance(found, SerialDriver) else "mqtt" if isinstance(found, MqttDriver) else "probe"
    row: dict[str, Any] = {"name": name, "summary": found.summary, "kind": kind}
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
        wire = {"mqtt": "MQTT", "probe": "network, asked"}.get(row["kind"], "")
        wire = wire or f"{row['wire']}, {'asked' if row['asked'] else 'talks'}"
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


def ticks_table() -> str:
    """Give the six ticks of every installed driver as a Markdown table; a broken driver is left out."""
    proofs = ("captured vectors", "symmetric", "any cut", "hostile", "plays in the simulator", "heard on real hardware")
    rows = [row for name in names() if "broken" not in (row := _row(name))]
    return "\n".join([f"| driver | {' | '.join(proofs)} |", "|---" * 7 + "|", *(_ticks(row) for row in rows)]) + "\n"


def _ticks(row: dict[str, Any]) -> str:
    ticks = row["ticks"]
    vectors = "captured" if "capture" in ticks else "from documents" if "vectors" in ticks else ""
    # An MQTT message comes whole or not at all, and so does the answer to a probe.
    cut = {"mqtt": "whole messages", "probe": "whole answers"}.get(row["kind"], "yes" if "any-cut" in ticks else "")
    symmetric, hostile, bench = ("yes" if tick in ticks else "" for tick in ("encoder", "hostile", "bench"))
    # The contract asks for a player, and tests/drivers/test_every_driver.py has each of them played and heard.
    plays = "no bytes of its own" if row["kind"] == "probe" else "yes"
    return f"| `{row['name']}` | {vectors} | {symmetric} | {cut} | {hostile} | {plays} | {bench} |"


def with_table(page: str) -> str:
    """Give a page with the table as it is now between its markers; raise ValueError if it has none."""
    before, begin, rest = page.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not begin or not end:
        raise ValueError(f"the page has no {TABLE_BEGIN.strip()} … {TABLE_END.strip()}")
    return before + begin + ticks_table() + end + after


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")
