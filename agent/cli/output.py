"""`caretaker output`: switch an output by hand through the running service, which checks that it may."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path

import click


@click.command(epilog="Example: caretaker output gate-relay relay_1 on --for 10m")
@click.argument("device")
@click.argument("name", metavar="OUTPUT")
@click.argument("state", type=click.Choice(["on", "off", "auto"]))
@click.option(
    "--for", "span", metavar="TIME", help="How long, such as 10m; unset: until auto."
)
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(device: str, name: str, state: str, span: str | None, folder: Path, *, as_json: bool) -> None:
    """Switch an output on or off, over the rules' heads; `auto` gives it back to them."""
    from agent.cli.asking import asked
    from agent.model.units import duration_ms

    seconds = 0
    if span is not None:
        try:
            seconds = duration_ms(span) // 1000
        except ValueError as error:
            raise click.UsageError(f"--for {span}: {error}") from error
    args = {"device": device, "output": name, "state": state, "seconds": seconds}
    answer = asked(folder, {"cmd": "order", "order": "output", "user": getpass.getuser(), "args": args})
    refused = "error" in answer or answer["status"] not in ("ok", "accepted")
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif refused:
        click.echo(answer.get("error") or f"{answer['code']}: {answer['message']}", err=True)
    else:
        click.echo(f"{device} {name}: {state} was ordered; `caretaker status` tells when the device says so")
    sys.exit(1 if refused else 0)
