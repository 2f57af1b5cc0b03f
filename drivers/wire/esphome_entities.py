"""What an ESPHome entity is: by the settings' table, by what the node announces of it, or by its name. Options too.

It reads no state. A state is bare text, so that its meaning and unit stand elsewhere, in this order:

    settings    entities: {water_level: distance cm, help: button 2, sensor/spare: ignore}
    announced   homeassistant/sensor/<node>/<object_id>/config    {"stat_t":…,"unit_of_meas":"%","dev_cla":"humidity"}
    name        `lobby_temperature`, `fire_exit_door`: the last words, in ESPHome's usual unit; never a distance or an
                energy, whose unit is a matter of taste

Source: mqtt.md §1.4; device classes are those of Home Assistant.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, Field

from agent.driver import Options
from agent.model.quantities import QUANTITIES, unit_of
from agent.model.units import convert
from drivers.wire import json_values as js

DOMAINS: Final = ("sensor", "binary_sensor", "text_sensor", "event", "switch", "valve", "lock", "cover", "light", "fan",
                  "number", "select", "button", "text", "climate", "update", "datetime", "alarm_control_panel",
                  "media_player")  # fmt: skip
SWITCHED: Final = {"switch": ("ON", "OFF"), "valve": ("OPEN", "CLOSE")}
"""Domains that are told what to be: the words of the command."""
BUTTON, IGNORE = "button", "ignore"

_SENSOR_CLASSES: Final = {
    "temperature": "temperature", "humidity": "humidity", "pressure": "pressure", "atmospheric_pressure": "pressure",
    "carbon_dioxide": "co2", "volatile_organic_compounds_parts": "tvoc", "pm1": "pm1", "pm25": "pm2_5", "pm10": "pm10",
    "illuminance": "illuminance", "battery": "battery", "voltage": "voltage", "current": "current", "power": "power",
    "apparent_power": "apparent_power", "reactive_power": "reactive_power", "power_factor": "power_factor",
    "frequency": "frequency", "energy": "energy_total", "distance": "distance", "signal_strength": "rssi",
}  # fmt: skip
_BINARY_CLASSES: Final = {
    "door": "door_open", "garage_door": "door_open", "opening": "door_open", "window": "door_open",
    "moisture": "water_leak", "motion": "motion", "presence": "presence", "occupancy": "occupancy", "smoke": "smoke",
    "gas": "gas_alarm", "carbon_monoxide": "gas_alarm", "tamper": "tamper", "vibration": "vibration",
    "battery": "battery_low",
}  # fmt: skip
_SYNONYMS: Final = {
    "door": "door_open", "gate": "door_open", "window": "door_open", "hatch": "door_open", "leak": "water_leak",
    "flood": "water_leak", "moisture": "water_leak", "pir": "motion", "gas": "gas_alarm", "siren": "buzzer",
    "low_battery": "battery_low", "carbon_dioxide": "co2", "pm25": "pm2_5", "pm_2_5": "pm2_5", "pm_1": "pm1",
    "pm_10": "pm10", "lux": "illuminance", "battery_level": "battery", "wifi_signal": "rssi", "signal": "rssi",
    "wifi_signal_strength": "rssi", "signal_strength": "rssi", "chip_temperature": "device_temperature",
    "internal_temperature": "device_temperature", "cpu_temperature": "device_temperature", "relay": "relay_1",
    "valve": "valve_open",
}  # fmt: skip
_NO_NAMES: Final = ("distance", "energy_total", "energy_export_total", "text", "serial_number")
_OPEN: Final = ("open", "opening")
_SHUT: Final = ("closed", "close", "closing")
_NUMBER: Final = re.compile(r".*?(\d{1,2})", re.ASCII)


class Entity(NamedTuple):
    """What an entity gives: a quantity (or `button`, or "" for nothing), its unit as announced, a button's channel."""

    quantity: str
    unit: str = ""
    channel: str = ""


NOTHING: Final = Entity("")


def _spec(text: str) -> str:
    quantity, _, rest = text.partition(" ")
    if quantity == IGNORE and not rest:
        return text
    if quantity == BUTTON and re.fullmatch(r"\w{0,16}", rest, re.ASCII):
        return text
    if quantity not in QUANTITIES:
        raise ValueError(
            f"'{quantity}' is no quantity; expected one such as door_open or temperature, button or ignore"
        )
    convert(0.0, rest or unit_of(quantity), unit_of(quantity), quantity)
    return text


class EsphomeDeviceOptions(Options):
    """Options of one node."""

    entities: dict[
        Annotated[str, Field(pattern=r"^([a-z_]+/)?[a-z0-9_-]{1,64}$")], Annotated[str, AfterValidator(_spec)]
    ] = Field(
        {},
        description="what entities are, by object id: a quantity with the unit of its text (distance cm), "
        "`button` with a channel (button 2), or ignore",
    )
    invert: list[Annotated[str, Field(max_length=64)]] = Field(
        [], description="object ids of yes-or-no entities that read the other way round"
    )

    def entity(self, domain: str, object_id: str) -> Entity | None:
        """Give what the table says, None if it says nothing."""
        text = self.entities.get(f"{domain}/{object_id}") or self.entities.get(object_id)
        if text is None:
            return None
        quantity, _, rest = text.partition(" ")
        if quantity == IGNORE:
            return NOTHING
        return Entity(quantity, channel=rest) if quantity == BUTTON else Entity(quantity, rest)

    def place_of(self, quantity: str) -> tuple[str, str] | None:
        """Give domain ("" if the table does not say) and object id of the entity that is this quantity."""
        key = next((key for key, text in self.entities.items() if text.partition(" ")[0] == quantity), None)
        return None if key is None else (key.rpartition("/")[0], key.rpartition("/")[2])


def announced(domain: str, device_class: str, unit: str) -> Entity | None:
    """Give what an entity is by its announced class; None if that is no quantity of ours."""
    classes = _SENSOR_CLASSES if domain == "sensor" else _BINARY_CLASSES if domain == "binary_sensor" else {}
    quantity = classes.get(device_class)
    return Entity(quantity, unit) if quantity else None


@lru_cache(maxsize=4096)
def named(domain: str, object_id: str, unit: str = "") -> Entity | None:
    """Give what an entity is by the last words of its name, None if no word is known."""
    if domain == "event":
        match = _NUMBER.fullmatch(object_id)
        return Entity(BUTTON, channel=match[1] if match else "")
    kinds = {"sensor": ("measure", "total"), "binary_sensor": ("state",), "switch": ("state",), "valve": ("state",)}
    words = object_id.removesuffix("_sensor").split("_")
    for first in range(len(words)):
        name = "_".join(words[first:])
        quantity = _SYNONYMS.get(name, name)
        known = QUANTITIES.get(quantity)
        if known and known.kind in kinds.get(domain, ()) and (unit or quantity not in _NO_NAMES):
            return Entity(quantity, unit)
    return None


def field_of(entity: Entity, *, inverted: bool) -> js.Field:
    """Give how an entity's text is read; `Entity.unit` is to be put behind a number."""
    kind = QUANTITIES[entity.quantity].kind
    if kind == "state":
        return js.state(entity.quantity, _OPEN, _SHUT, invert=inverted)
    if kind == "text":
        return entity.quantity, lambda raw: js.word(raw) or js.ABSENT
    return js.measure(entity.quantity)
