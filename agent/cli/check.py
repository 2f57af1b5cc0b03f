"""`caretaker check`: says everything that is wrong with a settings folder, or what it amounts to.

It opens no port, no socket and no secret, and works on a laptop. Exit status: 0 fine, 1 complaints, 2 no such folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from agent.settings.complaints import Complaint, SettingsError
from agent.settings.load import load
from agent.settings.notes import notes
from agent.settings.select import devices_of
from agent.settings.types import DeviceSettings, Settings


@click.command()
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
@click.pass_context
def command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Check a settings folder: all complaints at once, or a summary."""
    if not folder.is_dir():
        click.echo(
            f"There is no folder {folder}. Give the one with site.yaml in it: caretaker check -c FOLDER", err=True
        )
        context.exit(2)
    try:
        settings = load(folder)
    except SettingsError as error:
        click.echo(_refused_json(error.complaints) if as_json else _refused(folder, error.complaints))
        context.exit(1)
    if as_json:
        click.echo(json.dumps({"ok": True, "complaints": [], **_summary(settings)}, ensure_ascii=False, indent=2))
    else:
        _show(settings)


def _refused(folder: Path, complaints: list[Complaint]) -> str:
    count = "1 complaint" if len(complaints) == 1 else f"{len(complaints)} complaints"
    return "\n".join([*(str(complaint) for complaint in complaints), "", f"{count} about {folder}: nothing is loaded."])


def _refused_json(complaints: list[Complaint]) -> str:
    fields = [complaint.fields() for complaint in complaints]
    return json.dumps({"ok": False, "complaints": fields}, ensure_ascii=False, indent=2)


def _summary(settings: Settings) -> dict[str, Any]:
    """Give what the settings amount to, as plain data."""
    return {
        "site": settings.site.site,
        "node": settings.site.node,
        "revision": settings.revision,
        "devices": {name: _home(device) for name, device in settings.devices.items()},
        "rules": {name: devices_of(rule, settings) for name, rule in settings.rules.items()},
        "notes": notes(settings),
    }


def _home(device: DeviceSettings) -> dict[str, Any]:
    """Give what a device is and where it hangs."""
    at = f"{device.line} {device.address}" if device.line else device.id or ""
    return {"driver": device.driver, "at": at, "zone": device.place.zone, "terminal": device.terminal is not None}


def _show(settings: Settings) -> None:
    from rich.console import Console
    from rich.table import Table

    summary = _summary(settings)
    devices = Table("device", "driver", "at", "zone", "place", title="Devices", title_justify="left")
    for name, device in settings.devices.items():
        place = " ".join(word for word in (device.place.building, device.place.floor, device.place.point) if word)
        devices.add_row(name, device.driver, summary["devices"][name]["at"], device.place.zone, place)
    rules = Table("rule", "kind", "P", "category", "alarm points", "title", title="Rules", title_justify="left")
    for name, rule in settings.rules.items():
        title = rule.title.en or rule.title.zh
        points = str(len(summary["rules"][name]))
        rules.add_row(name, rule.kind, str(rule.priority), rule.category, points, title)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 140
    console.print(devices)
    console.print(rules)
    for note in summary["notes"]:
        console.print(f"note: {note}", soft_wrap=True)
    total = sum(len(points) for points in summary["rules"].values())
    console.print(
        f"{settings.site.site}/{settings.site.node} is fine: {len(settings.devices)} devices, "
        f"{len(settings.rules)} rules, {total} alarm points; revision {settings.revision[:12]}.",
        soft_wrap=True,
    )
