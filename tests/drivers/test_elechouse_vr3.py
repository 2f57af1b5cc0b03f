"""Elechouse VR3: every vector both ways, lengths, loading, refusals, any cut, hostile bytes, player."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.events import Event, Fault
from drivers.elechouse_vr3 import CHECK, CLEAR, DRIVER, ERROR, Heard, decode, encode, frame_of, load
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("elechouse-vr3")
COMMANDS = {
    "load records 0..6": load(*range(7)),
    "clear recogniser": frame_of(CLEAR),
    "check recogniser": frame_of(CHECK),
}
GOOD = encode(Heard(5, 2, signature=b"CLEAN"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "op" in said:
        assert (COMMANDS[said["op"]], items) == (raw, [])
    elif "error" in said:
        assert frame_of(ERROR, said["error"]) == raw
        assert items == [Fault("s", "refused", "error 1 length")]
        assert "length" in said["meaning"]
    else:
        heard = Heard(said["record"], said["slot"], signature=said["signature"].encode())
        assert (decode(raw), encode(heard)) == (heard, raw)
        detail = f"slot={said['slot']}" + (f",signature={said['signature']}" if said["signature"] else "")
        assert items == [Event("s", "voice", str(said["record"]), detail=detail)]


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 6


def test_groups_and_hostile_signatures() -> None:
    items = uart.decoded(DRIVER, encode(Heard(1, 0, 0x82, b"a,b=\x1b\n c")) + encode(Heard(2, 6, 0x01)))
    assert [item.detail for item in items if isinstance(item, Event)] == [
        "slot=0,group=user-2,signature=abc",
        "slot=6,group=system-1",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        frame_of(0x0D, 0, 0xFF, 1, 0, 3, 65, 65),
        frame_of(0x0D, 0, 0xFF, 1, 0),
        encode(Heard(255)),
        encode(Heard(1, 7)),
    ],
)
def test_lengths_and_numbers_must_fit(raw: bytes) -> None:
    assert uart.faults(uart.decoded(DRIVER, raw)) == [("insane", raw.hex(" ").upper())]


def test_a_wrong_tail_or_length_is_no_frame_and_the_next_one_is_found() -> None:
    for broken in (GOOD[:-1] + b"\x0b", b"\xaa\x01\x0d\x0a", b"\xaa\xff\x0d", b"\xaa\x0b" + GOOD[2:]):
        items = uart.decoded(DRIVER, broken + GOOD)
        assert {fault for fault, _ in uart.faults(items)} == {"junk"}
        assert uart.facts(items)[-1] == ("voice", "5")


def test_records_are_loaded_at_the_start_and_after_a_minute_of_silence() -> None:
    made = uart.setup(DRIVER, records=[3, 254])
    device, player = DRIVER.build(made), DRIVER.player(made)
    assert [device.ask(0), device.ask(200)] == [frame_of(CLEAR), load(3, 254)]
    assert device.due() == 60_000
    player.fact("voice", "254", 0)
    assert uart.facts(uart.converse(DRIVER.build(made), player, 0, 1000)) == [("voice", "254")]
    player.fact("voice", "254", 1000)
    player.fact("voice", "9", 1000)
    items = uart.converse(DRIVER.build(made), player, 1000, 2000)
    assert [(item.value, item.detail) for item in items if isinstance(item, Event)] == [("254", "slot=1")]
    assert uart.build(DRIVER).due() is None, "what the board loads by itself is kept"


def test_any_cut() -> None:
    items = kit.same_however_cut(lambda: uart.build(DRIVER), b"\xaa\x0a" + b"".join(v["raw"] for v in VECTORS) + GOOD)
    assert uart.facts(items) == [("voice", "1"), ("voice", "5"), ("voice", "5")]


def test_hostile() -> None:
    kit.hostile(uart.build(DRIVER), lambda: GOOD, lambda items: ("voice", "5") in uart.facts(items), uart.HOSTILE)


def test_player_speaks_to_the_decoder() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    player.fact("button", "1", 0)
    assert player.due() is None
    player.fact("voice", "17", 0)
    assert uart.facts(uart.converse(device, player, 0, 1000)) == [("voice", "17")]
    assert player.receive(b"\xaa\x05junk", 0) == b""
