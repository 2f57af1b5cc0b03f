"""The nine rules that hold across all MQTT families (mqtt.md §1.0), each shown for each of them that it touches."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from paho.mqtt.client import topic_matches_sub

from agent.driver import Options
from agent.model.events import Event, Fault, Reading
from agent.registry import mqtt_driver
from tests.drivers.mqtt_kit import Send, sender, told

FAMILIES = ("zigbee2mqtt", "tasmota", "shelly", "esphome", "chirpstack", "tts")
EUI, SHELLY = "24e124535b316056", "shellyplus1-08b61fd141e8"
CHIRPSTACK = f"application/a/device/{EUI}/event/up"
TTS = "v3/app@tenant/devices/d/up"
WALL = 1_772_439_601_000  # 2026-03-02T08:20:01Z
DAY = 86_400_000


def of(family: str, own: str = "", options: Options | None = None, wall: int | None = None, **more: Any) -> Send:
    return sender(mqtt_driver(family), {own: options or Options()} if own else None, wall, **more)


def chirpstack(said: dict[str, Any], **more: Any) -> tuple[str, Any]:
    return CHIRPSTACK, {"deviceInfo": {"devEui": EUI}, "fPort": 85, "object": said, **more}


def tts(said: dict[str, Any], **more: Any) -> tuple[str, Any]:
    uplink = {"f_port": 85, "decoded_payload": said, "session_key_id": "k", **more}
    return TTS, {"end_device_ids": {"dev_eui": EUI.upper()}, "uplink_message": uplink}


def shelly(ts: Any = 1.33, **components: Any) -> tuple[str, Any]:
    named = {name.replace("__", ":"): block for name, block in components.items()}
    return f"{SHELLY}/events/rpc", {"src": SHELLY, "method": "NotifyStatus", "params": {"ts": ts, **named}}


def shelly_press(ts: Any = 1.33) -> tuple[str, Any]:
    event = {"component": "input:0", "event": "single_push", "ts": ts}
    return f"{SHELLY}/events/rpc", {"src": SHELLY, "method": "NotifyEvent", "params": {"ts": ts, "events": [event]}}


PRESS: dict[str, tuple[str, Any]] = {
    "zigbee2mqtt": ("zigbee2mqtt/pad", {"action": "single"}),
    "tasmota": ("stat/t/RESULT", {"Button1": {"Action": "SINGLE"}}),
    "shelly": shelly_press(),
    "esphome": ("node/event/pad/state", {"event_type": "single_click"}),
    "chirpstack": chirpstack({"press": "short"}, deduplicationId="a"),
    "tts": tts({"press": "short"}),
}
STATE: dict[str, tuple[str, Any]] = {
    "zigbee2mqtt": ("zigbee2mqtt/pad", {"battery": 90}),
    "tasmota": ("tele/t/SENSOR", {"Switch1": "ON"}),
    "shelly": shelly(input__0={"state": True}),
    "esphome": ("node/sensor/co2/state", b"400"),
    "chirpstack": chirpstack({"battery": 90}),
    "tts": tts({"battery": 90}),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_1_retained_states_are_old_and_retained_events_are_dropped(family: str) -> None:
    assert of(family)(*PRESS[family], retained=True) == []
    (reading,) = of(family)(*STATE[family], retained=True)
    assert isinstance(reading, Reading)
    assert reading.quality == "stale"


OPEN: list[tuple[str, tuple[str, Any], tuple[str, Any]]] = [
    ("zigbee2mqtt", ("zigbee2mqtt/d", {"contact": False}), ("zigbee2mqtt/d", {"contact": True})),
    ("tasmota", ("tele/t/SENSOR", {"Switch1": "ON"}), ("tele/t/SENSOR", {"Switch1": "OFF"})),
    ("shelly", shelly(input__0={"state": True}), shelly(input__0={"state": False})),
    ("esphome", ("node/binary_sensor/door/state", b"ON"), ("node/binary_sensor/door/state", b"OFF")),
    ("chirpstack", chirpstack({"magnet_status": "open"}), chirpstack({"magnet_status": "close"})),
    ("chirpstack", chirpstack({"DOOR_OPEN_STATUS": 1}), chirpstack({"DOOR_OPEN_STATUS": 0})),
    ("tts", tts({"DOOR_OPEN_STATUS": "OPEN"}, f_cnt=1), tts({"DOOR_OPEN_STATUS": "CLOSE"}, f_cnt=2)),
]  # fmt: skip
MEANT = {
    "tasmota": ("t", {"switch_1": "door_open"}),
    "shelly": (SHELLY, {"meanings": {"input_0": "door_open"}}),
}


@pytest.mark.parametrize(("family", "opened", "shut"), OPEN)
def test_2_an_open_door_is_true_everywhere(family: str, opened: tuple[str, Any], shut: tuple[str, Any]) -> None:
    own, options = MEANT.get(family, ("", {}))
    send = of(family, own, mqtt_driver(family).device_options.model_validate(options))
    assert told(send(*opened)) == [("reading", "door_open", True)]
    assert told(send(*shut)) == [("reading", "door_open", False)]


NUMBERS = [
    ("chirpstack", chirpstack({"Distance": "256 mm", "Bat": "3.05 V", "TempC_DS18B20": "25.80"}),
     [("distance", 256), ("battery_voltage", 3.05), ("temperature", 25.8)]),
    ("tts", tts({"Distance": "256 mm", "WATER_LEAK_TIMES": "11"}), [("distance", 256), ("leak_count", 11)]),
    ("zigbee2mqtt", ("zigbee2mqtt/d", {"temperature": "-4.5"}), [("temperature", -4.5)]),
    ("tasmota", ("tele/t/SENSOR", {"AM2301": {"Humidity": "52.6"}}), [("humidity", 52.6)]),
    ("shelly", shelly(temperature__0={"tC": "19.9"}), [("temperature", 19.9)]),
    ("esphome", ("node/sensor/humidity/state", b"52.6"), [("humidity", 52.6)]),
]  # fmt: skip


@pytest.mark.parametrize(("family", "message", "wanted"), NUMBERS)
def test_3_numbers_may_be_text_with_units(family: str, message: tuple[str, Any], wanted: list[Any]) -> None:
    assert told(of(family)(*message)) == [("reading", *row) for row in wanted]


def test_3_a_wrong_unit_is_no_number() -> None:
    assert told(of("chirpstack")(*chirpstack({"Distance": "256 V"}))) == [("fault", "insane", None)]


SENTINELS: list[tuple[str, tuple[str, Any]]] = [
    ("zigbee2mqtt", ("zigbee2mqtt/d", {"temperature": None, "contact": None})),
    ("tasmota", ("tele/t/SENSOR", {"AM2301": {"Temperature": None, "Humidity": "nan"}})),
    ("shelly", shelly(temperature__0={"tC": None}, input__0={"state": None})),
    ("esphome", ("node/sensor/temperature/state", b"nan")),
    ("esphome", ("node/sensor/temperature/state", b"None")),
    ("chirpstack", chirpstack({"temperature": None, "TempC_DS18B20": 327.67})),
    ("tts", tts({"temperature": None})),
]


@pytest.mark.parametrize(("family", "message"), SENTINELS)
def test_4_sentinels_are_no_values(family: str, message: tuple[str, Any]) -> None:
    assert of(family)(*message) == []


def test_4_a_tilted_bin_is_not_measured() -> None:
    reading = of("tts")(*tts({"distance": 900, "position": "tilt"}))[0]
    assert isinstance(reading, Reading)
    assert reading.quality == "suspect"


def stamped(family: str, at: int) -> tuple[str, Any]:
    """Give a state that claims to be of this time, in the family's own way of writing it."""
    text = datetime.fromtimestamp(at / 1000, UTC).isoformat().replace("+00:00", ".123456789Z")
    return {
        "zigbee2mqtt": ("zigbee2mqtt/d", {"battery": 90, "last_seen": at}),
        "tasmota": ("tele/t/SENSOR", {"Switch1": "ON", "Time": text[:19] + "+00:00"}),
        "shelly": shelly(at / 1000, input__0={"state": True}),
        "chirpstack": chirpstack({"battery": 90}, time=text),
        "tts": tts({"battery": 90}, received_at=text),
    }[family]


