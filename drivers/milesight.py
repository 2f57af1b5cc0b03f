"""Milesight LoRaWAN sensors: what the keys of their decoded `object` mean. Tables for every network server.

It does not decode the raw bytes (drivers/wire/milesight_frame.py does), and takes both sides wherever the maker's
README and decoder differ. `msgid` is a random number made by the decoder and identifies nothing.

    {"battery":16,"button_event":{"status":"short press","msgid":993499}}     older codecs: {"press":"short"}
    {"temperature":23.2,"temperature_alarm":"threshold_alarm"}                 {"nh3_sensor_status":"polarizing"}
    {"line_1_total_in":72,"line_1_period_in":5}                                {"switch_1":"on","switch_1_change":"yes"}

Source: mqtt.md §1.7 (facts of Milesight's decoders; no code of theirs).
"""

from __future__ import annotations

import re
from typing import Any, Final

from drivers.wire import json_values as js
from drivers.wire.telling import Telling

_OPEN: Final = ("open", "opened")
_SHUT: Final = ("close", "closed")

FIELDS: Final = js.field_table({
    "battery": js.measure("battery"),
    "temperature": js.measure("temperature"),
    "humidity": js.measure("humidity"),
    "pressure": js.measure("pressure"),
    "barometric_pressure": js.measure("pressure"),
    "co2": js.measure("co2"),
    "tvoc_iaq": js.measure("tvoc_iaq"),
    "hcho": js.measure("hcho"),
    "pm2_5": js.measure("pm2_5"),
    "pm10": js.measure("pm10"),
    "nh3": js.measure("nh3"),
    "h2s": js.measure("h2s"),
    "illumination": js.measure("illuminance"),
    "illuminance": js.measure("illuminance"),
    "LAF": js.measure("sound_laf"),
    "LAeq": js.measure("sound_laeq"),
    "LAFmax": js.measure("sound_lafmax"),
    "remaining": js.measure("remaining"),
    "magnet_status": js.state("door_open", _OPEN, _SHUT),
    "leakage_status": js.state("water_leak", ("leak",), ("normal", "no leak")),
    "position": js.state("tilt", ("tilt",), ("normal",)),
    "pir": js.state("motion", ("trigger", "triggered"), ("normal", "idle")),
    "pir_status": js.state("motion", ("trigger", "triggered"), ("normal", "idle")),
    "occupancy": js.state("occupancy", ("occupied",), ("vacant", "unoccupied", "idle")),
    "daylight": js.state("daylight", ("bright", "light"), ("dim", "dark")),
    "tamper_status": js.state("tamper", ("uninstalled",), ("installed",)),
    "gas_status": js.state("gas_alarm", ("alarm",), ("normal",)),
    "valve_status": js.state("valve_open", _OPEN, _SHUT),
    "relay_output_status": js.state("relay_1"),
    "people_count_all": js.measure("people_count"),
    "people_count": js.measure("people_count"),
    "people_count_max": js.measure("people_count_max"),
    **{name: js.measure("people_in_total") for name in ("total_in", "total_counter_in")},
    **{name: js.measure("people_out_total") for name in ("total_out", "total_counter_out")},
    **{name: js.measure("people_in_period") for name in ("period_in", "periodic_counter_in")},
    **{name: js.measure("people_out_period") for name in ("period_out", "periodic_counter_out")},
    **{f"switch_{n}": js.state(f"relay_{n}") for n in range(1, 9)},
    **{f"button_status{n}": js.state(f"relay_{n}") for n in range(1, 9)},
})  # fmt: skip
_DISTANCE: Final = js.measure("distance")
_ANGLE: Final = js.measure("tilt_angle")
_TVOC: Final = js.measure("tvoc")
_TVOC_IAQ: Final = js.measure("tvoc_iaq")

_LINE: Final = re.compile(r"line_(\d{1,2})_(total_in|total_out|period_in|period_out)", re.ASCII)
_AXIS: Final = re.compile(r"(angle|threshold)_([xyz])")
_BUTTON: Final = re.compile(r"button_(\d{1,2})", re.ASCII)
_STATUS: Final = re.compile(r"([a-z0-9_]{1,32})_(sensor_status|alarm)", re.ASCII)
_PRESSES: Final = {"short": "single", "double": "double", "long": "long", "1": "single", "2": "long", "3": "double"}
_NESTED: Final = frozenset(("button_status", "button_status_control"))

