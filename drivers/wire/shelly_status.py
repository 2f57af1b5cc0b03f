"""The components of a Shelly Gen2+ and what their status keys give; options of one device.

It knows no topic and remembers nothing. Components are `<kind>:<id>`; the number is part of a contact's name
(`relay_0`, `input_0`), and of another quantity only beyond 0 (`channel=1`). Energies are Wh. Mains frequency is not
taken.

    switch:0 {"id":0,"output":true,"apower":3.8,"voltage":231.0,"current":0.03,"aenergy":{"total":26064.252},
              "temperature":{"tC":42.0}}           input:0 {"state":false}     (null: it is a button)
    devicepower:0 {"battery":{"V":2.99,"percent":97}}   smoke:0 {"alarm":false}   flood:0 {"alarm":true,"errors":[]}
    em:0 {"a_voltage":…,"b_act_power":…}   emdata:0 {"a_total_act_energy":…,"total_act":…}    em1:0, em1data:0, pm1:0

Source: mqtt.md §1.3; energy meters from the maker's pages EM, EMData, EM1, EM1Data and PM1 (shelly-api-docs).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field

from agent.driver import Options
from drivers.wire import json_values as js
from drivers.wire.meanings import Meaning

MAX_ID: Final = 32
_COMPONENT: Final = re.compile(r"([a-z0-9]{1,16}):(\d{1,3})", re.ASCII)
_METER: Final = {
    "apower": js.measure("power"), "voltage": js.measure("voltage"), "current": js.measure("current"),
    "aenergy.total": js.measure("energy_total"), "ret_aenergy.total": js.measure("energy_export_total"),
    "pf": js.measure("power_factor"), "temperature.tC": js.measure("device_temperature"),
}  # fmt: skip
_PHASE: Final = {
    "voltage": js.measure("voltage"), "current": js.measure("current"), "act_power": js.measure("power"),
    "aprt_power": js.measure("apparent_power"), "pf": js.measure("power_factor"),
}  # fmt: skip
_COUNTS: Final = {
    "total_act_energy": js.measure("energy_total"), "total_act_ret_energy": js.measure("energy_export_total"),
}  # fmt: skip
FIELDS: Final[dict[str, dict[str, js.Field]]] = {
    "switch": _METER,
    "pm1": _METER,
    "em": {"total_current": _PHASE["current"], "total_act_power": _PHASE["act_power"],
           "total_aprt_power": _PHASE["aprt_power"]},
    "emdata": {"total_act": _COUNTS["total_act_energy"], "total_act_ret": _COUNTS["total_act_ret_energy"]},
    "em1": _PHASE,
    "em1data": _COUNTS,
    "temperature": {"tC": js.measure("temperature")},
    "humidity": {"rh": js.measure("humidity")},
    "illuminance": {"lux": js.measure("illuminance")},
    "voltmeter": {"voltage": js.measure("voltage")},
    "devicepower": {"battery.percent": js.measure("battery"), "battery.V": js.measure("battery_voltage")},
    "smoke": {"alarm": js.state("smoke")},
    "flood": {"alarm": js.state("water_leak")},
    "input": {},
    "wifi": {"rssi": js.measure("rssi")},
}  # fmt: skip
"""By kind of component and key (`a.b`: inside an object). Phases a, b, c of `em` and `emdata` are `phase=1` to 3."""
PLUGS: Final = {"switch": ("output", "relay"), "input": ("state", "input")}
"""Components that are contacts: their key, and the name that a number is put behind."""
_PHASED: Final = {"em": _PHASE, "emdata": _COUNTS}

KNOWN: Final = frozenset((
    "ble", "cloud", "mqtt", "ws", "sys", "eth", "modbus", "matter", "knx", "ts", "plugs_ui", "bthome", "ui", "script",
    "id", "source", "freq", "by_minute", "minute_ts", "errors", "flags", "mute", "tF", "external", "sta_ip", "status",
    "ssid", "bssid", "sta_ip6", "timer_started_at", "timer_duration", "counts", "percent", "xpercent", "xvoltage",
    "illumination", "calibration", "n_current", "user_calibrated_phase", "total", "present", "overtemp", "mac",
))  # fmt: skip
"""Components and keys that are no readings."""

QUANTITIES: Final = tuple(sorted({
    *(field[0] for table in (*FIELDS.values(), _PHASE, _COUNTS) for field in table.values()),
    *(f"{name}_{n}" for name in ("relay", "input") for n in range(MAX_ID + 1)),
}))  # fmt: skip


class ShellyDeviceOptions(Options):
    """Options of one device."""

    topic_prefix: str = Field(
        "", pattern=r"^[^+#]{0,128}$", description="its MQTT topic prefix, if it is not the device id"
    )
    battery: bool = Field(
        False,
        description="it sleeps between its reports, so that `online` false says nothing; H&T, Smoke, Flood are known",
    )
    meanings: dict[Annotated[str, Field(pattern=r"^(input|relay)_\d{1,2}$")], Meaning] = Field(
        {}, description="what inputs and relays stand for, such as {input_0: door_open}"
    )
    invert: list[Annotated[str, Field(pattern=r"^(input|relay)_\d{1,2}$")]] = Field(
        [], description="inputs and relays that read the other way round, such as [input_0]"
    )

    def field(self, plug: str) -> js.Field:
        """Give how an input or relay (`input_0`) is read."""
        return _plug(self.meanings.get(plug, plug), plug in self.invert)

    def plug_of(self, quantity: str) -> str:
        """Give the plug that is read as this quantity: the relay of an output."""
        return next((plug for plug, meant in self.meanings.items() if meant == quantity), quantity)


@lru_cache(maxsize=256)
def _plug(quantity: str, inverted: bool) -> js.Field:
    return js.state(quantity, invert=inverted)


class Part(NamedTuple):
    """One component: kind, number, and the `part` of its readings."""

    kind: str
    number: int
    part: str


@lru_cache(maxsize=512)
def component(name: str) -> Part | None:
    """Give the component that a key of a status names; None if it is none of ours."""
    match = _COMPONENT.fullmatch(name)
    kind, number = (match[1], int(match[2])) if match else (name, 0)
    if kind not in FIELDS or (kind in PLUGS and number > MAX_ID):
        return None
    return Part(kind, number, f"channel={number}" if number else "")


def readings(part: Part, status: dict[str, Any], options: ShellyDeviceOptions) -> list[tuple[js.Field, Any, str]]:
    """Give what a status (whole or a delta) tells: field, raw value, and the part of the reading."""
    found: list[tuple[js.Field, Any, str]] = []
    if plug := PLUGS.get(part.kind):
        key, name = plug
        if key in status:
            found.append((options.field(f"{name}_{part.number}"), status[key], ""))
    for path, field in FIELDS[part.kind].items():
        outer, _, inner = path.partition(".")
        value = status.get(outer)
        if inner:
            value = value.get(inner) if isinstance(value, dict) else None
        if value is not None:
            found.append((field, value, part.part))
    for n, letter in enumerate("abc" if part.kind in _PHASED else "", 1):
        found += [
            (field, status[f"{letter}_{key}"], f"phase={n}")
            for key, field in _PHASED[part.kind].items()
            if f"{letter}_{key}" in status
        ]
    return found


def strange_keys(part: Part, status: dict[str, Any]) -> list[str]:
    """Give the keys of a status that nothing explains."""
    known = {path.partition(".")[0] for path in FIELDS[part.kind]}
    known |= {f"{letter}_{key}" for letter in "abc" for key in _PHASED.get(part.kind, ())}
    plug = PLUGS.get(part.kind, ("", ""))[0]
    return [key for key in status if key not in known and key not in KNOWN and key != plug]
