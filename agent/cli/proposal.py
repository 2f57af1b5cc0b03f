"""From devices that were found on a broker to lines and devices that can stand in the settings, as YAML.

It asks nobody and writes no file. Names become ids (a-z, 0-9, '-'), each once; texts are JSON strings, which YAML 1.2
takes as they are, so that nothing a stranger calls itself becomes anything but text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from agent.driver import Found, MqttDriver
from agent.registry import mqtt_driver
from agent.settings.types import Settings

_MAC_OR_EUI: Final = re.compile(r"(?:[0-9A-F]{12}|[0-9A-F]{16})", re.ASCII)
LONGEST: Final = 48
"""Characters of a proposed name: there is room for a number behind it."""
LONGEST_ID: Final = 128
"""Characters of an id in the settings."""


class Row(NamedTuple):
    """One found device: its family's driver, the name it has (`bound`) or would get, and what was found."""

    driver: str
    name: str
    bound: bool
    found: Found


def folded(own: str) -> str:
    """Give an id as it is compared: a MAC or EUI in capitals without separators, another as it is."""
    digits = re.sub(r"[:\-]", "", own).upper()
    return digits if _MAC_OR_EUI.fullmatch(digits) else own


def slug(text: str) -> str:
    """Give a text as an id: small letters, digits and single '-', at most 48; "" if nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST].strip("-")


class Finds:
    """What was found so far, each device once however many messages show it."""

    MOST: Final = 4096

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[str, Found]] = {}
        self.too_many = False

    def __len__(self) -> int:
        return len(self._found)

    def add(self, driver: str, found: Found) -> None:
        """Remember a device, or what else is now known of it. What cannot stand in the settings is no device."""
        if not (0 < len(found.id) <= LONGEST_ID and found.id.isprintable()):
            return
        found = replace(found, model=_harmless(found.model), note=_harmless(found.note))
        own = folded(found.id)
        # Two families may hear one MAC: the first keeps it. A friendly name is only a name within its family.
        key = ("", own) if own != found.id or _MAC_OR_EUI.fullmatch(own) else (driver, own)
        if key not in self._found:
            self.too_many = self.too_many or len(self._found) >= self.MOST
            if not self.too_many:
                self._found[key] = (driver, found)
            return
        first, before = self._found[key]
        if first == driver:
            family = {**found.family, **before.family} if not found.model else {**before.family, **found.family}
            note, model = found.note or before.note, found.model or before.model
            options = {**before.options, **found.options}
            self._found[key] = (driver, Found(before.id, model, options, family, note))

    def rows(self, settings: Settings | None) -> list[Row]:
        """Give what was found with names, the bound ones by theirs, sorted by family and id."""
        devices = settings.devices if settings else {}
        ours = {(device.driver, folded(device.id)): name for name, device in devices.items() if device.id}
        by_mac = {own: name for (_, own), name in ours.items() if _MAC_OR_EUI.fullmatch(own)}
        taken, rows = set(devices), []
        for driver, found in sorted(self._found.values(), key=lambda one: (one[0], one[1].id)):
            own = folded(found.id)
            name = ours.get((driver, own)) or by_mac.get(own)
            rows.append(Row(driver, name or _new_name(driver, found, taken), name is not None, found))
        return rows


def _harmless(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:64]


def _new_name(driver: str, found: Found, taken: set[str]) -> str:
    own = folded(found.id)
    # A MAC says nothing to people: its model does, and the last digits tell two of them apart.
    base = slug(f"{found.model or driver} {own[-4:]}") if _MAC_OR_EUI.fullmatch(own) else slug(found.id)
    base = base or slug(driver)
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name)
    return name


def _family_options(driver: MqttDriver, options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options of a family that are not the usual ones."""
    usual = driver.options()
    return {word: value for word, value in options.items() if getattr(usual, word, None) != value}


class Families:
    """The families on the broker: those of the settings, and those that must be added."""

    def __init__(self, settings: Settings | None) -> None:
        south = settings.lines.south if settings else None
        self._known = {
            name: (eco.driver, dict(eco.options)) for name, eco in (south.ecosystems if south else {}).items()
        }
        self.new: dict[str, tuple[str, dict[str, Any]]] = {}

    def of(self, row: Row) -> str:
        """Give the family that carries a device; add one if none does. "" if its driver has only one."""
        driver = mqtt_driver(row.driver)
        wanted = dict(row.found.family)
        every = {**self._known, **self.new}
        for name, (known, options) in every.items():
            if known == row.driver and _carries(driver, options, wanted):
                return name
        name, number = row.driver, 1
        while name in every:
            number += 1
            name = f"{row.driver}-{number}"
        self.new[name] = (row.driver, _family_options(driver, wanted))
        return name

    def several(self, driver: str) -> bool:
        """Tell whether a device of this driver must name its family."""
        return sum(known == driver for known, _ in (*self._known.values(), *self.new.values())) > 1


def _carries(driver: MqttDriver, options: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    have = driver.options.model_validate(options)
    return all(getattr(have, word, value) == value for word, value in wanted.items())


def as_yaml(rows: Iterable[Row], settings: Settings | None, broker: Mapping[str, Any]) -> str:
    """Give what is not in the settings yet as YAML: `south:` for lines.yaml and `devices:` for devices.yaml."""
    new, families = [row for row in rows if not row.bound], Families(settings)
    homes = [families.of(row) for row in new]
    return "\n".join([*_south(families, settings, broker), *_devices(new, homes, families)]) + "\n"


def _south(families: Families, settings: Settings | None, broker: Mapping[str, Any]) -> Iterator[str]:
    if not families.new:
        return
    yield "# for lines.yaml"
    yield "south:"
    if settings is None or settings.lines.south is None:
        yield from (f"  {word}: {_json(value)}" for word, value in broker.items())
    yield "  ecosystems:"
    for name, (driver, options) in families.new.items():
        yield f"    {name}: {_json({'driver': driver} | ({'options': options} if options else {}))}"
    yield ""


def _devices(rows: list[Row], homes: list[str], families: Families) -> Iterator[str]:
    if not rows:
        yield "# nothing that is not in the settings already"
        return
    yield "# for devices.yaml: say where each stands (place) before use"
    yield "devices:"
    for row, home in zip(rows, homes, strict=True):
        found = row.found
        yield f"  {_key(row.name)}:" + (f"  # {found.note}" if found.note else "")
        yield f"    driver: {row.driver}"
        yield f"    id: {_json(found.id)}"
        if families.several(row.driver):
            yield f"    ecosystem: {home}"
        if found.model:
            yield f"    model: {_json(found.model)}"
        if found.options:
            yield f"    options: {_json(dict(found.options))}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    """Give a name as a YAML key: quoted where it would be a number or a word of its own (123, 0x1f, true)."""
    return name if name[0].isalpha() and name not in ("true", "false", "null") else _json(name)
