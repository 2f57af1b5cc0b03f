"""Tasmota: every sample, units, sensors of one kind, inputs with a meaning, FullTopic, Zigbee, hostile messages."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Options
from agent.model.events import Reading, Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.tasmota import DRIVER
from drivers.wire.tasmota_board import TasmotaDeviceOptions
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

SENSOR, RESULT = "tele/t/SENSOR", "stat/t/RESULT"
WALL = 1_624_799_024_000  # 2021-06-27T13:03:44Z


@pytest.mark.parametrize("sample", kit.mqtt_samples("tasmota"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


PAYLOADS = [
    (SENSOR, {"BME280-76": {"Temperature": 21.0, "Pressure": 733.0}, "BME280-77": {"Temperature": 50.0},
              "PressureUnit": "mmHg", "TempUnit": "F"},
     [("reading", "temperature", -6.11, "BME280-76"), ("reading", "pressure", 977.25),
      ("reading", "temperature", 10, "BME280-77")]),
    (SENSOR, {"BME280": {"Pressure": 29.92}, "PressureUnit": "inHg"}, [("reading", "pressure", 1013.21)]),
    (SENSOR, {"BME280": {"Pressure": 29.92}, "PressureUnit": "psi"}, [("fault", "insane", None)]),
    (SENSOR, {"DS18B20-1": {"Id": "1", "Temperature": 20.9}, "DS18B20-2": {"Id": "2", "Temperature": 4.1}},
     [("reading", "temperature", 20.9, "DS18B20-1"), ("reading", "temperature", 4.1, "DS18B20-2")]),
    (SENSOR, {"SR04": {"Distance": 42.6}, "BME280": {"Temperature": 9.0}},
     [("reading", "distance", 426), ("reading", "temperature", 9)]),
    (SENSOR, {"VL53L1X": {"Distance": 1263}}, [("reading", "distance", 1263)]),
    (SENSOR, {"PMS5003": {"CF1": 0, "CF2.5": 1, "PM1": 0, "PM2.5": 12, "PM10": 14, "PB0.3": 4146}},
     [("reading", "pm1", 0), ("reading", "pm2_5", 12), ("reading", "pm10", 14)]),
    (SENSOR, {"ESP32": {"Temperature": 53.3}, "BME280": {"Temperature": 21.0}},
     [("reading", "device_temperature", 53.3), ("reading", "temperature", 21)]),
    (SENSOR, {"AM2301": {"Temperature": None, "Humidity": 40.0}}, [("reading", "humidity", 40)]),
    (SENSOR, {"ENERGY": {"TotalStartTime": "2022-03-20T15:20:48", "Total": 514.153, "Today": 0.5, "Power": 56,
                         "ApparentPower": 92, "ReactivePower": 73, "Factor": 0.61, "Voltage": 234, "Current": 0.392}},
     [("reading", "energy_total", 514153), ("reading", "power", 56), ("reading", "apparent_power", 92),
      ("reading", "reactive_power", 73), ("reading", "power_factor", 0.61), ("reading", "voltage", 234),
      ("reading", "current", 0.392)]),
    (SENSOR, {"ENERGY": {"Power": [52, 5], "Voltage": 235}},
     [("reading", "power", 52, 1), ("reading", "power", 5, 2), ("reading", "voltage", 235)]),
    (SENSOR, {"Switch1": "OFF", "Switch2": "ON"}, [("reading", "switch_1", False), ("reading", "switch_2", True)]),
    (SENSOR, {"Switch1": "OPEN"}, [("fault", "insane", None)]),
    (SENSOR, {"FOO": {"Bar": 1}}, [("undecoded", None, None)]),
    (SENSOR, {"TFMini": {"Distance": 12}}, [("undecoded", None, None)]),
    (SENSOR, {"Time": "2021-01-01T00:00:01"}, []),
    (SENSOR, b"ON", [("fault", "junk", None)]),
    (SENSOR, b"", []),
    ("tele/t/STATE", {"POWER1": "ON", "POWER2": "OFF", "Wifi": {"RSSI": 86}},
     [("reading", "relay_1", True), ("reading", "relay_2", False)]),
    ("tele/t/INFO3", {"Info3": {"RestartReason": "Power On", "BootCount": 9}}, [("event", "reboot", "Power On")]),
    ("tele/t/INFO3", {"Info3": {"RestartReason": {"Exception": 28}}}, [("event", "reboot", "exception")]),
    ("tele/t/INFO1", {"Info1": {"Module": "Generic"}}, []),
    ("tele/t/LWT", b"online", [("availability", "device", "online")]),
    ("tele/t/LWT", b"Asleep", [("fault", "junk", None)]),
    (RESULT, {"TelePeriod": 60}, []),
    (RESULT, {"POWER2": "OFF"}, [("reading", "relay_2", False)]),
    ("stat/t/POWER", b"ON", []),
    ("stat/t/STATUS10", {"StatusSNS": {"BME280": {"Temperature": 21}}}, []),
    ("cmnd/t/POWER", b"TOGGLE", []),
    ("tele/t/RESULT", {"RfReceived": {"Data": "0x7028D2", "Bits": 24}}, []),
    *[(RESULT, {"Button3": {"Action": word}}, [("event", "button", ours, 3)])
      for word, ours in (("DOUBLE", "double"), ("TRIPLE", "triple"), ("QUAD", "quad"), ("PENTA", "penta"),
                         ("HOLD", "long"))],
    (RESULT, {"Button3": {"Action": "CLEAR"}}, []),
    (RESULT, {"Switch2": {"Action": "OFF"}}, [("event", "switch", "off", 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "payload", "wanted"), PAYLOADS)
def test_payloads(topic: str, payload: Any, wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(topic, payload)) == wanted


def test_source_stays_named_when_the_other_sensor_is_silent() -> None:
    send = sender(DRIVER)
    both = {"DHT11": {"Temperature": 26.0}, "SHT3X": {"Temperature": 24.0}}
    assert told(send(SENSOR, {"SHT3X": {"Temperature": 24.0}})) == [("reading", "temperature", 24)]
    send(SENSOR, both)
    assert told(send(SENSOR, {"SHT3X": {"Temperature": 24.0}})) == [("reading", "temperature", 24, "SHT3X")]


def test_inputs_have_the_meaning_of_the_settings() -> None:
    own = TasmotaDeviceOptions(
        switch_1="door_open",
        switch_2="water_leak",
        relay_1="valve_open",
        invert=["switch_2"],
        state_text=["ZU", "OFFEN"],
    )
    send = sender(DRIVER, {"t": own})
    wanted = [("reading", "door_open", True), ("reading", "water_leak", True), ("reading", "switch_3", False)]
    assert told(send(SENSOR, {"Switch1": "OFFEN", "Switch2": "ZU", "Switch3": "OFF"})) == wanted
    assert told(send(RESULT, {"POWER": "ON"})) == [("reading", "valve_open", True)]
    # SetOption114 sends the action in place of the state.
    assert told(send(RESULT, {"Switch1": {"Action": "ZU"}})) == [
        ("reading", "door_open", False),
        ("event", "switch", "zu", 1),
    ]


def test_meaning_must_be_a_state() -> None:
    with pytest.raises(ValidationError, match="no yes-or-no quantity"):
        TasmotaDeviceOptions(switch_1="temperature")


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ({"Time": "2021-06-27T15:03:44+02:00"}, WALL),
        ({"Time": "2021-06-27T13:03:44Z"}, WALL),
        ({"Time": "2021-06-27T15:03:44"}, 0),  # no offset: whose time is it?
        ({"Time": "2021-06-27T15:03:44", "Epoch": 1624799024}, WALL),
        ({"Time": "2021-06-19T15:03:44+02:00"}, 0),  # over 7 days old
        ({"Time": "2021-06-27T15:06:44+02:00"}, 0),  # over 2 minutes ahead
        ({"Time": "1970-01-01T00:00:07+00:00"}, 0),
    ],
)
def test_time_is_believed_only_with_an_offset_and_near(time: dict[str, Any], said: int) -> None:
    (item,) = sender(DRIVER, wall=WALL)(SENSOR, {**time, "Switch1": "ON"})
    assert isinstance(item, Reading)
    assert item.said_at == said


def test_retained_and_doubled() -> None:
    send, press = sender(DRIVER), {"Button1": {"Action": "SINGLE"}}
    assert send(RESULT, press, retained=True) == []
    assert send(SENSOR, {"Switch1": "ON"}, retained=True) == [Reading("t", "switch_1", True, 0, "stale")]
    assert [len(send(RESULT, press, now=now)) for now in (2000, 2500, 3500)] == [1, 0, 1]
    assert len(send(RESULT, {"Button2": {"Action": "SINGLE"}}, now=3500)) == 1


@pytest.mark.parametrize(
    ("full", "topic", "filters"),
    [
        ("%prefix%/%topic%/", "tele/bin-7/SENSOR", ("tele/+/#", "stat/+/#")),
        ("%topic%/%prefix%", "bin-7/tele/SENSOR", ("+/tele/#", "+/stat/#")),
        ("home/%prefix%/b1/%topic%/", "home/tele/b1/bin-7/SENSOR", ("home/tele/b1/+/#", "home/stat/b1/+/#")),
    ],
)
def test_full_topic(full: str, topic: str, filters: tuple[str, ...]) -> None:
    send = sender(DRIVER, full_topic=full)
    assert send.devices.topics() == filters
    assert send(topic, {"SR04": {"Distance": 42.6}}) == [Reading("bin-7", "distance", 426.0)]
    assert send("other/" + topic, {"SR04": {"Distance": 42.6}}) == []
    player = DRIVER.player("bin-7", DRIVER.options.model_validate({"full_topic": full}))
    player.set("distance", 426.0)
    assert [message.topic for message in player.talk(0)] == [topic]


@pytest.mark.parametrize("full", ["%prefix%/x/", "%topic%", "%prefix%/+/%topic%", ""])
def test_full_topic_that_names_no_device_is_refused(full: str) -> None:
    with pytest.raises(ValidationError):
        DRIVER.options.model_validate({"full_topic": full})


def test_zigbee_behind_a_bridge() -> None:
    block = {
        "Device": "0x8F20",
        "Name": "Kitchen",
        "BatteryPercentage": 98,
        "Contact": 1,
        "Endpoint": 1,
        "LinkQuality": 8,
    }
    send = sender(DRIVER, {"zb/Kitchen": Options(), "zb": Options()})
    items = send("tele/zb/8F20/SENSOR", {"ZbReceived": {"0x8F20": block, "0x0001": {"Click": "single"}}})
    assert items[-1] == Stranger("zb/0x0001")
    assert {item.device for item in items[:-1]} == {"our-zb/Kitchen"}
    assert told(items) == [("reading", "battery", 98), ("reading", "door_open", True), ("reading", "linkquality", 8)]
    press = {"ZbReceived": {"Kitchen": {"Name": "Kitchen", "Click": "double", "Endpoint": 2}}}
    assert told(send("tele/zb/RESULT", press, now=5000)) == [("event", "button", "double", 2)]
    assert told(send("tele/zb/RESULT", press, now=5100)) == []


def test_strangers() -> None:
    send = sender(DRIVER, {"t": Options()})
    for topic, payload in (("tele/x/LWT", b"Online"), ("tele/x/SENSOR", {"Switch1": "ON"}), ("tele/x/SENSOR", b"?")):
        assert send(topic, payload) == [Stranger("x")]


def test_hostile() -> None:
    player = DRIVER.player("good", DRIVER.options())
    player.set("distance", 263.0)
    sign = ("reading", "distance", 263)
    mqtt_kit.hostile(sender(DRIVER), mqtt_kit.sample_messages("tasmota"), player.talk(0)[0], sign)


PLUGS = {f"{kind}_{n}" for kind in ("relay", "switch") for n in range(1, 9)}
PLAYED = [q for q in QUANTITIES if q in DRIVER.quantities and (QUANTITIES[q].kind != "state" or q in PLUGS)]
BEHIND_A_BRIDGE = ("battery", "battery_voltage", "linkquality")


@pytest.mark.parametrize("quantity", [q for q in PLAYED if q not in BEHIND_A_BRIDGE])
def test_player_is_understood(quantity: str) -> None:
    known = QUANTITIES[quantity]
    value: Any = True if known.kind == "state" else min(max(21.5, known.low), known.high)
    player, send = DRIVER.player("t", DRIVER.options()), sender(DRIVER)
    player.set(quantity, value)
    assert mqtt_kit.play(send, player.talk(0)) == [("reading", quantity, value)]


def test_player_facts_and_parts() -> None:
    player, send = DRIVER.player("t", DRIVER.options()), sender(DRIVER)
    for source, value in (("BME280-76", 20.5), ("BME280-77", 4.5)):
        player.set("temperature", value, f"source_key={source}")
    wanted = [("reading", "temperature", 20.5, "BME280-76"), ("reading", "temperature", 4.5, "BME280-77")]
    assert mqtt_kit.play(send, player.talk(0)) == wanted
    assert mqtt_kit.play(send, player.fact("button", "long", 0, "channel=2")) == [("event", "button", "long", 2)]
    assert mqtt_kit.play(send, player.fact("switch", "on", 0)) == [("event", "switch", "on", 1)]
    assert mqtt_kit.play(send, player.birth(online=True)) == [("availability", "device", "online")]


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
