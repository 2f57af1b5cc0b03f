"""DFPlayer: every vector both ways, prompts with ticket numbers, finished said twice, errors, volume, silence, cuts."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.effects import Prompt
from agent.model.events import Event, Item
from drivers.dfplayer import DRIVER
from drivers.dfplayer_frame import (
    ACK,
    BIG_FOLDER,
    ERROR,
    FOLDER,
    MP3,
    NEXT,
    ONLINE,
    RESET,
    SHAPE,
    SOURCE,
    STATUS,
    STOP,
    TRACK,
    VOLUME,
    Command,
    Player,
    decode,
    encode,
    track_command,
)
from drivers.wire.frames import Frames
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = {one["id"].removeprefix("dfplayer-"): one["raw"] for one in kit.serial_vectors("dfplayer")}
FRAMES = {
    "01": Command(NEXT), "02": Command(VOLUME, 30), "03": Command(SOURCE, 2), "04": track_command("mp3/0001"),
    "05": track_command("12/1999"), "07": Command(RESET), "08": Command(STOP), "09": Command(STATUS),
    "10": Command(ACK), "11": Command(0x3D, 2), "12": Command(ONLINE, 2), "13": Command(ERROR, 6),
}  # fmt: skip
SAID: dict[str, tuple[str, str, str]] = {
    "10": ("prompt_result", "acknowledged", ""),
    "11": ("prompt_result", "done", "track=2,medium=sd"),
    "12": ("reboot", "power_on", "devices=sd"),
    "13": ("device_alarm", "track_not_found", "code=6"),
}


def build(**options: Any) -> Any:
    return uart.build(DRIVER, **options)


def player() -> Player:
    made = DRIVER.player(Setup("s"))
    assert isinstance(made, Player)
    return made


def told(items: list[Item], kind: str) -> list[Any]:
    return [item.value for item in items if isinstance(item, Event) and item.quantity == kind]


@pytest.mark.parametrize("number", VECTORS)
def test_every_vector(number: str) -> None:
    raw = VECTORS[number]
    items = uart.decoded(DRIVER, raw)
    if number == "15":
        assert raw == encode(Command(TRACK, 1), checked=False)
        assert uart.faults(items) == [("junk", "")]
        return
    assert raw == encode(FRAMES[number])
    assert Frames(SHAPE).feed(raw) == [raw]
    assert decode(raw) == FRAMES[number]
    said = [SAID[number]] if number in SAID else []
    assert [(one.quantity, one.value, one.detail) for one in items if isinstance(one, Event)] == said
    assert len(items) == len(said)


@pytest.mark.parametrize(
    ("track", "command"),
    [
        ("01/001", Command(FOLDER, 0x0101)),
        ("99/255", Command(FOLDER, 0x63FF)),
        ("02/000", Command(FOLDER, 0x0200)),
        ("15/256", Command(BIG_FOLDER, 0xF100)),
        ("mp3/9999", Command(MP3, 9999)),
    ],
)
def test_tracks(track: str, command: Command) -> None:
    assert track_command(track) == command


@pytest.mark.parametrize("track", ["", "1", "0/1", "100/1", "16/256", "01/4096", "mp3/0", "mp3/10000", "01/-1", "a/b"])
def test_what_is_no_track(track: str) -> None:
    with pytest.raises(ValueError, match="is no track"):
        track_command(track)
    with pytest.raises(ValidationError):
        build(tracks={"thank-you": track})


@pytest.mark.parametrize(
    "options", [{"tracks": {"thanks": "01/001"}}, {"volume": 31}, {"digits": "100"}, {"source": 2}]
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        build(**options)


def test_at_the_start_it_is_set_up_and_asked_whether_it_is_there() -> None:
    device, sent = build(volume=30), []
    for now in (0, 200, 400):
        assert device.due() == now or now == 400
        sent.append(device.ask(now))
    assert sent == [VECTORS["03"], VECTORS["02"], VECTORS["09"]]
    assert device.waiting
    assert device.receive(VECTORS["09"], 410) == []  # An echo is no answer.
    assert device.waiting
    assert uart.faults(device.quiet(1500)) == [("silent", "no answer to 7E FF 06 42 00 00 00 FE B9 EF")]


def test_a_prompt_with_its_ticket_number_is_played_one_track_after_the_other() -> None:
    device, module = build(digits="02"), player()
    uart.converse(device, module, 0, 2000)
    assert device.command(Prompt("s", 2000, "ticket-opened", ticket=407), 2000) == b""
    items = uart.converse(device, module, 2000, 15_000)
    assert [decode(encode(one)).par for one in module.played] == [0x0102, 0x0204, 0x0200, 0x0207]
    assert told(items, "prompt_result") == ["done"] * 4
    assert uart.plain(items) == {"reachable": True}


def test_finished_that_is_said_twice_ends_one_track() -> None:
    device, module = build(digits="2"), player()
    module.twice = True
    device.command(Prompt("s", 0, "resolved", ticket=11), 0)
    items = uart.converse(device, module, 0, 15_000)
    assert told(items, "prompt_result") == ["done"] * 3
    assert device.receive(encode(Command(0x4C, 9)), 20_000) == [
        Event("s", "prompt_result", "done", 20_000, detail="track=9,medium=unknown")
    ]


def test_an_error_ends_the_track_and_the_next_is_played() -> None:
    device, module = build(), player()
    module.missing.add(track_command("01/001"))
    for code in ("thank-you", "resolved", "staff-arrived"):
        device.command(Prompt("s", 0, code), 0)
    items = uart.converse(device, module, 0, 6000)
    assert told(items, "device_alarm") == ["track_not_found"]
    assert told(items, "prompt_result") == ["failed", "done"]
    assert list(module.played) == [track_command("01/004")]


def test_a_track_that_never_ends_is_given_up() -> None:
    device, module = build(), player()
    uart.converse(device, module, 0, 1000)
    device.command(Prompt("s", 1000, "thank-you", seconds=3), 1000)
    assert device.ask(1000) == encode(track_command("01/001"))
    items = uart.converse(device, module, 1010, 12_000)
    assert told(items, "prompt_result") == ["unfinished"]


def test_an_acknowledgement_that_does_not_come_is_told() -> None:
    device, module = build(acknowledge=True), player()
    uart.converse(device, module, 0, 1000)
    device.command(Prompt("s", 1000, "thank-you"), 1000)
    order = device.ask(1000)
    assert order == encode(track_command("01/001")._replace(fb=True))
    assert device.waiting
    assert told(device.receive(module.receive(order, 1000), 1020), "prompt_result") == ["acknowledged"]
    assert not device.waiting
    device.receive(encode(Command(0x3D, 1)), 3000)
    device.command(Prompt("s", 3000, "thank-you"), 3000)
    device.ask(4000)
    assert uart.faults(device.quiet(5000))[0][0] == "silent"


def test_after_a_restart_it_is_set_up_again() -> None:
    device, module = build(volume=7), player()
    uart.converse(device, module, 0, 1000)
    assert module.volume == 7
    module.fact("reboot", "power_on", 1000)
    assert module.volume == 25
    items = uart.converse(device, module, 1000, 3000)
    assert told(items, "reboot") == ["power_on"]
    assert module.volume == 7
