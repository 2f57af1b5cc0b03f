"""FTL/1 CONFIG and IDENTIFY by order: what is sent, acknowledged, refused, and told when nobody answers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.effects import Configure
from agent.model.events import Event, Fault, Item
from drivers.ftl1 import DRIVER
from drivers.ftl1_config import ConfigKey, Ftl1Options, setting_of, settings_in
from drivers.ftl1_frame import ACK_REQ, RETX
from drivers.ftl1_messages import Config, Identify, TerminalAck, frame_of
from drivers.ftl1_player import Player
from tests.drivers.ftl1_kit import ADDR, frames, greeted, host, messages, said

CONFIG: Any = {
    "address": {"number": 1},
    "prompts": {"number": 2, "form": "flag"},
    "volume": {"number": 3},
    "heartbeat": {"number": 4, "form": "u16"},
    "opening_hours": {"number": 9, "form": "text"},
}


def order(key: str, value: str, now: int = 100) -> Configure:
    return Configure("lobby", now, key, value, "c-1")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("address", "12", Config(b"\x01\x01\x0c")),
        ("prompts", "on", Config(b"\x02\x01\x01")),
        ("prompts", "off", Config(b"\x02\x01\x00")),
        ("volume", "255", Config(b"\x03\x01\xff")),
        ("heartbeat", "300", Config(b"\x04\x02\x2c\x01")),
        ("opening_hours", "08:00-20:00", Config(b"\x09\x0b08:00-20:00")),
        ("tlv", "200=0f ff", Config(b"\xc8\x02\x0f\xff")),
        ("identify", "10", Identify(10)),
    ],
)
def test_an_order_is_one_message_that_the_terminal_acknowledges(key: str, value: str, message: Any) -> None:
    device = greeted(config=CONFIG)
    (frame,) = frames(sent := device.command(order(key, value), 100))
    assert messages(sent) == [message]
    assert frame.flags == ACK_REQ
    items = said(device, TerminalAck(frame.seq, 0, 0), 120)
    assert items == [Event("lobby", "sensor_status", "configured", 120, detail=f"key={key}")]
    assert said(device, TerminalAck(frame.seq, 0, 0), 130) == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("colour", "1", "it keeps no setting 'colour'; there are: address, prompts,"),
        ("address", "248", "address '248' is not 1 to 247"),
        ("address", "0", "address '0' is not 1 to 247"),
        ("prompts", "yes", "prompts 'yes' is no flag"),
        ("volume", "256", "volume '256' is no u8"),
        ("volume", "-1", "volume '-1' is no u8"),
        ("heartbeat", "65536", "heartbeat '65536' is no u16"),
        ("opening_hours", "", "opening_hours '' is no text"),
        ("opening_hours", "x" * 244, "is no text"),
        ("identify", "0", "identify '0' is not 1 to 255 seconds"),
        ("tlv", "3", "tlv '3' is not such as 3=0f"),
        ("tlv", "256=00", "is not such as 3=0f"),
        ("tlv", "3=0", "is not such as 3=0f"),
    ],
)
def test_what_cannot_be_set_is_refused_in_words(key: str, value: str, words: str) -> None:
    device = greeted(config=CONFIG)
    assert device.command(order(key, value), 100) == b""
    assert device.waiting  # So that the line asks for the words at once.
    (fault,) = device.quiet(101)
    assert isinstance(fault, Fault)
    assert (fault.fault, fault.t) == ("refused", 100)
    assert words in fault.detail
    assert not device.waiting


def test_a_number_that_the_settings_do_not_tell_is_not_guessed() -> None:
    device = greeted()
    assert device.command(order("volume", "3"), 100) == b""
    assert "device's option config.volume tells it" in str(device.quiet(101))
    early = host(config=CONFIG)
    assert early.command(order("volume", "3"), 0) == b""
    assert "has not said HELLO" in str(early.quiet(1))


@pytest.mark.parametrize("status", [3, 4])
def test_the_terminal_may_refuse(status: int) -> None:
    device = greeted(config=CONFIG)
    (frame,) = frames(device.command(order("volume", "3"), 100))
    assert said(device, TerminalAck(frame.seq, status, 0), 120) == [
        Fault("lobby", "refused", f"setting volume answered with status {status}", t=120)
    ]


def test_three_tries_and_then_it_is_said_to_be_silent() -> None:
    device = greeted(config=CONFIG)
    (first,) = frames(device.command(order("volume", "3"), 100))
    for now in (600, 1100):
        assert device.due() == now
        (again,) = frames(device.ask(now))
        assert (again.seq, again.flags, again.payload) == (first.seq, ACK_REQ | RETX, first.payload)
    assert device.quiet(1600) == [Fault("lobby", "silent", "setting volume not acknowledged", t=1600)]


def test_player_keeps_what_it_is_told() -> None:
    options = Ftl1Options.model_validate({"config": CONFIG})
    setup = Setup("lobby", ADDR, options=options)
    device, terminal = DRIVER.build(setup), DRIVER.player(setup)
    assert isinstance(terminal, Player)
    items: list[Item] = []
    device.receive(terminal.receive(device.ask(0), 0), 0)
    terminal.receive(device.ask(1), 1)
    for key, value in (("volume", "3"), ("opening_hours", "8-20"), ("identify", "5")):
        items += device.receive(terminal.receive(device.command(order(key, value), 10), 10), 10)
    assert terminal.config == {3: b"\x03", 9: b"8-20"}
    assert [item.value for item in items if isinstance(item, Event)] == ["configured"] * 3


def test_a_config_that_is_cut_short_says_nothing() -> None:
    assert settings_in(Config(b"\x01\x01\x05\x02\x02ab")) == {1: b"\x05", 2: b"ab"}
    assert settings_in(Config(b"\x01\x02\x05")) is None
    assert settings_in(Config(b"\x01")) is None
    assert frame_of(Config(b"\x01\x01\x05"), 0, ADDR)


def test_hex_and_wide_numbers() -> None:
    def by(form: Any, value: str) -> Any:
        return setting_of(order("volume", value), {"volume": ConfigKey(number=7, form=form)})

    assert by("u32", "4294967295") == Config(b"\x07\x04\xff\xff\xff\xff")
    assert by("hex", "0a0b") == Config(b"\x07\x02\x0a\x0b")
    assert isinstance(by("hex", "zz"), str)
    assert isinstance(by("u32", "4294967296"), str)


@pytest.mark.parametrize("config", [{"volume": {"number": 256}}, {"loudness": {"number": 1}}, {"volume": {}}])
def test_wrong_options_are_refused(config: Any) -> None:
    with pytest.raises(ValidationError):
        Ftl1Options.model_validate({"config": config})
