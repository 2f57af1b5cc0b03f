"""GM65 scanners: every vector both ways, answers among text, ends, foreign and hostile codes, any cut, player."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from agent.model.effects import Configure, Prompt
from agent.model.events import Event, Fault, Undecoded
from drivers.gm65_scanner import (
    DRIVER,
    READ,
    SAVE,
    TRIGGER,
    WRITE,
    ZONE_BAUD,
    ZONE_DEFAULTS,
    answer,
    command,
    sound,
)
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("gm65-scanner")
COMMANDS = {
    "trigger one scan (no CRC check)": TRIGGER,
    "save to flash": command(SAVE, 0, b"\0"),
    "set 9600": command(WRITE, ZONE_BAUD, b"\x39\x01"),
    "read baud": command(READ, ZONE_BAUD, b"\x02"),
    "write 0x3E to zone 0x000A": command(WRITE, 0x000A, b"\x3e"),
    "restore user defaults": command(WRITE, ZONE_DEFAULTS, b"\x55"),
}
REFUSED = answer(kind=2)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if "text" in said:
        assert items == [Event("s", "code", said["text"])]
        return
    assert sound(raw)
    if "op" in said:
        assert COMMANDS[said["op"]] == raw
        assert items == [], "an echo"
    else:
        assert (answer() if "ack" in said else answer((0x0139).to_bytes(2, "little"))) == raw
        assert items == []


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 9


@pytest.mark.parametrize("place", range(11))
def test_an_answer_before_or_inside_of_a_text_is_taken_out(place: int) -> None:
    text = b"PATROL-P07\r"
    items = uart.build(DRIVER).receive(text[:place] + answer() + text[place:], 0)
    assert uart.facts(items) == [("code", "PATROL-P07")]
    assert uart.faults(items) == []


def test_an_answer_that_fails_is_refused_and_no_code_is_made_of_it() -> None:
    for bit in range(16, 56):
        broken = bytearray(answer())
        broken[bit // 8] ^= 1 << bit % 8
        items = uart.decoded(DRIVER, bytes(broken) + b"\r" + b"NEXT\r")
        assert uart.facts(items) in ([("code", "NEXT")], []), bit
        assert uart.faults(items), bit
    assert uart.decoded(DRIVER, REFUSED) == [Fault("s", "refused", "type 0x02")]


@pytest.mark.parametrize(
    ("options", "raw", "codes"),
    [
        ({}, b"A\r\nB\nC\rD", ["A", "B", "C"]),
        ({"end": "tab"}, b"A\tB C\tD", ["A", "B C"]),
        ({"end": "none"}, b"A-1", ["A-1"]),
        ({"prefix": "CT-"}, b"CT-9\rXX\r", ["CT-9"]),
        ({"repeat": "0ms"}, b"A\rA\r", ["A", "A"]),
        ({}, b"A\rA\r", ["A"]),
    ],
)
def test_ends_and_prefixes(options: dict[str, Any], raw: bytes, codes: list[str]) -> None:
    device = uart.build(DRIVER, **options)
    assert [value for _, value in uart.facts(device.receive(raw, 0) + device.quiet(101))] == codes


def test_a_code_without_our_prefix_is_shown_not_told() -> None:
    items = uart.build(DRIVER, prefix="CT-").receive(b"XX\r", 0)
    assert items == [Undecoded("s", b"XX".hex(), detail="a code without our prefix")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("访客-7\r".encode(), "访客-7"),
        ("访客-7\r".encode("gb18030"), "访客-7"),
        (b"01\x1d17\r", "0117"),
        ("a\u202eb\r".encode(), "ab"),
        (b"'; DROP TABLE x; --\r", "'; DROP TABLE x; --"),
        (b"x" * 256 + b"\r", "x" * 256),
    ],
)
def test_text_of_strangers(raw: bytes, text: str) -> None:
    assert uart.decoded(DRIVER, raw) == [Event("s", "code", text)]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"a\x1b[31mb\r", "junk"), (b"\0\r", "junk"), (b" \r", "junk"),
        (b"x" * 257 + b"\r", "insane"), (b"x" * 513 + b"\r", "junk"),
    ],
)  # fmt: skip
def test_noise_and_codes_without_end_are_refused(raw: bytes, fault: str) -> None:
    assert [name for name, _ in uart.faults(uart.decoded(DRIVER, raw))] == [fault]


def test_the_same_code_within_a_second_is_one() -> None:
    device = uart.build(DRIVER)
    assert [t for t in (0, 999, 1000, 1500, 2000) if device.receive(b"A\r", t)] == [0, 1000, 2000]
    assert device.receive(b"B\r", 2001)


def test_it_scans_when_told() -> None:
    device, player = uart.build(DRIVER), DRIVER.player(uart.setup(DRIVER))
    sent = device.command(Configure("s", 0, "trigger", "once"), 0)
    assert sent == TRIGGER
    assert device.receive(player.receive(sent[:3], 0) + player.receive(sent[3:], 0), 0) == []
    assert player.zones == {2: b"\x01"}
    assert player.receive(command(READ, 2, b"\x01"), 0) == answer(b"\x01")
    assert device.command(Configure("s", 0, "trigger", "x"), 0) + device.command(Prompt("s", 0, "thank-you"), 0) == b""


def test_any_cut() -> None:
    stream = b"\x02\x02" + b"\r" + b"".join(v["raw"] for v in VECTORS if v["direction"] == "device->host") + REFUSED
    items = kit.same_however_cut(lambda: uart.build(DRIVER), stream + b"NEXT" + answer() + b"-1\r\n")
    assert uart.facts(items) == [("code", "PATROL-P07"), ("code", "NEXT-1")]


def test_hostile() -> None:
    numbers = count()
    kit.hostile(
        uart.build(DRIVER),
        lambda: answer() + f"code {next(numbers)}\r".encode(),
        lambda items: bool(uart.facts(items)),
        uart.HOSTILE,
    )


@pytest.mark.parametrize("options", [{}, {"end": "tab"}, {"end": "none", "prefix": "CT-"}])
def test_player_speaks_to_the_decoder(options: dict[str, Any]) -> None:
    device, player = uart.build(DRIVER, **options), DRIVER.player(uart.setup(DRIVER, **options))
    player.fact("card", "1", 0)
    assert player.due() is None
    player.fact("code", "访客 7", 0)
    player.fact("code", "P07", 2000)
    before = options.get("prefix", "")
    assert uart.facts(uart.converse(device, player, 0, 3000)) == [("code", f"{before}访客 7"), ("code", f"{before}P07")]
