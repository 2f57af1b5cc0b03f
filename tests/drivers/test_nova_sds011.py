"""SDS011: every vector both ways, warm-up, both modes, settings, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from agent.model.effects import Configure
from agent.model.events import Fault
from drivers.nova_sds011 import DRIVER, MODE, PERIOD, POWER, QUERY, Sample, command, decode, encode, reply
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("nova-sds011")
COMMANDS = {
    "query data": command(QUERY),
    "set query (passive) mode": command(MODE, 1, 1),
    "set active mode": command(MODE, 1, 0),
    "sleep": command(POWER, 1, 0),
    "work": command(POWER, 1, 1),
    "working period 5 min": command(PERIOD, 1, 5),
}
GOOD = encode(Sample(124, 2659, 0x60A1))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (COMMANDS[said["op"]], items) == (raw, [])
        return
    assert encode(decode(raw)) == raw
    if "pm100_ugm3" in said:
        assert uart.plain(items) == {"pm100": said["pm100_ugm3"]}
        return
    assert uart.plain(items) == {"pm2_5": said["pm25"], "pm10": said["pm10"]}
    assert f"0x{decode(raw).id:04X}" == said["id"]
    assert encode(Sample(round(said["pm25"] * 10), round(said["pm10"] * 10), int(said["id"], 16))) == raw


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 10


@pytest.mark.parametrize("at", range(2, 9))
def test_a_flipped_bit_is_refused(at: int) -> None:
    frame = bytearray(GOOD)
    frame[at] ^= 0x10
    assert uart.decoded(DRIVER, bytes(frame)) == [Fault("s", "checksum", size=10)]


def test_a_wrong_tail_is_no_frame_and_the_next_one_is_found() -> None:
    items = uart.decoded(DRIVER, GOOD[:-1] + b"\xac" + GOOD)
    assert uart.faults(items) == [("junk", "")]
    assert uart.plain(items) == {"pm2_5": 12.4, "pm10": 265.9}


def test_zeros_after_waking_are_no_values_and_the_next_half_minute_is_suspect() -> None:
    device = uart.build(DRIVER)
    zeros = encode(Sample(0, 0, 1))
    assert uart.facts(device.receive(zeros, 0)) == [("sensor_status", "warming_up")]
    assert device.receive(zeros, 1000) == []
    assert uart.qualities(device.receive(GOOD, 2000)) == {"suspect"}
    assert uart.qualities(device.receive(GOOD, 30_999)) == {"suspect"}
    assert uart.qualities(device.receive(GOOD, 31_000)) == {"good"}


def test_beyond_the_scale_is_insane() -> None:
    assert uart.plain(uart.decoded(DRIVER, encode(Sample(1, 9999, 1)))) == {"pm2_5": 0.1, "pm10": 999.9}
    assert uart.faults(uart.decoded(DRIVER, encode(Sample(1, 10_000, 1)))) == [("insane", "0.1, 1000.0 ug/m3")]


def test_any_cut() -> None:
    stream = b"\xaa\xaa\xc0\x00" + b"".join(v["raw"] for v in VECTORS) + reply(MODE, 1, 1, own_id=7) + GOOD
    items = kit.same_however_cut(lambda: uart.build(DRIVER), stream)
    assert [value for (name, _), value in uart.seen(items).items() if name == "pm10"] == [265.9]
    assert len(items) == 1 + 3 * 2 + 1 + 2


def test_hostile() -> None:
    uart.hostile(DRIVER, GOOD, "pm2_5")


def test_active_player_speaks_to_the_decoder() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    player.set("pm2_5", 35.4)
    player.set("pm10", 60.1)
    items = uart.converse(device, player, 0, 5000)
    assert uart.plain(items) == {"pm2_5": 35.4, "pm10": 60.1}
    assert len(items) == 10


def test_asked_player_is_set_up_and_asked_every_interval() -> None:
    made = uart.setup(DRIVER, 5000, mode="query")
    device, player = DRIVER.build(made), DRIVER.player(made)
    player.set("pm10", 60.1)
    assert device.ask(0) == command(MODE, 1, 1)
    assert player.receive(command(MODE, 1, 1), 0) == reply(MODE, 1, 1, own_id=0xD958)
    items = uart.converse(device, player, 500, 21_000)
    assert uart.faults(items) == [("silent", "no answer to AA B4 02 01 01 00 00 00 00 00 00 00 00 00 00 FF FF 02 AB")]
    times = [item.t for item in items if getattr(item, "quantity", "") == "pm10"]
    assert [b - a for a, b in pairwise(times)] == [3990, 5000, 5000, 5000]


def test_queries_are_never_closer_than_the_sensor_allows() -> None:
    made = uart.setup(DRIVER, 100, mode="query")
    device, player = DRIVER.build(made), DRIVER.player(made)
    player.set("pm10", 1)
    times = [item.t for item in uart.converse(device, player, 0, 10_000) if getattr(item, "quantity", "") == "pm10"]
    assert times
    assert {b - a for a, b in pairwise(times)} == {3000}
    assert len(times) == 4


def test_a_mute_sensor_is_silent_and_told_its_mode_again_once_an_interval() -> None:
    device = uart.build(DRIVER, 5000, mode="query")
    sent = []
    for now in range(0, 15_000, 10):
        if (due := device.due()) is not None and due <= now:
            sent.append(device.ask(now)[2])
        elif device.waiting and now % 500 == 490:
            assert uart.faults(device.quiet(now))[0][0] == "silent"
    assert sent == [MODE, QUERY] * 3


def test_settings_of_the_sensor() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    for key, value, expected in [
        ("period", "5", command(PERIOD, 1, 5)),
        ("power", "sleep", command(POWER, 1, 0)),
        ("period", "31", b""),
        ("period", "²", b""),
        ("power", "off", b""),
    ]:
        sent = device.command(Configure("s", 0, key, value), 1000)
        assert sent == expected
        device.receive(player.receive(sent, 1000), 1000)
        assert not device.waiting
        assert uart.converse(device, player, 1010, 1000) == []
        device = uart.build(DRIVER)
    assert player.minutes == 5
    assert player.talk(2000) == b""
    assert player.receive(command(QUERY), 2000) == b"", "asleep it hears nothing"
    assert player.receive(command(POWER, 1, 1), 2000) == reply(POWER, 1, 1, own_id=0xD958)
    assert player.talk(3000) == encode(Sample(0, 0, 0xD958))


def test_an_unanswered_setting_is_told() -> None:
    device = uart.build(DRIVER)
    assert device.command(Configure("s", 0, "period", "5"), 0)
    assert device.waiting
    assert uart.plain(device.receive(GOOD, 100)) == {"pm2_5": 12.4, "pm10": 265.9}
    assert device.waiting, "data answer no setting"
    assert uart.faults(device.quiet(600))[0][0] == "silent"
