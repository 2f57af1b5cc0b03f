"""ZH03B and ZH06: every vector both ways, talking frames, settings, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.effects import Configure
from agent.model.events import Fault
from drivers.winsen_zh03b_zh06 import DRIVER, answer, decode, talking
from drivers.wire.winsen import SLEEP, command
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("winsen-zh03b-zh06")
COMMANDS = {"sleep": command(SLEEP, 1), "wake": command(SLEEP, 0)}
DUST = (22, 35, 41)
MEANT = {"pm1": 22, "pm2_5": 35, "pm10": 41}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (COMMANDS[said["op"]], items) == (raw, [])
        return
    dust = (said["pm1"], said["pm25"], said["pm10"])
    assert (answer(dust), decode(raw)) == (raw, dust)
    assert uart.plain(items) == dict(zip(("pm1", "pm2_5", "pm10"), dust, strict=True))


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 3


def test_what_it_talks_is_as_a_pms3003() -> None:
    frame = talking(DUST)
    assert (len(frame), frame[:4].hex(), frame[10:16].hex()) == (24, "424d0014", "001600230029")
    assert uart.plain(uart.decoded(DRIVER, frame)) == MEANT
    wrong = frame[:-1] + bytes([frame[-1] ^ 1])
    assert uart.decoded(DRIVER, wrong) == [Fault("s", "checksum", size=24)]


def test_any_cut() -> None:
    stream = b"\x42\xff\x42\x4d\x00" + b"".join(v["raw"] for v in VECTORS) + talking(DUST) + answer(DUST)
    items = kit.same_however_cut(lambda: uart.build(DRIVER), stream)
    assert len([item for item in items if not isinstance(item, Fault)]) == 9


def test_hostile() -> None:
    uart.hostile(DRIVER, answer(DUST), "pm2_5")
    uart.hostile(DRIVER, talking(DUST), "pm2_5")


@pytest.mark.parametrize(("mode", "count"), [("active", 6), ("asked", 3)])
def test_player_speaks_to_the_decoder(mode: str, count: int) -> None:
    made = uart.setup(DRIVER, 2000, mode=mode)
    device, player = DRIVER.build(made), DRIVER.player(made)
    for name, value in MEANT.items():
        player.set(name, value)
    items = uart.converse(device, player, 0, 6000)
    assert uart.plain(items) == MEANT
    assert len(items) == 3 * count


def test_it_sleeps_and_wakes_when_told() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    assert device.command(Configure("s", 0, "power", "off"), 0) == b""
    player.receive(device.command(Configure("s", 0, "power", "sleep"), 0), 0)
    assert uart.converse(device, player, 0, 2000) == []
    player.receive(device.command(Configure("s", 0, "power", "wake"), 2000), 2000)
    assert uart.converse(device, player, 2000, 3000)
