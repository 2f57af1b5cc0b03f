"""ChirpStack v4: LoRaWAN devices behind a network server, as JSON events on MQTT.

It sends no downlinks (a class A device hears them only after its next uplink).

    application/<uuid>/device/<devEui>/event/up       {"deduplicationId":…,"time":…,"deviceInfo":{"devEui":…},"fCnt":12,
                                                       "fPort":85,"data":"AXUQ/y4B","object":{…},"rxInfo":[{"rssi":-97}]}
    application/<uuid>/device/<devEui>/event/status   {"margin":10,"batteryLevel":88.3}
    …/join  …/log {"code":"UPLINK_MIC"}  …/ack {"acknowledged":false}       txack, location, integration say nothing

Every field is optional (zeros are left out). One uplink heard by several gateways is one event; the same
`deduplicationId` again is the broker's redelivery. What `object` holds is in drivers/milesight.py and dragino.py;
without it `data` is decoded by the maker's codec, if settings, device profile, tags or the bytes themselves tell whose
it is (drivers/wire/lorawan_codecs.py). Sources: mqtt.md §1.0, §1.5, §1.7, §1.8, §1.11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.driver import Binding, Found, Message, MqttDriver, MqttSetup, Options
from agent.model.effects import Order
from agent.model.events import Item, Stranger
from drivers.wire import json_values as js
from drivers.wire.chirpstack_player import ChirpStackPlayer
from drivers.wire.lorawan_codecs import FrameOptions, LorawanOptions, codec_of
from drivers.wire.lorawan_uplink import (
    EVENTS,
    QUANTITIES,
    SILENT_AFTER_MS,
    WRAPS,
    Content,
    Heard,
    Uplink,
    bare,
    kept_back,
    port_of,
    radio,
)
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk

_TOPIC: Final = re.compile(r"application/[^/]+/device/([^/]+)/event/([a-z]+)")
_EUI: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_BATTERY: Final = js.measure("battery")
_MARGIN: Final = js.measure("link_margin")


class ChirpStack:
    """All devices of one ChirpStack."""

    def __init__(self, setup: MqttSetup) -> None:
        self._setup = setup
        self._bound: Mapping[str, Binding] | None = None
        if setup.bindings is not None:
            # Labels and consoles print the EUI in capitals; on the topic it is in small letters.
            self._bound = {own.lower(): bound for own, bound in setup.bindings.items()}
        self._heard = Heard()
        self.unknown = Unknown()
        self._content = Content(setup.wall, self.unknown)

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
        own = _identity(match[1], told)
        name, options = own, self._setup.unbound
        if self._bound is not None:
            if own not in self._bound:
                return [Stranger(own, now)]
            name, options = self._bound[own].device, self._bound[own].options
        if told is None:
            return junk(name, "no JSON object", len(payload), now)
        wall = self._setup.wall(now)
        telling = Telling(name, now, js.device_time(told.get("time"), wall), retained=retained)
        telling.late(wall)
        telling.stamp = js.device_time(told.get("time"), None)
        identity = js.word(told.get("deduplicationId"))
        if self._heard.again(f"{own}/{match[2]}/{identity}" if identity else ""):
            return []
        self._event(telling, match[2], own, told, options)
        return kept_back(telling.items, telling.stamp, wall)

    def _event(self, telling: Telling, event: str, own: str, told: dict[str, Any], options: Options | None) -> None:
        if event == "up":
            self._heard.count(telling, own, told.get("fCnt"))
            uplink = Uplink(port_of(told.get("fPort")), told.get("object"), told.get("data"))
            self._content.take(telling, uplink, options, _hints(told))
            radio(telling, told.get("rxInfo"))
        elif event == "status":
            telling.take(_MARGIN, told.get("margin"))
            if told.get("externalPowerSource") is not True and told.get("batteryLevelUnavailable") is not True:
                telling.take(_BATTERY, told.get("batteryLevel"))
        elif event == "join":
            self._heard.joined(own)
            telling.event("device_joined", own)
        elif event == "log":
            telling.event(
                "gateway_log", js.word(told.get("code")) or "unknown", detail=js.word(told.get("description"))
            )
        elif event == "ack" and told.get("acknowledged") is False:
            telling.event("prompt_result", "not_acknowledged")


def _info(told: dict[str, Any] | None) -> dict[str, Any]:
    info = told.get("deviceInfo") if told else None
    return info if isinstance(info, dict) else {}


def _identity(from_topic: str, told: dict[str, Any] | None) -> str:
    """Give the devEui in small letters: the payload's own, or else the topic's."""
    inside = _info(told).get("devEui")
    own = inside.lower() if isinstance(inside, str) else ""
    return own if _EUI.fullmatch(own) else js.word(from_topic).lower()


def _hints(told: dict[str, Any]) -> list[object]:
    """Give the names by which installers say what a device is: tags, device profile, its own name."""
    info = _info(told)
    tags = info.get("tags")
    values = list(tags.values())[:16] if isinstance(tags, dict) else []
    return [*values, info.get("deviceProfileName"), info.get("deviceName")]


def discover(topic: str, payload: bytes) -> list[Found]:
    """Tell which LoRaWAN device an event shows."""
    match = _TOPIC.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
    told = json_object(payload) if match else None
    if match is None or told is None:
        return []
    info, codec = _info(told), codec_of(None, _hints(told))
    model = f"{codec.maker} {codec.model}".strip() or js.word(info.get("deviceProfileName"))
    return [Found(_identity(match[1], told), model, note=js.word(info.get("deviceName")))]


def frame(options: Options, data: bytes) -> list[Item]:
    """Explain the bytes of an uplink's `data`."""
    return bare(options, data, "chirpstack")


DRIVER = MqttDriver(
    name="chirpstack",
    summary="ChirpStack v4: LoRaWAN sensors (Milesight, Dragino) through their network server",
    build=ChirpStack,
    player=ChirpStackPlayer,
    quantities=tuple(sorted({*QUANTITIES, _BATTERY[0], _MARGIN[0]})),
    events=(*EVENTS, "gateway_log"),
    device_options=LorawanOptions,
    ticks=("encoder", "vectors", "hostile"),
    silent_after_ms=SILENT_AFTER_MS,
    wraps=WRAPS,
    discover_topics=("application/+/device/+/event/+",),
    discover=discover,
    frame=frame,
    frame_options=FrameOptions,
)