@pytest.mark.parametrize("family", [one for one in FAMILIES if one != "esphome"])
def test_5_device_time_is_believed_only_near_ours(family: str) -> None:
    def said_at(at: int) -> int:
        (reading,) = of(family, wall=WALL)(*stamped(family, at))
        assert isinstance(reading, Reading)
        return reading.said_at // 1000 * 1000

    assert [said_at(WALL + ahead) for ahead in (0, -6 * DAY, 110_000)] == [WALL, WALL - 6 * DAY, WALL + 110_000]
    assert [said_at(WALL + ahead) for ahead in (-8 * DAY, 130_000, -WALL + 7_000)] == [0, 0, 0]


@pytest.mark.parametrize("family", ["chirpstack", "tts"])
def test_5_what_a_gateway_kept_is_history_but_a_press_counts(family: str) -> None:
    def both(age: int) -> tuple[Reading, Event]:
        topic, body = stamped(family, WALL - age)
        block = body["object"] if family == "chirpstack" else body["uplink_message"]["decoded_payload"]
        block["press"] = "short"
        reading, press = of(family, wall=WALL)(topic, body)
        assert isinstance(reading, Reading)
        assert isinstance(press, Event)
        return reading, press

    for age, kept in ((60_000, False), (3_600_000, True), (8 * DAY, True)):
        reading, press = both(age)
        assert reading.historical is kept
        assert not press.historical
    assert both(3_600_000)[1].age_ms // 1000 == 3_599


