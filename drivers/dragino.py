"""Dragino LoRaWAN sensors: what the keys of their decoded `object` mean. Tables for every network server.

It does not decode the raw bytes (drivers/wire/dragino_frame.py does). The same device gives numbers or text with
units, 1 or "LEAK", depending on which codec file the installer pasted; all are taken. Durations are minutes; `TIME`
is in some server's zone and not used.

    {"Node_type":"LDDS75","Bat":"3.05 V","Distance":"1110 mm","TempC_DS18B20":"0.00 °C","Sensor_flag":1}
    {"BAT_V":3,"MOD":1,"DOOR_OPEN_STATUS":1,"DOOR_OPEN_TIMES":3,"LAST_DOOR_OPEN_DURATION":2,"ALARM":0}
    {"WATER_LEAK_STATUS":"NO LEAK","WATER_LEAK_TIMES":11,"LAST_WATER_LEAK_DURATION":5,"ALARM":"FALSE"}

Source: mqtt.md §1.8 (decoders of dragino-end-node-decoder, executed there).
"""

from __future__ import annotations

from typing import Any, Final

from drivers.wire import json_values as js
from drivers.wire.telling import Telling

DATALOG_PORT: Final = 3
"""On this port the device tells what it kept."""
_PROBE_MAX: Final = 125.0
"""No probe of theirs measures more; what is above (327.67) is a missing probe."""

FIELDS: Final = js.field_table({
    "Bat": js.measure("battery_voltage"),
    "BatV": js.measure("battery_voltage"),
    "BAT_V": js.measure("battery_voltage"),
    "DOOR_OPEN_STATUS": js.state("door_open", ("open",), ("close", "closed")),
    "DOOR_OPEN_TIMES": js.measure("open_count"),
    "LAST_DOOR_OPEN_DURATION": js.measure("last_open_duration", 60),
    "WATER_LEAK_STATUS": js.state("water_leak", ("leak",), ("no leak", "normal")),
    "WATER_LEAK_TIMES": js.measure("leak_count"),
    "LAST_WATER_LEAK_DURATION": js.measure("last_leak_duration", 60),
    "Hum_SHT": js.measure("humidity"),
})  # fmt: skip
_DISTANCE: Final = js.measure("distance")
_TEMPERATURE: Final = js.measure("temperature")
_PROBES: Final = frozenset(("TempC_DS18B20", "TempC_SHT"))
_KNOWN: Final = frozenset(("Node_type", "MOD", "TDC", "TIME", "Interrupt_flag", "Sensor_flag", "ALARM", "Work_mode"))

QUANTITIES: Final = tuple(sorted({*(field[0] for field in FIELDS.values()), "distance", "temperature"}))


def take(telling: Telling, key: str, raw: Any, said: dict[str, Any]) -> bool:
    """Take one key of a decoded object `said`; tell whether Dragino's tables know it."""
    if field := FIELDS.get(key):
        telling.take(field, raw)
    elif key == "Distance":
        if said.get("Sensor_flag") in (0, "0"):
            telling.event("sensor_fault", "distance:no_sensor")
        else:
            telling.take(_DISTANCE, raw)
    elif key in _PROBES:
        _probe(telling, raw)
    elif key == "ALARM" and str(raw).strip().upper() in ("1", "TRUE"):
        # The device's own limit: the door stood open, or the water stood, longer than set.
        telling.event("device_alarm", "timeout")
    else:
        return key in _KNOWN
    return True


def _probe(telling: Telling, raw: Any) -> None:
    value = _TEMPERATURE[1](raw)
    if isinstance(value, js.Verdict):
        telling.take(_TEMPERATURE, raw)
    elif isinstance(value, float) and value <= _PROBE_MAX:
        # Exactly zero is also what the device says when no probe is plugged in.
        telling.reading("temperature", value, quality="suspect" if value == 0 else None)
