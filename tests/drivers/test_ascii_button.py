"""Button panels: every vector both ways, ways to press, bounces, other lines, any cut, hostile bytes, player."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from agent.model.events import Event, Fault
from drivers.ascii_button import DRIVER, WORDS, encode
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("ascii-button")


def press(key: int, word: str = "single", t: int = 0) -> Event:
    return Event("s", "button", word, t, f"channel={key}", detail="quality=best_effort")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    expected: list[Any] = [press(said["key"], "long" if said.get("long") else "single")]
    if "ignored" in said:
        expected.insert(0, Fault("s", "junk", size=len(said["ignored"])))
    if "partial" in said:
        expected.append(Fault("s", "junk", size=len(said["partial"]), t=1001))
    assert uart.decoded(DRIVER, raw) == expected
    assert encode(said["key"], "long" if said.get("long") else "single") in raw


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 4


@pytest.mark.parametrize("word", WORDS.values())
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_every_way_to_press_and_to_end_a_line(word: str, end: bytes) -> None:
    assert uart.build(DRIVER).receive(encode(16, word).strip() + end, 0) == [press(16, word)]


@pytest.mark.parametrize("key", [0, 17, 99])
def test_a_key_that_no_panel_has_is_insane(key: int) -> None:
    assert uart.decoded(DRIVER, encode(key)) == [Fault("s", "insane", f"key {key}")]


@pytest.mark.parametrize(
    "line", ["BTN", "BTN,", "BTN,x", "BTN,123", "BTN,3,X", "BTN,3,L,L", "btn,3", "xBTN,3", "BTN,3 4", "BTN,-3", "BTN,٣"]
)
def test_other_lines_are_junk(line: str) -> None:
    items = uart.decoded(DRIVER, line.encode() + b"\r\n")
    assert uart.faults(items) == [("junk", "")]
    assert len(items) == 1


def test_the_end_of_a_line_that_is_too_long_is_no_press() -> None:
    items = uart.decoded(DRIVER, b"x" * 60 + b"BTN,3\r\n" + encode(4))
    assert items == [Fault("s", "junk", size=65), press(4)]


def test_bounces_within_300_ms_are_one_press() -> None:
    device = uart.build(DRIVER)
    told = [t for t in (0, 1, 299, 300, 599, 600) if device.receive(encode(3), t)]
    assert told == [0, 300, 600]
    assert device.receive(encode(4) + encode(3, "release"), 601) == [press(4, t=601), press(3, "release", 601)]


def test_any_cut() -> None:
    items = kit.same_however_cut(
        lambda: uart.build(DRIVER), b"".join(v["raw"] for v in VECTORS[:3]) + encode(5, "double")
    )
    assert [item for item in items if isinstance(item, Event)] == [press(3), press(12, "long"), press(5, "double")]


def test_hostile() -> None:
    keys = count()
    kit.hostile(
        uart.build(DRIVER), lambda: encode(1 + next(keys) % 16), lambda items: bool(uart.facts(items)), uart.HOSTILE
    )


def test_player_speaks_to_the_decoder() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    player.fact("card", "1", 0)
    player.fact("button", "quad", 0)
    assert player.due() is None, "what the panel cannot tell it does not"
    for word, at, part in (("single", 0, "channel=3"), ("long", 1000, "channel=12"), ("release", 2000, "")):
        player.fact("button", word, at, part)
    items = uart.converse(device, player, 0, 3000)
    assert items == [press(3), press(12, "long", 1000), press(1, "release", 2000)]
