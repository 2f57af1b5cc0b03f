"""ChirpStack v4: LoRaWAN devices behind a network server, as JSON events on MQTT.

It will not decode raw payloads: without a codec in the device profile there is no `object`, and the bytes come back as
undecoded. It sends no downlinks (a class A device hears them only after its next uplink).

    application/<uuid>/device/<devEui>/event/up       {"deduplicationId":…,"time":…,"deviceInfo":{"devEui":…},"fCnt":12,
                                                       "fPort":85,"data":"AXUQ/y4B","object":{…},"rxInfo":[{"rssi":-97}]}
    application/<uuid>/device/<devEui>/event/status   {"margin":10,"batteryLevel":88.3}
    …/join  …/log {"code":"UPLINK_MIC"}  …/ack {"acknowledged":false}       txack, location, integration say nothing

Every field is optional (zeros are left out). One uplink heard by several gateways is one event; the same
`deduplicationId` again is the broker's redelivery. `fCnt` that jumps tells of lost uplinks, one that falls of a rejoin.
What `object` holds is in drivers/milesight.py and drivers/dragino.py. Sources: mqtt.md §1.0, §1.5, §1.7, §1.8, §1.11.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.driver import Message, MqttDriver, MqttSetup
from agent.model.effects import Order
from agent.model.events import Item, Stranger, Undecoded
from drivers import dragino, milesight
from drivers.wire import found
from drivers.wire import json_values as js
from drivers.wire.chirpstack_player import ChirpStackPlayer
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk

MAX_DEVICES: Final = 4096
MAX_REMEMBERED: Final = 2048
"""Uplinks whose repetition is recognised."""

_TOPIC: Final = re.compile(r"application/[^/]+/device/([^/]+)/event/([a-z]+)")
_EUI: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_RSSI: Final = js.measure("rssi")
_SNR: Final = js.measure("snr")
_BATTERY: Final = js.measure("battery")
_MARGIN: Final = js.measure("link_margin")


class ChirpStack:
    """All devices of one ChirpStack."""

    def __init__(self, setup: MqttSetup) -> None:
        self._wall = setup.wall
        self._names: Mapping[str, str] | None = None
        if setup.bindings is not None:
            # Labels and consoles print the EUI in capitals; on the topic it is in small letters.
            self._names = {own.lower(): bound.device for own, bound in setup.bindings.items()}
        self._counts: dict[str, int] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()
        self.unknown = Unknown()

    def topics(self) -> Sequence[str]:
        """All events of all devices of all applications."""
        return ("application/+/device/+/event/+",)

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - a downlink would come hours later
        """A battery-powered LoRaWAN device says nothing to residents."""
        return []

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        match = _TOPIC.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None or not payload:
            return []
        told = json_object(payload)
        own = self._identity(match[1], told)
        name = own if self._names is None else self._names.get(own)
        if name is None:
            return [Stranger(own, now)]
        if told is None:
            return junk(name, "no JSON object", len(payload), now)
        wall = self._wall(now)
        telling = Telling(name, now, js.device_time(told.get("time"), wall), retained=retained)
        telling.late(wall)
        telling.stamp = js.device_time(told.get("time"), None)
        if self._again(f"{own}/{match[2]}/{js.word(told.get('deduplicationId'))}"):
            return []
        self._event(telling, match[2], own, told)
        return telling.items

    def _event(self, telling: Telling, event: str, own: str, told: dict[str, Any]) -> None:
        if event == "up":
            self._uplink(telling, own, told)
        elif event == "status":
            telling.take(_MARGIN, told.get("margin"))
            if told.get("externalPowerSource") is not True and told.get("batteryLevelUnavailable") is not True:
                telling.take(_BATTERY, told.get("batteryLevel"))
        elif event == "join":
            self._counts.pop(own, None)
            telling.event("device_joined", own)
        elif event == "log":
            telling.event(
                "gateway_log", js.word(told.get("code")) or "unknown", detail=js.word(told.get("description"))
            )
        elif event == "ack" and told.get("acknowledged") is False:
            telling.event("prompt_result", "not_acknowledged")

    def _uplink(self, telling: Telling, own: str, told: dict[str, Any]) -> None:
        self._count(telling, own, told.get("fCnt"))
        port = told.get("fPort")
        port = port if isinstance(port, int) and 0 <= port <= 255 else 0
        said = told.get("object")
        explained = isinstance(said, dict) and self._object(telling, said, port)
        if not explained and told.get("data"):
            self._undecoded(telling, told["data"], port, said)
        self._radio(telling, told.get("rxInfo"))

    def _object(self, telling: Telling, said: dict[str, Any], port: int) -> bool:
        """Take what a codec decoded; tell whether any key was known."""
        telling.historical = port == dragino.DATALOG_PORT and "Node_type" in said
        explained = False
        for key, raw in said.items():
            if key == "history" and isinstance(raw, list):
                explained |= self._history(telling, raw)
            elif milesight.take(telling, key, raw, said) or dragino.take(telling, key, raw, said):
                explained = True
            else:
                self.unknown.saw(key)
        telling.historical = False
        return explained

    def _history(self, telling: Telling, entries: list[Any]) -> bool:
        """Take values that the device kept while it had no network: they carry their own time and fire no rule."""
        wall, explained = self._wall(telling.now), False
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            at = js.device_time(entry.get("timestamp"), wall, stored=True)
            if not at:
                telling.insane("history.timestamp", entry.get("timestamp"))
                explained = True
                continue
            kept = Telling(telling.device, telling.now, at, retained=telling.retained)
            kept.historical = True
            for key, raw in entry.items():
                known = milesight.take(kept, key, raw, entry) or dragino.take(kept, key, raw, entry)
                explained |= known
                if not known:
                    self.unknown.saw(f"history.{key}")
            telling.items += kept.items
        return explained

    @staticmethod
    def _undecoded(telling: Telling, data: Any, port: int, said: Any) -> None:
        try:
            raw = base64.b64decode(data, validate=True) if isinstance(data, str) else None
        except (binascii.Error, ValueError):
            raw = None
        if raw is None:
            telling.items += junk(telling.device, "data is not base64", len(str(data)), telling.now)
            return
        # A LoRaWAN payload has at most 242 bytes.
        detail = "no known key in object" if isinstance(said, dict) else ""
        telling.items.append(Undecoded(telling.device, raw[:242].hex(), port, detail, telling.now))

    @staticmethod
    def _radio(telling: Telling, heard: Any) -> None:
        """Take the signal at the gateway that heard it best."""
        gateways = [one for one in heard if isinstance(one, dict)] if isinstance(heard, list) else []
        if gateways:
            best = max(gateways, key=_strength)
            telling.take(_RSSI, best.get("rssi"))
            telling.take(_SNR, best.get("snr"))

    def _count(self, telling: Telling, own: str, count: Any) -> None:
        """Watch the uplink counter: a jump is lost uplinks, a fall is a device that started over."""
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 1 << 32:
            return
        before = self._counts.get(own)
        if before is not None or len(self._counts) < MAX_DEVICES:
            self._counts[own] = count
        if before is None:
            return
        if count > before + 1:
            telling.event("events_lost", float(count - before - 1), detail=f"uplinks {before + 1} to {count - 1}")
        elif count < before:
            telling.event("device_joined", own, detail=f"fCnt fell from {before} to {count}")

    def _again(self, key: str) -> bool:
        """Tell whether this uplink was already taken; a message without an id never was."""
        if key.endswith("/"):
            return False
        if key in self._heard:
            return True
        self._heard[key] = None
        if len(self._heard) > MAX_REMEMBERED:
            self._heard.popitem(last=False)
        return False

    @staticmethod
    def _identity(from_topic: str, told: dict[str, Any] | None) -> str:
        """Give the devEui in small letters: the payload's own, or else the topic's."""
        info = told.get("deviceInfo") if told else None
        inside = info.get("devEui") if isinstance(info, dict) else None
        own = inside.lower() if isinstance(inside, str) else ""
        return own if _EUI.fullmatch(own) else js.word(from_topic).lower()


def _strength(gateway: dict[str, Any]) -> tuple[float, float]:
    rssi, snr = (_as_number(gateway.get(key)) for key in ("rssi", "snr"))
    return rssi, snr


def _as_number(raw: Any) -> float:
    return float(raw) if isinstance(raw, int | float) and -1000 < raw < 1000 else -1000.0


DRIVER = MqttDriver(
    name="chirpstack",
    summary="ChirpStack v4: LoRaWAN sensors (Milesight, Dragino) through their network server",
    build=ChirpStack,
    player=ChirpStackPlayer,
    quantities=tuple(
        sorted({*milesight.QUANTITIES, *dragino.QUANTITIES, *(f[0] for f in (_RSSI, _SNR, _BATTERY, _MARGIN))})
    ),
    events=(
        "button", "device_alarm", "sensor_status", "sensor_fault", "device_joined", "events_lost", "gateway_log",
        "prompt_result", "reboot",
    ),
    ticks=("encoder", "vectors", "hostile"),
    discover_topics=found.CHIRPSTACK_TOPICS,
    discover=found.chirpstack,
)  # fmt: skip
