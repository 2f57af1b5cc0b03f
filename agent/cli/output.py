"""`caretaker output`: switch an output by hand through the running service, which checks that it may."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="Example: caretaker output gate-relay relay_1 on --for 10m")
@click.argument("device")
@click.argument("name", metavar="OUTPUT")
@click.argument("state", type=click.Choice(["on", "off", "auto"]))
@click.option("--for", "span", metavar="TIME", help="How long, such as 10m; unset: until auto.")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(device: str, name: str, state: str, span: str | None, folder: Path, *, as_json: bool) -> None:
    """Switch an output on or off, over the rules' heads; `auto` gives it back to them."""
    from agent.cli.asking import ordered, seconds_of

    args = {"device": device, "output": name, "state": state, "seconds": seconds_of(span, "--for", 0)}
    done = f"{device} {name}: {state} was ordered; `caretaker status` tells when the device says so"
    ordered(folder, "output", args, done, as_json=as_json)
