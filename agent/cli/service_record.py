"""`caretaker service-record`: say that a service was done, so that what is due by it begins anew."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="Example: caretaker service-record m11-tank-cleaning roof-tank --at 2024-05-31")
@click.argument("rule")
@click.argument("device")
@click.option("--at", default="", metavar="TIME", help="When it was done (ISO 8601); now, unless given.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(rule: str, device: str, at: str, folder: Path, *, as_json: bool) -> None:
    """Record a service for a rule of kind due or drift on one device."""
    from agent.cli.asking import ordered

    done = f"{rule} on {device}: recorded{f' for {at}' if at else ''}"
    args = {"rule": rule, "device": device} | ({"at": at} if at else {})
    ordered(folder, "service-record", args, done, as_json=as_json)
