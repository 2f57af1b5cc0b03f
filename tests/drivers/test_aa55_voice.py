"""AA 55 voice modules and M5 Unit ASR: vectors both ways, profiles, repetitions, prompts, any cut, hostile, player."""

from __future__ import annotations

import os
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.effects import Prompt
from agent.model.events import Event, Fault, Undecoded
from drivers.aa55_voice import DRIVER, Message, VoiceOptions, Wire, wire
from drivers.wire.frames import Frames
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
VECTORS = kit.serial_vectors("aa55-voice")
M5_VECTORS = kit.serial_vectors("m5-unit-asr")
SUMMED = {"sum8": True, "messages": {1: ["char"]}}
PAIRED = {"complement": True}


def setup(**options: Any) -> Setup:
    return Setup("lobby", options=VoiceOptions.model_validate(options))


def build(**options: Any) -> Any:
    return DRIVER.build(setup(**options))


def written(**options: Any) -> Wire:
    return wire(VoiceOptions.model_validate(options))


def voice(id_: int, detail: str = "", t: int = 0) -> Event:
    return Event("lobby", "voice", str(id_), t, detail=detail)


def message_of(said: dict[str, Any]) -> Message:
    for word in ("char", "int32", "double"):
        if word in said:
            return Message(said["msg_id"], (said[word],))
    params = said.get("params", "none")
    return Message(said["msg_id"], () if params == "none" else tuple(bytes.fromhex(params)))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    options = SUMMED if vector["check"] == "aa55_sum8" else {}
    message = message_of(vector["decoded"])
    assert written(**options).encode(message) == vector["raw"]
    assert Frames(written(**options).shape()).feed(vector["raw"]) == [vector["raw"]]
    assert written(**options).decode(vector["raw"]) == message
    device = build(**options)
    items = device.receive(vector["raw"], 0) + device.quiet(1)
    assert items == [voice(message.id, " ".join(str(value) for value in message.values))]


@pytest.mark.parametrize("vector", M5_VECTORS, ids=lambda v: v["id"])
def test_m5_vectors(vector: dict[str, Any]) -> None:
    device = build(model="m5-unit-asr")
    items = device.receive(vector["raw"], 0) + device.quiet(1)
    if vector["check"] == "no_frame":
        assert items == [Fault("lobby", "junk", size=1), voice(0x30)]
        assert written(model="m5-unit-asr").encode(Message(0x30)) == bytes.fromhex(vector["decoded"]["then"])
        return
    command = vector["decoded"]["command"]
    wake = Event("lobby", "wake", "entered", detail="255")
    assert items == [wake if command == 0xFF else voice(command)]
    assert written(model="m5-unit-asr").encode(Message(command)) == vector["raw"]


def test_all_vectors_are_covered() -> None:
    assert (len(VECTORS), len(M5_VECTORS)) == (7, 6)


@pytest.mark.parametrize("id_", [0x11, 0x12, 0x13, 0x14, 0x15])
def test_our_ids_are_phrases(id_: int) -> None:
    assert build().receive(b"\xaa\x55" + bytes([id_]) + b"\x55\xaa", 0) == [voice(id_)]
    paired = b"\xaa\x55" + bytes([id_, id_, id_ ^ 0xFF]) + b"\x55\xaa"
    assert written(**PAIRED).encode(Message(id_)) == paired
    assert build(**PAIRED).receive(paired, 0) == [voice(id_)]


def test_the_wake_word_is_no_phrase() -> None:
    wake = Event("lobby", "wake", "entered", detail="31")
    assert build().receive(b"\xaa\x55\x1f\x55\xaa", 0) == [wake]
    assert build(wake=["0x11"]).receive(b"\xaa\x55\x1f\x55\xaa", 0) == [voice(31)]