def test_5_a_local_time_without_an_offset_is_whose() -> None:
    (reading,) = of("tasmota", wall=WALL)("tele/t/SENSOR", {"Switch1": "ON", "Time": "2026-03-02T08:20:01"})
    assert isinstance(reading, Reading)
    assert reading.said_at == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_6_a_message_that_is_delivered_twice_is_one_fact(family: str) -> None:
    send = of(family)
    assert [len([one for one in send(*PRESS[family], now=now) if isinstance(one, Event)]) for now in (1000, 1010)] == [
        1,
        0,
    ]


def test_6_an_action_has_two_topics_and_is_one_press() -> None:
    send = of("zigbee2mqtt")
    assert len(send(*PRESS["zigbee2mqtt"])) == 1
    assert send("zigbee2mqtt/pad/action", b"single") == []


@pytest.mark.parametrize("family", FAMILIES)
def test_6_filters_do_not_overlap(family: str) -> None:
    filters = of(family).devices.topics()  # type: ignore[attr-defined]
    for topic, _ in (PRESS[family], STATE[family]):
        assert sum(topic_matches_sub(one, topic) for one in filters) == 1


IDENTITIES = [
    ("zigbee2mqtt", "gate/east door", "zigbee2mqtt/gate/east door", {"battery": 9}, {}),
    ("shelly", SHELLY, "ht-suite/events/rpc", shelly(input__0={"state": True})[1], {}),
    ("chirpstack", EUI.upper(), "application/a/device/x/event/up", chirpstack({"battery": 9})[1], {}),
    ("tts", EUI, "v3/a/devices/renamed/up", tts({"battery": 9})[1], {}),
    ("tasmota", "t", "t/tele/SENSOR", {"Switch1": "ON"}, {"full_topic": "%topic%/%prefix%/"}),
    ("esphome", "site/node", "site/node/sensor/co2/state", b"400", {"prefix": "site/+"}),
]  # fmt: skip


@pytest.mark.parametrize(("family", "own", "topic", "payload", "options"), IDENTITIES)
def test_7_a_device_is_known_by_its_own_id(family: str, own: str, topic: str, payload: Any, options: Any) -> None:
    assert of(family, own, **options)(topic, payload)[0].device == f"our-{own}"


def test_8_a_gateway_that_is_gone_takes_no_device_with_it() -> None:
    gone = of("zigbee2mqtt", "pad")("zigbee2mqtt/bridge/state", b'{"state":"offline"}', retained=True)
    assert told(gone) == [("availability", "gateway", "offline")]
    assert gone[0].device == "zigbee2mqtt"
    here = of("zigbee2mqtt", "pad")("zigbee2mqtt/pad/availability", b"online", retained=True)
    assert told(here) == [("availability", "device", "online")]


ODD: dict[str, tuple[str, Any]] = {
    "zigbee2mqtt": ("zigbee2mqtt/d", {"battery": 90, "flux": {"a": [1]}}),
    "tasmota": ("tele/t/SENSOR", {"Switch1": "ON", "BME280": {"Flux": 1}}),
    "shelly": shelly(input__0={"state": True, "flux": 1}),
    "esphome": ("node/sensor/flux/state", b"1"),
    "chirpstack": chirpstack({"battery": 90, "flux": None}),
    "tts": tts({"battery": 90, "flux": []}),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_9_unknown_keys_are_counted_and_harm_nothing(family: str) -> None:
    send = of(family)
    for _ in range(2):
        items = send(*json.loads(json.dumps(ODD[family])) if not isinstance(ODD[family][1], bytes) else ODD[family])
        assert not any(isinstance(one, Fault) for one in items)
    (count,) = {n for key, n in send.devices.unknown.items() if "flux" in key.lower()}  # type: ignore[attr-defined]
    assert count == (1 if family == "tts" else 2)  # the second is the same uplink
