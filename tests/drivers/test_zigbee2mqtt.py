"""Zigbee2MQTT: every sample, the words of every model, what is retained, doubled or old, and hostile messages."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Options
from agent.model.events import Event, Reading, Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.wire.zigbee_states import ZigbeePlayer
from drivers.zigbee2mqtt import DRIVER, MAX_DEVICES, ZigbeeDeviceOptions
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

DOOR, PAD = "zigbee2mqtt/gate/east_door", "zigbee2mqtt/lobby/feedback"
WALL = 1_772_439_301_000  # 2026-03-02T08:15:01Z


@pytest.mark.parametrize("sample", kit.mqtt_samples("zigbee2mqtt"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


PAYLOADS = [
    # payloads of mqtt.md §1.1 that are no sample files
    ({"battery": 90, "illuminance": 21, "linkquality": 124, "occupancy": True, "voltage": 2985},
     {("reading", "battery", 90), ("reading", "illuminance", 21), ("reading", "linkquality", 124),
      ("reading", "motion", True), ("reading", "battery_voltage", 2.985)}),
    ({"humidity": 53, "pm25": 12, "temperature": 24, "voc_index": 118, "linkquality": 138},
     {("reading", "humidity", 53), ("reading", "pm2_5", 12), ("reading", "temperature", 24),
      ("reading", "voc_index", 118), ("reading", "linkquality", 138)}),
    ({"ac_status": False, "battery_defect": False, "smoke": True, "test": False, "trouble": False},
     {("reading", "smoke", True)}),
    ({"smoke": True, "test": True}, {("event", "self_test", "smoke")}),
    ({"smoke": False, "trouble": True}, {("reading", "smoke", False), ("event", "sensor_fault", "trouble")}),
    ({"state": "ON", "power": 3.8, "voltage": 231, "current": 0.03, "energy": 26.064},
     {("reading", "relay_1", True), ("reading", "power", 3.8), ("reading", "voltage", 231),
      ("reading", "current", 0.03), ("reading", "energy_total", 26064)}),
    ({"state_l2": "OFF"}, {("reading", "relay_2", False)}),
    ({"presence": True, "state": "move", "distance": 1.5},
     {("reading", "presence", True), ("reading", "distance", 1500)}),
    ({"voc": 220, "air_quality": "good"}, {("reading", "tvoc", 220)}),
    ({"temperature": None, "humidity": "52.6"}, {("reading", "humidity", 52.6)}),
    ({"temperature": 2000}, {("fault", "insane", None)}),
    ({"contact": "perhaps"}, {("fault", "insane", None)}),
    ({}, set()),
    ({"flux": 1}, {("undecoded", None, None)}),
    ([1], {("fault", "junk", None)}),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "wanted"), PAYLOADS)
def test_payloads(payload: Any, wanted: set[Any]) -> None:
    assert set(told(sender(DRIVER)(DOOR, payload))) == wanted


ACTIONS = [
    ("", "single", ("single",)), ("", "quadruple", ("quad",)), ("", "many", ("penta",)), ("", "quintuple", ("penta",)),
    ("", "long", ("long",)), ("", "release", None), ("", "", None), ("", "emergency", ("emergency",)),
    ("", "3_double", ("double", 3)), ("", "1_hold", ("long", 1)), ("", "2_single", ("single", 2)),
    ("", "double_left", ("double", "left")), ("", "hold_both", ("long", "both")), ("", "off", ("double",)),
    ("", "up_press_release", ("single", "up")), ("", "down_hold", ("long", "down")), ("", "down_hold_release", None),
    ("", "1_initial_press", ("press", 1)), ("", "1_short_release", ("single", 1)), ("", "brightness_stop", None),
    ("E1743", "off", ("single", "off")), ("E1743", "brightness_move_up", ("long", "on")),
    ("E2213", "2_long_press", ("long", 2)), ("E2213", "2_initial_press", None), ("E2213", "2_long_release", None),
    ("324131092621", "on_press", None), ("324131092621", "on_press_release", ("single", "on")),
    ("ROM001", "press", ("single",)), ("ROM001", "on", None), ("", "rotate_left", None),
]  # fmt: skip


@pytest.mark.parametrize(("model", "action", "wanted"), ACTIONS)
def test_actions(model: str, action: str, wanted: tuple[Any, ...] | None) -> None:
    send = sender(DRIVER, {"lobby/feedback": ZigbeeDeviceOptions(model=model)})
    assert told(send(PAD, {"action": action})) == ([("event", "button", *wanted)] if wanted else [])


@pytest.mark.parametrize(
    ("action", "kind"), [("tilt", "vibration_event"), ("drop", "vibration_event"), ("region_1_enter", "presence_event")]
)
def test_actions_that_are_no_presses(action: str, kind: str) -> None:
    assert told(sender(DRIVER)(DOOR, {"action": action})) == [("event", kind, action)]


def test_unknown_words_are_counted_and_bounded() -> None:
    send = sender(DRIVER)
    send(PAD, {"action": "rotate_left", "battery": 1, "flux": 2})
    send(PAD, {"battery": 1, "flux": 2})
    assert send.devices.unknown == {"action=rotate_left": 1, "flux": 2}
    for n in range(1000):
        send(PAD, {f"key{n}": 1})
    assert len(send.devices.unknown) == 256


def test_retained_press_is_dropped_and_retained_state_is_stale() -> None:
    items = sender(DRIVER)(PAD, {"action": "single", "battery": 90}, retained=True)
    assert items == [Reading("lobby/feedback", "battery", 90.0, 0, "stale")]
    left = {"type": "device_leave", "data": {"friendly_name": "x"}}
    assert sender(DRIVER)("zigbee2mqtt/bridge/event", left, retained=True) == []


def test_same_press_twice_is_one() -> None:
    send, press = sender(DRIVER), {"action": "single"}
    assert len(send(PAD, press, now=0)) == 1
    assert send(PAD, press, now=999) == []
    assert len(send(PAD, press, now=1000)) == 1
    assert len(send(PAD, {"action": "double"}, now=1100)) == 1


def test_second_press_within_a_second_counts_if_it_was_seen_later() -> None:
    send = sender(DRIVER)
    first = send(PAD, {"action": "single", "last_seen": "2026-03-02T08:15:01.000Z"})
    again = send(PAD, {"action": "single", "last_seen": "2026-03-02T08:15:01.000Z"}, now=5)
    other = send(PAD, {"action": "single", "last_seen": "2026-03-02T08:15:01.400Z"}, now=400)
    assert [item.native for item in first + again + other if isinstance(item, Event)] == [
        "lobby/feedback/single:1772439301000",
        "lobby/feedback/single:1772439301400",
    ]


@pytest.mark.parametrize(
    ("seen", "said", "quality"),
    [
        ("2026-03-02T08:14:50.000Z", WALL - 11_000, "good"),
        ("2026-03-02T16:14:50+08:00", WALL - 11_000, "good"),
        (WALL - 1000, WALL - 1000, "good"),
        ("2026-03-01T21:02:11.000Z", WALL - 40_370_000, "stale"),  # z2m was started again
        ("2026-01-01T00:00:00.000Z", 0, "stale"),  # not to be believed, and old all the same
        ("2026-03-02T08:20:00.000Z", 0, "good"),  # ahead of us
        ("2026-03-02T08:14:50.000", 0, "good"),  # no offset
        ("soon", 0, "good"),
        (None, 0, "good"),
    ],
)
def test_last_seen(seen: Any, said: int, quality: str) -> None:
    (item,) = sender(DRIVER, wall=WALL)(DOOR, {"contact": True, "last_seen": seen})
    assert isinstance(item, Reading)
    assert (item.value, item.said_at, item.quality) == (False, said, quality)


def test_old_state_is_known_by_going_back_while_the_time_is_not() -> None:
    send = sender(DRIVER)
    seen = ["2026-03-02T08:15:01.000Z", "2026-03-01T21:02:11.000Z", "2026-03-01T21:02:12.000Z"]
    quality = [send(DOOR, {"contact": True, "last_seen": one})[0].quality for one in seen]  # type: ignore[union-attr]
    assert quality == ["good", "stale", "good"]


def test_press_is_not_lost_when_the_clock_there_is_set_back() -> None:
    send = sender(DRIVER, wall=WALL)
    assert told(send(PAD, {"action": "hold", "last_seen": "2026-02-01T00:00:00.000Z"})) == [("event", "button", "long")]


def test_words_that_stay_are_events_when_they_change() -> None:
    send, topic = sender(DRIVER), "zigbee2mqtt/toilet/presence"
    said = [told(send(topic, {"presence_event": word})) for word in ("enter", "enter", "leave", "enter")]
    assert [len(one) for one in said] == [1, 0, 1, 1]
    assert told(send(topic, {"presence_event": "leave"}, retained=True)) == []


@pytest.mark.parametrize(
    ("topic", "payload", "wanted"),
    [
        ("bridge/state", {"state": "offline"}, [("availability", "gateway", "offline")]),
        ("bridge/state", b"online", [("availability", "gateway", "online")]),
        ("gate/east_door/availability", b"online", [("availability", "device", "online")]),
        ("gate/east_door/availability", b"perhaps", [("fault", "junk", None)]),
        ("gate/east_door/availability", b"", []),
        ("gate/east_door/action", b"single", []),
        ("gate/east_door/set", {"state": "ON"}, []),
        ("gate/east_door/get/state", b"", []),
        ("gate/east_door", b"", []),
        ("gate/east_door", b'{"contact":', [("fault", "junk", None)]),
        ("gate/east_door", b'{"contact":true,"x":"' + b"a" * 262_144 + b'"}', [("fault", "junk", None)]),
        ("bridge/event", {"type": "device_joined", "data": {"friendly_name": "x"}}, [("event", "device_joined", "x")]),
        ("bridge/event", {"type": "device_announce", "data": {"friendly_name": "x"}}, []),
        ("bridge/devices", b"[" + b"1," * 500_000 + b"1]", []),
        ("bridge/logging", {"level": "error", "message": "x"}, []),
        ("bridge/response/permit_join", {"status": "ok"}, []),
    ],
)
def test_topics(topic: str, payload: Any, wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(f"zigbee2mqtt/{topic}", payload)) == wanted


def test_gateway_has_the_name_of_its_base_and_the_base_is_settable() -> None:
    send = sender(DRIVER, base_topic="b2/zigbee")
    assert send("b2/zigbee/bridge/state", {"state": "online"})[0].device == "b2/zigbee"
    assert send("b2/zigbee/stair/pir", {"occupancy": True})[0].device == "stair/pir"
    assert send("zigbee2mqtt/stair/pir", {"occupancy": True}) == []
    assert send.devices.topics() == ("b2/zigbee/#",)


def test_bound_devices_have_our_name_and_others_are_strangers() -> None:
    send = sender(DRIVER, {"gate/east_door": Options(), "odd/action": Options()})
    assert send(DOOR, {"contact": True})[0].device == "our-gate/east_door"
    assert send("zigbee2mqtt/odd/action", {"contact": True})[0].device == "our-odd/action"
    assert send("zigbee2mqtt/cellar", {"contact": True}, now=7) == [Stranger("cellar", 7)]
    assert send("zigbee2mqtt/cellar/availability", b"online") == [Stranger("cellar")]


def test_a_flood_of_names_is_not_remembered() -> None:
    send = sender(DRIVER, {"gate/east_door": Options()})
    for n in range(MAX_DEVICES + 10):
        send(f"zigbee2mqtt/flood{n}", b"{}")
    assert len(send.devices._devices) == MAX_DEVICES
    assert told(send(DOOR, {"contact": True})) == [("reading", "door_open", False)]


def test_hostile() -> None:
    good = ZigbeePlayer("stair/pir", DRIVER.options())
    good.set("motion", True)
    sign = ("reading", "motion", True)
    mqtt_kit.hostile(sender(DRIVER), mqtt_kit.sample_messages("zigbee2mqtt"), good.talk(0)[0], sign)


@pytest.mark.parametrize("quantity", [q for q in DRIVER.quantities if q not in ("voltage", "battery_voltage")])
def test_player_is_understood(quantity: str) -> None:
    value: Any = True if QUANTITIES[quantity].kind == "state" else max(1.5, QUANTITIES[quantity].low)
    value = 1 if quantity == "power_factor" else value
    player, send = DRIVER.player("gate/east_door", DRIVER.options()), sender(DRIVER)
    player.set(quantity, value)
    assert mqtt_kit.play(send, player.talk(0)) == [("reading", quantity, value)]


@pytest.mark.parametrize(
    ("kind", "word", "part"),
    [("button", "single", ""), ("button", "penta", ""), ("button", "long", "channel=3"),
     ("button", "double", "channel=left"), ("vibration_event", "tilt", ""), ("presence_event", "enter", "")],
)  # fmt: skip
def test_player_facts(kind: str, word: str, part: str) -> None:
    player, send = ZigbeePlayer("pad", DRIVER.options(), lambda _t: WALL), sender(DRIVER)
    player.set("battery_voltage", 3.015)
    player.set("battery", 97)
    channel = part.partition("=")[2]
    extra = () if not part else (int(channel) if channel.isdigit() else channel,)
    wanted = {("event", kind, word, *extra), ("reading", "battery_voltage", 3.015), ("reading", "battery", 97)}
    assert set(mqtt_kit.play(send, player.fact(kind, word, 0, part))) == wanted
    assert mqtt_kit.play(send, player.birth(online=False)) == [("availability", "device", "offline")]


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
    with pytest.raises(KeyError):
        ZigbeePlayer("x", DRIVER.options()).set("snr", 1.0)
