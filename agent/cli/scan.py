"""`caretaker scan PORT`: which slaves answer on a bus, what they may be, and the YAML that names them.

Exit status: 0 if somebody answered, 1 if nobody did or the port cannot be had, 2 for a command that makes no sense.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from agent.driver import SerialSettings
    from agent.finding.scan import Slave

EXAMPLES: Final = """\b
caretaker scan /dev/serial/by-id/usb-FTDI_FT232R_A10K1-if00-port0
caretaker scan bus1 --baud 9600,4800 --parity N,E --addresses 1-16,80
"""


@click.command(epilog=EXAMPLES)
@click.argument("port")
@click.option("--baud", default="9600,4800", show_default=True, help="Speeds to try, with commas.")
@click.option("--parity", default="N", show_default=True, help="Parities to try: N, E, O, with commas.")
@click.option("--stop", type=click.Choice(["1", "2"]), default="1", show_default=True, help="Stop bits.")
@click.option("--addresses", default="1-247,255", show_default=True, help="Addresses to ask, such as 1-16,80.")
@click.option("--timeout", default=100, show_default=True, type=click.IntRange(20, 2000), help="ms for an answer.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--yaml", "target", type=click.Path(path_type=Path), help="Write the YAML into this file too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(  # noqa: PLR0917 - click gives every option by its name
    port: str, baud: str, parity: str, stop: str, addresses: str, timeout: int, folder: Path, target: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Ask every address on PORT (a port, or a line of the settings), only reading. The service lends its line."""
    from agent.cli.ports import settings_or_none, trying
    from agent.driver import SerialSettings
    from agent.finding.lending import borrowed
    from agent.finding.scan import Plan, scan

    settings = [SerialSettings(one, 8, sign, int(stop)) for one in _bauds(baud) for sign in _parities(parity)]
    asked, seeks = _drivers()
    plan = Plan(settings, _addresses(addresses), seeks, timeout)
    seconds = int(plan.steps * len(seeks) * 2 * (timeout + 40) / 1000) + 120
    known = settings_or_none(folder)
    with trying(), borrowed(known, port, seconds) as wire, _progress(plan.steps, hidden=as_json) as step:
        found = scan(wire, plan, asked, step)
    yaml = _yaml(port, found, set(known.devices) if known else set())
    if target is not None and found:
        target.write_text(yaml, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"slaves": [_plain(one) for one in found], "yaml": yaml}, ensure_ascii=False))
    else:
        _show(found, yaml)
    sys.exit(0 if found else 1)


def _drivers() -> tuple[list[Any], list[Any]]:
    from agent.driver import SerialDriver
    from agent.settings.abilities import usable_drivers

    serial = [one for one in usable_drivers().values() if isinstance(one, SerialDriver)]
    seeks = list(dict.fromkeys(one.seek for one in serial if one.seek is not None))
    # The driver that speaks for all devices of a protocol knows none of them.
    return [one for one in serial if one.asked and one.seek is None], seeks


def _bauds(text: str) -> list[int]:
    try:
        found = [int(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(300 <= one <= 4_000_000 for one in found):
        raise click.UsageError(f"--baud {text}: expected speeds with commas, such as 9600,4800")
    return found


def _parities(text: str) -> list[Any]:
    found = text.upper().split(",")
    if not set(found) <= {"N", "E", "O"}:
        raise click.UsageError(f"--parity {text}: expected N, E and O with commas")
    return found


def _addresses(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise click.UsageError(f"--addresses {text}: expected numbers and ranges, such as 1-16,80")
        found += range(int(first), int(last or first) + 1)
    if not found or not all(1 <= one <= 255 for one in found):
        raise click.UsageError(f"--addresses {text}: addresses are 1 to 255")
    return list(dict.fromkeys(found))


def _words(settings: SerialSettings) -> str:
    return f"{settings.baud} {settings.bits}{settings.parity}{settings.stop}"


def _progress(steps: int, *, hidden: bool) -> Any:
    from agent.cli.ports import bar

    def describe(settings: SerialSettings, address: int, found: int) -> str:
        return f"{_words(settings)}, address {address}: {found} found"

    return bar(steps, describe, hidden=hidden)


def _plain(slave: Slave) -> dict[str, Any]:
    guesses = [one._asdict() for one in slave.guesses]
    return {"wire": _words(slave.settings), "address": slave.address, "echo": slave.echo, "guesses": guesses}


def _yaml(port: str, found: list[Slave], taken: set[str]) -> str:
    """Give lines and devices as they can stand in the settings: the best guess, the others behind it as a comment."""
    from agent.cli.proposal import slug

    lines: dict[str, tuple[str, SerialSettings]] = {}
    devices: list[str] = []
    for slave in found:
        line = f"line-{slug(_words(slave.settings))}"
        lines[line] = (port, slave.settings)
        best = slave.guesses[0].driver if slave.guesses else "modbus-table"
        name = next(
            name for n in range(1, 1000) if (name := f"{best}-{slave.address}{f'-{n}' if n > 1 else ''}") not in taken
        )
        taken.add(name)
        others = ", ".join(one.driver for one in slave.guesses[1:])
        devices += [f"  {name}:", f"    driver: {best}{f'  # or {others}' if others else ''}"]
        devices += [f"    line: {line}", f"    address: {slave.address}"]
        if not slave.guesses:
            devices.append("    # no driver knows it: write its registers into options, see docs/settings.md")
    head = ["lines:"]
    for line, (where, wire) in lines.items():
        head += [f"  {line}:", f"    port: {json.dumps(where)}", f"    baud: {wire.baud}", f"    parity: {wire.parity}"]
        head += [f"    stop: {wire.stop}"]
    return "\n".join([*head, "", "devices:", *devices, ""]) if found else ""


def _show(found: list[Slave], yaml: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    if not found:
        console.print("nobody answered: check supply, wires A and B, and try other --baud and --parity")
        return
    table = Table("wire", "address", "may be", "values", "such as")
    for slave in found:
        best = slave.guesses[0] if slave.guesses else None
        names = ", ".join(one.driver for one in slave.guesses) or "no driver knows it"
        cells = (str(best.values), best.example) if best else ("", "")
        table.add_row(_words(slave.settings), str(slave.address), names, *cells)
    console.print(table)
    if any(one.echo for one in found):
        console.print("the adapter echoes: `echo: on` in lines.yaml spares the agent finding out")
    console.print(f"\nFor lines.yaml and devices.yaml:\n\n{yaml}")
