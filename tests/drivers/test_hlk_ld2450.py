"""LD2450: every vector both ways, the odd sign, ranges, what is told when, any cut, hostile bytes, player."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.effects import Configure
from agent.model.events import Fault
from drivers import hlk_ld2410 as ld2410
from drivers.hlk_ld2450 import DRIVER, MULTI, SINGLE, Target, decode, encode, tracking
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("hlk-ld2450")
NOBODY = encode(())
SOMEBODY = encode((Target(-782, 1713, -16),))
MEANT = {
    ("presence", ""): True,
    ("people_count", ""): 1,
    ("distance", "target=1"): 1883,
    ("target_x", "target=1"): -782,
    ("target_y", "target=1"): 1713,
    ("target_speed", "target=1"): -16,
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (tracking(MULTI)[1], items) == (raw, [])
        return
    (told,) = said["targets"]
    target = Target(told["x_mm"], told["y_mm"], told["speed_cm_s"], told["resolution_mm"])
    assert decode(raw) == (target, None, None)
    assert encode((target,)) == raw
    assert uart.seen(items) == MEANT


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 2


@pytest.mark.parametrize("target", [Target(6000, 0, 100), Target(-6000, 8000, -100), Target(0, 0, 0), Target(1, 1, 1)])
def test_the_sign_is_a_plus(target: Target) -> None:
    frame = encode((target, target, target))
    assert decode(frame) == (target, target, target)
    seen = uart.seen(uart.decoded(DRIVER, frame))
    assert seen["people_count", ""] == 3
    assert [seen[f"target_{what}", "target=3"] for what in ("x", "y", "speed")] == list(target[:3])


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        (Target(6001, 100, 0), "target_x 6001.0"),
        (Target(-6001, 100, 0), "target_x -6001.0"),
        (Target(0, 8001, 0), "target_y 8001.0"),
        (Target(0, -1, 0), "target_y -1.0"),
        (Target(0, 1, 30_000), "target_speed 30000.0"),
    ],
)
def test_impossible_targets_are_insane_and_hide_no_change(target: Target, detail: str) -> None:
    device = uart.build(DRIVER)
    assert uart.seen(device.receive(NOBODY, 0)) == {("presence", ""): False, ("people_count", ""): 0}
    assert device.receive(encode((target,)), 100) == [Fault("s", "insane", detail, t=100)]
    assert uart.seen(device.receive(SOMEBODY, 200)) == MEANT


@pytest.mark.parametrize("at", [0, 1, 2, 3, 28, 29])
def test_every_fixed_byte_must_match(at: int) -> None:
    frame = bytearray(SOMEBODY)
    frame[at] ^= 0x01
    assert uart.faults(uart.decoded(DRIVER, bytes(frame))) == [("junk", "")]


def test_a_change_is_told_at_once_and_the_rest_once_per_report() -> None:
    device = uart.build(DRIVER)
    assert [t for t in range(0, 3001, 100) if device.receive(SOMEBODY, t)] == [0, 1000, 2000, 3000]
    assert len(device.receive(NOBODY, 3100)) == 2
    assert device.receive(NOBODY, 4099) == []


def test_any_cut() -> None:
    stream = b"\xaa\xff\x03\xaa" + b"".join(v["raw"] for v in VECTORS) + SOMEBODY[:9] + NOBODY
    items = kit.same_however_cut(lambda: uart.build(DRIVER, report="0s"), stream)
    assert [item.value for item in items if getattr(item, "quantity", "") == "people_count"] == [1, 0]


def test_hostile() -> None:
    uart.hostile(DRIVER, SOMEBODY, "people_count")


def test_player_speaks_to_the_decoder() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    assert uart.seen(uart.converse(device, player, 0, 100))["presence", ""] is False
    for name, value in {"target_x": -782, "target_y": 1713, "target_speed": -16}.items():
        player.set(name, value, "target=1")
    assert uart.seen(uart.converse(device, player, 100, 300)) == MEANT
    player.set("presence", False)
    assert uart.seen(uart.converse(device, player, 300, 500))["people_count", ""] == 0
    other = DRIVER.player(uart.setup(DRIVER))
    other.set("presence", True)
    assert uart.seen(uart.converse(device, other, 500, 700))["distance", "target=1"] == 2000


def test_tracking_is_set_in_three_steps() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    for number in (1, 2):
        player.set("target_y", 1000 * number, f"target={number}")
    assert device.command(Configure("s", 0, "tracking", "all"), 0) == b""
    sent = device.command(Configure("s", 0, "tracking", "single"), 0)
    assert sent == tracking(SINGLE)[0]
    assert player.receive(sent, 0) == ld2410.answer(ld2410.ENABLE, value=b"\x01\x00\x40\x00")
    assert uart.seen(uart.converse(device, player, 10, 500))["people_count", ""] == 1
    assert device.due() is None


def test_a_command_that_failed_is_refused() -> None:
    player = DRIVER.player(uart.setup(DRIVER))
    failed = player.receive(tracking(MULTI)[1], 0)
    assert uart.decoded(DRIVER, failed) == [Fault("s", "refused", "command 0090")]


def test_decode_thins_nothing_out() -> None:
    assert uart.decoded(DRIVER, SOMEBODY + SOMEBODY) == uart.decoded(DRIVER, SOMEBODY) * 2
