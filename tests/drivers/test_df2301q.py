"""DF2301Q: every vector both ways, notifications, acknowledgements, prompts, any cut, hostile bytes, player."""

from __future__ import annotations

import os
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.effects import Prompt
from agent.model.events import Event, Fault, Undecoded
from drivers import df2301q as module
from drivers.df2301q import DRIVER, Frame, VoiceOptions, ack, decode, encode, note, play, reset, result, setting
from drivers.wire.frames import Frames
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
VECTORS = kit.serial_vectors("df2301q")


def voice(id_: int, t: int = 0) -> Event:
    return Event("wall", "voice", str(id_), t)


# By vector: how our encoder makes it, and what the host's side says to it.
SAID: dict[str, tuple[bytes, list[Any]]] = {
    "01": (result(1, 5), [voice(5)]),
    "02": (result(2, 103), [voice(103)]),
    "03": (note(3, module.WOKEN), [Event("wall", "wake", "entered")]),
    "04": (note(4, module.ASLEEP), [Event("wall", "wake", "left")]),
    "06": (ack(0), []),
    "07": (ack(0, module.BAD_SUM), [Fault("wall", "checksum", "the module found our checksum wrong")]),
    "08": (play(0, 5), []),
    "09": (setting(1, module.VOLUME, 4), []),
    "10": (setting(2, module.WAKE_TIME, 20), []),
    "11": (setting(3, module.MUTE, 1), []),
    "12": (reset(4), []),
}
PROMPTS = {"prompts": {"thank-you": 5, "resolved": 70_000}}


def build(**options: Any) -> Any:
    return DRIVER.build(Setup("wall", options=VoiceOptions.model_validate(options)))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    made, items = SAID[vector["id"].removeprefix("df2301q-")]
    assert made == vector["raw"]
    assert encode(decode(vector["raw"])) == vector["raw"]
    assert Frames(module.SHAPE).feed(vector["raw"]) == [vector["raw"]]
    device = build()
    assert device.receive(vector["raw"], 0) + device.quiet(1) == items
    if "cmd_id" in vector["decoded"]:
        assert decode(vector["raw"])[2:] == (vector["decoded"]["seq"], bytes([vector["decoded"]["cmd_id"]]))


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == len(SAID) == 11


@pytest.mark.parametrize(
    ("frame", "items"),
    [
        (result(0, 0), []),
        (result(0, 1), [Event("wall", "wake", "entered", detail="1")]),
        (result(0, 2), [Event("wall", "wake", "entered", detail="2")]),
        (encode(Frame(0xA0, 0x91, 9, bytes([142, 7, 7, 7, 7, 7, 7, 7]))), [voice(142)]),
        (note(0, module.POWER_ON), [Event("wall", "reboot", "power_on")]),
        (note(0, module.PLAY_BEGINS), [Event("wall", "prompt_result", "started")]),
        (note(0, module.PLAY_ENDS), [Event("wall", "prompt_result", "done")]),
        (ack(0, module.UNSUPPORTED), [Fault("wall", "refused", "unsupported")]),
        (ack(0, 0x17), [Fault("wall", "refused", "error 17")]),
        (note(0, 0xC0), [Undecoded("wall", note(0, 0xC0).hex(), detail="type A3 command 9A")]),
        (
            encode(Frame(0xA0, 0x91, 0, b"")),
            [Undecoded("wall", "f4f50000a09100" + "3101fb", detail="type A0 command 91")],
        ),
    ],
)
def test_what_a_frame_means(frame: bytes, items: list[Any]) -> None:
    assert build().receive(frame, 0) == items


@pytest.mark.parametrize("bit", range(8 * 11))
def test_a_flipped_bit_is_always_refused(bit: int) -> None:
    frame = bytearray(result(1, 5))
    frame[bit // 8] ^= 1 << bit % 8
    device = build()
    items = device.receive(bytes(frame), 0) + device.quiet(1)
    assert items
    assert all(isinstance(item, Fault) for item in items)
    assert device.receive(result(2, 6), 2) == [voice(6, 2)]


def test_prompts_play_the_replies_of_the_settings() -> None:
    device = build(**PROMPTS)
    assert device.command(Prompt("wall", 0, "thank-you"), 0) == play(1, 5)
    assert device.command(Prompt("wall", 0, "resolved"), 0) == play(2, 70_000)
    assert device.command(Prompt("wall", 0, "staff-arrived"), 0) == b""
    assert build().command(Prompt("wall", 0, "thank-you"), 0) == b""


def test_the_sequence_number_starts_again_after_255() -> None:
    device = build(**PROMPTS)
    seqs = [decode(device.command(Prompt("wall", 0, "thank-you"), 0)).seq for _ in range(256)]
    assert seqs == [*range(1, 256), 0]


@pytest.mark.parametrize("prompts", [{"thanks": 5}, {"thank-you": 0}, {"thank-you": "5"}])
def test_wrong_options_are_refused(prompts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VoiceOptions.model_validate({"prompts": prompts})


def test_any_cut() -> None:
    stream = b"\xf4\xf4\xf5\x01" + b"\xf4".join(v["raw"] for v in VECTORS) + result(9, 0xFB) + result(9, 0xF4)
    items = kit.same_however_cut(build, stream)
    assert [item.value for item in items if isinstance(item, Event)] == ["5", "103", "entered", "left", "251", "244"]


def test_hostile() -> None:
    good = result(1, 5)
    kit.hostile(build(), lambda: good, lambda items: "5" in [getattr(item, "value", "") for item in items], HOSTILE)


def test_player_speaks_to_the_decoder() -> None:
    device, player = build(), DRIVER.player(Setup("wall"))
    for kind, value in (("wake", "entered"), ("voice", "5"), ("wake", "left"), ("reboot", "power_on"), ("card", "5")):
        player.fact(kind, value, 10)
    assert player.due() == 10
    said = [(item.quantity, item.value) for item in device.receive(player.talk(10), 10)]
    assert said == [("wake", "entered"), ("voice", "5"), ("wake", "left"), ("reboot", "power_on")]
    assert player.due() is None


def test_player_obeys_and_acknowledges() -> None:
    device, player = build(**PROMPTS), DRIVER.player(Setup("wall"))
    order = device.command(Prompt("wall", 0, "thank-you"), 0)
    assert player.receive(order[:7], 0) + player.receive(order[7:], 1) == ack(1)
    assert list(player.said) == [5]
    ends = [item for due in (1, 1501) for item in device.receive(player.talk(due), due)]
    assert [item.value for item in ends] == ["started", "done"]
    assert player.receive(setting(2, module.VOLUME, 7), 2000) == ack(2)
    assert player.receive(encode(Frame(module.DOWN, 0x97, 3, b"")), 2000) == ack(3, module.UNSUPPORTED)
    assert player.receive(encode(Frame(module.DOWN, module.PLAY, 3, b"\x81")), 2000) == ack(3, module.UNSUPPORTED)
    assert player.receive(reset(4), 2000) == ack(4)
    assert player.due() == 5000
    assert device.receive(player.talk(5000), 5000) == [Event("wall", "reboot", "power_on", 5000)]
