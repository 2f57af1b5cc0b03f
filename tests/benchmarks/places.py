"""Settings for a bench: a thousand sensors with a rule each, and serial lines. Writes files, runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

Fields = dict[str, Any]
SENSORS: Final = 1000
LIMIT: Final = 80


def write(
    folder: Path, *, lines: Fields | None = None, devices: Fields, rules: Fields, uplinks: Fields, interval: str = "10s"
) -> None:
    """Write the five files of a settings folder. JSON is YAML: nothing is lost but beauty."""
    site = {"site": "bench", "node": "box", "journal": {"commit_interval": interval}}
    files: Mapping[str, object] = {
        "site": site, "lines": lines or {}, "devices": {"devices": devices}, "rules": {"rules": rules},
        "uplinks": {"uplinks": uplinks},
    }  # fmt: skip
    for name, content in files.items():
        (folder / f"{name}.yaml").write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")


def south(port: int) -> Fields:
    """Give the broker of Zigbee2MQTT."""
    return {"port": port, "ecosystems": {"z2m": {"driver": "zigbee2mqtt"}}}


def uplinks(port: int, *, again: bool, store: int = 0) -> Fields:
    """Give the centre's broker (`again`: readings are published too) and, if it has a port, a store."""
    found: Fields = {"mqtt": {"port": port, "readings": again}}
    if store:
        found["influx"] = {"url": f"http://127.0.0.1:{store}", "bucket": "bench", "org": "bench"}
    return found


def sensors(count: int) -> Fields:
    """Give Zigbee sensors s0000 and so on."""
    return {
        f"s{n:04d}": {"driver": "zigbee2mqtt", "id": f"s{n:04d}", "interval": "60s", "place": {"zone": f"z{n % 20}"}}
        for n in range(count)
    }


def limits(count: int) -> Fields:
    """Give a rule for each sensor."""
    return {
        f"hot-{n:04d}": {
            "kind": "threshold", "select": {"devices": [f"s{n:04d}"]}, "quantity": "temperature",
            "when": {"op": ">=", "value": LIMIT, "unit": "degC"}, "deadband": 5, "priority": 3,
        }
        for n in range(count)
    }  # fmt: skip


def thousand(folder: Path, port: int, *, again: bool = False, store: int = 0, interval: str = "10s") -> None:
    """Write settings with 1,000 sensors and 1,000 rules."""
    write(
        folder,
        lines={"south": south(port)},
        devices=sensors(SENSORS),
        rules=limits(SENSORS),
        uplinks=uplinks(port, again=again, store=store),
        interval=interval,
    )
