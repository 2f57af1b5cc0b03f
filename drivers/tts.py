"""The Things Stack v3 (The Things Network): LoRaWAN devices behind a network server, as JSON on MQTT.

It sends no downlinks (a class A device hears them only after its next uplink).

    v3/<application>@<tenant>/devices/<device_id>/up      {"end_device_ids":{"device_id":…,"dev_eui":"24E1…"},
            "correlation_ids":["as:up:…"],"uplink_message":{"f_port":85,"f_cnt":1,"frm_payload":"AXUQ/y4B",
            "decoded_payload":{…},"rx_metadata":[{"rssi":-97,"snr":7.2}],"received_at":"…Z","version_ids":{…}}}
    …/join    {"join_accept":{…}}          …/down/nack, …/down/failed    a downlink of somebody that was not taken

The open-source edition has no `@<tenant>`. Fields that are zero, empty or false are left out: an uplink without `f_cnt`
is number 0. `simulated` uplinks are made in the console: nobody at the device said them, and they are dropped. A device
is known by its EUI (small letters) or by its device id, whichever the settings name. The same `as:up:` correlation id
again is the broker's redelivery. Objects and bytes: drivers/wire/lorawan_uplink.py. Sources: mqtt.md §1.0, §1.6, §1.11.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from agent.driver import Binding, Found, Message, MqttDriver, MqttSetup, Options
from agent.model.effects import Order
from agent.model.events import Item, Stranger
from drivers.wire import json_values as js
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
from drivers.wire.tts_player import TtsPlayer

_TOPIC: Final = re.compile(r"v3/[^/]+/devices/([^/]+)/(up|join|down/nack|down/failed)")
_EUI: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)
_REFUSED: Final = {"down/nack": "not_acknowledged", "down/failed": "failed"}


class TtsOptions(Options):
    """Options of the family."""

    application: str = Field(
        "+",
        pattern=r"^(\+|[^+#/]+)$",
        max_length=128,
        description="one application as it stands in the topic, such as greenhill@ttn; +: all of them",
    )


class TheThingsStack:
    """All devices of the applications behind one broker."""

    def __init__(self, setup: MqttSetup) -> None:
        own = setup.options if isinstance(setup.options, TtsOptions) else TtsOptions()
        self._setup = setup
        self._filters = tuple(
            f"v3/{own.application}/devices/+/{what}" for what in ("up", "join", "down/nack", "down/failed")
        )
        self._bound: Mapping[str, Binding] | None = None
        if setup.bindings is not None:
            self._bound = {own_id.lower(): bound for own_id, bound in setup.bindings.items()}
        self._heard = Heard()
        self.unknown = Unknown()
        self._content = Content(setup.wall, self.unknown)

    def topics(self) -> Sequence[str]:
        """Uplinks, joins, and downlinks that failed; `down/push` and `down/queued` are not heard."""
        return self._filters

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - a downlink would come hours later
        """A battery-powered LoRaWAN device says nothing to residents."""
        return []

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        match = _TOPIC.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None or not payload:
            return []
        told = json_object(payload)
        own, device_id = _identity(match[1], told)
        bound = None
        if self._bound is not None:
            bound = self._bound.get(own) or self._bound.get(device_id.lower())
            if bound is None:
                return [Stranger(own, now)]
        name = bound.device if bound else own
        if told is None:
            return junk(name, "no JSON object", len(payload), now)
        uplink = _block(told, "uplink_message")
        if told.get("simulated") is True or self._heard.again(_key(match[2], own, told, uplink)):
            return []
        telling = self._begin(name, told, uplink, retained=retained, now=now)
        if match[2] == "up":
            self._uplink(telling, own, uplink, bound.options if bound else self._setup.unbound, told)
        elif match[2] == "join":
            self._heard.joined(own)
            telling.event("device_joined", own)
        else:
            telling.event("prompt_result", _REFUSED[match[2]])
        return kept_back(telling.items, telling.stamp, self._setup.wall(now))

    def _begin(self, name: str, told: dict[str, Any], uplink: dict[str, Any], *, retained: bool, now: int) -> Telling:
        raw = uplink.get("received_at") or told.get("received_at")
        wall = self._setup.wall(now)
        telling = Telling(name, now, js.device_time(raw, wall), retained=retained)
        telling.late(wall)
        telling.stamp = js.device_time(raw, None)
        return telling

    def _uplink(
        self, telling: Telling, own: str, uplink: dict[str, Any], options: Options | None, told: dict[str, Any]
    ) -> None:
        self._heard.count(telling, own, uplink.get("f_cnt", 0))
        content = Uplink(port_of(uplink.get("f_port")), uplink.get("decoded_payload"), uplink.get("frm_payload"))
        self._content.take(telling, content, options, _hints(told, uplink))
        radio(telling, uplink.get("rx_metadata"))


def _block(told: Mapping[str, Any], key: str) -> dict[str, Any]:
    block = told.get(key)
    return block if isinstance(block, dict) else {}


def _identity(from_topic: str, told: dict[str, Any] | None) -> tuple[str, str]:
    """Give the EUI in small letters (else the device id), and the device id."""
    ids = _block(told or {}, "end_device_ids")
    device_id = js.word(ids.get("device_id")) or js.word(from_topic)
    eui = js.word(ids.get("dev_eui")).lower()
    return eui if _EUI.fullmatch(eui) else device_id, device_id


def _key(what: str, own: str, told: dict[str, Any], uplink: dict[str, Any]) -> str:
    """Give what tells this message from all others, "" if nothing does."""
    ids = told.get("correlation_ids")
    marks = [one for one in ids if isinstance(one, str) and one.startswith("as:up:")] if isinstance(ids, list) else []
    if marks:
        return f"{own}/{what}/{js.word(marks[0])}"
    session = js.word(uplink.get("session_key_id"))
    return f"{own}/{what}/{session}/{str(uplink.get('f_cnt', 0))[:16]}" if session else ""


def _hints(told: dict[str, Any], uplink: dict[str, Any]) -> list[object]:
    """Give the names by which the device repository and installers say what a device is."""
    version, ids = _block(uplink, "version_ids"), _block(told, "end_device_ids")
    return [version.get("model_id"), version.get("brand_id"), ids.get("device_id")]


def discover(topic: str, payload: bytes) -> list[Found]:
    """Tell which LoRaWAN device a message shows."""
    match = _TOPIC.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
    told = json_object(payload) if match else None
    if match is None or told is None:
        return []
    own, device_id = _identity(match[1], told)
    codec = codec_of(None, _hints(told, _block(told, "uplink_message")))
    return [Found(own, f"{codec.maker} {codec.model}".strip(), note=device_id if device_id != own else "")]


def frame(options: Options, data: bytes) -> list[Item]:
    """Explain the bytes of an uplink's `frm_payload`."""
    return bare(options, data, "tts")


DRIVER = MqttDriver(
    name="tts",
    summary="The Things Stack v3 (The Things Network): LoRaWAN sensors (Milesight, Dragino)",
    build=TheThingsStack,
    player=TtsPlayer,
    quantities=QUANTITIES,
    events=EVENTS,
    options=TtsOptions,
    device_options=LorawanOptions,
    ticks=("encoder", "vectors", "hostile"),
    silent_after_ms=SILENT_AFTER_MS,
    wraps=WRAPS,
    discover_topics=("v3/+/devices/+/up", "v3/+/devices/+/join"),
    discover=discover,
    frame=frame,
    frame_options=FrameOptions,
)
