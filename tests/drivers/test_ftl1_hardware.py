"""FTL/1, the played terminal: what outlives a reboot, what is overwritten, what the heartbeat tells."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from drivers.ftl1_config import Ftl1Options
from drivers.ftl1_frame import CLOCK_OK, Message
from drivers.ftl1_hardware import CAPACITY
from drivers.ftl1_messages import (
    Ack,
    Heartbeat,
    Hello,
    Time,
    Welcome,
    frame_of,
)
from drivers.ftl1_player import Player
from drivers.ftl1_records import Lost, record_of
from tests.drivers.ftl1_kit import ADDR, frames, messages


def player(**options: bool) -> Player:
    return Player(Setup("lobby", ADDR, options=Ftl1Options.model_validate(options)))


def told(terminal: Player, message: Message, now: int, seq: int = 0, flags: int = 0, addr: int = ADDR) -> bytes:
    return terminal.receive(frame_of(message, seq, addr, flags), now)


def welcomed(now: int = 0, epoch: int = 0, have: int = 0) -> Player:
    """Give a terminal that has its WELCOME and has sent its first heartbeat."""
    terminal = player()
    terminal.talk(now)
    told(terminal, Welcome(0, epoch, 0, 30, 500, have), now)
    return terminal


def test_a_reboot_keeps_the_flash_and_never_uses_an_id_twice() -> None:
    terminal = welcomed()
    terminal.fact("button", "single", 1000, "channel=1")
    terminal.reboot(2000, cause=3)
    (hello,) = messages(terminal.talk(2000))
    assert isinstance(hello, Hello)
    assert (hello.boot_id, hello.reset_cause, hello.next_event_id, hello.oldest_pending) == (2, 3, 64, 1)
    terminal.fact("button", "single", 2500, "channel=2")
    assert [(r.event_id, r.boot_id, r.t_event_ds) for r in terminal.flash.records] == [(1, 1, 10), (64, 2, 5)]
    terminal.reboot(3000)
    assert terminal.flash.next_event_id == 128


def test_a_full_flash_overwrites_the_oldest_and_says_so() -> None:
    terminal = welcomed()
    for _ in range(CAPACITY + 3):
        terminal.fact("button", "single", 1000, "channel=1")
    (frame,) = [frame for frame in frames(terminal.talk(1000)) if frame.code == 3]
    assert terminal.flash.records[0].event_id == 4
    told(terminal, Ack(frame.seq, 0, 4), 1010)
    last = terminal.flash.records[-1]
    assert record_of(last.kind, last.body) == Lost(1, 3, 1)
    assert len(terminal.flash.records) == CAPACITY


def test_heartbeats_say_what_was_set_and_a_change_at_once() -> None:
    terminal = welcomed(epoch=1_736_910_600)
    assert terminal.due() == 30_000
    for quantity, value in [("battery", 98.0), ("battery_voltage", 4.12), ("device_temperature", 23.1)]:
        terminal.set(quantity, value)
    assert terminal.due() == 30_000
    (heartbeat,) = messages(terminal.talk(30_000))
    assert heartbeat == Heartbeat(300, 1, 0x204, 4120, 98, 231, 0, 0, 1, 0)
    terminal.set("tamper", value=True)
    terminal.set("battery_low", value=True)
    (heartbeat,) = messages(terminal.talk(30_100))
    assert isinstance(heartbeat, Heartbeat)
    assert heartbeat.status == 0x207
    terminal.set("tamper", value=True)
    assert terminal.due() == 60_100


def test_facts_change_the_status() -> None:
    terminal = welcomed()
    terminal.fact("tamper", "open", 100)
    terminal.fact("mains", "lost", 100)
    terminal.fact("key_stuck", "stuck", 100, "channel=4")
    assert (terminal.panel.status, terminal.panel.stuck) == (0x041, 0b1000)
    terminal.fact("key_stuck", "free", 100, "channel=4")
    terminal.fact("mains", "back", 100)
    terminal.fact("mains", "battery_low", 100)
    terminal.fact("tamper", "closed", 100)
    assert (terminal.panel.status, terminal.panel.stuck) == (0x004, 0)
    assert [record.kind for record in terminal.flash.records] == [5, 9, 7, 9, 9, 5]


def test_a_fact_that_no_terminal_has() -> None:
    with pytest.raises(ValueError, match="keeps no record of unlock 'open'"):
        player().fact("unlock", "open", 0)


def test_the_clock_dates_records() -> None:
    terminal = welcomed(epoch=1_736_910_600)
    terminal.fact("card", "0416c6c2d73881", 5000)
    assert terminal.flash.records[0].epoch_s == 1_736_910_605
    told(terminal, Time(1_736_920_000, 500, 480), 6000)
    terminal.fact("rating", "4/5", 6500, "topic=1")
    assert terminal.flash.records[1].epoch_s == 1_736_920_001
    assert all(frame.flags & CLOCK_OK for frame in frames(terminal.talk(7000)))
