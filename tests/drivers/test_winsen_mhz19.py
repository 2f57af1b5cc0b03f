"""MH-Z19: every vector both ways, warm-up and its constants, settings, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.effects import Configure
from agent.model.events import Fault, Reading
from drivers.winsen_mhz19 import (
    CALIBRATE_ZERO,
    DRIVER,
    READ_CO2,
    decode,
    encode,
    scale,
    self_calibration,
)
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("winsen-mhz19")
COMMANDS = {
    "read CO2": READ_CO2,
    "ABC on": self_calibration(on=True),
    "ABC off": self_calibration(on=False),
    "zero calibration (400 ppm air!)": CALIBRATE_ZERO,
    "range 10000": scale(10_000),
}
GOOD = encode(636, 26)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (COMMANDS[said["op"]], items) == (raw, [])
        return
    co2, temperature = said["co2_ppm"], said.get("temperature_c")
    assert encode(co2, temperature) == raw
    assert decode(raw) == (co2, temperature)
    degrees = {} if temperature is None else {"device_temperature": temperature}
    assert uart.plain(items) == {"co2": co2} | degrees
    assert items[0].quality == ("suspect" if said.get("warmup_suspect") else "good")


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 8


def test_only_what_is_read_is_sent_by_itself() -> None:
    device = uart.build(DRIVER, 1000)
    assert device.ask(5000) == READ_CO2
    assert device.due() is None
    device.receive(GOOD, 5050)
    assert device.due() == 7000, "two seconds apart at least"


def test_first_values_are_suspect_and_after_a_silence_again() -> None:
    device = uart.build(DRIVER, warm_up="3m")
    assert uart.qualities(device.receive(GOOD, 1_000_000)) == {"suspect"}
    for now in range(1_010_000, 1_180_000, 10_000):
        assert uart.qualities(device.receive(GOOD, now)) == {"suspect"}
    assert uart.qualities(device.receive(GOOD, 1_180_000)) == {"good"}
    assert uart.qualities(device.receive(GOOD, 1_240_000)) == {"good"}
    assert uart.qualities(device.receive(GOOD, 1_300_001)) == {"suspect"}


def test_a_constant_of_the_warm_up_is_suspect_until_another_value_came() -> None:
    device = uart.build(DRIVER, warm_up="0s")
    for co2, worth in [(410, "suspect"), (500, "suspect"), (400, "suspect"), (411, "good"), (410, "good")]:
        (reading,) = device.receive(encode(co2), 1000)
        assert reading == Reading("s", "co2", co2, 1000, worth)


@pytest.mark.parametrize("at", range(1, 9))
def test_a_flipped_bit_gives_no_value(at: int) -> None:
    frame = bytearray(GOOD)
    frame[at] ^= 0x08
    items = uart.decoded(DRIVER, bytes(frame))
    assert items == [Fault("s", "junk" if at == 1 else "checksum", size=9, t=501 if at == 1 else 0)]


def test_settings_of_the_sensor() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    for key, value, expected in [
        ("abc", "off", self_calibration(on=False)),
        ("range", "2000", scale(2000)),
        ("range", "3000", b""),
        ("zero", "now", b""),
    ]:
        assert device.command(Configure("s", 0, key, value), 1000) == expected
        assert not device.waiting
        assert player.receive(expected, 1000) == b""
        device = uart.build(DRIVER)
    assert (player.top, player.calibrates) == (2000, False)


def test_any_cut() -> None:
    stream = b"\xff\xff\x86" + b"".join(v["raw"] for v in VECTORS) + GOOD[:5] + GOOD
    items = kit.same_however_cut(lambda: uart.decoder(DRIVER), stream)
    assert [item.value for item in items if isinstance(item, Reading) and item.quantity == "co2"] == [
        636,
        544,
        410,
        636,
    ]


def test_hostile() -> None:
    uart.hostile(DRIVER, GOOD, "co2")


def test_player_answers_the_decoder() -> None:
    device, player = uart.build(DRIVER, 2000), DRIVER.player(uart.setup(DRIVER))
    player.set("co2", 812)
    player.set("device_temperature", 31)
    items = uart.converse(device, player, 0, 6000)
    assert uart.plain(items) == {"co2": 812, "device_temperature": 31}
    assert len(items) == 6
    player.set("co2", 9000)
    assert uart.plain(uart.converse(device, player, 6000, 7000))["co2"] == 5000, "clipped at the range"


def test_silence_is_told() -> None:
    device = uart.build(DRIVER)
    device.ask(0)
    assert device.quiet(600) == [Fault("s", "silent", "no answer to FF 01 86 00 00 00 00 00 79", t=600)]
    assert device.due() == 10_000
