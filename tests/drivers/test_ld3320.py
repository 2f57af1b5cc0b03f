"""LD3320 boards: lines and bytes, phrases of the settings, repetitions, refusals, any cut, hostile bytes, player."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.events import Event, Fault
from drivers.ld3320 import DRIVER, PhraseOptions, encode
from tests import kit
from tests.drivers import uart_kit as uart

BYTES = {"format": "byte", "phrases": {"0x21": "cleaning", "34": "help"}}
NAMED = {"phrases": {"da sao": "cleaning", "救命": "help"}}


def voice(word: str, t: int = 0) -> Event:
    return Event("s", "voice", word, t)


@pytest.mark.parametrize(
    ("options", "raw", "word"),
    [
        (NAMED, "救命\r\n".encode(), "help"),
        (NAMED, "救命\n".encode("gb18030"), "help"),
        (NAMED, b" da sao \r", "cleaning"),
        (BYTES, b"\x21", "cleaning"),
        (BYTES, b"\x22", "help"),
    ],
)
def test_phrases(options: dict[str, Any], raw: bytes, word: str) -> None:
    assert uart.build(DRIVER, **options).receive(raw, 0) == [voice(word)]


def test_what_is_no_phrase_is_junk() -> None:
    assert uart.decoded(DRIVER, b"LD3320 ready\x07\n", **NAMED) == [Fault("s", "junk", "LD3320 ready", 13)]
    assert uart.decoded(DRIVER, b"\x01\x21\x23", **BYTES) == [
        Fault("s", "junk", size=1), voice("cleaning"), Fault("s", "junk", size=1, t=1001)
    ]  # fmt: skip
    assert uart.decoded(DRIVER, b"x" * 65 + b"\n", **NAMED) == [Fault("s", "junk", size=65)]
    assert DRIVER.build(Setup("s")).receive(b"da sao\n", 0) == [Fault("s", "junk", "da sao", 6)], "without options"


@pytest.mark.parametrize("options", [NAMED, BYTES])
def test_the_same_phrase_within_300_ms_is_one(options: dict[str, Any]) -> None:
    device = uart.build(DRIVER, **options)
    said = encode("cleaning", PhraseOptions.model_validate(options))
    assert [t for t in (0, 200, 299, 300, 400, 600) if device.receive(said, t)] == [0, 300, 600]
    assert len(uart.build(DRIVER, repeat="0ms", **options).receive(said + said, 0)) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format": "byte"}, "Field required"),
        ({"phrases": {}}, "at least 1"),
        ({"format": "byte", "phrases": {"x": "a"}}, "'x' is no byte"),
        ({"format": "byte", "phrases": {"256": "a"}}, "256 is no byte"),
        ({"format": "text", "phrases": {"a": "b"}}, "'line' or 'byte'"),
        ({"phrases": {str(n): "a" for n in range(51)}}, "at most 50"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PhraseOptions.model_validate(options)


@pytest.mark.parametrize("options", [NAMED, BYTES])
def test_any_cut(options: dict[str, Any]) -> None:
    made = PhraseOptions.model_validate(options)
    stream = encode("cleaning", made) + encode("help", made)
    assert kit.same_however_cut(lambda: uart.build(DRIVER, **options), stream) == [voice("cleaning"), voice("help")]


@pytest.mark.parametrize("options", [NAMED, BYTES])
def test_hostile(options: dict[str, Any]) -> None:
    made, numbers = PhraseOptions.model_validate(options), count()
    kit.hostile(
        uart.build(DRIVER, **options),
        lambda: encode(("cleaning", "help")[next(numbers) % 2], made),
        lambda items: bool(uart.facts(items)),
        uart.HOSTILE // 4,
    )


@pytest.mark.parametrize("options", [NAMED, BYTES])
def test_player_speaks_to_the_decoder(options: dict[str, Any]) -> None:
    device, player = uart.build(DRIVER, **options), DRIVER.player(uart.setup(DRIVER, **options))
    player.fact("card", "1", 0)
    assert player.due() is None
    player.fact("voice", "cleaning", 0)
    player.fact("voice", "help", 1000)
    assert uart.converse(device, player, 0, 2000) == [voice("cleaning"), voice("help", 1000)]
