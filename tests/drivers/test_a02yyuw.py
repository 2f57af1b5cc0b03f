"""A02YYUW: every vector both ways, sentinels, ranges, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

import os
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Fault, Reading
from drivers.a02yyuw import DRIVER, DistanceOptions, decode, encode
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
VECTORS = kit.serial_vectors("a02yyuw")
STATUS = {"blind zone / invalid": ("blind zone", 0), "no object": ("no object", 0xFFFD)}


def build(model: str = "a02yyuw") -> Any:
    return DRIVER.build(Setup("bin", options=DistanceOptions.model_validate({"model": model})))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    items = build().receive(vector["raw"], 0)
    if vector.get("expect") == "reject":
        assert items == [Fault("bin", "checksum", size=4)]
        return
    if (distance := vector["decoded"]["distance_mm"]) is not None:
        assert items == [Reading("bin", "distance", distance)]
    else:
        detail, distance = STATUS[vector["decoded"]["status"]]
        assert items == [Fault("bin", "insane", detail)]
    assert decode(vector["raw"]) == distance
    assert encode(distance) == vector["raw"]


@pytest.mark.parametrize(
    ("model", "distance", "said"),
    [
        ("a02yyuw", 30, "blind zone"),
        ("a02yyuw", 31, None),
        ("a02yyuw", 4500, None),
        ("a02yyuw", 4501, "out of range"),
        ("a01nyub", 280, "blind zone"),
        ("a01nyub", 7500, None),
        ("a01nyub", 7501, "out of range"),
        ("a02yyuw", 0xFFFE, "interference"),
        ("a02yyuw", 0xFFFF, "out of range"),
    ],
)
def test_only_distances_in_range_are_published(model: str, distance: int, said: str | None) -> None:
    expected = Fault("bin", "insane", said) if said else Reading("bin", "distance", distance)
    assert build(model).receive(encode(distance), 0) == [expected]


def test_any_cut() -> None:
    stream = b"\xff\x00" + b"".join(v["raw"] for v in VECTORS) + b"\xff\xff" + encode(0xFF) + encode(0x1FF)
    items = kit.same_however_cut(build, stream)
    assert [item.value for item in items if isinstance(item, Reading)] == [1953, 300, 255, 511]


def test_hostile() -> None:
    kit.hostile(
        build(), lambda: encode(1953), lambda items: Reading("bin", "distance", 1953) in _timeless(items), HOSTILE
    )


def _timeless(items: list[Any]) -> list[Any]:
    return [Reading(i.device, i.quantity, i.value) for i in items if isinstance(i, Reading)]


def test_player_speaks_to_the_decoder() -> None:
    device, player = build(), DRIVER.player(Setup("bin"))
    assert device.receive(player.talk(0), 0) == [Fault("bin", "insane", "no object")]
    player.set("distance", 812.4)
    assert player.due() == 300
    assert device.receive(player.talk(300), 300) == [Reading("bin", "distance", 812, 300)]
