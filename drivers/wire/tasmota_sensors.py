"""The sensor blocks of Tasmota, both ways: which key of which block gives which quantity, and a device writing them.

It knows no topics beside its player's, and it does not guess units: a `Distance` of a sensor that is not listed is
unknown (SR04 and its like print centimetres, laser sensors millimetres). `eCO2` is a smoothed copy and no reading.

    {"Time":"…","BME280":{"Temperature":21.7,"Humidity":66.6,"Pressure":988.6},"PressureUnit":"hPa","TempUnit":"C"}
    {"ZbReceived":{"0x8F20":{"Name":"Kitchen","Temperature":21.01,"Endpoint":1,"LinkQuality":88}}}
    {"ENERGY":{"Total":14.688,"Power":32,"Voltage":238,"Current":[0.278,0.044]}}          (a list has one per phase)

Source: mqtt.md §1.2; keys of ENERGY and of Zigbee contacts (1 = open) from public captures of `tele/+/SENSOR`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from pydantic import Field

from agent.driver import Message, Options
from agent.model.events import Value
from drivers.wire import json_values as js

BLOCK: Final = js.field_table({
    "Temperature": js.measure("temperature"),
    "Humidity": js.measure("humidity"),
    "Pressure": js.measure("pressure"),
    "CarbonDioxide": js.measure("co2"),
    "TVOC": js.measure("tvoc"),
    "Illuminance": js.measure("illuminance"),
    "PM1": js.measure("pm1"),
    "PM2.5": js.measure("pm2_5"),
    "PM10": js.measure("pm10"),
})  # fmt: skip
ZIGBEE: Final = js.field_table({
    "Temperature": js.measure("temperature"),
    "Humidity": js.measure("humidity"),
    "Pressure": js.measure("pressure"),
    "Battery": js.measure("battery"),
    "BatteryPercentage": js.measure("battery"),
    "Voltage": js.measure("battery_voltage"),
    "BatteryVoltage": js.measure("battery_voltage"),
    "LinkQuality": js.measure("linkquality"),
    "Occupancy": js.state("motion"),
    "Contact": js.state("door_open"),
    "Water": js.state("water_leak"),
})  # fmt: skip
ENERGY: Final = js.field_table({
    "Total": js.measure("energy_total", 1000),
    "ExportActive": js.measure("energy_export_total", 1000),
    "Power": js.measure("power"),
    "ApparentPower": js.measure("apparent_power"),
    "ReactivePower": js.measure("reactive_power"),
    "Factor": js.measure("power_factor"),
    "Voltage": js.measure("voltage"),
    "Current": js.measure("current"),
    "Frequency": js.measure("frequency"),
})  # fmt: skip
_CM: Final = js.measure("distance", 10)
_MM: Final = js.measure("distance")
_CHIP: Final = js.measure("device_temperature")
_DISTANCES: Final = (("SR04", _CM), ("ME007", _CM), ("DYP", _CM), ("VL53", _MM), ("HRXL", _MM), ("TOF10120", _MM))
SIGNAL: Final = js.measure("rssi")
UPTIME: Final = js.measure("uptime")

KNOWN: Final = frozenset((
    # of the device
    "Time", "Epoch", "TempUnit", "PressureUnit", "SpeedUnit", "Uptime", "Heap", "SleepMode", "Sleep", "LoadAvg",
    "MqttCount", "Vcc", "Berry", "Hostname", "IPAddress", "PackageOffset", "BootCount",
    # of sensors
    "Id", "Name", "Device", "Endpoint", "Group", "DewPoint", "SeaPressure", "eCO2", "Gas", "CF1", "CF2.5", "CF10",
    "PB0.3", "PB0.5", "PB1", "PB2.5", "PB5", "PB10", "TotalStartTime", "Yesterday", "Today", "Period", "LinkCount",
    "ZoneStatusChange", "ZoneStatusChangeZone", "AP", "SSId", "BSSId", "Channel", "Mode", "RSSI", "Downtime",
))  # fmt: skip
_PRESSURES: Final = {"hPa": 1.0, "mmHg": 1.333224, "inHg": 33.8639}


def block_field(source: str, key: str) -> js.Field | None:
    """Give the field of a key in a sensor block, None if nobody knows what it is."""
    if key == "Distance":
        return next((field for start, field in _DISTANCES if source.startswith(start)), None)
    if source == "ESP32" and key == "Temperature":
        return _CHIP  # The chip's own heat, not the room's.
    return BLOCK.get(key)


def in_our_unit(key: str, raw: Any, units: dict[str, Any]) -> Any:
    """Convert a bare number by the message's `TempUnit` and `PressureUnit`; other raw values stay as they are."""
    if raw.__class__ is not float and raw.__class__ is not int:
        return raw
    if key == "Temperature" and units.get("TempUnit") == "F" and abs(raw) < 10_000:
        return round((raw - 32) * 5 / 9, 2)
    if key == "Pressure" and abs(raw) < 10_000:
        unit = units.get("PressureUnit", "hPa")
        factor = _PRESSURES.get(unit) if isinstance(unit, str) else None
        return round(raw * factor, 2) if factor else f"{raw} {unit}"[: js.MAX_WORD]
    return raw


QUANTITIES: Final = tuple(sorted({
    *(field[0] for table in (BLOCK, ZIGBEE, ENERGY) for field in table.values()),
    "distance", "device_temperature", "rssi", "uptime",
    *(f"relay_{n}" for n in range(1, 9)), *(f"switch_{n}" for n in range(1, 9)),
}))  # fmt: skip


