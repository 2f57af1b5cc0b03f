"""Outputs by MQTT: Zigbee2MQTT and Tasmota switch, nothing is retained, and the device's own report is read back.

Shelly's requests and answers are in test_shelly.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.driver import Options, ToldPlayer
from agent.model.effects import Prompt, Switch
from drivers.tasmota import DRIVER as TASMOTA
from drivers.wire.tasmota_board import TasmotaDeviceOptions
from drivers.zigbee2mqtt import DRIVER as ZIGBEE
from drivers.zigbee2mqtt import ZigbeeDeviceOptions
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender


def test_relays_are_switched_and_asked_what_they_are() -> None:
    send, player = sender(ZIGBEE, {"hall/plug": Options()}), ZIGBEE.player("hall/plug", ZIGBEE.options())
    assert isinstance(player, ToldPlayer)
    player.set("relay_1", False)
    devices = send.devices  # type: ignore[attr-defined]
    for on in (True, True, False):
        orders = devices.command(Switch("our-hall/plug", 0, "relay_1", on), 0)
        assert [one.topic for one in orders] == list(player.listens())
        assert not any(one.retain for one in orders)
        assert [json.loads(one.payload) for one in orders] == [{"state": "ON" if on else "OFF"}, {"state": ""}]
        said = [message for one in orders for message in player.receive(one.topic, one.payload, 0)]
        assert mqtt_kit.play(send, said) == [("reading", "relay_1", on)] * 2


def test_several_relays_have_numbered_states() -> None:
    def key(send: Any, output: str) -> str:
        order = send.devices.command(Switch("our-w", 0, output, True), 0)[0]
        return next(iter(json.loads(order.payload)))

    send = sender(ZIGBEE, {"w": Options()})
    assert [key(send, output) for output in ("relay_1", "relay_2")] == ["state", "state_l2"]
    send("zigbee2mqtt/w", {"state_l1": "ON", "state_l2": "OFF"})  # now it is known
    assert key(send, "relay_1") == "state_l1"
    assert key(sender(ZIGBEE, {"w": ZigbeeDeviceOptions(relays=2)}), "relay_1") == "state_l1"


@pytest.mark.parametrize(
    "order", [Switch("our-w", 0, "smoke", True), Switch("x", 0, "relay_1", True), Prompt("our-w", 0, "thank-you")]
)
def test_what_no_zigbee_device_switches(order: Any) -> None:
    assert sender(ZIGBEE, {"w": Options()}).devices.command(order, 0) == []  # type: ignore[attr-defined]


def test_played_device_hears_its_own_only() -> None:
    player = ZIGBEE.player("w", ZIGBEE.options())
    assert isinstance(player, ToldPlayer)
    player.set("relay_2", True)
    assert player.receive("zigbee2mqtt/w/set", b'{"state":"ON"}', 0) == []
    assert player.receive("zigbee2mqtt/v/set", b'{"state_l2":"OFF"}', 0) == []
    assert player.receive("zigbee2mqtt/w/set", b"[", 0) == []
    assert b'"state_l2":"ON"' in player.receive("zigbee2mqtt/w/set", b'{"state_l2":"dance"}', 0)[0].payload


def test_boards_switch_relays_and_say_so() -> None:
    own = TasmotaDeviceOptions(relay_2="valve_open", invert=["relay_3"])
    send, player = sender(TASMOTA, {"t": own}), TASMOTA.player("t", TASMOTA.options())
    assert isinstance(player, ToldPlayer)
    for quantity in ("relay_1", "relay_2", "relay_3"):
        player.set(quantity, False)
    devices = send.devices  # type: ignore[attr-defined]
    for output, on, topic, word, row in (
        ("relay_1", True, "cmnd/t/POWER1", b"ON", ("reading", "relay_1", True)),
        ("relay_1", True, "cmnd/t/POWER1", b"ON", ("reading", "relay_1", True)),  # it was so: it still answers
        ("valve_open", True, "cmnd/t/POWER2", b"ON", ("reading", "valve_open", True)),
        ("relay_3", True, "cmnd/t/POWER3", b"OFF", ("reading", "relay_3", True)),
    ):
        (order,) = devices.command(Switch("our-t", 0, output, on), 0)
        assert (order.topic, order.payload, order.retain) == (topic, word, False)
        assert mqtt_kit.play(send, player.receive(order.topic, order.payload, 0)) == [row]


@pytest.mark.parametrize(
    "order",
    [Switch("our-t", 0, "relay_2", True), Switch("x", 0, "relay_1", True), Switch("our-t/bulb", 0, "relay_1", True),
     Prompt("our-t", 0, "thank-you")],
)  # fmt: skip
def test_what_no_board_switches(order: Any) -> None:
    send = sender(TASMOTA, {"t": TasmotaDeviceOptions(relay_2="valve_open"), "t/bulb": TasmotaDeviceOptions()})
    assert send.devices.command(order, 0) == []  # type: ignore[attr-defined]


def test_played_board_hears_what_tasmota_hears() -> None:
    player = TASMOTA.player("t", TASMOTA.options.model_validate({"full_topic": "%topic%/%prefix%/"}))
    assert isinstance(player, ToldPlayer)
    player.set("relay_1", False)
    assert player.listens() == ("t/cmnd/+",)
    said = [player.receive("t/cmnd/POWER", word, 0)[1].payload for word in (b"TOGGLE", b"", b"0", b"on", b"what")]
    assert said == [b"ON", b"ON", b"OFF", b"ON", b"ON"]
    assert player.receive("t/cmnd/POWER2", b"ON", 0)[0].payload == b'{"Command":"Unknown"}'
    assert player.receive("u/cmnd/POWER", b"ON", 0) == []
