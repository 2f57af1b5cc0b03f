"""Shelly: outputs that are requested, answered and read back; the player, discovery and hostile messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.driver import Options, ToldPlayer
from agent.model.effects import Configure, Switch
from agent.model.events import Fault
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.shelly import DRIVER, MAX_ASKED, discover
from drivers.wire.shelly_player import ShellyPlayer
from drivers.wire.shelly_status import ShellyDeviceOptions
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender

OWN = "shellyplus1-08b61fd141e8"
RPC, ONLINE = f"{OWN}/events/rpc", f"{OWN}/online"
FLOOD = "shellyfloodg4-a1b2c3d4e5f6"
WALL = 1_656_519_645_480


def status(src: str = OWN, method: str = "NotifyStatus", ts: float = 1.33, **components: Any) -> dict[str, Any]:
    named = {name.replace("__", ":"): block for name, block in components.items()}
    return {"src": src, "dst": f"{src}/events", "method": method, "params": {"ts": ts, **named}}


def test_switch_is_requested_answered_and_read_back() -> None:
    own = ShellyDeviceOptions(meanings={"relay_1": "buzzer"}, invert=["relay_0"])
    send, player = sender(DRIVER, {OWN: own}), ShellyPlayer(OWN, Options())
    assert isinstance(player, ToldPlayer)
    player.set("relay_0", True)
    player.set("relay_1", False)
    devices = send.devices  # type: ignore[attr-defined]
    for output, on, rows in (
        ("relay_0", True, [("reading", "relay_0", True), ("reading", "relay_0", True)]),
        ("relay_0", True, [("reading", "relay_0", True)]),  # was so already: only the read-back says it
        ("buzzer", True, [("reading", "buzzer", True), ("reading", "buzzer", True)]),
    ):
        orders = devices.command(Switch(f"our-{OWN}", 0, output, on), 0)
        assert [json.loads(one.payload)["method"] for one in orders] == ["Switch.Set", "Switch.GetStatus"]
        assert all(one.topic == f"{OWN}/rpc" and not one.retain and one.topic in player.listens() for one in orders)
        said = [message for one in orders for message in player.receive(one.topic, one.payload, 0)]
        assert mqtt_kit.play(send, said) == rows
    assert not devices._asked


def test_request_has_the_documented_form() -> None:
    send = sender(DRIVER, client="fm-agent")
    wish = send.devices.command(Switch(OWN, 0, "relay_0", True), 0)[0]  # type: ignore[attr-defined]
    sample = next(one for one in kit.mqtt_samples("shelly") if one["id"] == "shelly/rpc_request_switch_set")
    assert (wish.topic, json.loads(wish.payload)) == (sample["topic"], json.loads(sample["raw"]))
    answer = next(one for one in kit.mqtt_samples("shelly") if one["id"] == "shelly/rpc_response")
    assert send(answer["topic"], answer["raw"]) == []
    assert 1 not in send.devices._asked  # type: ignore[attr-defined]


def test_answers_of_others_and_refusals() -> None:
    send = sender(DRIVER, {OWN: Options(), FLOOD: Options()})
    devices = send.devices  # type: ignore[attr-defined]
    send(f"{FLOOD}/events/rpc", status(FLOOD, flood__0={"alarm": False}))
    devices.command(Switch(f"our-{OWN}", 0, "relay_0", True), 0)
    error = {"id": 1, "src": OWN, "dst": "caretaker", "error": {"code": -105, "message": "no switch:0"}}
    for other in ({**error, "src": FLOOD}, {**error, "id": 77}, {**error, "id": "1"}, [], {**error, "id": None}):
        assert send("caretaker/rpc", other) == []
    assert send("caretaker/rpc", error, retained=True) == []
    (fault,) = send("caretaker/rpc", error)
    assert isinstance(fault, Fault)
    assert (fault.fault, fault.detail) == ("refused", "Switch.Set 0: -105 no switch:0")
    assert send("caretaker/rpc", error) == []  # once
    for _ in range(MAX_ASKED):
        devices.command(Switch(f"our-{OWN}", 0, "relay_0", True), 0)
    assert len(devices._asked) == MAX_ASKED


@pytest.mark.parametrize(
    "order",
    [Switch("our-x", 0, "relay_0", True), Switch(f"our-{OWN}", 0, "smoke", True), Configure(f"our-{OWN}", 0, "k", "v")],
)
def test_what_cannot_be_switched(order: Any) -> None:
    assert sender(DRIVER, {OWN: Options()}).devices.command(order, 0) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("quantity", [
    "relay_0", "input_2", "power", "voltage", "current", "energy_total", "device_temperature", "temperature",
    "humidity", "illuminance", "battery", "battery_voltage", "smoke", "water_leak", "rssi", "apparent_power",
])  # fmt: skip
def test_player_is_understood(quantity: str) -> None:
    known = QUANTITIES[quantity]
    value: Any = True if known.kind == "state" else max(12, known.low)
    player, send = DRIVER.player(OWN, DRIVER.options()), sender(DRIVER)
    assert player.talk(0) == []
    player.set(quantity, value)
    assert mqtt_kit.play(send, player.talk(0)) == [("reading", quantity, value)]


def test_player_tells_parts_presses_and_presence() -> None:
    player, send = ShellyPlayer(OWN, Options(), lambda t: WALL + t), sender(DRIVER, wall=WALL)
    player.set("power", 7.0, "channel=1")
    assert mqtt_kit.play(send, player.talk(0)) == [("reading", "power", 7, 1)]
    assert mqtt_kit.play(send, player.fact("button", "long", 1, "channel=3")) == [("event", "button", "long", 3)]
    assert mqtt_kit.play(send, player.birth(online=False)) == [("availability", "device", "offline")]
    with pytest.raises(KeyError):
        player.fact("card", "1", 0)
    with pytest.raises(KeyError):
        player.set("co2", 400.0)
    assert player.receive(f"{OWN}/rpc", b"[]", 0) == player.receive("x", b"{}", 0) == []
    (refusal,) = player.receive(f"{OWN}/rpc", b'{"id":1,"src":"a","method":"Dance","params":{}}', 0)
    assert (refusal.topic, json.loads(refusal.payload)["error"]["code"]) == ("a/rpc", 404)


def test_discover() -> None:
    (found,) = discover("ht-suite/events/rpc", json.dumps(status("shellyhtg3-84fce63ad204")).encode())
    assert (found.id, found.model, found.options) == (
        "shellyhtg3-84fce63ad204", "shellyhtg3", {"topic_prefix": "ht-suite"},
    )  # fmt: skip
    (found,) = discover(ONLINE, b"true")
    assert (found.id, found.options) == (OWN, {})
    assert discover("kitchen/online", b"true") == discover(RPC, b"[]") == discover("x", b"") == []


def test_hostile() -> None:
    good = ShellyPlayer(OWN, Options())
    good.set("battery", 50.0)
    mqtt_kit.hostile(sender(DRIVER), mqtt_kit.sample_messages("shelly"), good.talk(0)[0], ("reading", "battery", 50))


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
    assert set(DRIVER.outputs) <= set(DRIVER.quantities)
