"""RDM6300, EM-18 and ID-12: every vector both ways, one event per presence, any cut, hostile bytes, player."""

from __future__ import annotations

import os
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Event, Fault
from drivers.rdm6300 import DRIVER, CardOptions, decode, encode
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
VECTORS = kit.serial_vectors("rdm6300")
FORMS = ["rdm6300", "em18", "id12"]
# EM-18 frames printed in its documents, both sums verified (serial.md §B10): text, version, tag.
EM18 = [(b"4500C5D1E9B8", 0x45, 12964329), (b"307E4DE5C224", 0x30, 2119034306)]
CARD, OTHER = encode(13530444), encode(12964329)


def build(form: str = "rdm6300") -> Any:
    return DRIVER.build(Setup("patrol", options=CardOptions.model_validate({"format": form})))


def card(tag: str, t: int = 0) -> Event:
    return Event("patrol", "card", tag, t)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    device, said = build(), vector["decoded"]
    items = device.receive(vector["raw"], 0) + device.quiet(1)
    if vector.get("expect") == "reject":
        assert items == [Fault("patrol", "checksum", size=14)]
        return
    assert items == [card(said["tag_dec"])]
    assert decode(vector["raw"]) == (said["version"], said["tag"])
    assert encode(said["tag"], said["version"]) == vector["raw"]


@pytest.mark.parametrize(("text", "version", "tag"), EM18)
def test_em18_vectors(text: bytes, version: int, tag: int) -> None:
    assert build("em18").receive(text, 0) == [card(f"{tag:010d}")]
    assert encode(tag, version, "em18") == text
    assert decode(text, "em18") == (version, tag)


def test_id12_frame_ends_with_a_line_end() -> None:
    assert encode(12964329, 0x45, "id12") == b"\x024500C5D1E9B8\r\n\x03"
    assert build("id12").receive(encode(1, form="id12"), 0) == [card("0000000001")]


@pytest.mark.parametrize("form", FORMS)
def test_a_reader_refuses_the_frames_of_another(form: str) -> None:
    others = [encode(13530444, form=other) for other in FORMS if other != form and "em18" not in (form, other)]
    for frame in others:
        device = build(form)
        assert all(isinstance(item, Fault) for item in device.receive(frame, 0) + device.quiet(1))
    assert len(others) == (0 if form == "em18" else 1)


# Each step: time, frame, whether it is told.
PRESENCE = {
    "a card that lies there is told once": [(t, CARD, t == 0) for t in range(0, 20_000, 65)],
    "taken away and back within 3 s": [(0, CARD, True), (1000, CARD, False), (1065, CARD, False)],
    "taken away and back after 3 s": [(0, CARD, True), (65, CARD, False), (3000, CARD, True)],
    "back within 3 s and left there": [(0, CARD, True), *((t, CARD, False) for t in range(2900, 6000, 65))],
    "two cards in turn": [(0, CARD, True), (65, OTHER, True), (130, CARD, False), (195, OTHER, False)],
    "299 ms is no removal": [(0, CARD, True), *((t, CARD, False) for t in range(299, 6000, 299))],
    "300 ms is one": [(0, CARD, True), *((t, CARD, t % 3000 == 0) for t in range(300, 9001, 300))],
}


@pytest.mark.parametrize("steps", PRESENCE.values(), ids=PRESENCE.keys())
def test_one_event_per_presence(steps: list[tuple[int, bytes, bool]]) -> None:
    device = build()
    for now, frame, told in steps:
        expected = [card("0013530444" if frame == CARD else "0012964329", now)] if told else []
        assert device.receive(frame, now) == expected, now


def test_many_cards_in_no_time_are_all_told_and_few_are_remembered() -> None:
    device = build()
    for tag in range(1000):
        assert device.receive(encode(tag), 0) == [card(f"{tag:010d}")]
    assert len(device._cards._told_at) <= 65


@pytest.mark.parametrize("form", FORMS)
def test_any_cut(form: Any) -> None:
    stream = b"\x02\x023C" + b"\r\n".join(encode(tag, form=form) for tag in (13530444, 0, 0xFFFFFFFF))
    items = kit.same_however_cut(lambda: build(form), stream)
    assert [item.value for item in items if isinstance(item, Event)][-2:] == ["0000000000", "4294967295"]


@pytest.mark.parametrize("form", FORMS)
def test_hostile(form: Any) -> None:
    good = encode(13530444, form=form)
    kit.hostile(
        build(form), lambda: good, lambda items: "0013530444" in [getattr(i, "value", "") for i in items], HOSTILE
    )


@pytest.mark.parametrize(("form", "last"), [("rdm6300", 260), ("em18", 0), ("id12", 0)])
def test_player_speaks_to_the_decoder(form: str, last: int) -> None:
    setup = Setup("patrol", options=CardOptions.model_validate({"format": form}))
    device, player = DRIVER.build(setup), DRIVER.player(setup)
    player.fact("button", "single", 0)
    assert player.due() is None
    player.fact("card", "0013530444", 1000)
    items, times = [], []
    while (due := player.due()) is not None:
        times.append(due)
        items += device.receive(player.talk(due), due)
    assert items == [card("0013530444", 1000)]
    assert times[-1] == 1000 + last
