"""Every installed driver, by its contract alone: it plays, is heard, says only what it claims, and survives noise.

What a driver's own tests show of its frames is not repeated here. A driver that says nothing with its defaults has an
example of its options in every_kit.py.
"""

from __future__ import annotations

import random
from typing import get_args

import pytest
from paho.mqtt.client import topic_matches_sub

from agent.driver import MqttDriver, SerialDriver, Tick, ToldPlayer
from agent.model.effects import Switch
from agent.model.events import Reading
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from agent.registry import driver, mqtt_driver, names, serial_driver
from tests import kit
from tests.drivers.every_kit import Air, Bench, agrees, check_claims, meant

SERIAL = [name for name in names() if isinstance(driver(name), SerialDriver)]
MQTT = [name for name in names() if isinstance(driver(name), MqttDriver)]


@pytest.mark.parametrize("name", names())
def test_names_quantities_and_ticks_are_sane(name: str) -> None:
    found = driver(name)
    assert found.name in names()
    assert found.summary
    assert set(found.quantities) <= set(QUANTITIES)
    assert set(found.events) <= set(EVENT_KINDS)
    assert found.quantities or found.events or found.outputs
    assert set(found.outputs) <= set(found.quantities)
    assert all(QUANTITIES[output].kind == "state" for output in found.outputs)
    assert set(found.ticks) <= set(get_args(Tick))
    assert {"encoder", "hostile"} <= set(found.ticks) or name not in (*SERIAL, *MQTT)


@pytest.mark.parametrize("name", names())
def test_a_driver_that_claims_vectors_has_some(name: str) -> None:
    found = driver(name)
    names_of_it = [other for other in names() if driver(other) is found]
    vectors = [one for other in names_of_it for one in kit.serial_vectors(other) + kit.mqtt_samples(other)]
    assert bool(vectors) or not {"vectors", "capture"} & set(found.ticks)


@pytest.mark.parametrize("name", SERIAL)
def test_a_serial_driver_hears_what_its_player_says(name: str) -> None:
    items = Bench(name).run()
    check_claims(serial_driver(name), items)
    assert any(agrees(item) for item in meant(items)), items[:10]


@pytest.mark.parametrize("name", SERIAL)
def test_a_serial_driver_says_the_same_however_the_bytes_are_cut(name: str) -> None:
    whole, cut = meant(Bench(name).run()), meant(Bench(name, cut=True).run())
    assert whole
    assert cut == whole


@pytest.mark.parametrize("name", SERIAL)
def test_a_serial_driver_hears_again_after_noise(name: str) -> None:
    dice, bench = random.Random(7), Bench(name)
    bench.run(5)
    for _ in range(40):
        frame = bytearray(dice.choice(bench.frames))
        frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
        noise = dice.choice(
            [dice.randbytes(dice.randrange(80)), bytes(frame), bytes(frame[: dice.randrange(len(frame))])]
        )
        items = bench.device.receive(noise, bench.now) + bench.device.quiet(bench.now + 1)
        assert all(isinstance(item, kit.ITEMS) for item in items)
        bench.now += 2000
    bench.device.quiet(bench.now + bench.device.quiet_ms + bench.device.timeout_ms)
    bench.now += 70_000
    bench.happen()
    assert meant(bench.run())


@pytest.mark.parametrize("name", [name for name in SERIAL if serial_driver(name).outputs])
def test_a_serial_output_is_switched_and_read_back(name: str) -> None:
    bench = Bench(name)
    heard = {item.quantity for item in bench.run() if isinstance(item, Reading)}
    there = [output for output in serial_driver(name).outputs if output in heard]
    assert there
    for output in there:
        for on in (False, True):
            bench.switch(output, on)
            said = [item for item in bench.run(12) if isinstance(item, Reading) and item.quantity == output]
            assert said[-1].value is on, output


@pytest.mark.parametrize("name", MQTT)
def test_an_mqtt_driver_hears_what_its_player_says(name: str) -> None:
    air = Air(name)
    items = air.hear(air.everything())
    check_claims(mqtt_driver(name), items)
    assert any(agrees(item) for item in meant(items)), items


@pytest.mark.parametrize("name", MQTT)
def test_an_mqtt_driver_listens_where_its_player_speaks_and_not_where_it_is_told(name: str) -> None:
    air = Air(name)
    for message in air.everything():
        assert any(topic_matches_sub(wanted, message.topic) for wanted in air.devices.topics()), message.topic


@pytest.mark.parametrize("name", MQTT)
def test_an_mqtt_driver_survives_noise(name: str) -> None:
    dice, air = random.Random(7), Air(name)
    messages = list(air.everything())
    for _ in range(300):
        one = dice.choice(messages)
        payload = bytearray(one.payload)
        payload[dice.randrange(len(payload))] ^= 1 << dice.randrange(8)
        for noise in (bytes(payload), dice.randbytes(30), b""):
            items = air.devices.receive(one.topic, noise, retained=dice.random() < 0.3, now=0)
            assert all(isinstance(item, kit.ITEMS) for item in items)
    assert meant(air.hear(air.player.talk(60_000), 60_000))


@pytest.mark.parametrize("name", [name for name in MQTT if mqtt_driver(name).outputs])
def test_an_mqtt_output_is_switched_and_read_back(name: str) -> None:
    air = Air(name)
    air.hear(air.everything())  # Some outputs are known when the device has spoken of them.
    assert isinstance(air.player, ToldPlayer)
    for now, on in ((0, False), (5000, True)):
        orders = air.devices.command(Switch("ours", now, "relay_1", on), now)
        assert orders
        answers = []
        for order in orders:
            assert not order.retain
            assert any(topic_matches_sub(wanted, order.topic) for wanted in air.player.listens()), order.topic
            answers += air.player.receive(order.topic, order.payload, now)
        said = [item for item in air.hear(answers, now) if isinstance(item, Reading) and item.quantity == "relay_1"]
        assert said[-1].value is on
