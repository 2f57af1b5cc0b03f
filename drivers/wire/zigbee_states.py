"""The JSON states of Zigbee2MQTT, both ways: which key gives which quantity, and a device's own side that writes them.

It does not know topics beside its own, nor what `action` words mean (zigbee_actions.py). Polarity: `contact` true is
closed. Units: `voltage` is mV for batteries and V for plugs, `target_distance` and `distance` are metres, `energy` kWh.
Source: mqtt.md §1.1 "Key table by model"; keys of plugs from the same definitions (`exposes`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from pydantic import Field

from agent.driver import Message, Options
from agent.model.events import Value
from drivers.wire import json_values as js

FIELDS: Final = js.field_table({
    "contact": js.state("door_open", invert=True),
    "occupancy": js.state("motion"),
    "presence": js.state("presence"),
    "water_leak": js.state("water_leak"),
    "gas": js.state("gas_alarm"),
    "vibration": js.state("vibration"),
    "tamper": js.state("tamper"),
    "battery_low": js.state("battery_low"),
    "battery": js.measure("battery"),
    "linkquality": js.measure("linkquality"),
    "temperature": js.measure("temperature"),
    "humidity": js.measure("humidity"),
    "pressure": js.measure("pressure"),
    "illuminance": js.measure("illuminance"),
    "co2": js.measure("co2"),
    "pm25": js.measure("pm2_5"),
    "pm10": js.measure("pm10"),
    "voc": js.measure("tvoc"),
    "voc_index": js.measure("voc_index"),
    "target_distance": js.measure("distance", 1000),
    "distance": js.measure("distance", 1000),
    "angle": js.measure("tilt_angle"),
    "strength": js.measure("vibration_strength"),
    "power": js.measure("power"),
    "current": js.measure("current"),
    "energy": js.measure("energy_total", 1000),
    "ac_frequency": js.measure("frequency"),
    "power_factor": js.measure("power_factor"),
    **{f"state_l{n}": js.state(f"relay_{n}") for n in range(1, 9)},
})  # fmt: skip
_SMOKE: Final = js.state("smoke")
_RELAY: Final = js.state("relay_1")
_MAINS: Final = js.measure("voltage")
_CELL: Final = js.measure("battery_voltage", 0.001)

# Settings of the device, its firmware, and what z2m derives: no readings.
KNOWN: Final = frozenset((
    "last_seen", "elapsed", "no_occupancy_since", "update", "update_available", "device_temperature", "trigger_count",
    "power_outage_count", "illumination", "illuminance_lux", "air_quality", "smoke", "smoke_density", "state", "click",
    "angle_x", "angle_y", "angle_z", "x_axis", "y_axis", "z_axis", "ac_status", "restore_reports", "device",
    "sensitivity", "supervision_reports", "linkage_alarm", "linkage_alarm_state", "motion_timeout",
    "occupancy_timeout", "occupancy_sensitivity", "vibration_timeout", "detection_delay", "detection_interval",
    "fading_time", "maximum_range", "minimum_range", "radar_sensitivity", "power_on_behavior", "indicator_mode",
    "child_lock", "buzzer_manual_mute",
))  # fmt: skip


class ZigbeeOptions(Options):
    """Options of the ecosystem."""

    base_topic: str = Field("zigbee2mqtt", pattern=r"^[^+#]{1,128}$", description="mqtt.base_topic of Zigbee2MQTT")


def field_of(key: str, raw: object, state: dict[str, Any]) -> js.Field | None:
    """Give the field of a key whose meaning depends on the rest of the state, None if it is no reading."""
    if key == "voltage":
        # Batteries report millivolts, plugs volts; no cell is below 0.6 V and no socket above 600 V.
        return _CELL if "battery" in state or (isinstance(raw, int | float) and raw > 600) else _MAINS
    if key == "smoke" and state.get("test") is not True:
        return _SMOKE
    return _RELAY if key == "state" and raw in ("ON", "OFF") else None


QUANTITIES: Final = tuple(sorted({field[0] for field in (*FIELDS.values(), _SMOKE, _RELAY, _MAINS, _CELL)}))

# quantity -> (key, factor): the way back for numbers; states are written as booleans.
_KEYS: Final[dict[str, tuple[str, float]]] = {
    field[0]: (key, 1.0) for key, field in FIELDS.items() if not key.startswith("state_")
} | {
    "smoke": ("smoke", 1.0),
    "distance": ("target_distance", 0.001),
    "energy_total": ("energy", 0.001),
    "voltage": ("voltage", 1.0),
    "battery_voltage": ("voltage", 1000.0),
}
_ACTIONS: Final = {"quad": "quadruple", "penta": "many", "long": "hold"}


class ZigbeePlayer:
    """One Zigbee device as Zigbee2MQTT tells of it. With `wall` its states carry `last_seen`."""

    def __init__(self, own_id: str, options: Options, wall: Callable[[int], int | None] = lambda _t: None) -> None:
        self._base = options.base_topic if isinstance(options, ZigbeeOptions) else ZigbeeOptions().base_topic
        self._topic = f"{self._base}/{own_id}"
        self._wall = wall
        self._state: dict[str, Any] = {}

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember a value for the next report; raise KeyError for what no Zigbee key says (or a part: it has none)."""
        if part:
            raise KeyError(part)
        if quantity == "relay_1":
            self._state["state"] = "ON" if value else "OFF"
        elif quantity.startswith("relay_"):
            self._state[f"state_l{quantity[6:]}"] = "ON" if value else "OFF"
        elif quantity == "door_open":
            self._state["contact"] = not value
        else:
            key, factor = _KEYS[quantity]
            self._state[key] = value if isinstance(value, bool | str) or factor == 1.0 else round(value * factor, 6)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:
        """Send a state with `action` (presses, movements) or the word that stays (presence)."""
        if kind == "presence_event":
            self._state["presence_event"] = value
            return self.talk(now)
        word = _ACTIONS.get(str(value), str(value))
        channel = part.partition("=")[2]
        action = f"{channel}_{word}" if channel.isdigit() else f"{word}_{channel}" if channel else word
        return [self._message({**self._state, "action": action}, now)]

    def talk(self, now: int) -> list[Message]:
        """Send the whole state, as Zigbee2MQTT does."""
        return [self._message(self._state, now)]

    def listens(self) -> Sequence[str]:
        """Zigbee2MQTT hears what is to be set, and what shall be read."""
        return (f"{self._topic}/set", f"{self._topic}/get")

    def receive(self, topic: str, payload: bytes, now: int) -> list[Message]:
        """Switch a relay that the device has, and tell the whole state; an empty word only asks."""
        told = js.load(payload)
        known = {key for key in told if key in self._state} if isinstance(told, dict) else set()
        if topic not in self.listens() or not known:
            return []
        if topic.endswith("/set"):
            self._state |= {key: told[key] for key in known if told[key] in ("ON", "OFF")}
        return self.talk(now)

    def birth(self, *, online: bool) -> list[Message]:
        """Publish the availability, as retained as Zigbee2MQTT does."""
        state = {"state": "online" if online else "offline"}
        return [Message(f"{self._topic}/availability", msgspec.json.encode(state), retain=True, qos=1)]

    def _message(self, state: dict[str, Any], now: int) -> Message:
        wall = self._wall(now)
        seen = {} if wall is None else {"last_seen": wall}
        return Message(self._topic, msgspec.json.encode({**state, **seen}, order="sorted"))
