"""What some families' messages show of their devices, for `caretaker discover`: one pure function a family.

Nothing here decodes values or remembers anything. Every text is a stranger's: what cannot be an id is not told.

    zigbee2mqtt   <base>/bridge/devices            [{"friendly_name":…,"type":"EndDevice","definition":{"model":…}}]
    tasmota       tasmota/discovery/<MAC>/config   {"t":"tasmota_ABCDEF","ft":"%prefix%/%topic%/","md":…}, tele/<t>/…
    esphome       esphome/discover/<name>  {"name":…,"board":…}, homeassistant/<domain>/<node>/<object>/config

Families that are not here tell it in their driver. Sources: mqtt.md §1.1, §1.2, §1.4. UNVERIFIED there: Tasmota's
announcement (its own documents).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from agent.driver import Found
from drivers.wire import json_values as js

MAX_ID: Final = 128
MAX_INVENTORY: Final = 1 << 20
"""Bytes: `bridge/devices` of a large network is long, and asked for once."""
MAX_DEVICES: Final = 1024

ZIGBEE_TOPICS: Final = ("+/bridge/devices", "+/+/bridge/devices")
TASMOTA_TOPICS: Final = ("tasmota/discovery/+/config", "tele/+/LWT", "tele/+/STATE", "tele/+/SENSOR", "+/tele/LWT")
ESPHOME_TOPICS: Final = ("esphome/discover/+", "homeassistant/+/+/config", "homeassistant/+/+/+/config")

_STATE_TOPIC: Final = re.compile(r"(.+)/(?:[a-z_]+)/(?:[^/]+)/state")
_PLAIN_TOPIC: Final = "%prefix%/%topic%/"


def own_id(raw: object) -> str:
    """Give a text that can be an id as it is, "" for any other: a changed id would bind nothing."""
    return raw if isinstance(raw, str) and 0 < len(raw) <= MAX_ID and raw.isprintable() else ""


def _object(payload: bytes) -> dict[str, Any]:
    told = js.load(payload) if len(payload) <= js.MAX_PAYLOAD else None
    return told if isinstance(told, dict) else {}


def _inside(told: dict[str, Any], key: str) -> dict[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _names(*words: object) -> str:
    return " ".join(text for word in words if (text := js.word(word)))[: js.MAX_WORD]


def zigbee(topic: str, payload: bytes) -> list[Found]:
    """Read the inventory that Zigbee2MQTT keeps: every device but the coordinator."""
    base = own_id(topic.removesuffix("/bridge/devices"))
    if not base or not topic.endswith("/bridge/devices") or len(payload) > MAX_INVENTORY:
        return []
    told = js.load(payload)
    return list(_zigbee_devices(base, told[:MAX_DEVICES])) if isinstance(told, list) else []


def _zigbee_devices(base: str, inventory: list[Any]) -> Iterator[Found]:
    for one in inventory:
        if not isinstance(one, dict) or one.get("type") == "Coordinator":
            continue
        definition, own = _inside(one, "definition"), own_id(one.get("friendly_name"))
        model = js.word(definition.get("model"))
        exposes = definition.get("exposes")
        acts = isinstance(exposes, list) and any(isinstance(e, dict) and e.get("name") == "action" for e in exposes)
        note = "" if one.get("supported") is not False else "not supported by Zigbee2MQTT"
        note = "disabled in Zigbee2MQTT" if one.get("disabled") is True else note
        if own:
            options = {"model": model} if acts and model else {}
            yield Found(own, _names(definition.get("vendor"), model), options, {"base_topic": base}, note)


def tasmota(topic: str, payload: bytes) -> list[Found]:
    """Read a board's own announcement, or see it talk under one of the two usual forms of FullTopic."""
    levels = topic.split("/")
    if levels[:2] == ["tasmota", "discovery"]:
        return _tasmota_announced(_object(payload))
    if len(levels) != 3 or "tele" not in levels[:2]:
        return []
    if levels[2] == "LWT" and payload.strip().lower() not in (b"online", b"offline"):
        return []
    if levels[2] != "LWT" and not _object(payload):
        return []
    own = own_id(levels[1] if levels[0] == "tele" else levels[0])
    full = _PLAIN_TOPIC if levels[0] == "tele" else "%topic%/%prefix%/"
    return [Found(own, family={"full_topic": full})] if own else []


def _tasmota_announced(told: dict[str, Any]) -> list[Found]:
    own, full = own_id(told.get("t")), own_id(told.get("ft")) or _PLAIN_TOPIC
    if not own or "%prefix%" not in full or "%topic%" not in full or "+" in full or "#" in full:
        return []
    words = told.get("state")
    off_on = [js.word(word) for word in words[:2]] if isinstance(words, list) else []
    plain = off_on in ([], ["OFF", "ON"]) or not all(0 < len(word) <= 10 for word in off_on)
    options = {} if plain else {"state_text": off_on}
    return [Found(own, _names("Tasmota", told.get("md")), options, {"full_topic": full})]


def esphome(topic: str, payload: bytes) -> list[Found]:
    """Read a node's answer to discovery, or what it tells Home Assistant of one of its entities."""
    told = _object(payload)
    if topic.startswith("esphome/discover/"):
        own = own_id(told.get("name"))
        return [Found(own, _names("ESPHome", told.get("board")), note=js.word(told.get("ip")))] if own else []
    device = _inside(told, "dev") or _inside(told, "device")
    software = js.word(device.get("sw") or device.get("sw_version"))
    state = told.get("stat_t") or told.get("state_topic")
    match = _STATE_TOPIC.fullmatch(state) if isinstance(state, str) and len(state) <= 2 * MAX_ID else None
    own = own_id(match[1]) if match and "esphome" in software.lower() else ""
    return [Found(own, _names("ESPHome", device.get("mdl") or device.get("model")))] if own else []
