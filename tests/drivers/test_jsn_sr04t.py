"""JSN-SR04T and AJ-SR04M: every vector both ways, both sums, both modes, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.events import Fault, Reading
from drivers.jsn_sr04t import DRIVER, TRIGGER, Model, decode, encode
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("jsn-sr04t")
MODELS: tuple[Model, Model] = ("jsn-sr04t", "aj-sr04m")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (raw, items) == (TRIGGER, [])
        return
    model = said.get("model", "jsn-sr04t").lower()
    other = MODELS[1 - MODELS.index(model)]
    assert items == [Reading("s", "distance", said["distance_mm"])]
    assert (encode(said["distance_mm"], model), decode(raw)) == (raw, said["distance_mm"])
    assert uart.build(DRIVER, model=model).receive(raw, 0) == items
    assert uart.build(DRIVER, model=other).receive(raw, 0) == [Fault("s", "checksum", size=4)]
    assert uart.decoded(DRIVER, raw, model=other) == [Fault("s", "checksum", size=4)]


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 3


def test_a_sum_that_fits_neither_model_is_refused() -> None:
    assert uart.decoded(DRIVER, b"\xff\x02\xee\xf1") == [Fault("s", "checksum", size=4)]


@pytest.mark.parametrize(
    ("distance", "said"),
    [(0, "blind zone"), (249, "blind zone"), (250, ""), (6000, ""), (6001, "out of range"), (65535, "out of range")],
)
@pytest.mark.parametrize("model", MODELS)
def test_only_distances_in_range_are_published(model: Model, distance: int, said: str) -> None:
    expected = Fault("s", "insane", said) if said else Reading("s", "distance", distance)
    assert uart.build(DRIVER, model=model).receive(encode(distance, model), 0) == [expected]


@pytest.mark.parametrize("model", MODELS)
def test_any_cut(model: Model) -> None:
    stream = b"\xff\x55\xff\xff" + b"".join(encode(mm, model) for mm in (750, 0x1FF, 0x55FF, 0x155)) + b"\xff\x01"
    items = kit.same_however_cut(lambda: uart.build(DRIVER, model=model, mode="trigger"), stream)
    assert [item.value for item in items if isinstance(item, Reading)] == [750, 0x1FF, 0x155]


@pytest.mark.parametrize("model", MODELS)
def test_hostile(model: Model) -> None:
    uart.hostile(DRIVER, encode(750, model), "distance", model=model)


@pytest.mark.parametrize(("mode", "count"), [("talks", 20), ("trigger", 4)])
@pytest.mark.parametrize("model", MODELS)
def test_player_speaks_to_the_decoder(model: Model, mode: str, count: int) -> None:
    made = uart.setup(DRIVER, 500, model=model, mode=mode)
    device, player = DRIVER.build(made), DRIVER.player(made)
    player.set("distance", 812.4)
    items = uart.converse(device, player, 0, 2000)
    assert [item.value for item in items if isinstance(item, Reading)] == [812] * count
    assert len(items) == count


def test_a_returned_trigger_is_neither_answer_nor_junk() -> None:
    device = uart.build(DRIVER, mode="trigger")
    assert device.ask(0) == TRIGGER
    assert device.receive(TRIGGER, 5) == []
    assert device.waiting
    assert device.receive(encode(750), 70) == [Reading("s", "distance", 750, 70)]
    assert not device.waiting


def test_a_mute_sensor_is_silent_once_an_interval() -> None:
    device = uart.build(DRIVER, 1000, mode="trigger")
    assert device.ask(0) == TRIGGER
    assert device.quiet(201) == [Fault("s", "silent", "no answer to 55", t=201)]
    assert device.due() == 1000
