"""ESPHome: every sample, what entities are and in which unit, presses, switches, played nodes, hostile messages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Options, ToldPlayer
from agent.model.effects import Prompt, Switch
from agent.model.events import Reading, Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.esphome import DRIVER
from drivers.wire.esphome_entities import EsphomeDeviceOptions
from drivers.wire.esphome_player import EsphomePlayer
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told


def at(entity: str) -> str:
    return f"node/{entity}/state"


@pytest.mark.parametrize("sample", kit.mqtt_samples("esphome"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    # The sample's flag says how the node publishes; a live subscriber gets a press without it.
    mqtt_kit.check_sample(DRIVER, {**sample, "retain": sample["retain"] and sample["class"] != "event"})


NAMED = [
    ("sensor/lobby_temperature", "23.4", [("reading", "temperature", 23.4)]),
    ("sensor/esp_chip_temperature", "51", [("reading", "device_temperature", 51)]),
    ("sensor/hall_humidity_sensor", "40.5", [("reading", "humidity", 40.5)]),
    ("sensor/battery_voltage", "2.9", [("reading", "battery_voltage", 2.9)]),
    ("sensor/wifi_signal", "-61", [("reading", "rssi", -61)]),
    ("sensor/air_pm_2_5", "12", [("reading", "pm2_5", 12)]),
    ("sensor/people_in_total", "12", [("reading", "people_in_total", 12)]),
    ("sensor/bin_distance", "0.42", []), ("sensor/total_daily_energy", "0.42", []),  # in which unit?
    ("sensor/lobby_temperature", "nan", []), ("sensor/lobby_temperature", "None", []),
    ("sensor/lobby_temperature", "warm", [("fault", "insane", None)]),
    ("sensor/lobby_temperature", "4000", [("fault", "insane", None)]),
    ("sensor/lobby_temperature", "", []),
    ("sensor/fire_exit_door", "1", []),  # a sensor is no contact
    ("binary_sensor/fire_exit_door", "OFF", [("reading", "door_open", False)]),
    ("binary_sensor/cellar_water_leak", "ON", [("reading", "water_leak", True)]),
    ("binary_sensor/pir", "ON", [("reading", "motion", True)]),
    ("binary_sensor/lobby_temperature", "ON", []),
    ("switch/relay_2", "ON", [("reading", "relay_2", True)]),
    ("switch/garden_relay", "OFF", [("reading", "relay_1", False)]),
    ("valve/main_valve", "OPENING", [("reading", "valve_open", True)]),
    ("valve/main_valve", "CLOSED", [("reading", "valve_open", False)]),
    ("text_sensor/version", "2026.6.5", []), ("light/hall", '{"state":"ON"}', []),
    ("event/feedback_button", '{"event_type":"double_click"}', [("event", "button", "double")]),
    ("event/feedback_3", '{"event_type":"long_press"}', [("event", "button", "long", 3)]),
    ("event/feedback_3", '{"event_type":"dance"}', []),
    ("event/feedback_3", "double_click", [("fault", "junk", None)]),
    ("weather/feedback_3", "double_click", []),
]  # fmt: skip


@pytest.mark.parametrize(("entity", "text", "wanted"), NAMED)
def test_entities_by_their_names(entity: str, text: str, wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(at(entity), text.encode())) == wanted


ANNOUNCED = [
    ({"unit_of_meas": "°F", "dev_cla": "temperature"}, "68", ("temperature", 20)),
    ({"unit_of_measurement": "cm", "device_class": "distance"}, "42.6", ("distance", 426)),
    ({"unit_of_meas": "m", "dev_cla": "distance"}, "0.426", ("distance", 426)),
    ({"unit_of_meas": "kWh", "dev_cla": "energy"}, "1.5", ("energy_total", 1500)),
    ({"unit_of_meas": "%", "dev_cla": "humidity"}, "41", ("humidity", 41)),
    ({"unit_of_meas": "kPa", "dev_cla": "atmospheric_pressure"}, "101.3", ("pressure", 1013)),
    ({"unit_of_meas": "µg/m³", "dev_cla": "pm25"}, "12", ("pm2_5", 12)),
]


@pytest.mark.parametrize(("config", "text", "wanted"), ANNOUNCED)
def test_entities_by_what_the_node_announces(config: dict[str, str], text: str, wanted: tuple[str, float]) -> None:
    send = sender(DRIVER)
    assert send(at("sensor/x"), text.encode()) == []
    config = {"state_topic" if "device_class" in config else "stat_t": at("sensor/x"), **config}
    assert send("homeassistant/sensor/node/x/config", config, retained=True) == []
    assert told(send(at("sensor/x"), text.encode())) == [("reading", *wanted)]


def test_a_name_may_say_more_than_the_class() -> None:
    send = sender(DRIVER)
    for name, cls, unit in (("battery_voltage", "voltage", "V"), ("main_door", "moisture", "")):
        domain = "sensor" if unit else "binary_sensor"
        told_ = {"stat_t": at(f"{domain}/{name}"), "dev_cla": cls, "unit_of_meas": unit}
        send(f"homeassistant/{domain}/node/{name}/config", told_)
    assert told(send(at("sensor/battery_voltage"), b"2.9")) == [("reading", "battery_voltage", 2.9)]
    assert told(send(at("binary_sensor/main_door"), b"ON")) == [("reading", "water_leak", True)]


def test_the_table_of_the_settings_comes_first() -> None:
    own = EsphomeDeviceOptions(
        entities={
            "water_level": "distance cm", "sensor/lobby_temperature": "ignore", "help": "button 2", "note": "text",
            "contact_a": "door_open", "counter": "energy_total kWh",
        },
        invert=["contact_a"],
    )  # fmt: skip
    send = sender(DRIVER, {"node": own})
    said = [
        told(send(at(entity), text))
        for entity, text in (
            ("sensor/water_level", b"42.6"), ("sensor/lobby_temperature", b"20"), ("binary_sensor/contact_a", b"ON"),
            ("sensor/counter", b"nan"), ("sensor/counter", b"1.5"), ("text_sensor/note", "温".encode()),
            ("event/help", b'{"event_type":"press"}'),
        )
    ]  # fmt: skip
    assert said == [
        [("reading", "distance", 426)], [], [("reading", "door_open", False)], [], [("reading", "energy_total", 1500)],
        [("reading", "text", "温")], [("event", "button", "press", 2)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("warmth", "no quantity"),
        ("distance kg", "no unit"),
        ("button a b", "no quantity"),
        ("ignore it", "no quantity"),
    ],
)
def test_table_is_checked(spec: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        EsphomeDeviceOptions(entities={"x": spec})


def test_presses_are_not_repeated_by_the_broker_nor_by_a_bouncing_contact() -> None:
    send, topic = sender(DRIVER, {"node": EsphomeDeviceOptions(entities={"help": "button"})}), at("event/pad")
    click = b'{"event_type":"single_click"}'
    assert send(topic, click, retained=True) == []
    assert [len(send(topic, click, now=now)) for now in (1000, 1200, 1600)] == [1, 0, 1]
    # A contact that is a button: the press counts, not the release.
    told_ = [told(send(at("binary_sensor/help"), word, now=9000)) for word in (b"ON", b"OFF", b"ON")]
    assert told_ == [[("event", "button", "single")], [], []]
    assert send(at("binary_sensor/help"), b"ON", now=10_000, retained=True) == []


def test_retained_states_are_the_last_known() -> None:
    assert sender(DRIVER)(at("binary_sensor/door"), b"ON", retained=True) == [
        Reading("node", "door_open", True, 0, "stale")
    ]


def test_two_entities_of_one_quantity_are_told_apart() -> None:
    send = sender(DRIVER)
    assert told(send(at("sensor/in_temperature"), b"20")) == [("reading", "temperature", 20)]
    assert told(send(at("sensor/out_temperature"), b"5")) == [("reading", "temperature", 5, "out_temperature")]
    assert told(send(at("sensor/in_temperature"), b"20")) == [("reading", "temperature", 20, "in_temperature")]


def test_strangers_and_availability() -> None:
    send = sender(DRIVER, {"node": Options()})
    assert told(send("node/status", b"offline")) == [("availability", "device", "offline")]
    assert told(send("node/status", b"asleep")) == [("fault", "junk", None)]
    assert send("other/status", b"online") == []  # anybody may have such a topic
    assert send("other/sensor/x/state", b"1") == [Stranger("other")]
    assert send("homeassistant/sensor/node/x/config", b"[") == send("a/b", b"c") == []
    deep = sender(DRIVER, {"site/node": Options()}, prefix="site/+")
    assert deep("site/node/sensor/co2/state", b"400") == [Reading("our-site/node", "co2", 400.0)]


def test_unknown_entities_are_counted() -> None:
    send = sender(DRIVER)
    send(at("sensor/flux"), b"1")
    send(at("sensor/flux"), b"2")
    assert send.devices.unknown == {"sensor/flux": 2}  # type: ignore[attr-defined]


def test_switches_are_switched_and_say_so() -> None:
    own = EsphomeDeviceOptions(entities={"switch/horn": "buzzer", "valve/main": "valve_open"}, invert=["horn"])
    send, player = sender(DRIVER, {"node": own}), EsphomePlayer("node", Options())
    assert isinstance(player, ToldPlayer)
    player.set("buzzer", True, "source_key=horn")
    player.set("relay_1", False)
    devices = send.devices  # type: ignore[attr-defined]
    assert devices.command(Switch("our-node", 0, "relay_1", True), 0) == []  # not met yet
    for message in player.talk(0):
        send(message.topic, message.payload, retained=True)
    for output, on, topic, word in (
        ("buzzer", True, "node/switch/horn/command", b"OFF"), ("relay_1", True, "node/switch/relay_1/command", b"ON"),
    ):  # fmt: skip
        (order,) = devices.command(Switch("our-node", 0, output, on), 0)
        assert (order.topic, order.payload, order.retain) == (topic, word, False)
        assert mqtt_kit.play(send, player.receive(order.topic, order.payload, 0)) == [("reading", output, on)]
        assert player.receive(order.topic, order.payload, 0) == []
    (order,) = devices.command(Switch("our-node", 0, "valve_open", False), 0)
    assert (order.topic, order.payload) == ("node/valve/main/command", b"CLOSE")
    for wrong in (Switch("our-node", 0, "lamp_red", True), Switch("x", 0, "buzzer", True), Prompt("our-node", 0, "x")):
        assert devices.command(wrong, 0) == []


# What is a word, and which, only the settings' table can say.
@pytest.mark.parametrize("quantity", sorted(one for one in DRIVER.quantities if QUANTITIES[one].kind != "text"))
def test_player_is_understood(quantity: str) -> None:
    known = QUANTITIES[quantity]
    value: Any = True if known.kind == "state" else min(max(12, known.low), known.high)
    player, send = DRIVER.player("node", DRIVER.options()), sender(DRIVER)
    player.set(quantity, value)
    first = player.birth(online=True)
    assert told(send(first[0].topic, first[0].payload)) == [("availability", "device", "online")]
    assert mqtt_kit.play(send, [*first[1:], *player.talk(0)]) == [("reading", quantity, value)]


def test_player_presses() -> None:
    player, send = EsphomePlayer("node", Options()), sender(DRIVER)
    (message,) = player.fact("button", "double", 0, "channel=4")
    assert message.retain
    assert mqtt_kit.play(send, [message]) == [("event", "button", "double", 4)]
    with pytest.raises(KeyError):
        player.fact("card", "1", 0)


def test_hostile() -> None:
    player = EsphomePlayer("lobby-node", Options())
    player.set("co2", 500.0)
    status, *announced = player.birth(online=True)
    mqtt_kit.hostile(
        sender(DRIVER), [*mqtt_kit.sample_messages("esphome"), status], player.talk(0)[0], ("reading", "co2", 500)
    )
    # A false announcement may rightly change what an entity is: it must only do no other harm.
    status_said = ("availability", "device", "online")
    mqtt_kit.hostile(sender(DRIVER), announced, status, status_said)


def test_discover() -> None:
    assert DRIVER.discover is not None
    (found,) = DRIVER.discover("esphome/discover/node", json.dumps({"name": "node", "board": "esp32dev"}).encode())
    assert (found.id, found.model) == ("node", "ESPHome esp32dev")


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.events) <= set(EVENT_KINDS)
    assert set(DRIVER.outputs) <= set(DRIVER.quantities)