class TasmotaOptions(Options):
    """Options of the ecosystem."""

    full_topic: str = Field(
        "%prefix%/%topic%/",
        pattern=r"^[^+#]*(%prefix%[^+#]*%topic%|%topic%[^+#]*%prefix%)[^+#]*$",
        max_length=128,
        description="FullTopic as set in Tasmota; must contain %prefix% and %topic%",
    )

    def topic(self, prefix: str, name: str) -> str:
        """Give the topic up to its last level: `tele/<name>/`."""
        full = self.full_topic if self.full_topic.endswith("/") else self.full_topic + "/"
        return full.replace("%prefix%", prefix).replace("%topic%", name)


# quantity -> (block, key, factor): the way back. Unlisted quantities of ENERGY are found in its table.
_BLOCKS: Final[dict[str, tuple[str, str, float]]] = {
    "temperature": ("BME280", "Temperature", 1),
    "humidity": ("BME280", "Humidity", 1),
    "pressure": ("BME280", "Pressure", 1),
    "co2": ("SCD40", "CarbonDioxide", 1),
    "tvoc": ("SGP30", "TVOC", 1),
    "illuminance": ("ANALOG", "Illuminance", 1),
    "pm1": ("PMS5003", "PM1", 1),
    "pm2_5": ("PMS5003", "PM2.5", 1),
    "pm10": ("PMS5003", "PM10", 1),
    "distance": ("SR04", "Distance", 0.1),
    "device_temperature": ("ESP32", "Temperature", 1),
    **{
        field[0]: ("ENERGY", key, 0.001 if field[0].endswith("_total") else 1)
        for key, field in ENERGY.items()
    },
}  # fmt: skip
_ACTIONS: Final = {"long": "HOLD"}
_POWER: Final = {b"ON": "ON", b"1": "ON", b"OFF": "OFF", b"0": "OFF", b"TOGGLE": "TOGGLE", b"2": "TOGGLE"}


class TasmotaPlayer:
    """One Tasmota device. With `wall` its messages carry `Time` with an offset (SetOption52 1)."""

    def __init__(self, own_id: str, options: Options, wall: Callable[[int], int | None] = lambda _t: None) -> None:
        own = options if isinstance(options, TasmotaOptions) else TasmotaOptions()
        self._tele, self._stat, self._cmnd = (own.topic(prefix, own_id) for prefix in ("tele", "stat", "cmnd"))
        self._wall = wall
        self._sensors: dict[str, Any] = {}
        self._state: dict[str, Any] = {}

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember a value for the next report (`source_key=BME280-76` names the block); KeyError if none has it."""
        kind, _, number = quantity.partition("_")
        if kind == "switch":
            self._sensors[f"Switch{number}"] = "ON" if value else "OFF"
        elif kind == "relay":
            self._state[f"POWER{number}"] = "ON" if value else "OFF"
        elif quantity == "rssi":
            self._state["Wifi"] = {"Signal": value}
        elif quantity == "uptime":
            self._state["UptimeSec"] = value
        else:
            block, key, factor = _BLOCKS[quantity]
            named = part.partition("=")[2] or block
            assert not isinstance(value, str)
            self._sensors.setdefault(named, {})[key] = value if factor == 1 else round(value * factor, 6)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:  # noqa: ARG002 - tells no time
        """Send a button's or switch's action as RESULT; KeyError for other kinds."""
        name = {"button": "Button", "switch": "Switch"}[kind] + (part.partition("=")[2] or "1")
        action = _ACTIONS.get(str(value), str(value).upper())
        return [Message(self._stat + "RESULT", msgspec.json.encode({name: {"Action": action}}))]

    def talk(self, now: int) -> list[Message]:
        """Send what is due every TelePeriod: STATE and SENSOR."""
        wall = self._wall(now)
        time: dict[str, Any] = {} if wall is None else {"Epoch": wall // 1000}
        parts = (("STATE", self._state), ("SENSOR", self._sensors))
        return [Message(self._tele + name, msgspec.json.encode(time | body)) for name, body in parts if body]

    def listens(self) -> Sequence[str]:
        """Commands come under `cmnd`."""
        return (self._cmnd + "+",)

    def receive(self, topic: str, payload: bytes, now: int) -> list[Message]:  # noqa: ARG002 - tells no time
        """Switch a relay that the board has, and say what it is then; an empty payload only asks."""
        if not topic.startswith(self._cmnd):
            return []
        key = topic.removeprefix(self._cmnd)
        plug = key if key in self._state else f"{key}1" if key == "POWER" else "POWER" if key == "POWER1" else key
        if not key.startswith("POWER") or plug not in self._state:
            return [Message(self._stat + "RESULT", b'{"Command":"Unknown"}')]
        word = _POWER.get(payload.strip().upper())
        if word == "TOGGLE":
            word = "OFF" if self._state[plug] == "ON" else "ON"
        if word:
            self._state[plug] = word
        state = str(self._state[plug])
        result = Message(self._stat + "RESULT", msgspec.json.encode({plug: state}))
        return [result, Message(self._stat + plug, state.encode())]

    def birth(self, *, online: bool) -> list[Message]:
        """Publish the LWT, retained."""
        return [Message(self._tele + "LWT", b"Online" if online else b"Offline", retain=True, qos=1)]