@pytest.mark.parametrize(("options", "id_"), [(SUMMED, 1), (PAIRED, 0x11)])
def test_every_flipped_bit_between_header_and_tail_is_refused(options: dict[str, Any], id_: int) -> None:
    good = written(**options).encode(Message(id_, (10,) if options is SUMMED else ()))
    for bit in range(16, 8 * (len(good) - 2)):
        frame = bytearray(good)
        frame[bit // 8] ^= 1 << bit % 8
        device = build(**options)
        items = device.receive(bytes(frame), 0) + device.quiet(1)
        assert [type(item) for item in items] == [Fault], items


def test_the_tail_is_only_looked_for_at_its_place() -> None:
    device = build()
    assert device.receive(bytes.fromhex("AA 55 05 55 AA 55 AA 55 AA"), 0) == [voice(5, str(-0x55AA55AB))]
    assert device.receive(bytes.fromhex("AA 55 11 00 55 AA"), 0) + device.quiet(1) == [
        Fault("lobby", "junk", size=6, t=1)
    ]


def test_an_id_that_is_in_no_table_is_shown_not_guessed() -> None:
    items = build().receive(bytes.fromhex("AA 55 77 55 AA"), 0)
    assert items == [Undecoded("lobby", "aa557755aa", detail="message 0x77 is in no table")]


def test_the_same_message_within_300_ms_is_one() -> None:
    device = build()
    first, other = (b"\xaa\x55" + bytes([id_]) + b"\x55\xaa" for id_ in (0x11, 0x12))
    told = [
        t
        for t, frame in ((0, first), (299, first), (300, first), (310, other), (320, first))
        if device.receive(frame, t)
    ]
    assert told == [0, 300, 310, 320]
    assert len(build(repeat="0ms").receive(first + first, 0)) == 2


@pytest.mark.parametrize(
    ("code", "ticket", "sent"),
    [
        ("thank-you", 0, "AA 55 31 55 AA"),
        ("ticket-opened", 1234, "AA 55 32 D2 04 00 00 55 AA"),
        ("already-open", 7, "AA 55 32 07 00 00 00 55 AA"),
        ("ticket-opened", 0, "AA 55 31 55 AA"),
        ("ticket-opened", 2**40, "AA 55 32 FF FF FF 7F 55 AA"),
        ("resolved", 1234, "AA 55 33 55 AA"),
        ("staff-arrived", 1234, ""),
    ],
)
def test_prompts(code: str, ticket: int, sent: str) -> None:
    assert build().command(Prompt("lobby", 0, code, ticket=ticket), 0) == bytes.fromhex(sent)


def test_prompts_of_the_settings() -> None:
    thanks = Prompt("lobby", 0, "thank-you")
    assert build(model="m5-unit-asr").command(thanks, 0) == b""
    assert build(model="m5-unit-asr", prompts={"thank-you": "0x30"}).command(thanks, 0) == bytes.fromhex("AA553055AA")
    assert build(messages={17: []}).command(thanks, 0) == b""
    assert build().receive(build().command(thanks, 0), 0) == [], "an echo of a prompt is no phrase"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"prompts": {"thanks": 0x31}}, "'thanks' is no prompt"),
        ({"prompts": {"thank-you": 0x16}}, "must be in the table"),
        ({"prompts": {"thank-you": 0x99}}, "must be in the table"),
        ({"messages": {300: []}}, "less than or equal to 255"),
        ({"messages": {"phrase": []}}, "valid integer|invalid literal"),
        ({"messages": {1: ["float"]}}, "'char', 'u16', 's32' or 'double'"),
        ({"wakes": [1]}, "Extra inputs"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        VoiceOptions.model_validate(options)


def test_keys_may_be_written_quoted_or_not() -> None:
    assert VoiceOptions.model_validate({"messages": {"0x11": ["u16"], "18": [], 0x13: []}}).messages == {
        0x11: ["u16"],
        18: [],
        0x13: [],
    }


@pytest.mark.parametrize("options", [{}, PAIRED, {"model": "m5-unit-asr"}, {"sum8": True}])
def test_any_cut(options: dict[str, Any]) -> None:
    said = [Message(0x11), Message(0x05, (0,) if options != {"model": "m5-unit-asr"} else ()), Message(0x13)]
    stream = b"\xaa\xaa\x55" + b"\xaa\x55\x11".join(written(**options).encode(message) for message in said)
    items = kit.same_however_cut(lambda: build(**options), stream)
    assert [item.value for item in items if isinstance(item, Event)] == ["17", "5", "19"]


@pytest.mark.parametrize("options", [{}, PAIRED, SUMMED, {"model": "m5-unit-asr"}])
def test_hostile(options: dict[str, Any]) -> None:
    message = Message(1, (10,)) if options is SUMMED else Message(0x11)
    good, value = written(**options).encode(message), str(message.id)
    kit.hostile(
        build(**options), lambda: good, lambda items: value in [getattr(i, "value", "") for i in items], HOSTILE
    )


@pytest.mark.parametrize("options", [{}, PAIRED, {"model": "m5-unit-asr"}])
def test_player_speaks_to_the_decoder(options: dict[str, Any]) -> None:
    device, player = DRIVER.build(setup(**options)), DRIVER.player(setup(**options))
    player.fact("card", "17", 0)
    assert player.due() is None
    items = []
    for kind, value, at in (("wake", "entered", 0), ("voice", "17", 1000), ("voice", "19", 2000)):
        player.fact(kind, value, at)
        while (due := player.due()) is not None:
            items += device.receive(player.talk(due), due)
    assert [(item.quantity, item.value, item.t) for item in items] == [
        ("wake", "entered", 0),
        ("voice", "17", 1000),
        ("voice", "19", 2000),
    ]


def test_player_says_what_it_is_told() -> None:
    device, player = build(), DRIVER.player(setup())
    told = device.command(Prompt("lobby", 0, "ticket-opened", ticket=99), 0)
    assert player.receive(told[:4], 0) + player.receive(told[4:], 1) == b""
    assert list(player.said) == [Message(0x32, (99,))]
