"""`caretaker device-set`: set what a device keeps itself, such as a terminal's volume, through the running service."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(epilog="Example: caretaker device-set lobby-terminal volume 7")
@click.argument("device")
@click.argument("key")
@click.argument("value")
@click.option("-c", "--config", "folder", type=click.Path(path_type=Path), default=Path("config"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(device: str, key: str, value: str, folder: Path, *, as_json: bool) -> None:
    """Set a key of a device to a value; the driver says which keys there are, the device whether it took it."""
    from agent.cli.asking import ordered

    done = f"{device}: {key} = {value} was sent; a refusal is counted in `caretaker status`"
    ordered(folder, "device-set", {"device": device, "key": key, "value": value}, done, as_json=as_json)
