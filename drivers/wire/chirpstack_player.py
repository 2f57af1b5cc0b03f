"""A LoRaWAN device as ChirpStack tells of it: a Milesight sensor's decoded `object` in an uplink's envelope.

It encodes no bytes: `data` is left out, as the codec in the device profile has done its work. Its words are those of
drivers/milesight.py; `deduplicationId` and `fCnt` count up. Source: mqtt.md §1.5, §1.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from agent.driver import Message, Options
from agent.model.events import Value
from drivers import milesight

APPLICATION: Final = "17c82e96-be03-4f38-aef3-f83d48582d97"

# quantity -> (key, word for false, word for true)
_STATES: Final = {
    "door_open": ("magnet_status", "close", "open"),
    "water_leak": ("leakage_status", "normal", "leak"),
    "tilt": ("position", "normal", "tilt"),
    "motion": ("pir", "normal", "trigger"),
    "occupancy": ("occupancy", "vacant", "occupied"),
    "daylight": ("daylight", "dim", "bright"),
    "tamper": ("tamper_status", "installed", "uninstalled"),
    "gas_alarm": ("gas_status", "normal", "alarm"),
    "valve_open": ("valve_status", "off", "on"),
    **{f"relay_{n}": (f"switch_{n}", "off", "on") for n in range(1, 9)},
}
_NUMBERS: Final = {field[0]: key for key, field in reversed(milesight.FIELDS.items()) if field[0] not in _STATES} | {
    "distance": "distance",
    "tvoc": "tvoc",
    "luminosity": "luminosity",
}
_PRESSES: Final = {"single": "short press", "double": "double press", "long": "long press"}


class ChirpStackPlayer:
    """One LoRaWAN device. With `wall` its uplinks carry the network server's time."""

    def __init__(self, own_id: str, options: Options, wall: Callable[[int], int | None] = lambda _t: None) -> None:
        assert isinstance(options, Options)
        self._eui = own_id.lower()
        self._wall = wall
        self._object: dict[str, Any] = {}
        self._radio: dict[str, Value] = {"gatewayId": "0016c001f153a14c", "rssi": -97, "snr": 7.2}
        self._count = 0

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember a value for the next uplink (`line=2`, `axis=x` name the part); KeyError if no key says it."""
        if quantity in ("rssi", "snr"):
            self._radio[quantity] = value
        elif quantity in _STATES:
            key, no, yes = _STATES[quantity]
            self._object[key] = yes if value else no
        elif quantity == "tilt_angle":
            self._object[f"angle_{part.partition('=')[2]}"] = value
        else:
            prefix = f"line_{part.partition('=')[2]}_" if part else ""
            self._object[prefix + _NUMBERS[quantity]] = value

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:
        """Send an uplink for a press, or a join; KeyError for other facts."""
        if kind == "device_joined":
            self._count = 0
            return [self._message("join", {"devAddr": "00189440"}, now)]
        if kind != "button":
            raise KeyError(kind)
        key = f"button_{part.partition('=')[2]}" if part else "button_event"
        return [self._uplink({**self._object, key: {"status": _PRESSES[str(value)], "msgid": 993499}}, now)]

    def talk(self, now: int) -> list[Message]:
        """Send the periodic uplink."""
        return [self._uplink(self._object, now)]

    def birth(self, *, online: bool) -> list[Message]:  # noqa: ARG002 - there is no will per device
        """Say nothing: a LoRaWAN device that is gone is only silent."""
        return []

    def _uplink(self, said: dict[str, Any], now: int) -> Message:
        self._count += 1
        body = {"fCnt": self._count, "fPort": 85, "confirmed": False, "object": said, "rxInfo": [self._radio]}
        return self._message("up", body, now)

    def _message(self, event: str, body: dict[str, Any], now: int) -> Message:
        wall = self._wall(now)
        time = {} if wall is None else {"time": iso(wall)}
        envelope = {
            "deduplicationId": f"{self._eui}-{now}-{event}-{self._count}",
            **time,
            "deviceInfo": {"devEui": self._eui},
        }
        topic = f"application/{APPLICATION}/device/{self._eui}/event/{event}"
        return Message(topic, msgspec.json.encode(envelope | body))


def iso(unix_ms: int) -> str:
    """Give Unix milliseconds as ChirpStack prints them: nine digits of a second and an offset."""
    days, millis = divmod(unix_ms, 86_400_000)
    # The calendar counted from March, the way back of json_values.unix_ms.
    era_day = days + 719_468
    era, of_era = divmod(era_day, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day, month = of_year - (153 * shifted + 2) // 5 + 1, shifted + 3 if shifted < 10 else shifted - 9
    year += era * 400 + (month <= 2)
    seconds, millis = divmod(millis, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{millis:03}000000+00:00"
    return f"{year:04}-{month:02}-{day:02}T{clock}"
