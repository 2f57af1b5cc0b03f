"""`caretaker listen PORT`: what is that device? Every driver of devices that talk by themselves gives its verdict.

Exit status: 0 if a driver understood the bytes, 1 if none did or the port cannot be had, 2 for a senseless command.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from agent.driver import SerialDriver, SerialSettings
    from agent.finding.listen import Heard

EXAMPLES: Final = """\b
caretaker listen /dev/serial/by-id/usb-1a86_USB_Serial-if00-port0
caretaker listen lobby --seconds 30 --baud 115200
"""
ENOUGH: Final = 0.9
"""Share of sound things at which a verdict ends the search for the right speed."""


@click.command(epilog=EXAMPLES)
@click.argument("port")
@click.option("--baud", help="Only these speeds, with commas; else those of all talking devices.")
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(0.5, 3600), help="At each speed.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(port: str, baud: str | None, seconds: float, folder: Path, as_json: bool) -> None:
    """Listen on PORT (a port, or a line of the settings) and say which drivers understand what comes."""
    from agent.cli.ports import bar, settings_or_none, trying
    from agent.finding.lending import borrowed
    from agent.finding.listen import listen

    drivers = _talkers()
    settings = _settings(drivers, baud)
    heard: list[Heard] = []
    known = settings_or_none(folder)
    ticks = int(seconds * 1000 / 50) * len(settings)
    span = int(seconds * len(settings)) + 60
    with trying(), borrowed(known, port, span) as wire, bar(ticks, _said, hidden=as_json) as step:
        for one in settings:
            heard.append(listen(wire, one, drivers, int(seconds * 1000), step))
            if heard[-1].verdicts and heard[-1].verdicts[0].share >= ENOUGH:
                break
    if as_json:
        click.echo(json.dumps([_plain(one) for one in heard], ensure_ascii=False))
    else:
        _show(heard)
    sys.exit(0 if any(one.verdicts for one in heard) else 1)


def _talkers() -> list[SerialDriver]:
    from agent.driver import SerialDriver
    from agent.settings.abilities import usable_drivers

    return [one for one in usable_drivers().values() if isinstance(one, SerialDriver) and not one.asked]


def _settings(drivers: list[SerialDriver], baud: str | None) -> list[SerialSettings]:
    """Give the settings to listen at: those of the drivers, the commonest first."""
    from collections import Counter
    from dataclasses import replace

    count = Counter(one.serial for one in drivers)
    usual = [settings for settings, _ in count.most_common()]
    if baud is None:
        return usual
    try:
        wanted = [int(word) for word in baud.split(",")]
    except ValueError as error:
        raise click.UsageError(f"--baud {baud}: expected speeds with commas, such as 9600,115200") from error
    return list(dict.fromkeys(replace(usual[0], baud=speed) for speed in wanted))


def _words(settings: SerialSettings) -> str:
    return f"{settings.baud} {settings.bits}{settings.parity}{settings.stop}"


def _said(settings: SerialSettings, seconds: float, size: int) -> str:
    return f"{_words(settings)}: {size} bytes in {seconds:.0f} s"


def _plain(heard: Heard) -> dict[str, Any]:
    verdicts = [
        {"driver": one.driver, "understood": one.understood, "faults": one.faults, "share": round(one.share, 3),
         "said": one.said}
        for one in heard.verdicts
    ]  # fmt: skip
    return {"wire": _words(heard.settings), "bytes": heard.size, "head": heard.head[:64].hex(" "), "verdicts": verdicts}


def _show(heard: list[Heard]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    table = Table("wire", "bytes", "driver", "understood", "faults", "such as")
    for one in heard:
        for verdict in one.verdicts[:5]:
            cells = (str(verdict.understood), str(verdict.faults), "; ".join(verdict.said))
            table.add_row(_words(one.settings), str(one.size), verdict.driver, *cells)
        if one.size and not one.verdicts:
            table.add_row(_words(one.settings), str(one.size), "none", "", "", one.head[:24].hex(" "))
    if table.row_count:
        console.print(table)
    best = max((one for one in heard if one.verdicts), key=lambda one: one.verdicts[0].share, default=None)
    if best is not None:
        first = best.verdicts[0]
        console.print(f"most likely {first.driver} at {_words(best.settings)}")
    elif any(one.size for one in heard):
        console.print("bytes come, and no driver understands them: try other --baud, or describe the frames")
    else:
        console.print("not one byte came: check supply and wires; who only answers is found by `caretaker scan`")
