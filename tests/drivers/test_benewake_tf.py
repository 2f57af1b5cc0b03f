"""Benewake: every vector both ways, sentinels, rate and format, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.effects import Configure
from agent.model.events import Fault, Reading
from drivers import benewake_tf as tf
from drivers.benewake_tf import DRIVER, Sample, command, decode, encode, rate
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("benewake-tf")
COMMANDS = {
    "frame rate 10 Hz": rate(10),
    "frame rate 0 = trigger only": rate(0),
    "trigger one measurement": command(tf.TRIGGER),
    "save settings": command(tf.SAVE),
    "output format cm": command(tf.FORMAT, b"\x01"),
    "output format mm": command(tf.FORMAT, b"\x06"),
    "read version": command(tf.VERSION),
}
TROUBLE = {"weak signal": "weak signal", "saturated": "saturated", "weak (-1)": "weak signal"}
WARM = (40 + 256) * 8
GOOD = encode(Sample(123, 200, WARM))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (COMMANDS[said["op"]], items) == (raw, [])
        return
    assert encode(decode(raw)) == raw
    values = uart.plain(items)
    assert values.get("distance") == (None if said["distance_cm"] is None else said["distance_cm"] * 10)
    assert uart.faults(items) == ([("insane", TROUBLE[said["status"]])] if "status" in said else [])
    if "strength" in said:
        assert values["echo_strength"] == said["strength"]
    if "temperature_c" in said:
        assert values["device_temperature"] == said["temperature_c"]


def test_the_commands_of_the_reference() -> None:
    assert len(VECTORS) == 9
    assert COMMANDS["trigger one measurement"].hex(" ").upper() == "5A 04 04 62"
    assert COMMANDS["save settings"].hex(" ").upper() == "5A 04 11 6F"


@pytest.mark.parametrize(
    ("sample", "model", "said"),
    [
        (Sample(0xFFFE, 500, WARM), "tfmini", "saturated"),
        (Sample(0xFFFC, 500, WARM), "tfmini", "too much light"),
        (Sample(0, 500, WARM), "tfmini", "no distance"),
        (Sample(100, 99, WARM), "tfmini", "weak signal"),
        (Sample(100, 100, WARM), "tfmini", ""),
        (Sample(1200, 500, WARM), "tfmini", ""),
        (Sample(10_001, 500, WARM), "tfmini", "out of range"),
        (Sample(1200, 500, WARM), "tf-luna", "out of range"),
        (Sample(19, 500, WARM), "tf-luna", "out of range"),
        (Sample(20, 500, WARM), "tf-luna", ""),
        (Sample(800, 500, WARM), "tf-luna", ""),
    ],
)
def test_only_true_distances_are_published(sample: Sample, model: str, said: str) -> None:
    items = uart.decoded(DRIVER, encode(sample), model=model)
    assert uart.faults(items) == ([("insane", said)] if said else [])
    assert ("distance" in uart.plain(items)) == (not said)


def test_a_saturated_strength_and_an_impossible_temperature_are_left_out() -> None:
    assert uart.plain(uart.decoded(DRIVER, encode(Sample(45, 0xFFFF, 0)))) == {}


def test_millimetres() -> None:
    assert uart.plain(uart.decoded(DRIVER, GOOD, unit="mm"))["distance"] == 123
    assert uart.build(DRIVER, unit="mm").ask(0) == COMMANDS["output format mm"]


def test_a_stream_is_thinned_and_set_to_its_rate() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    player.set("distance", 1234)
    items = uart.converse(device, player, 0, 3000)
    times = [item.t for item in items if isinstance(item, Reading) and item.quantity == "distance"]
    assert len(times) in {15, 16}
    assert player._period == 100
    assert uart.plain(items) == {"distance": 1230, "echo_strength": 500, "device_temperature": 40}


def test_a_lidar_that_forgot_its_rate_is_told_again() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    uart.converse(device, player, 0, 2000)
    again = DRIVER.player(uart.setup(DRIVER))
    assert again._period == 10
    uart.converse(device, again, 2000, 5000)
    assert again._period == 100


def test_a_triggered_lidar_answers_each_interval() -> None:
    made = uart.setup(DRIVER, 1000, mode="trigger", unit="mm")
    device, player = DRIVER.build(made), DRIVER.player(made)
    player.set("distance", 1234)
    items = uart.converse(device, player, 0, 4000)
    assert [item.value for item in items if isinstance(item, Reading) and item.quantity == "distance"][-3:] == [
        1234
    ] * 3
    assert player._period == 0
    assert uart.faults(uart.converse(device, player, 4000, 8000)) == []


def test_a_mute_lidar_is_silent() -> None:
    device = uart.build(DRIVER, 1000, mode="trigger")
    assert [device.ask(at) for at in (0, 100, 200)] == [
        COMMANDS["output format cm"],
        COMMANDS["frame rate 0 = trigger only"],
        COMMANDS["trigger one measurement"],
    ]
    assert device.quiet(800) == [Fault("s", "silent", "no answer to 5A 04 04 62", t=800)]
    assert device.due() == 1000


def test_save_is_a_setting() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    assert device.command(Configure("s", 0, "save", "later"), 0) == b""
    sent = device.command(Configure("s", 0, "save", "now"), 0)
    assert sent == COMMANDS["save settings"]
    assert player.receive(sent, 0) == sent
    assert player.saved


def test_the_lidar_takes_no_sum_for_a_sum() -> None:
    player = DRIVER.player(uart.setup(DRIVER))
    assert player.receive(b"\x5a\x06\x03\x0a\x00\x00", 0) == rate(10)
    assert player.receive(b"\x5a\x06\x03\x0a\x00\x6e", 0) == b""
    assert uart.faults(uart.decoded(DRIVER, b"\x5a\x06\x03\x0a\x00\x00")) == [("checksum", "")]


def test_headers_in_the_data_do_not_matter() -> None:
    frame = encode(Sample(0x0259, 0x5959, WARM))
    stream = b"\x59" + frame + b"\x59\x59" + GOOD
    items = kit.same_however_cut(lambda: uart.build(DRIVER, report="0s"), stream)
    assert [item.value for item in items if isinstance(item, Reading) and item.quantity == "distance"] == [
        6010,
        1230,
    ]


def test_any_cut() -> None:
    stream = b"\x59\x5a\x59" + b"".join(v["raw"] for v in VECTORS) + GOOD[:4] + GOOD
    items = kit.same_however_cut(lambda: uart.build(DRIVER, report="0s"), stream)
    assert [item.value for item in items if isinstance(item, Reading) and item.quantity == "distance"] == [1230, 1230]


def test_hostile() -> None:
    uart.hostile(DRIVER, GOOD, "distance")


def test_decode_thins_nothing_out() -> None:
    assert uart.decoded(DRIVER, GOOD + GOOD) == uart.decoded(DRIVER, GOOD) * 2
