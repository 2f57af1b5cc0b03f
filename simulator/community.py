"""A community file as values: its world, its lines, and every device with what it plays. Makes no wire and no player.

A device is written as in devices.yaml, and says besides what it sees and hears of the world:

    plays: {temperature: pump-room, "voltage phase=1": pump, battery: 92, humidity: yard.humidity}
    hears: {toilet-f1: {negative: "3"}, gate-east: {card: ""}}

`plays` maps a quantity, with its part after a space, to a thing (its quantity of that name), to `thing.quantity`, or to
a fixed value. `hears` maps what happens at a thing to the key or phrase that follows at the device ("": the happening's
own value, such as a card's number).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from agent.model.events import Value
from agent.settings.types import DeviceSettings
from simulator.thing import WorldError

DEFAULT: Final = Path(__file__).parent / "community.yaml"
_PLAYS: Final = TypeAdapter(dict[str, str | bool | float])
_HEARS: Final = TypeAdapter(dict[str, dict[str, str]])


@dataclass(frozen=True, slots=True)
class Source:
    """Where a device's quantity comes from: a thing of the world, or a fixed value (`thing` empty)."""

    quantity: str
    part: str
    thing: str
    of: str
    fixed: Value = 0.0


@dataclass(frozen=True, slots=True)
class Actor:
    """One device: its settings, the same as written (for devices.yaml), what it plays and what it hears."""

    name: str
    settings: DeviceSettings
    written: Mapping[str, Any]
    plays: tuple[Source, ...]
    hears: Mapping[str, Mapping[str, str]]

    def things(self) -> set[str]:
        """Give the things of the world that this device sees or hears: what staff look after when it alarms."""
        return {source.thing for source in self.plays if source.thing} | set(self.hears)


@dataclass(frozen=True, slots=True)
class Community:
    """All of it. `site` is as in site.yaml, `lines` as in lines.yaml without ports, `ecosystems` as under `south`."""

    site: Mapping[str, Any]
    world: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, Mapping[str, Any]]
    ecosystems: Mapping[str, Mapping[str, Any]]
    devices: Mapping[str, Actor]

    def only(self, keep: Callable[[Actor], bool]) -> Community:
        """Give the community without the other devices, and without lines that nothing hangs on any more."""
        devices = {name: actor for name, actor in self.devices.items() if keep(actor)}
        used = {actor.settings.line for actor in devices.values()}
        lines = {name: line for name, line in self.lines.items() if name in used}
        spoken = {actor.settings.driver for actor in devices.values()}
        ecosystems = {name: eco for name, eco in self.ecosystems.items() if eco["driver"] in spoken}
        return replace(self, devices=devices, lines=lines, ecosystems=ecosystems)

    def on_line(self, line: str) -> list[Actor]:
        """Give the devices on a line."""
        return [actor for actor in self.devices.values() if actor.settings.line == line]


def load_community(path: Path = DEFAULT) -> Community:
    """Read a community file; raise `WorldError` saying which device is wrong and why."""
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    devices = {name: _actor(name, written) for name, written in raw["devices"].items()}
    lines = {name: line or {} for name, line in raw["lines"].items()}
    _check(devices.values(), lines, raw["world"])
    return Community(raw["site"], raw["world"], lines, raw["ecosystems"], devices)


def _actor(name: str, raw: Mapping[str, Any]) -> Actor:
    written = {key: value for key, value in raw.items() if key not in ("plays", "hears")}
    try:
        settings = DeviceSettings.model_validate(written)
        plays = tuple(_source(key, value) for key, value in _PLAYS.validate_python(raw.get("plays", {})).items())
        return Actor(name, settings, written, plays, _HEARS.validate_python(raw.get("hears", {})))
    except ValidationError as error:
        raise WorldError(f"device {name}: {error}") from error


def _source(key: str, value: Value) -> Source:
    quantity, _, part = key.partition(" ")
    if not isinstance(value, str):
        return Source(quantity, part, "", "", value)
    thing, _, of = value.partition(".")
    return Source(quantity, part, thing, of or quantity)


def _check(devices: Iterable[Actor], lines: Mapping[str, Any], world: Mapping[str, Any]) -> None:
    for actor in devices:
        line = actor.settings.line
        if line is not None and line not in lines:
            raise WorldError(f"device {actor.name}: there is no line '{line}'; there is: {', '.join(lines)}")
        if missing := sorted(actor.things() - set(world)):
            raise WorldError(f"device {actor.name}: the world has no {', '.join(missing)}")
