"""Theengs: every sample, raw RuuviTag frames both ways, several gateways, presses, strangers, hostile messages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.driver import Found, Message, Options
from agent.model.events import Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.theengs import DRIVER, discover, frame
from drivers.wire import ruuvi
from drivers.wire.ble_adverts import mac_of
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

VECTORS = [
    vector
    for vector in json.loads((kit.DATA / "mqtt-samples/raw/byte-vectors.json").read_text(encoding="utf-8"))
    if vector["device"] == "RuuviTag DF5"
]
MAC = "CBB8334C884F"
BUTTON = {"id": "BC:02:6E:AA:BB:CC", "rssi": -58, "model_id": "SBBT-002C", "batt": 100}


@pytest.mark.parametrize("sample", kit.mqtt_samples("theengs"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["case"])
def test_raw_frames_both_ways(vector: dict[str, Any]) -> None:
    raw, said = bytes.fromhex(vector["hex"]), vector["expect"]
    found = ruuvi.decode(raw)
    assert found is not None
    axes = None if said["acc_g"] is None else tuple(said["acc_g"])
    assert found[:8] == (
        said["temperature_degC"], said["humidity_pct"], said["pressure_Pa"], axes, said["voltage_V"], said["tx_dBm"],
        said["movement"], said["seq"],
    )  # fmt: skip
    assert found.mac == said.get("mac", found.mac)
    assert ruuvi.encode(found) == raw
    assert frame(Options(), raw) == frame(Options(), b"\x99\x04" + raw)


def test_a_raw_frame_is_told_in_our_units_and_what_cannot_be_is_refused() -> None:
    send, valid = sender(DRIVER), VECTORS[0]["hex"]
    items = send(
        "home/esp/BTtoMQTT/undecoded", {"id": "CB:B8:33:4C:88:4F", "rssi": -70, "manufacturerdata": "9904" + valid}
    )
    assert told(items) == [
        ("reading", "temperature", 24.3), ("reading", "humidity", 53.49), ("reading", "pressure", 1000.44),
        ("reading", "acceleration", 0.004, "x"), ("reading", "acceleration", -0.004, "y"),
        ("reading", "acceleration", 1.036, "z"), ("reading", "battery_voltage", 2.977), ("reading", "tx_power", 4),
        ("reading", "movement_count", 66), ("reading", "rssi", -70),
    ]  # fmt: skip
    assert {item.device for item in items} == {MAC}
    kinds = [row[:2] for row in told(frame(Options(), bytes.fromhex(VECTORS[1]["hex"])))]
    assert kinds[:3] == [("reading", "temperature"), ("fault", "insane"), ("reading", "pressure")]
    assert frame(Options(), bytes.fromhex(VECTORS[3]["hex"])) == []
    assert told(frame(Options(), b"\x05")) == [("fault", "junk", None)]


@pytest.mark.parametrize("broken", ["", "05", VECTORS[0]["hex"][:-2], "03" + VECTORS[0]["hex"][2:], "zz", "9904" * 20])
def test_what_is_no_frame_is_none(broken: str) -> None:
    assert ruuvi.from_advertisement("9904" + broken) is None
    assert ruuvi.from_advertisement(broken) is None


def test_what_several_gateways_hear_is_told_once() -> None:
    send = sender(DRIVER)
    tag = {"id": "CB:B8:33:4C:88:4F", "tempc": 24.3}
    assert len(send("home/a/BTtoMQTT/x", {**tag, "seq": 205, "rssi": -67}, now=0)) == 2
    assert send("home/b/BTtoMQTT/x", {**tag, "seq": 205, "rssi": -90}, now=900) == []
    assert len(send("home/b/BTtoMQTT/x", {**tag, "seq": 206, "rssi": -90}, now=1000)) == 2
    assert send("home/a/BTtoMQTT/x", {**tag, "seq": 205, "rssi": -67}, now=1100) == []
    assert len(send("home/a/BTtoMQTT/x", {**tag, "seq": 206, "rssi": -67}, now=9000)) == 2
    # Without a counter the same content, but not for long.
    plain = {"id": "A4:C1:38:00:00:01", "tempc": 20.0}
    assert len(send("home/a/BTtoMQTT/x", {**plain, "rssi": -60}, now=0)) == 2
    assert send("home/b/BTtoMQTT/x", {**plain, "rssi": -80}, now=1000) == []
    assert len(send("home/b/BTtoMQTT/x", {**plain, "tempc": 20.1}, now=1500)) == 1
    assert len(send("home/a/BTtoMQTT/x", {**plain, "tempc": 20.1}, now=4000)) == 1


PRESSES = {
    "one press, many adverts": [(0, 29, 1, "single"), (100, 29, 1, None), (6000, 29, 1, None), (60_000, 29, 1, None)],
    "two presses": [(0, 29, 1, "single"), (900, 30, 1, "single"), (950, 29, 1, None)],
    "beacons between": [(0, 29, 2, "double"), (8000, 29, 0, None), (16_000, 30, 0, None), (20_000, 31, 3, "triple")],
    "the counter comes round": [(0, 255, 9, "long"), (100, 0, 11, "long"), (200, 255, 9, None)],
    "no counter": [(0, None, 1, "single"), (500, None, 1, None), (5000, None, 1, "single")],
    "unknown words": [(0, 1, 77, None), (1, 2, "x", None), (2, 3, None, None), (3, 4, True, None)],
}


@pytest.mark.parametrize("steps", PRESSES.values(), ids=PRESSES.keys())
def test_a_press_is_told_once(steps: list[tuple[int, int | None, Any, str | None]]) -> None:
    send = sender(DRIVER)
    for now, packet, number, word in steps:
        body = {**BUTTON, "button": number} | ({} if packet is None else {"packet": packet})
        rows = told(send("home/g/BTtoMQTT/BC026EAABBCC", body, now=now))
        assert [row for row in rows if row[0] == "event"] == ([("event", "button", word)] if word else []), now


def test_a_retained_press_is_none_and_a_retained_value_is_stale() -> None:
    items = sender(DRIVER)("home/g/BTtoMQTT/BC026EAABBCC", {**BUTTON, "packet": 1, "button": 1}, retained=True)
    assert [(item.quantity, item.quality) for item in items] == [("rssi", "stale"), ("battery", "stale")]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("topic", "body", "wanted"),
    [
        ("home/g/BTtoMQTT/4C33A6603C79", {"tempf": 75.74}, [("reading", "temperature", 24.3)]),
        ("home/g/BTtoMQTT/4C33A6603C79", {"tempc": 24.3, "tempf": 75.74}, [("reading", "temperature", 24.3)]),
        ("home/g/BTtoMQTT/4C33A6603C79", {"open": True, "rot": 40.6, "lux": 87},
         [("reading", "door_open", True), ("reading", "tilt_angle", 40.6), ("reading", "illuminance", 87)]),
        ("home/g/BTtoMQTT/4C33A6603C79", {"hum": 101}, [("fault", "insane", None)]),
        ("home/g/BTtoMQTT/4C33A6603C79", {"model_id": "SBBT-002C_ENCR", "rssi": -60},
         [("reading", "rssi", -60), ("undecoded", None, None)]),
        ("home/g/BTtoMQTT/4C33A6603C79", {"nonsense": 1}, [("undecoded", None, None)]),
        ("home/g/BTtoMQTT/4C33A6603C79", b"no json", [("fault", "junk", None)]),
        ("home/g/BTtoMQTT/4C33A6603C79", b"", []),
        ("home/g/BTtoMQTT", {"tempc": 1}, []),
        ("home/g/BTtoMQTT/internal", {"tempc": 1}, []),
        ("home/g/LWT", b"Offline", [("availability", "gateway", "offline")]),
        ("home/g/LWT", b"gone", [("fault", "junk", None)]),
        ("office/g/BTtoMQTT/4C33A6603C79", {"tempc": 1}, []),
        ("home/g/commands/MQTTtoBT", {"tempc": 1}, []),
    ],
)  # fmt: skip
def test_payloads(topic: str, body: Any, wanted: list[tuple[Any, ...]]) -> None:
    assert told(sender(DRIVER)(topic, body)) == wanted


def test_strangers_are_sensors_and_people_leave_no_trace() -> None:
    send = sender(DRIVER, {"cb:b8:33:4c:88:4f": Options()})
    assert send("home/g/BTtoMQTT/4C33A6603C79", {"id": "4C:33:A6:60:3C:79", "tempc": 20}) == [Stranger("4C33A6603C79")]
    assert send("home/g/BTtoMQTT/7A0000000001", {"id": "7A:00:00:00:00:01", "rssi": -60, "name": "phone"}) == []
    assert send("home/g/BTtoMQTT/7A0000000001", b"x") == []
    items = send("home/g/BTtoMQTT/CBB8334C884F", {"id": "CB:B8:33:4C:88:4F", "tempc": 20})
    assert [item.device for item in items] == ["our-cb:b8:33:4c:88:4f"]


def test_one_gateway_of_several() -> None:
    send = sender(DRIVER, base_topic="site/ble", gateway="pi")
    assert send.devices.topics() == ("site/ble/pi/LWT", "site/ble/pi/BTtoMQTT/#")  # type: ignore[attr-defined]
    assert told(send("site/ble/pi/BTtoMQTT/4C33A6603C79", {"tempc": 1})) == [("reading", "temperature", 1)]
    assert send("site/ble/esp/BTtoMQTT/4C33A6603C79", {"tempc": 1}) == []


@pytest.mark.parametrize("text", ["CB:B8:33:4C:88:4F", "cbb8334c884f", "CB-B8-33-4C-88-4F"])
def test_a_mac_is_one_however_written(text: str) -> None:
    assert mac_of(text) == MAC
    assert mac_of(text + "0") == mac_of(None) == mac_of("g" * 12) == ""


def test_hostile() -> None:
    good = Message("home/g/BTtoMQTT/4C33A6603C79", b'{"tempc":"19.25"}')
    mqtt_kit.hostile(sender(DRIVER), mqtt_kit.sample_messages("theengs"), good, ("reading", "temperature", 19.25))


@pytest.mark.parametrize("quantity", [q for q in DRIVER.quantities if q not in ("acceleration", "tx_power", "rssi")])
def test_player_is_understood(quantity: str) -> None:
    known = QUANTITIES[quantity]
    value: Any = True if known.kind == "state" else min(max(21.5, known.low), known.high)
    player, send = DRIVER.player("4C:33:A6:60:3C:79", DRIVER.options()), sender(DRIVER)
    player.set(quantity, value)
    value = max(value, 300.0) if quantity == "pressure" else value
    assert mqtt_kit.play(send, player.talk(0)) == [("reading", "rssi", -60), ("reading", quantity, value)]


def test_player_presses_and_goes() -> None:
    player, send = DRIVER.player("4C:33:A6:60:3C:79", DRIVER.options()), sender(DRIVER)
    for word in ("single", "double", "triple", "long"):
        assert ("event", "button", word) in mqtt_kit.play(send, player.fact("button", word, 0))
    assert mqtt_kit.play(send, player.birth(online=False)) == [("availability", "gateway", "offline")]


def test_discover() -> None:
    messages = [(m.topic, m.payload) for m in mqtt_kit.sample_messages("theengs")]
    home = {"base_topic": "home"}
    assert [discover(*message) for message in messages] == [
        [Found(MAC, "Ruuvi RuuviTag", family=home)], [Found("BC026EAABBCC", "Shelly ShellyBLU Button1", family=home)],
        [Found("60EFABAABBCC", "Shelly ShellyBLU Motion", family=home)],
    ]  # fmt: skip
    other = discover("a/b/theengs2/BTtoMQTT/4C33A6603C79", b'{"tempc":1}')
    assert other == [Found("4C33A6603C79", family={"base_topic": "a/b"})]
    topic = "home/TheengsGateway/BTtoMQTT/4C33A6603C79"
    assert discover(topic, b'{"rssi":1}') == discover("home/esp/BTtoMQTT/4C33A6603C79", b'{"tempc":1}') == []
    assert "bind key" in discover(topic, b'{"tempc":1,"model_id":"X_ENCR"}')[0].note


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) <= set(QUANTITIES)
    assert set(DRIVER.events) <= set(EVENT_KINDS)
