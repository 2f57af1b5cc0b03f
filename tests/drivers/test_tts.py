"""The Things Stack: every sample, omitted zeros, identities, doubles, joins, downlinks, played and hostile messages."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Options
from agent.model.events import Event, Reading, Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers import milesight
from drivers.tts import DRIVER, discover
from drivers.wire.lorawan_codecs import LorawanOptions
from drivers.wire.tts_player import TtsPlayer
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

EUI = "24e124535b316056"
UP = "v3/greenhill@ttn/devices/fb-lobby-1/up"
WALL = 1_772_439_601_775  # 2026-03-02T08:20:01.775Z


def up(said: Any = None, *, mark: str = "", **fields: Any) -> dict[str, Any]:
    inside = {"f_port": 85, **({} if said is None else {"decoded_payload": said}), **fields}
    ids = {"device_id": "fb-lobby-1", "dev_eui": EUI.upper()}
    return {"end_device_ids": ids, "uplink_message": inside, **({"correlation_ids": [mark]} if mark else {})}


@pytest.mark.parametrize("sample", kit.mqtt_samples("tts"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


def test_counter_that_is_left_out_is_zero() -> None:
    send = sender(DRIVER)
    said = [told(send(UP, up(f_cnt=count))) for count in (5, 7)]
    assert said == [[], [("event", "events_lost", 1)]]
    assert told(send(UP, up())) == [("event", "device_joined", EUI)]


@pytest.mark.parametrize("id_in_settings", [EUI.upper(), EUI, "fb-lobby-1", "FB-Lobby-1"])
def test_device_is_found_by_eui_or_by_device_id(id_in_settings: str) -> None:
    send = sender(DRIVER, {id_in_settings: Options()})
    assert send(UP, up({"battery": 9})) == [Reading(f"our-{id_in_settings}", "battery", 9.0)]
    assert send(UP.replace("fb-lobby-1", "x"), {}) == [Stranger("x")]


def test_the_same_uplink_is_taken_once() -> None:
    send = sender(DRIVER)
    for key in ({"mark": "as:up:01HQ"}, {"session_key_id": "AXA5"}):
        assert [len(send(UP, up({"battery": 9}, **key), now=now)) for now in (0, 900_000)] == [1, 0]
    assert [len(send(UP, up({"battery": 9}, mark="gs:x"), now=now)) for now in (0, 9)] == [
        1,
        1,
    ]  # nothing to know it by


def test_simulated_and_retained() -> None:
    send = sender(DRIVER)
    assert send(UP, {**up({"press": "short"}), "simulated": True}) == []
    kept = send(UP, up({"press": "short", "battery": 9}), retained=True)
    assert kept == [Reading(EUI, "battery", 9.0, 0, "stale")]


def test_time_is_the_network_server_s() -> None:
    send = sender(DRIVER, wall=WALL + 60_000)
    (press,) = send(UP, up({"press": "long"}, received_at="2026-03-02T08:20:01.775023242Z"))
    assert isinstance(press, Event)
    assert (press.native, press.said_at, press.age_ms) == (f"{EUI}/long:{WALL}", WALL, 60_000)


def test_bytes_by_settings_and_by_version() -> None:
    open_door = up(frm_payload="AXVkAwABBAAB")  # 017564 030001 040001
    wanted = [("reading", "battery", 100), ("reading", "door_open", True), ("reading", "tamper", True)]
    assert told(sender(DRIVER, {EUI: LorawanOptions(model="ws301")})(UP, open_door)) == wanted
    named = {**open_door["uplink_message"], "version_ids": {"brand_id": "milesight-iot", "model_id": "ws301"}}
    assert told(sender(DRIVER)(UP, {**open_door, "uplink_message": named})) == wanted
    assert told(sender(DRIVER)(UP, up(frm_payload="?"))) == [("fault", "junk", None)]


EVENTS = [
    ("join", {"join_accept": {}}, [("event", "device_joined", EUI)]),
    ("down/nack", {}, [("event", "prompt_result", "not_acknowledged")]),
    ("down/failed", {}, [("event", "prompt_result", "failed")]),
    ("down/ack", {}, []), ("down/queued", {}, []), ("down/push", {"downlinks": []}, []), ("service/data", {}, []),
    ("up", b"[]", [("fault", "junk", None)]), ("up", b"", []), ("up", {"uplink_message": 7}, []),
]  # fmt: skip


@pytest.mark.parametrize(("event", "payload", "wanted"), EVENTS)
def test_events(event: str, payload: Any, wanted: list[Any]) -> None:
    ids = {"end_device_ids": {"dev_eui": EUI.upper()}}
    body = payload if isinstance(payload, bytes) else {**ids, **payload}
    assert told(sender(DRIVER)(UP.replace("/up", f"/{event}"), body)) == wanted


def test_application_is_an_option() -> None:
    topics = sender(DRIVER, application="greenhill@ttn").devices.topics()  # type: ignore[attr-defined]
    assert topics[0] == "v3/greenhill@ttn/devices/+/up"
    assert len(topics) == 4


@pytest.mark.parametrize("quantity", sorted(set(milesight.QUANTITIES) - {"tilt_angle", "tvoc_iaq"}))
def test_player_is_understood(quantity: str) -> None:
    known = QUANTITIES[quantity]
    value: Any = True if known.kind == "state" else max(12, known.low)
    player, send = DRIVER.player(EUI, DRIVER.options()), sender(DRIVER)
    player.set(quantity, value)
    wanted = [("reading", quantity, value), ("reading", "rssi", -97), ("reading", "snr", 7.2)]
    assert mqtt_kit.play(send, player.talk(0)) == wanted


def test_player_presses_and_joins() -> None:
    player, send = TtsPlayer(EUI, Options(), lambda t: WALL + t), sender(DRIVER, wall=WALL)
    assert ("event", "button", "double", 2) in mqtt_kit.play(send, player.fact("button", "double", 0, "channel=2"))
    assert mqtt_kit.play(send, player.fact("device_joined", EUI, 1)) == [("event", "device_joined", EUI)]
    assert player.birth(online=True) == []


def test_discover() -> None:
    version = {"version_ids": {"brand_id": "milesight-iot", "model_id": "ws101"}}
    (found,) = discover(UP, b'{"end_device_ids":{"device_id":"fb-lobby-1","dev_eui":"24E124535B316056"}}')
    assert (found.id, found.model, found.note) == (EUI, "", "fb-lobby-1")
    message = TtsPlayer(EUI, Options()).talk(0)[0]
    body = message.payload.replace(b'"uplink_message":{', b'"uplink_message":{"version_ids":%s,' % kit_json(version))
    assert discover(message.topic, body)[0].model == "milesight ws101"
    assert discover(UP, b"[]") == discover("x", b"{}") == []


def kit_json(version: dict[str, Any]) -> bytes:
    return str(version["version_ids"]).replace("'", '"').encode()


def test_hostile() -> None:
    player = TtsPlayer(EUI, Options())
    player.set("battery", 50.0)
    message = player.talk(0)[0]
    message = type(message)(message.topic, message.payload.replace(b'"as:up:', b'"x:'))
    mqtt_kit.hostile(sender(DRIVER), mqtt_kit.sample_messages("tts"), message, ("reading", "battery", 50))


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
