"""`caretaker status`: what the running service knows of itself, as tables or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--devices", "polled", is_flag=True, help="How polling each device goes, this hour and the last.")
@click.option("--rules", "ruled", is_flag=True, help="What each rule did and costs, those that take most time first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(folder: Path, polled: bool, ruled: bool, as_json: bool) -> None:
    """Show devices, alarms, uplinks and faults of the running service."""
    from agent.cli.asking import asked

    state = asked(folder, {"cmd": "status", "rules": ruled or as_json})
    if as_json:
        click.echo(json.dumps(state, ensure_ascii=False))
    elif polled:
        show_polling(state)
    elif ruled:
        show_rules(state)
    else:
        show(state)


def show(state: dict[str, Any]) -> None:
    """Print the status as tables."""
    from rich.console import Console

    console = Console()
    clock = "" if state["clock_trusted"] else "  [yellow]clock not trusted[/]"
    console.print(
        f"[bold]{state['site']}/{state['node']}[/]  agent {state['version']}  settings {state['settings']}  "
        f"{state['at']}{clock}"
    )
    tables = (_alarms, _locks, _outputs, _lines, _devices, _indicators, _uplinks, _faults)
    for table in (made(state) for made in tables):
        if table.row_count:
            console.print(table)


def show_polling(state: dict[str, Any]) -> None:
    """Print what polling is like, device by device."""
    from rich.console import Console

    columns = ("polls", "answers", "time-outs", "checksum", "exceptions", "round trip, ms", "slip, ms")
    table = _table("Polling: this hour (the hour before)", "device", "presence", *columns)
    for name, device in state["devices"].items():
        if "this_hour" not in device:
            continue
        now, before = device["this_hour"], device["last_hour"]
        kinds = ("polls", "answers", "timeouts", "checksum", "exceptions")
        counts = [f"{now.get(kind, 0)} ({before.get(kind, 0)})" for kind in kinds]
        means = [_mean(device.get(kind)) for kind in ("round_trip_ms", "slip_ms")]
        table.add_row(name, device["presence"], *counts, *means)
    Console().print(table if table.row_count else "no device is polled")


def show_rules(state: dict[str, Any]) -> None:
    """Print what each rule did and costs, the dearest first."""
    from rich.console import Console

    columns = ("kind", "truth", "quality", "evaluations", "firings", "errors", "ns", "of the time", "last error")
    table = _table("Rules", "alarm", *columns)
    rows = sorted(state["rules"].items(), key=lambda row: -row[1]["evaluations"] * (row[1]["ns"] or 0))
    whole = sum(row["evaluations"] * (row["ns"] or 0) for _, row in rows) or 1
    words = {True: "true", False: "false", None: "-"}
    for name, row in rows:
        share = row["evaluations"] * (row["ns"] or 0) / whole
        counts = (str(row[word]) for word in ("evaluations", "firings", "errors"))
        taken = "-" if row["ns"] is None else str(row["ns"])
        table.add_row(
            name, row["kind"], words[row["truth"]], row["quality"], *counts, taken, f"{share:.0%}", row["error"]
        )
    Console().print(table if table.row_count else "there are no rules")


def _mean(found: dict[str, float] | None) -> str:
    return f"{found['mean']:g}, at most {found['max']:g}" if found else "-"


def _table(title: str, *columns: str) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None)
    for column in columns:
        table.add_column(column)
    return table


def _alarms(state: dict[str, Any]) -> Any:
    table = _table(
        f"Alarms open: {len(state['alarms'])} of {state['points']} points", "P", "alarm", "state", "since", "what"
    )
    for alarm in sorted(state["alarms"], key=lambda row: row["priority"]):
        colour = {1: "bold red", 2: "red", 3: "yellow"}.get(alarm["priority"], "cyan")
        title = alarm["title"]["zh"] or alarm["title"]["en"]
        table.add_row(
            f"[{colour}]P{alarm['priority']}[/]", alarm["alarm"], alarm["isa"], alarm["raised_at"][11:19],
            f"{title} {alarm['condition']}",
        )  # fmt: skip
    return table


def _locks(state: dict[str, Any]) -> Any:
    table = _table("Under maintenance: nothing of these counts", "what", "since", "until", "who")
    for name, lock in state["locks"].items():
        table.add_row(name, lock["since"][11:19], lock["until"][11:19], lock["who"])
    return table


def _outputs(state: dict[str, Any]) -> Any:
    table = _table("Outputs", "device", "output", "wanted", "is", "confirmed", "by")
    words = {True: "on", False: "off", None: "-"}
    for row in state["outputs"]:
        by = f"{row['by']} (override)" if row["override"] else row["by"]
        confirmed = "yes" if row["confirmed"] else "[yellow]no[/]"
        table.add_row(row["device"], row["output"], words[row["wanted"]], words[row["state"]], confirmed, by)
    return table


def _lines(state: dict[str, Any]) -> Any:
    table = _table("Lines", "line", "presence", "last error")
    for name, line in state["lines"].items():
        table.add_row(name, line["presence"], line.get("last_error", ""))
    return table


def _devices(state: dict[str, Any]) -> Any:
    table = _table("Devices", "device", "driver", "zone", "presence", "heard", "last seen", "faults", "last error")
    for name, device in state["devices"].items():
        faults = " ".join(f"{kind} {count}" for kind, count in device.get("faults", {}).items())
        seen = (device["last_seen"] or "never")[11:19] or "never"
        table.add_row(
            name, device["driver"], device["zone"], device["presence"], str(device.get("items", 0)), seen, faults,
            device.get("last_error", ""),
        )  # fmt: skip
    return table


def _indicators(state: dict[str, Any]) -> Any:
    table = _table("Indicators of the running hour", "zone", "satisfaction", "presses", "press to ack, median")
    for zone, values in state["indicators"].items():
        shown = {row["kpi"]: row for row in values}
        cells = [
            f"{shown[kpi]['value']:g} {unit} (n={shown[kpi]['n']})" if shown[kpi]["value"] is not None else "no data"
            for kpi, unit in (("satisfaction_index", ""), ("presses", ""), ("press_to_ack_median", "s"))
        ]
        table.add_row(zone or "site", *cells)
    return table


def _uplinks(state: dict[str, Any]) -> Any:
    table = _table("Uplinks", "uplink", "connected", "why not", "delivered")
    for name, uplink in state["uplinks"].items():
        delivered = " ".join(f"{stream} {seq}" for stream, seq in uplink.get("delivered", {}).items())
        table.add_row(name, "yes" if uplink["connected"] else "[red]no[/]", uplink["why"], delivered)
    return table


def _faults(state: dict[str, Any]) -> Any:
    table = _table("Faults", "code", "subject", "count", "", "what and what to do")
    for fault in state["faults"]:
        table.add_row(
            fault["code"], fault["subject"], str(fault["count"]), "now" if fault["active"] else "over", fault["text"]
        )
    return table
