"""FTL/1, the terminal's own side: flash, resends, prompts, heartbeats, polling; and the whole talk with our host."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from agent.driver import Setup
from agent.model.effects import Prompt
from agent.model.events import Availability, Event, Reading
from drivers.ftl1 import DRIVER
from drivers.ftl1_config import Ftl1Options
from drivers.ftl1_frame import ACK_REQ, MORE, RETX, Frame, Message, wire
from drivers.ftl1_messages import (
    Ack,
    Feedback,
    Heartbeat,
    Hello,
    HelloReq,
    Identify,
    Idle,
    Poll,
    Record,
    Result,
    TerminalAck,
    Welcome,
    frame_of,
)
from drivers.ftl1_player import Player
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


def test_hello_every_two_seconds_until_welcome() -> None:
    terminal = player()
    assert terminal.due() == 0
    (hello,) = messages(terminal.talk(1000))
    assert isinstance(hello, Hello)
    assert (hello.uptime_ds, hello.boot_id, hello.reset_cause, hello.next_event_id) == (0, 1, 1, 1)
    terminal.fact("button", "single", 1500, "channel=1")
    assert terminal.due() == 3000
    assert [type(message) for message in messages(terminal.talk(3000))] == [Hello]
    assert messages(told(terminal, Welcome(99, 0, 0, 30, 500, 0), 3001)) == []
    sent = messages(told(terminal, Welcome(1, 0, 0, 20, 500, 0), 3001))
    assert [type(message) for message in sent] == [Record, Heartbeat]
    assert terminal.due() == 3501


def test_a_uid_belongs_to_a_name() -> None:
    assert player().flash.uid == player().flash.uid
    assert Player(Setup("lift")).flash.uid != player().flash.uid


def test_resends_have_the_same_number_and_come_ever_more_slowly() -> None:
    terminal = welcomed()
    terminal.fact("button", "double", 1000, "channel=3")
    times: list[int] = []
    sent: list[Frame] = []
    now = 1000
    while len(sent) < 8:
        for frame in frames(terminal.talk(now)):
            if frame.code == 3:
                times.append(now)
                sent.append(frame)
        due = terminal.due()
        assert due is not None
        now = due
    assert [later - earlier for earlier, later in pairwise(times)] == [
        500, 1000, 2000, 5000, 10_000, 30_000, 30_000,
    ]  # fmt: skip
    assert {frame.seq for frame in sent} == {sent[0].seq}
    assert [frame.flags for frame in sent] == [ACK_REQ] + [ACK_REQ | RETX] * 7
    first, last = messages(wire(sent[0]))[0], messages(wire(sent[-1]))[0]
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert (first.uptime_now_ds, last.uptime_now_ds) == (10, 795)
    assert (first.event_id, first.t_event_ds, first.body) == (last.event_id, last.t_event_ds, last.body)


@pytest.mark.parametrize(("status", "kept", "dead"), [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 0, 1), (4, 1, 0)])
def test_what_erases_a_record(status: int, kept: int, dead: int) -> None:
    terminal = welcomed()
    terminal.fact("button", "single", 1000, "channel=3")
    (frame,) = frames(terminal.talk(1000))
    told(terminal, Ack(frame.seq, status, 1), 1010)
    assert (len(terminal.flash.records), len(terminal.flash.dead)) == (kept, dead)


@pytest.mark.parametrize(("seq_off", "event_id"), [(1, 1), (0, 2)])
def test_an_answer_to_something_else_erases_nothing(seq_off: int, event_id: int) -> None:
    terminal = welcomed()
    told(terminal, Ack(0, 0, 1), 900)
    terminal.fact("button", "single", 1000, "channel=3")
    (frame,) = frames(terminal.talk(1000))
    told(terminal, Ack(frame.seq + seq_off, 0, event_id), 1010)
    assert len(terminal.flash.records) == 1


def test_one_outstanding_the_oldest_first_and_more_is_said() -> None:
    terminal = welcomed()
    for number in (1, 2, 3):
        terminal.fact("button", "single", 1000, f"channel={number}")
    (frame,) = frames(terminal.talk(1000))
    seen = []
    for left in (2, 1, 0):
        record = messages(wire(frame))[0]
        assert isinstance(record, Record)
        seen.append(record.event_id)
        assert bool(frame.flags & MORE) is (left > 0)
        (frame, *_) = [*frames(told(terminal, Ack(frame.seq, 0, record.event_id), 1010)), frame]
    assert seen == [1, 2, 3]
    assert terminal.flash.records == []


def test_welcome_erases_what_the_host_has() -> None:
    terminal = welcomed()
    for number in (1, 2, 3):
        terminal.fact("button", "single", 1000, f"channel={number}")
    (frame,) = [frame for frame in frames(told(terminal, HelloReq(), 1010, addr=0)) if frame.code == 1]
    told(terminal, Welcome(frame.seq, 0, 0, 30, 500, 2), 1020)
    assert [record.event_id for record in terminal.flash.records] == [3]


def test_prompts_are_shown_once_and_answered_each_time() -> None:
    terminal = welcomed()
    prompt = Feedback(2, 1, 2, 5, 20_417, 0, "已登记".encode())
    assert messages(told(terminal, prompt, 1000, 7, ACK_REQ)) == [TerminalAck(7, 0, 0)]
    assert messages(told(terminal, prompt, 1500, 7, ACK_REQ | RETX)) == [TerminalAck(7, 0, 0)]
    assert terminal.shown == [(2, 20_417, "已登记")]
    assert terminal.due() == 6000
    assert messages(terminal.talk(6000)) == [Result(7, 0, 0)]
    told(terminal, prompt, 7000, 8, ACK_REQ)
    assert len(terminal.shown) == 2


def test_commands_are_answered_and_unknown_ones_refused() -> None:
    terminal = welcomed()
    assert messages(told(terminal, Identify(3), 100, 1, ACK_REQ)) == [TerminalAck(1, 0, 0)]
    assert messages(terminal.receive(wire(Frame(0xFE, 2, ADDR, b"", ACK_REQ)), 100)) == [TerminalAck(2, 4, 0)]
    assert messages(terminal.receive(wire(Frame(0x88, 3, ADDR, b"", ACK_REQ)), 100)) == [TerminalAck(3, 3, 0)]
    assert told(terminal, Identify(3), 100, 1, ACK_REQ, addr=ADDR + 1) == b""
    assert terminal.receive(b"\0noise\0", 100) == b""


def test_a_polled_terminal_speaks_only_when_polled() -> None:
    terminal = player(poll=True)
    assert terminal.due() is None
    assert terminal.talk(0) == b""
    assert [type(m) for m in messages(told(terminal, Poll(1), 0))] == [Hello]
    assert told(terminal, Welcome(0, 0, 0, 30, 500, 0), 10) == b""
    terminal.fact("button", "single", 20, "channel=1")
    assert told(terminal, Feedback(1, 1, 1, 3, 0, 0, b""), 30, 5, ACK_REQ) == b""
    answers = [messages(told(terminal, Poll(1), 40 + number)) for number in range(4)]
    assert [[type(message) for message in answer] for answer in answers] == [
        [TerminalAck],
        [Record],
        [Heartbeat],
        [Idle],
    ]


@pytest.mark.parametrize("poll", [False, True])
def test_both_sides_together(poll: bool) -> None:
    options = Ftl1Options(poll=poll)
    setup = Setup("lobby", ADDR, options=options, wall=lambda now: 1_736_910_600_000 + now)
    device, terminal = DRIVER.build(setup), DRIVER.player(setup)
    assert isinstance(terminal, Player)
    items = []
    for now in range(0, 12_000, 20):
        if now == 5000:
            terminal.fact("button", "single", now, "channel=2")
        due = device.due()
        data = terminal.receive(device.ask(now), now) if due is not None and due <= now else b""
        due = terminal.due()
        data += terminal.talk(now) if due is not None and due <= now else b""
        for item in device.receive(data, now) if data else device.quiet(now):
            items.append(item)
            if isinstance(item, Event) and item.native:
                assert item.time_quality == "exact"
                assert item.age_ms <= 200
                answer = device.settled(item, "stored", now)
                answer += device.command(Prompt("lobby", now, "ticket-opened", "已登记", 12, item.native), now)
                device.receive(terminal.receive(answer, now), now)
    assert items[0] == Availability("lobby", "online", t=0)
    assert [item.value for item in items if isinstance(item, Event)] == ["single", "done"]
    assert {item.quantity for item in items if isinstance(item, Reading)} <= set(DRIVER.quantities)
    assert terminal.shown == [(2, 12, "已登记")]
    assert terminal.flash.records == []
    assert all(isinstance(item, Availability | Event | Reading) for item in items)


def test_hostile_bytes_do_no_harm_to_a_terminal() -> None:
    terminal, dice, now = welcomed(), random.Random(5), 0
    good = [
        frame_of(message, 3, ADDR, ACK_REQ) for message in (Poll(1), Ack(1, 0, 1), Feedback(1, 1, 1, 1, 0, 0, b"x"))
    ]
    for _ in range(2000):
        frame = bytearray(dice.choice(good))
        frame[dice.randrange(len(frame))] = dice.randrange(256)
        now += 10
        terminal.receive(bytes(frame) + dice.randbytes(dice.randrange(20)), now)
    terminal.fact("button", "single", now, "channel=1")
    answer = [
        message for message in messages(told(terminal, HelloReq(), now + 1, addr=0)) if isinstance(message, Hello)
    ]
    assert len(answer) == 1
    assert len(terminal.flash.records) == 1
