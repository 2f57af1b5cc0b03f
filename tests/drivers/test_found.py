"""What the families' messages show of their devices, for `caretaker discover`: pure, bounded, and never raising."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from agent.driver import Found, MqttDriver
from agent.registry import driver, names
from agent.settings.abilities import usable_drivers
from drivers.wire import found
from tests.drivers.mqtt_kit import NASTY

ZIGBEE = [
    {"type": "Coordinator", "friendly_name": "Coordinator"},
    {"type": "EndDevice", "friendly_name": "lobby/feedback",
     "definition": {"vendor": "Aqara", "model": "WXKG11LM", "exposes": [{"name": "battery"}, {"name": "action"}]}},
    {"type": "Router", "friendly_name": "plug", "supported": False},
    {"type": "EndDevice", "friendly_name": "old", "disabled": True, "definition": None},
    {"type": "EndDevice", "friendly_name": "bad\nname"}, {"type": "EndDevice"}, 7, None,
]  # fmt: skip
PLAIN = "%prefix%/%topic%/"
SHOWN: list[tuple[Callable[[str, bytes], list[Found]], str, Any, list[Found]]] = [
    (found.zigbee, "zigbee2mqtt/bridge/devices", ZIGBEE, [
        Found("lobby/feedback", "Aqara WXKG11LM", {"model": "WXKG11LM"}, {"base_topic": "zigbee2mqtt"}),
        Found("plug", "", {}, {"base_topic": "zigbee2mqtt"}, "not supported by Zigbee2MQTT"),
        Found("old", "", {}, {"base_topic": "zigbee2mqtt"}, "disabled in Zigbee2MQTT")]),
    (found.zigbee, "site/z/bridge/devices", ZIGBEE[1:2], [
        Found("lobby/feedback", "Aqara WXKG11LM", {"model": "WXKG11LM"}, {"base_topic": "site/z"})]),
    (found.zigbee, "/bridge/devices", ZIGBEE, []),
    (found.zigbee, "zigbee2mqtt/bridge/devices", {"a": 1}, []),
    (found.tasmota, "tasmota/discovery/AA/config", {"t": "t1", "ft": PLAIN, "md": "Sonoff", "state": ["OFF", "ON"]},
     [Found("t1", "Tasmota Sonoff", {}, {"full_topic": PLAIN})]),
    (found.tasmota, "tasmota/discovery/AA/config", {"t": "t1", "ft": "%topic%/%prefix%/", "state": ["AUS", "AN", "X"]},
     [Found("t1", "Tasmota", {"state_text": ["AUS", "AN"]}, {"full_topic": "%topic%/%prefix%/"})]),
    (found.tasmota, "tasmota/discovery/AA/config", {"t": "t1", "ft": "no/pattern"}, []),
    (found.tasmota, "tele/t1/LWT", b"Online", [Found("t1", family={"full_topic": PLAIN})]),
    (found.tasmota, "tele/t1/LWT", b"x", []),
    (found.tasmota, "t1/tele/LWT", b"Offline", [Found("t1", family={"full_topic": "%topic%/%prefix%/"})]),
    (found.tasmota, "tele/t1/SENSOR", {"Switch1": "ON"}, [Found("t1", family={"full_topic": PLAIN})]),
    (found.tasmota, "tele/t1/SENSOR", b"x", []),
    (found.esphome, "esphome/discover/lobby", {"name": "lobby", "board": "esp32dev", "ip": "10.0.0.9"},
     [Found("lobby", "ESPHome esp32dev", note="10.0.0.9")]),
    (found.esphome, "homeassistant/sensor/lobby/t/config",
     {"stat_t": "lobby/sensor/t/state", "dev": {"sw": "esphome v2026.6.5 x", "mdl": "esp32dev"}},
     [Found("lobby", "ESPHome esp32dev")]),
    (found.esphome, "homeassistant/sensor/x/config", {"stat_t": "zigbee2mqtt/x", "dev": {"sw": "z2m"}}, []),
]  # fmt: skip


UPLINK = {"end_device_ids": {"device_id": "dev1", "dev_eui": "0004A30B001C0530"}, "uplink_message": {}}
MESSAGES: list[tuple[str, Any]] = [
    *[(topic, said) for _, topic, said, _ in SHOWN],
    (
        "application/a/device/0101010101010101/event/up",
        {"deviceInfo": {"devEui": "24e124126d090807", "tags": {"a": "b"}}},
    ),
    ("v3/app1@tenant/devices/dev1/up", UPLINK),
    ("kitchen/events/rpc", {"src": "shellyplus1pm-b22864", "method": "NotifyStatus"}),
    ("shellyplus1-08b61fd141e8/online", b"true"),
    ("home/TheengsGateway/BTtoMQTT/CBB8334C884F", {"id": "CB:B8:33:4C:88:4F", "model": "RuuviTag", "tempc": 24.3}),
    ("home/omg/433toMQTT", {"value": 1315156}),
]


@pytest.mark.parametrize(("read", "topic", "said", "wanted"), SHOWN)
def test_shown(read: Callable[[str, bytes], list[Found]], topic: str, said: Any, wanted: list[Found]) -> None:
    assert read(topic, said if isinstance(said, bytes) else json.dumps(said).encode()) == wanted


def test_an_endless_inventory_is_cut() -> None:
    many = json.dumps([{"friendly_name": str(n)} for n in range(2000)]).encode()
    assert len(found.zigbee("z/bridge/devices", many)) == found.MAX_DEVICES
    assert found.zigbee("z/bridge/devices", many + b" " * (1 << 20)) == []


def _twisted(dice: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value and dice.random() < 0.7:
        key = dice.choice(list(value))
        return {**value, key: _twisted(dice, value[key])}
    return dice.choice(NASTY)


def test_hostile() -> None:
    dice = random.Random(7)
    readers = [one.discover for one in usable_drivers().values() if isinstance(one, MqttDriver) and one.discover]
    assert len(readers) >= 5
    for _ in range(3000):
        topic, said = dice.choice(MESSAGES)
        told = said if isinstance(said, bytes) else _twisted(dice, said)
        payload = told if isinstance(told, bytes) else json.dumps(told).encode()
        payload = payload if dice.random() < 0.8 else dice.randbytes(dice.randrange(40))
        topic = topic if dice.random() < 0.8 else "/".join(dice.choices(["", "x" * 300, "tele", "bridge"], k=4))
        for read in (*readers, found.esphome):
            for one in read(topic, payload):
                assert one.id.isprintable()
                assert len(one.id) <= 128
                json.dumps([dict(one.options), dict(one.family)])
                assert one.model.isprintable()
                assert len(one.model) <= 64


def test_options_that_are_proposed_are_the_drivers_own() -> None:
    by_name = {"zigbee": "zigbee2mqtt", "tasmota": "tasmota"}
    for read, _, _, wanted in SHOWN:
        own = driver(by_name.get(read.__name__, names()[0]))
        for one in wanted if isinstance(own, MqttDriver) else ():
            own.device_options.model_validate(dict(one.options))
            own.options.model_validate(dict(one.family))
