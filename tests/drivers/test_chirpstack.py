"""ChirpStack: every sample, both sides of codecs that differ, counters, doubles, times, history, hostile messages."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Options
from agent.model.events import Event, Reading, Stranger, Undecoded
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers import dragino, milesight
from drivers.chirpstack import DRIVER
from drivers.wire.chirpstack_player import ChirpStackPlayer
from drivers.wire.lorawan_uplink import MAX_REMEMBERED
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

EUI = "24e124535b316056"
UP = f"application/17c82e96/device/{EUI}/event/up"
WALL = 1_772_439_601_775  # 2026-03-02T08:20:01.775Z


def up(said: Any = None, **fields: Any) -> dict[str, Any]:
    return {"deviceInfo": {"devEui": EUI}, "fPort": 85, **({} if said is None else {"object": said}), **fields}


@pytest.mark.parametrize("sample", kit.mqtt_samples("chirpstack"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


OBJECTS = [
    # Milesight (mqtt.md §1.7), with the README's and the decoder's words
    ({"press": "short"}, [("event", "button", "single")]),
    ({"press": "double press"}, [("event", "button", "double")]),
    ({"button_event": {"status": "double press", "msgid": 1}}, [("event", "button", "double")]),
    ({"button_2": "long_press", "button_2_d2d": "x", "button_2_msgid": 4}, [("event", "button", "long", 2)]),
    ({"daylight": "dark"}, [("reading", "daylight", False)]), ({"daylight": "light"}, [("reading", "daylight", True)]),
    ({"tamper_status": "installed"}, [("reading", "tamper", False)]),
    ({"magnet_status": "close"}, [("reading", "door_open", False)]),
    ({"magnet_status": "closed"}, [("reading", "door_open", False)]),
    ({"leakage_status": "normal"}, [("reading", "water_leak", False)]),
    ({"pir": "normal"}, [("reading", "motion", False)]), ({"occupancy": "vacant"}, [("reading", "occupancy", False)]),
    ({"button_status_control": {"button_status1": "on", "button_status1_change": "yes"}},
     [("reading", "relay_1", True)]),
    ({"button_status": {"button_status2": "off"}}, [("reading", "relay_2", False)]),
    ({"temperature": 23.8, "humidity": 62, "pir": "trigger", "light_level": 2, "co2": 936, "tvoc": 0.37,
      "pressure": 1008.6, "hcho": 0.07, "pm2_5": 32, "pm10": 48},
     [("reading", "temperature", 23.8), ("reading", "humidity", 62), ("reading", "motion", True),
      ("reading", "co2", 936), ("reading", "tvoc_iaq", 0.37), ("reading", "pressure", 1008.6),
      ("reading", "hcho", 0.07), ("reading", "pm2_5", 32), ("reading", "pm10", 48)]),
    ({"tvoc": 1, "light_level": 0}, [("reading", "tvoc_iaq", 1)]),
    ({"nh3": 0, "h2s": 0.01}, [("reading", "nh3", 0), ("reading", "h2s", 0.01)]),
    ({"nh3_sensor_status": "normal"}, []),
    ({"LAF": 57.5, "LAeq": 47.4, "LAFmax": 61.8},
     [("reading", "sound_laf", 57.5), ("reading", "sound_laeq", 47.4), ("reading", "sound_lafmax", 61.8)]),
    ({"total_in": 18, "total_out": 22, "period_in": 19, "period_out": 20},
     [("reading", "people_in_total", 18), ("reading", "people_out_total", 22), ("reading", "people_in_period", 19),
      ("reading", "people_out_period", 20)]),
    ({"line_4_total_in": 5300, "line_4_period_out": 7, "region_1_count": 2, "region_1_avg_dwell": 9},
     [("reading", "people_in_total", 5300, 4), ("reading", "people_out_period", 7, 4)]),
    ({"angle_x": 0, "angle_z": 90, "threshold_x": "normal", "threshold_y": "trigger"},
     [("reading", "tilt_angle", 0, "x"), ("reading", "tilt_angle", 90, "z"),
      ("event", "device_alarm", "tilt_threshold_y")]),
    ({"distance_alarm": "threshold_alarm_release"}, [("event", "device_alarm", "distance_threshold_release")]),
    ({"device_status": "on", "sn": "x", "hardware_version": "v1"}, [("event", "reboot", "power_on")]),
    ({"temperature": 9999}, [("fault", "insane", None)]),
    # Dragino (mqtt.md §1.8)
    ({"Node_type": "LDDS75", "Bat": "3.05 V", "Distance": "1110 mm", "Interrupt_flag": 0, "TempC_DS18B20": "25.80 °C",
      "Sensor_flag": 1},
     [("reading", "battery_voltage", 3.05), ("reading", "distance", 1110), ("reading", "temperature", 25.8)]),
    ({"Bat": 3.05, "Distance": 1110, "TempC_DS18B20": "0.00"},
     [("reading", "battery_voltage", 3.05), ("reading", "distance", 1110), ("reading", "temperature", 0)]),
    ({"Distance": "1110 mm", "Sensor_flag": 0}, [("event", "sensor_fault", "distance:no_sensor")]),
    ({"TempC_DS18B20": 327.67}, []),
    ({"Distance": "1110 V"}, [("fault", "insane", None)]),
    ({"Node_type": "LWL02", "BAT_V": 3, "MOD": 2, "WATER_LEAK_STATUS": 1, "WATER_LEAK_TIMES": 1,
      "LAST_WATER_LEAK_DURATION": 5, "ALARM": 1},
     [("reading", "battery_voltage", 3), ("reading", "water_leak", True), ("reading", "leak_count", 1),
      ("reading", "last_leak_duration", 300), ("event", "device_alarm", "timeout")]),
    ({"WATER_LEAK_STATUS": "NO LEAK", "ALARM": "FALSE", "WATER_LEAK_TIMES": "11"},
     [("reading", "water_leak", False), ("reading", "leak_count", 11)]),
    ({"DOOR_OPEN_STATUS": "CLOSE"}, [("reading", "door_open", False)]),
]  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), OBJECTS)
def test_objects(said: dict[str, Any], wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(UP, up(said))) == wanted


def test_no_key_means_two_things() -> None:
    assert not milesight.FIELDS.keys() & dragino.FIELDS.keys()


@pytest.mark.parametrize(
    ("said", "quality"), [({"distance": 9, "position": "tilt"}, "suspect"), ({"TempC_DS18B20": "0.00 °C"}, "suspect")]
)
def test_values_that_may_mean_nothing_are_suspect(said: dict[str, Any], quality: str) -> None:
    item = sender(DRIVER)(UP, up(said))[0]
    assert isinstance(item, Reading)
    assert item.quality == quality


def test_without_a_known_object_the_bytes_come_back() -> None:
    send = sender(DRIVER)
    assert send(UP, up(data="qg==", fPort=1)) == [Undecoded(EUI, "aa", 1)]
    assert send(UP, up({"flux": 1}, data="qrs=")) == [Undecoded(EUI, "aabb", 85, "no known key in object")]
    assert told(send(UP, up(data="?"))) == [("fault", "junk", None)]
    assert send(UP, up({})) == []
    assert send.devices.unknown == {"flux": 1}


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        ([{"rssi": -97, "snr": 7.2}, {"rssi": -60, "snr": 9}], [("reading", "rssi", -60), ("reading", "snr", 9)]),
        ([{"gatewayId": "x"}, {"rssi": -97}], [("reading", "rssi", -97)]),  # zeros are left out
        ([{"rssi": "loud"}], [("fault", "insane", None)]),
        ([], []), (None, []), ("x", []), ([7], []),
    ],
)  # fmt: skip
def test_best_gateway(heard: Any, wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(UP, up(rxInfo=heard))) == wanted


@pytest.mark.parametrize(
    ("event", "payload", "wanted"),
    [
        ("join", {}, [("event", "device_joined", EUI)]),
        ("ack", {"acknowledged": False}, [("event", "prompt_result", "not_acknowledged")]),
        ("ack", {"acknowledged": True}, []),
        ("status", {"margin": 7, "externalPowerSource": True, "batteryLevel": 0}, [("reading", "link_margin", 7)]),
        ("status", {"margin": 7, "batteryLevelUnavailable": True}, [("reading", "link_margin", 7)]),
        ("log", {"code": "OTAA", "description": "x"}, [("event", "gateway_log", "OTAA")]),
        ("txack", {"gatewayId": "x"}, []),
        ("location", {"location": {}}, []),
        ("up", b'{"deviceInfo":', [("fault", "junk", None)]),
        ("up", b"[]", [("fault", "junk", None)]),
        ("up", b"", []),
    ],
)
def test_events(event: str, payload: Any, wanted: list[Any]) -> None:
    body = payload if isinstance(payload, bytes) else {"deviceInfo": {"devEui": EUI}, **payload}
    assert told(sender(DRIVER)(UP.replace("/up", f"/{event}"), body)) == wanted


def test_same_uplink_twice_is_one_and_memory_is_bounded() -> None:
    send, press = sender(DRIVER), {"press": "short"}
    assert len(send(UP, up(press, deduplicationId="a"))) == 1
    assert send(UP, up(press, deduplicationId="a"), now=900_000) == []
    assert len(send(UP, up(press, deduplicationId="b"))) == 1
    assert len(send(UP, up(press))) == len(send(UP, up(press))) == 1  # no id: nothing to tell them by
    for n in range(MAX_REMEMBERED + 5):
        send(UP, up({}, deduplicationId=f"n{n}"))
    assert len(send.devices._heard._taken) == MAX_REMEMBERED


def test_retained_press_is_dropped() -> None:
    items = sender(DRIVER)(UP, up({"press": "short", "battery": 90}), retained=True)
    assert items == [Reading(EUI, "battery", 90.0, 0, "stale")]


def test_press_has_an_identity_and_an_age() -> None:
    send = sender(DRIVER, wall=WALL + 60_000)
    (press,) = send(UP, up({"press": "long"}, time="2026-03-02T08:20:01.775023242+00:00"))
    assert isinstance(press, Event)
    assert (press.native, press.said_at) == (f"{EUI}/long:{WALL}", WALL)
    assert (press.age_ms, press.time_quality) == (60_000, "derived")


def test_uplink_counter() -> None:
    send = sender(DRIVER)
    said = [send(UP, up(fCnt=count)) for count in (5, 6, 9, 9, 2, None, 3)]
    assert [told(items) for items in said] == [
        [], [], [("event", "events_lost", 2)], [], [("event", "device_joined", EUI)], [], [],
    ]  # fmt: skip
    assert said[2][0].detail == "uplinks 7 to 8"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("stamp", "at"),
    [(1665561758, 1_665_561_758_000), (7, None), ("x", None), (None, None), (WALL // 1000 + 3600, None)],
)
def test_history_has_its_own_time_however_old(stamp: Any, at: int | None) -> None:
    items = sender(DRIVER, wall=WALL)(UP, up({"history": [{"timestamp": stamp, "temperature": 27.2, "odd": 1}, 7]}))
    if at is None:
        assert told(items) == [("fault", "insane", None)]
    else:
        assert items == [Reading(EUI, "temperature", 27.2, said_at=at, historical=True)]


def test_dragino_datalog_is_history() -> None:
    (item,) = sender(DRIVER)(UP, up({"Node_type": "LDDS75", "Distance": 9}, fPort=3))
    assert isinstance(item, Reading)
    assert item.historical


def test_identity_is_the_payload_s_in_small_letters() -> None:
    send = sender(DRIVER, {EUI.upper(): Options()})
    assert send(UP.replace(EUI, "0" * 16), up({"battery": 9}))[0].device == f"our-{EUI.upper()}"
    assert send(UP, {"object": {"battery": 9}})[0].device == f"our-{EUI.upper()}"
    assert send(UP, {"deviceInfo": {"devEui": "0" * 16}}) == [Stranger("0" * 16)]
    assert send("application/a/device/b/command/down", {}) == []
    assert send.devices.topics() == ("application/+/device/+/event/+",)


def test_hostile() -> None:
    good = sender(DRIVER)
    player = ChirpStackPlayer(EUI, Options())
    player.set("battery", 50.0)
    message = player.talk(0)[0]
    body = message.payload.replace(b'"deduplicationId"', b'"x"')
    message = type(message)(message.topic, body)
    mqtt_kit.hostile(good, mqtt_kit.sample_messages("chirpstack"), message, ("reading", "battery", 50))


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
