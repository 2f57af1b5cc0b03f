"""Wiegand bridges: the vector both ways, 34 bits, lines, one event per presence, any cut, hostile bytes, player."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from agent.model.events import Event, Fault
from drivers.wiegand26_uart import DRIVER, decode, encode, encode_line, on_the_wire
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("wiegand26-uart")
LINE = {"format": "line"}


def card(number: str, detail: str, part: str = "", t: int = 0) -> Event:
    return Event("s", "card", number, t, part, detail=detail)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    number, bits = decode(raw)
    assert (number >> 16, number & 0xFFFF) == (said["facility"], said["card"])
    assert on_the_wire(number, bits) == said["bits"]
    assert encode(said["facility"] << 16 | said["card"]) == raw
    detail = f"facility={said['facility']},card={said['card']},wiegand=26"
    assert uart.decoded(DRIVER, raw) == [card("0008106606", detail)] == [card(f"{number:010d}", detail)]


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 1


def test_34_bits_and_small_letters() -> None:
    assert uart.decoded(DRIVER, b"\x0200ce754c\x03") == [card("0013530444", "facility=206,card=30028,wiegand=34")]
    assert on_the_wire(0xCE754C, 32) == "1" + f"{0xCE754C:032b}" + "1"


@pytest.mark.parametrize(
    "raw", [b"\x0237\x03", b"\x027BB26G\x03", b"\x027BB26E7\x03", b"\x027BB26E7BB2\x03", b"7BB26E\x03"]
)
def test_other_bytes_are_junk(raw: bytes) -> None:
    items = uart.decoded(DRIVER, raw + encode(5))
    assert uart.faults(items) == [("junk", "")]
    assert uart.facts(items) == [("card", "0000000005")]


def test_lines() -> None:
    assert uart.decoded(DRIVER, b"2,8106606\n", **LINE) == [card("0008106606", "facility=123,card=45678", "reader=2")]
    assert uart.decoded(DRIVER, b"1,4294967296\n", **LINE) == [
        Fault("s", "insane", "card 4294967296 has more than 32 bits")
    ]
    assert uart.faults(uart.decoded(DRIVER, b"ready\n1,\n1,2,3\n", **LINE)) == [("junk", "")] * 3


def test_a_card_is_told_once_per_presence_and_not_again_within_3_s() -> None:
    device = uart.build(DRIVER)
    assert [t for t in (0, 100, 350, 2000, 3000, 3200, 7000) if device.receive(encode(7), t)] == [0, 3000, 7000]
    assert device.receive(encode(8), 7001)
    both = uart.build(DRIVER, **LINE)
    assert len(both.receive(encode_line(7, 1) + encode_line(7, 2), 0)) == 2, "two readers"


@pytest.mark.parametrize("options", [{}, LINE])
def test_any_cut(options: dict[str, Any]) -> None:
    stream = b"\x02" + (
        encode(1) + encode(1 << 31, 32) if not options else b"\n" + encode_line(1) + encode_line(1 << 31)
    )
    items = kit.same_however_cut(lambda: uart.build(DRIVER, **options), stream)
    assert uart.facts(items) == [("card", "0000000001"), ("card", "2147483648")]


@pytest.mark.parametrize("options", [{}, LINE])
def test_hostile(options: dict[str, Any]) -> None:
    numbers = count(1)
    kit.hostile(
        uart.build(DRIVER, **options),
        lambda: encode_line(next(numbers)) if options else encode(next(numbers)),
        lambda items: bool(uart.facts(items)),
        uart.HOSTILE // 2,
    )


@pytest.mark.parametrize("options", [{}, LINE])
def test_player_speaks_to_the_decoder(options: dict[str, Any]) -> None:
    device, player = uart.build(DRIVER, **options), DRIVER.player(uart.setup(DRIVER, **options))
    player.fact("voice", "1", 0)
    assert player.due() is None
    player.fact("card", "0013530444", 0)
    player.fact("card", "4294967295", 5000)
    assert uart.facts(uart.converse(device, player, 0, 6000)) == [("card", "0013530444"), ("card", "4294967295")]