# Identity, settings and derived values: no readings.
_KNOWN: Final = frozenset((
    "sn", "hardware_version", "firmware_version", "ipso_version", "protocol_version", "tsl_version", "lorawan_class",
    "power_on", "msgid", "activity", "infrared", "infrared_and_visible", "light_level", "calibration_status",
    "region_count", "timestamp", "report_status", "tvoc_unit", "tvoc_ug_m3", "region_mask", "weighting",
))  # fmt: skip
_KNOWN_SHAPE: Final = re.compile(
    r"region_\d+(_\w+)?|switch_\d_change|button_status\d_change|button_\d+_(d2d|msgid)", re.ASCII
)

QUANTITIES: Final = tuple(sorted({
    *(field[0] for field in FIELDS.values()), "distance", "tilt_angle", "tvoc", "tvoc_iaq",
}))  # fmt: skip


def take(telling: Telling, key: str, raw: Any, said: dict[str, Any]) -> bool:
    """Take one key of a decoded object `said`; tell whether Milesight's tables know it."""
    if field := FIELDS.get(key):
        telling.take(field, raw)
    elif key == "distance":
        # A tilted ultrasonic sensor measures something, but not the bin's content (mqtt.md §1.0 rule 4).
        telling.take(_DISTANCE, raw, quality="suspect" if said.get("position") == "tilt" else None)
    elif key == "tvoc":
        telling.take(_TVOC_IAQ if _is_iaq(raw, said) else _TVOC, raw)
    elif key in _NESTED and isinstance(raw, dict):
        return sum(take(telling, inner, value, raw) for inner, value in raw.items() if inner not in _NESTED) > 0
    elif key in ("device_status", "reset_event"):
        telling.event("reboot", "power_on" if key == "device_status" else "reset")
    else:
        return _button(telling, key, raw) or _shaped(telling, key, raw)
    return True


def _is_iaq(raw: Any, said: dict[str, Any]) -> bool:
    """Tell the AM300 series' air quality level from the AM100 series' ppb: by a fraction or its other sensors."""
    return (isinstance(raw, float) and not raw.is_integer()) or any(k in said for k in ("light_level", "hcho", "pm2_5"))


def _button(telling: Telling, key: str, raw: Any) -> bool:
    """Take `button_event`, `press` and, with several buttons, `button_<n>`."""
    several = _BUTTON.fullmatch(key)
    if key not in ("button_event", "press") and not several:
        return False
    status = raw.get("status") if isinstance(raw, dict) else raw
    word = js.word(status if isinstance(status, str) else str(status)).lower().replace("_", " ").partition(" ")[0]
    if press := _PRESSES.get(word):
        telling.event("button", press, f"channel={several[1]}" if several else "")
    return True


def _shaped(telling: Telling, key: str, raw: Any) -> bool:
    """Take the keys that have a number, an axis or a sensor's name in them."""
    if match := _LINE.fullmatch(key):
        telling.take(FIELDS[match[2]], raw, f"line={match[1]}")
    elif match := _AXIS.fullmatch(key):
        if match[1] == "angle":
            telling.take(_ANGLE, raw, f"axis={match[2]}")
        elif raw == "trigger":
            telling.event("device_alarm", f"tilt_threshold_{match[2]}")
    elif match := _STATUS.fullmatch(key):
        _status(telling, match[1], match[2], js.word(raw).lower().replace(" ", "_"))
    else:
        return key in _KNOWN or _KNOWN_SHAPE.fullmatch(key) is not None
    return True


def _status(telling: Telling, subject: str, kind: str, word: str) -> None:
    if word in ("", "normal", "unknown"):
        return
    if kind == "alarm":
        # "threshold_alarm" → "distance_threshold"; "threshold_alarm_release" keeps its end.
        telling.event("device_alarm", f"{subject}_{word.replace('_alarm', '')}")
    else:
        telling.event("sensor_status" if word == "polarizing" else "sensor_fault", f"{subject}:{word}")
