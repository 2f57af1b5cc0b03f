"""`caretaker maintenance`: lock a device or a zone while somebody works there: nothing counts, nobody is woken."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="Example: caretaker maintenance on --zone pump-room --for 2h")
@click.argument("state", type=click.Choice(["on", "off"]))
@click.option("--device", default="", help="One device.")
@click.option("--zone", default="", help="Every device of a zone.")
@click.option("--for", "span", metavar="TIME", help="How long, such as 2h; unset: 4h.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(state: str, device: str, zone: str, span: str | None, folder: Path, *, as_json: bool) -> None:
    """Lock a device or zone for maintenance, or end it. A lock ends by itself."""
    from agent.cli.asking import ordered, seconds_of

    if bool(device) == bool(zone):
        raise click.UsageError("give either --device or --zone")
    args: dict[str, str | int] = {"state": state, "device" if device else "zone": device or zone}
    seconds = seconds_of(span, "--for", 4 * 3600)
    if state == "on":
        args["seconds"] = seconds
    done = f"{device or zone}: maintenance {state}" + (f", for {seconds // 60} min" if state == "on" else "")
    ordered(folder, "maintenance", args, done, as_json=as_json)
