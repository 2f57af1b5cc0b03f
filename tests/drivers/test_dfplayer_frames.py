"""DFPlayer: settings and refusals, the meaning of frames, any cut, hostile bytes."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Setup
from agent.model.effects import Configure, Prompt, Switch
from agent.model.events import Event, Fault, Item, Undecoded
from drivers.dfplayer import DRIVER
from drivers.dfplayer_frame import (
    SOURCE,
    Command,
    Player,
    encode,
)
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = {one["id"].removeprefix("dfplayer-"): one["raw"] for one in kit.serial_vectors("dfplayer")}


def build(**options: Any) -> Any:
    return uart.build(DRIVER, **options)


def player() -> Player:
    made = DRIVER.player(Setup("s"))
    assert isinstance(made, Player)
    return made


def told(items: list[Item], kind: str) -> list[Any]:
    return [item.value for item in items if isinstance(item, Event) and item.quantity == kind]


def test_the_volume_is_set_and_read_back() -> None:
    device, module = build(), player()
    device.command(Configure("s", 0, "volume", "12"), 0)
    items = uart.converse(device, module, 0, 2000)
    assert module.volume == 12
    assert "volume=12" in [item.detail for item in items if isinstance(item, Event)]
    assert uart.faults(device.receive(encode(Command(0x43, 5)), 2000)) == [("refused", "the volume is 5, not 12")]
    device.command(Configure("s", 2000, "volume", "0"), 2000)
    assert uart.faults(uart.converse(device, module, 2000, 4000)) == []
    assert module.volume == 0


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("volume", "31", "volume '31' is not 0 to 30"),
        ("volume", "loud", "volume 'loud' is not 0 to 30"),
        ("volume", "²", "volume '²' is not 0 to 30"),
        ("colour", "1", "it keeps no setting 'colour'; there is: volume"),
    ],
)
def test_wrong_settings_are_refused_in_words(key: str, value: str, words: str) -> None:
    device, module = build(), player()
    device.command(Configure("s", 0, key, value), 0)
    assert uart.faults(uart.converse(device, module, 0, 2000)) == [("refused", words)]
    assert module.volume == 20


def test_what_it_cannot_do_is_no_order() -> None:
    device = build()
    assert device.command(Switch("s", 0, "relay_1", on=True), 0) == b""
    for _ in range(40):
        device.command(Prompt("s", 0, "thank-you"), 0)
    refused = uart.faults(device.quiet(1))
    assert refused == [("refused", "thank-you: too many prompts are waiting")] * 16


def test_the_clones_form_goes_out_without_the_sum() -> None:
    device = build(form="short", volume=4)
    assert device.ask(0) == encode(Command(SOURCE, 2), checked=False)
    assert device.ask(200) == bytes.fromhex("7EFF06060000 04EF")


@pytest.mark.parametrize(
    ("frame", "items"),
    [
        (Command(0x3A, 1), [Event("s", "sensor_status", "inserted", detail="medium=usb")]),
        (Command(0x3B, 2), [Event("s", "sensor_status", "removed", detail="medium=sd")]),
        (Command(0x3F, 3), [Event("s", "reboot", "power_on", detail="devices=usb+sd")]),
        (Command(0x40, 0x0A), [Event("s", "device_alarm", "asleep", detail="code=10")]),
        (Command(0x40, 99), [Event("s", "device_alarm", "error_99", detail="code=99")]),
        (Command(0x46, 8), [Undecoded("s", encode(Command(0x46, 8)).hex(), detail="answer 46, parameter 8")]),
        (Command(0x43), []),
    ],
)
def test_what_a_frame_means(frame: Command, items: list[Item]) -> None:
    assert build().receive(encode(frame), 0) == items


@pytest.mark.parametrize("bit", range(80))
def test_a_flipped_bit_is_always_refused(bit: int) -> None:
    frame = bytearray(VECTORS["11"])
    frame[bit // 8] ^= 1 << bit % 8
    device = build()
    items = device.receive(bytes(frame), 0) + device.quiet(1)
    assert items
    assert all(isinstance(item, Fault) for item in items)
    assert told(device.receive(VECTORS["11"], 2), "prompt_result") == ["done"]


def test_any_cut() -> None:
    stream = b"\x7e\xff" + b"".join(VECTORS[number] for number in ("12", "15", "13", "11", "10"))
    items = kit.same_however_cut(build, stream)
    assert [item.value for item in items if isinstance(item, Event)] == [
        "power_on", "track_not_found", "done", "acknowledged",
    ]  # fmt: skip


def test_hostile() -> None:
    good = VECTORS["13"]
    kit.hostile(build(), lambda: good, lambda items: told(items, "device_alarm") != [], uart.HOSTILE)
