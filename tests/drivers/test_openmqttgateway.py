"""OpenMQTTGateway: every sample, radio codes as buttons and contacts, repetitions, old firmware, hostile messages."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Found, Message, Options
from agent.model.events import Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.openmqttgateway import DRIVER, discover
from drivers.wire.rf_codes import RfOptions
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

RF = "home/g/433toMQTT"
REMOTE = RfOptions.model_validate({"codes": [
    {"code": 1315156, "press": "single", "channel": "1"},
    {"code": 1315157, "press": "long", "channel": "2"},
]})  # fmt: skip
DOOR = RfOptions.model_validate({"codes": [
    {"code": 4534142, "quantity": "door_open"}, {"code": 4534143, "quantity": "door_open", "state": False},
]})  # fmt: skip


@pytest.mark.parametrize("sample", kit.mqtt_samples("openmqttgateway"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


def code(value: Any, **more: Any) -> dict[str, Any]:
    return {"value": value, "protocol": 1, "length": 24, "delay": 317, **more}


def test_codes_are_buttons_and_contacts() -> None:
    send = sender(DRIVER, {"remote": REMOTE, "door": DOOR, "433/77": Options()})
    assert told(send(RF, code(1315156))) == [("event", "button", "single", 1)]
    assert told(send("home/other/RFtoMQTT", code("1315157"))) == [("event", "button", "long", 2)]
    assert told(send(RF, code(4534142))) == [("reading", "door_open", True)]
    assert told(send(RF, code(4534143))) == [("reading", "door_open", False)]
    assert told(send(RF, code(77))) == [("event", "button", "single")]
    assert send(RF, code(99)) == [Stranger("433/99")]


def test_a_held_button_is_one_press() -> None:
    send = sender(DRIVER, {"remote": REMOTE})
    heard = [len(send(RF, code(1315156), now=t)) for t in (0, 90, 180, 1500, 2900, 4300, 5800)]
    assert heard == [1, 0, 0, 0, 0, 0, 1]
    slow = sender(DRIVER, {"remote": REMOTE}, repeats="500ms")
    assert [len(slow(RF, code(1315156), now=t)) for t in (0, 90, 590)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("topic", "body", "wanted"),
    [
        (RF, b"", []),
        (RF, b"1315156", [("fault", "junk", None)]),
        (RF, code(None), [("fault", "junk", None)]),
        (RF, code(True), [("fault", "junk", None)]),
        (RF, code(1 << 40), [("fault", "junk", None)]),
        (RF, code(1, length="x", protocol=None), [("event", "rf_code", 1)]),
        ("home/g/commands/MQTTto433", code(1), []),
        ("home/g/RTL_433toMQTT", {"model": "x", "temperature_C": 1}, []),
        ("home/g/SYStoMQTT", {"uptime": 1800, "rssi": -61, "SSID": "x"},
         [("reading", "uptime", 1800), ("reading", "rssi", -61)]),
        ("home/g/SYStoMQTT", b"x", [("fault", "junk", None)]),
        ("home/g/SYStoMQTT", b"", []),
        ("home/g/LWT", b"Online", [("availability", "gateway", "online")]),
        ("home/g/BTtoMQTT/4C33A6603C79", {"tempc": "19.2"}, [("reading", "temperature", 19.2)]),
    ],
)  # fmt: skip
def test_payloads(topic: str, body: Any, wanted: list[tuple[Any, ...]]) -> None:
    assert told(sender(DRIVER)(topic, body)) == wanted


def test_a_retained_code_was_sent_some_other_time() -> None:
    assert sender(DRIVER)(RF, code(1315156), retained=True) == []


def test_the_gateway_speaks_for_itself_if_it_is_in_the_settings() -> None:
    assert told(sender(DRIVER, {"g": Options()})("home/g/SYStoMQTT", {"uptime": 9})) == [("reading", "uptime", 9)]
    assert sender(DRIVER, {})("home/g/SYStoMQTT", {"uptime": 9}) == []


REFUSED = [
    ({"code": 1}, "neither a press nor a contact"),
    ({"code": 1, "press": "single", "quantity": "door_open"}, "both a press and a contact"),
    ({"code": 1, "quantity": "relay_1"}, "nothing that a radio code may say"),
    ({"code": 1, "quantity": "door_open", "channel": "1"}, "a contact has no channel"),
    ({"code": 1, "press": "disarm"}, "Input should be"),
    ({"code": -1, "press": "single"}, "greater than or equal to 0"),
]


@pytest.mark.parametrize(("row", "words"), REFUSED)
def test_a_bad_table_is_refused_in_words(row: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RfOptions.model_validate({"codes": [row]})


def test_a_code_stands_once() -> None:
    row = {"code": 5, "press": "single"}
    with pytest.raises(ValidationError, match="code 5 stands twice"):
        RfOptions.model_validate({"codes": [row, row]})


def test_many_codes_are_forgotten_in_order() -> None:
    send = sender(DRIVER, {})
    for number in range(3000):
        assert send(RF, code(number)) == [Stranger(f"433/{number}")]
    assert len(send.devices._codes._heard) == 1024  # type: ignore[attr-defined]


def test_hostile() -> None:
    good = Message("home/g/BTtoMQTT/4C33A6603C79", b'{"tempc":"19.25"}')
    sign = ("reading", "temperature", 19.25)
    mqtt_kit.hostile(sender(DRIVER), mqtt_kit.sample_messages("openmqttgateway"), good, sign)


def test_player_is_understood() -> None:
    send = sender(DRIVER, {"433/1315156": Options(), "4C:33:A6:60:3C:79": Options()})
    button = DRIVER.player("433/1315156", DRIVER.options())
    assert mqtt_kit.play(send, button.fact("button", "single", 0)) == [("event", "button", "single")]
    assert button.talk(0) == []
    sensor = DRIVER.player("4C:33:A6:60:3C:79", DRIVER.options())
    sensor.set("humidity", 44.5)
    assert ("reading", "humidity", 44.5) in mqtt_kit.play(send, sensor.talk(0))
    assert mqtt_kit.play(send, sensor.birth(online=True)) == [("availability", "gateway", "online")]


def test_discover() -> None:
    note = "whoever has a transmitter can repeat it"
    assert discover(RF, b'{"value":"12"}') == [
        Found("433/12", "433 MHz code", family={"base_topic": "home"}, note=note)
    ]
    heard = discover("home/esp/BTtoMQTT/4C33A6603C79", b'{"tempc":1}')
    assert heard == [Found("4C33A6603C79", family={"base_topic": "home"})]
    assert discover("a/b/g/RFtoMQTT", b'{"value":1}')[0].family == {"base_topic": "a/b"}
    assert discover(RF, b'{"value":[]}') == discover("home/g/LWT", b"online") == []


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
