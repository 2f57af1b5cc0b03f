"""`caretaker doctor`: what is wrong with a line and its devices, in plain words, and what to do next.

Exit status: 0 if all is well, 1 if anything is wrong or the port cannot be had, 2 for a command that makes no sense.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from agent.finding.doctor import Diagnosis
    from agent.settings.types import Settings

EXAMPLES: Final = """\b
caretaker doctor               every line
caretaker doctor bus1          one line
caretaker doctor pump-meter    one device
"""
SILENCE_MOST: Final = 60_000
"""ms for which a device that talks by itself is listened to at most."""


@click.command(epilog=EXAMPLES)
@click.argument("names", nargs=-1)
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def command(names: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Examine lines or devices of the settings (all of them if none is named). The service lends its lines."""
    from agent.settings.complaints import SettingsError
    from agent.settings.load import load

    try:
        settings = load(folder)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    chosen = _chosen(settings, names)
    found = list(_examined(settings, chosen, hidden=as_json))
    if as_json:
        click.echo(json.dumps([_plain(line, one) for line, one in found], ensure_ascii=False))
    else:
        _show(found)
    sys.exit(0 if all(isinstance(one, _diagnosis()) and one.finding == "well" for _, one in found) else 1)


def _diagnosis() -> Any:
    from agent.finding.doctor import Diagnosis

    return Diagnosis


def _chosen(settings: Settings, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Give the devices to examine, by line."""
    from agent.settings.complaints import nearest

    by_line = {
        line: [name for name, one in settings.devices.items() if one.line == line] for line in settings.lines.lines
    }
    if not names:
        return {line: devices for line, devices in by_line.items() if devices}
    chosen: dict[str, list[str]] = {}
    for name in names:
        device = settings.devices.get(name)
        if name in by_line:
            chosen.setdefault(name, []).extend(by_line[name])
        elif device is not None and device.line is not None:
            chosen.setdefault(device.line, []).append(name)
        else:
            hint = nearest(name, [*by_line, *settings.devices])
            raise click.UsageError(
                f"'{name}' is no serial line or device" + (f"; did you mean '{hint}'?" if hint else "")
            )
    return chosen


def _examined(settings: Settings, chosen: dict[str, list[str]], *, hidden: bool) -> Iterator[tuple[str, Any]]:
    """Give (line, diagnosis), or (line, words) where a port cannot be had."""
    from agent.cli.ports import bar
    from agent.finding.lending import NotLentError, borrowed
    from agent.ports import FarEndError

    with bar(sum(map(len, chosen.values())), lambda name: f"examining {name}", hidden=hidden) as step:
        for line, devices in chosen.items():
            try:
                with borrowed(settings, line, 600) as wire:
                    for name in devices:
                        step(name)
                        yield line, _one(settings, wire, name)
            except (FarEndError, NotLentError) as error:
                yield line, str(error)


def _one(settings: Settings, wire: Any, name: str) -> Diagnosis:
    from agent.driver import Setup
    from agent.finding.doctor import examine, overhear
    from agent.registry import serial_driver
    from agent.settings.abilities import is_asked, options_of, wire_of

    fields = settings.devices[name]
    driver = serial_driver(fields.driver)
    setup = Setup(name, fields.address, fields.interval, options_of(fields))
    serial = wire_of(fields, settings.lines)
    if is_asked(fields):
        return examine(wire, serial, name, lambda: driver.build(setup))
    patience = min(SILENCE_MOST, max(5000, 3 * fields.interval))
    return overhear(wire, serial, name, lambda: (driver.decoder or driver.build)(setup), patience)


def _plain(line: str, found: Diagnosis | str) -> dict[str, Any]:
    from agent.finding.cures import CURES

    if isinstance(found, str):
        return {"line": line, "finding": "no-port", "detail": found}
    cure = CURES[found.finding]
    return {
        "line": line, "device": found.device, "finding": found.finding, "asked": found.asked,
        "answered": found.answered, "detail": found.detail, "means": cure.en, "next": cure.next_en,
        "means_zh": cure.zh, "next_zh": cure.next_zh,
    }  # fmt: skip


def _show(found: list[tuple[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from agent.finding.cures import CURES

    table = Table("line", "device", "answered", "what", "next step", show_lines=True)
    for line, one in found:
        if isinstance(one, str):
            table.add_row(line, "", "", "[red]the port cannot be had[/]", one)
            continue
        cure = CURES[one.finding]
        colour = "green" if one.finding == "well" else "red" if one.finding in ("nothing", "echo") else "yellow"
        detail = f"\n{one.detail}" if one.detail else ""
        what = f"[{colour}]{cure.en}[/]\n{cure.zh}{detail}"
        following = "" if one.finding == "well" else f"{cure.next_en}\n{cure.next_zh}"
        table.add_row(line, one.device, f"{one.answered} of {one.asked}", what, following)
    Console(highlight=False).print(table)
