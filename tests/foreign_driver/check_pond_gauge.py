"""Pond gauge: what must be shown of a driver before it claims its ticks."""

from __future__ import annotations

import pytest
from pond_gauge import DRIVER, encode

from agent.driver import Setup
from agent.model.events import Fault, Item, Reading
from tests.kit import hostile, same_however_cut

# Bytes with their meaning, as the maker's paper or an analyser has them.
VECTORS = [("50 03 E8 3B", 1000), ("50 00 00 50", 0)]


@pytest.mark.parametrize(("hexed", "distance"), VECTORS)
def test_vectors_both_ways(hexed: str, distance: int) -> None:
    raw = bytes.fromhex(hexed)
    assert encode(distance) == raw
    assert same_however_cut(lambda: DRIVER.build(Setup("pond")), raw) == [Reading("pond", "distance", distance)]


def test_what_is_refused() -> None:
    device = DRIVER.build(Setup("pond"))
    assert device.receive(encode(0xFFFF), 0) == [Fault("pond", "insane", "no echo")]
    assert device.receive(bytes.fromhex("50 03 E8 3C"), 0) == [Fault("pond", "checksum", size=4)]


def test_hostile_bytes() -> None:
    def heard(items: list[Item]) -> bool:
        return Reading("pond", "distance", 1000) in [
            Reading(i.device, i.quantity, i.value) for i in items if isinstance(i, Reading)
        ]

    hostile(DRIVER.build(Setup("pond")), lambda: encode(1000), heard, 5000)


def test_it_plays() -> None:
    device, player = DRIVER.build(Setup("pond")), DRIVER.player(Setup("pond"))
    player.set("distance", 420.0)
    assert device.receive(player.talk(1000), 1000) == [Reading("pond", "distance", 420, 1000)]
