"""The devices' own side of Theengs and OpenMQTTGateway: adverts and radio codes as a gateway publishes them.

It plays one device behind one gateway. An id `433/<code>` is a radio button, any other a Bluetooth device's MAC.
Source: mqtt.md §1.9, §1.10.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from agent.driver import Message
from agent.model.events import Value
from drivers.wire.ble_adverts import PRESSES, mac_of

KEYS: Final = {
    "temperature": "tempc", "humidity": "hum", "pressure": "pres", "battery_voltage": "volt", "battery": "batt",
    "illuminance": "lux", "door_open": "open", "motion": "motion", "tilt_angle": "rot", "movement_count": "mov",
    "rssi": "rssi", "co2": "co2", "pm2_5": "pm25", "pm10": "pm10",
}  # fmt: skip
NUMBERS: Final = {word: number for number, word in reversed(PRESSES.items())}


class GatewayPlayer:
    """One device behind the gateway `gateway` of `base`."""

    def __init__(self, own_id: str, base: str, gateway: str) -> None:
        self._root = f"{base}/{gateway}"
        self._mac = mac_of(own_id) or own_id
        self._code = int(own_id[4:]) if own_id.startswith("433/") else None
        self._now: dict[str, Any] = {}
        self._packet = 0

    def set(self, quantity: str, value: Value, part: str = "") -> None:  # noqa: ARG002 - a beacon has no parts
        """Remember a value for the next advertisement; KeyError for what no advertisement says."""
        self._now[KEYS[quantity]] = value

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:  # noqa: ARG002
        """Press the button; KeyError for anything else."""
        if kind != "button":
            raise KeyError(kind)
        if self._code is not None:
            said = {"value": self._code, "protocol": 1, "length": 24, "delay": 317}
            return [Message(f"{self._root}/433toMQTT", msgspec.json.encode(said))]
        return [self._advert({"button": NUMBERS[str(value)]})]

    def talk(self, now: int) -> list[Message]:  # noqa: ARG002 - an advertisement has no time
        """Advertise what is so now; a radio button says nothing by itself."""
        return [self._advert(self._now)] if self._now and self._code is None else []

    def birth(self, *, online: bool) -> list[Message]:
        """Publish the gateway's LWT, retained."""
        return [Message(f"{self._root}/LWT", b"online" if online else b"offline", retain=True, qos=1)]

    def _advert(self, body: dict[str, Any]) -> Message:
        self._packet = (self._packet + 1) % 256
        mac = ":".join(self._mac[i : i + 2] for i in range(0, len(self._mac), 2))
        said = {"id": mac, "rssi": -60, "model_id": "PLAYED", "packet": self._packet, **body}
        return Message(f"{self._root}/BTtoMQTT/{self._mac}", msgspec.json.encode(said))
