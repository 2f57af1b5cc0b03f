"""A played LoRaWAN device: what it is told is what the driver understands."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Options
from agent.model.quantities import QUANTITIES
from drivers import dragino, milesight
from drivers.chirpstack import DRIVER
from drivers.wire import json_values
from drivers.wire.chirpstack_player import ChirpStackPlayer, iso
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender

EUI = "24e124535b316056"
WALL = 1_772_439_601_775  # 2026-03-02T08:20:01.775Z

NOT_PLAYED = {"rssi", "snr", "link_margin", "tilt_angle", "tvoc_iaq"} | {
    field[0] for field in dragino.FIELDS.values() if field[0] not in milesight.QUANTITIES
}


@pytest.mark.parametrize("quantity", sorted(set(DRIVER.quantities) - NOT_PLAYED))
def test_player_is_understood(quantity: str) -> None:
    known = QUANTITIES[quantity]
    value: Any = True if known.kind == "state" else max(12, known.low)
    player, send = DRIVER.player(EUI, DRIVER.options()), sender(DRIVER)
    player.set(quantity, value)
    player.set("rssi", -50)
    wanted = [("reading", quantity, value), ("reading", "rssi", -50), ("reading", "snr", 7.2)]
    assert mqtt_kit.play(send, player.talk(0)) == wanted
    if known.kind == "state":
        player.set(quantity, False)
        assert mqtt_kit.play(send, player.talk(1))[0] == ("reading", quantity, False)


@pytest.mark.parametrize(
    ("word", "part", "extra"), [("single", "", ()), ("double", "", ()), ("long", "channel=2", (2,))]
)
def test_player_presses(word: str, part: str, extra: tuple[Any, ...]) -> None:
    player, send = ChirpStackPlayer(EUI, Options(), lambda t: WALL + t), sender(DRIVER, wall=WALL)
    assert ("event", "button", word, *extra) in mqtt_kit.play(send, player.fact("button", word, 0, part))
    assert mqtt_kit.play(send, player.fact("device_joined", EUI, 1)) == [("event", "device_joined", EUI)]
    assert [row[1] for row in mqtt_kit.play(send, player.talk(2))] == ["rssi", "snr"]
    player.set("people_in_total", 5, "line=2")
    player.set("tilt_angle", 45, "axis=z")
    rows = mqtt_kit.play(send, player.talk(3))
    assert rows[:2] == [("reading", "people_in_total", 5, 2), ("reading", "tilt_angle", 45, "z")]
    assert player.birth(online=True) == []


@pytest.mark.parametrize("at", [0, 951_782_400_000, 1_709_210_724_123, WALL, 4_102_444_799_999])
def test_player_s_calendar_is_the_way_back(at: int) -> None:
    assert json_values.unix_ms(iso(at)) == at
