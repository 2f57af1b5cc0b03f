"""What is not wrong, but what somebody who runs `caretaker check` wants to know. Reads no secret, opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agent.settings.abilities import ecosystems_for, wire_of
from agent.settings.secrets import CREDENTIAL
from agent.settings.select import devices_of
from agent.settings.types import Settings


def notes(settings: Settings) -> list[str]:
    """Give the notes: what is not there yet, carries nothing, is set in several ways, or is watched by no rule."""
    return [*_secrets(settings), *_idle(settings), *_mixed(settings), *_unwatched(settings)]


def secret_files(settings: Settings) -> dict[str, str]:
    """Give every `…_file` setting that is written, by its path in the files."""
    south, mqtt, influx = settings.lines.south, settings.uplinks.mqtt, settings.uplinks.influx
    written = {
        "lines.yaml: south.password_file": south.password_file if south else "",
        "lines.yaml: south.ca_file": south.ca_file if south else "",
        "uplinks.yaml: uplinks.mqtt.password_file": mqtt.password_file if mqtt else "",
        "uplinks.yaml: uplinks.mqtt.ca_file": mqtt.ca_file if mqtt else "",
        "uplinks.yaml: uplinks.influx.token_file": influx.token_file if influx else "",
    }
    return {field: value for field, value in written.items() if value}


def _secrets(settings: Settings) -> Iterator[str]:
    for field, value in secret_files(settings).items():
        if not value.startswith(CREDENTIAL) and not (Path(settings.folder) / value).is_file():
            yield f"{field}: there is no file {value} here; the service will need it"


def _idle(settings: Settings) -> Iterator[str]:
    used = {device.line for device in settings.devices.values()}
    for line in settings.lines.lines:
        if line not in used:
            yield f"lines.yaml: nothing hangs on line '{line}'"
    carriers = {
        name for device in settings.devices.values() if device.id for name in ecosystems_for(device, settings.lines)
    }
    for name in settings.lines.south.ecosystems if settings.lines.south else {}:
        if name not in carriers:
            yield f"lines.yaml: no device belongs to ecosystem '{name}'"


def _mixed(settings: Settings) -> Iterator[str]:
    """Devices of one bus that want the wire set otherwise: it works, and each change costs silence (serial.md §2)."""
    for line in settings.lines.lines:
        groups: dict[str, list[str]] = {}
        for name, device in settings.devices.items():
            if device.line == line:
                wire = wire_of(device, settings.lines)
                groups.setdefault(f"{wire.baud} {wire.bits}{wire.parity}{wire.stop}", []).append(name)
        if len(groups) > 1:
            told = "; ".join(f"{words} ({', '.join(names[:4])})" for words, names in groups.items())
            yield f"lines.yaml: the devices on '{line}' are set in several ways: {told}; set them alike if you can"


def _unwatched(settings: Settings) -> Iterator[str]:
    watched = {device for rule in settings.rules.values() for device in devices_of(rule, settings)}
    alone = [name for name in settings.devices if name not in watched]
    if alone:
        yield f"devices.yaml: no rule watches {', '.join(alone)}"
