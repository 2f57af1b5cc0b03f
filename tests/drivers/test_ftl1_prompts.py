"""FTL/1, the host: prompts and their repetition, presence, and what the line must be told about silence."""

from __future__ import annotations

import pytest

from agent.driver import SerialDevice
from agent.model.effects import PROMPT_CODES, Prompt
from agent.model.events import Availability, Fault
from drivers.ftl1_frame import ACK_REQ, RETX
from drivers.ftl1_messages import Feedback, HelloReq, Record, TerminalAck
from drivers.ftl1_prompts import LEDS, cut
from tests.drivers.ftl1_kit import (
    ADDR,
    UID,
    VECTORS,
    WALL,
    frames,
    greeted,
    heartbeat,
    host,
    messages,
    only_event,
    press,
    said,
)

TICKET = Prompt("lobby", 0, "ticket-opened", "已登记 #20417", 20_417, f"{UID}:1042", 5)


def test_the_ticket_of_the_vectors() -> None:
    device = greeted()
    (frame,) = frames(device.command(TICKET, 0))
    assert (frame.addr, frame.flags) == (ADDR, ACK_REQ)
    assert frame.payload == frames(VECTORS["10"])[0].payload


def test_every_code_has_its_number_and_a_light() -> None:
    device = greeted()
    assert set(LEDS) == set(PROMPT_CODES)
    codes = [messages(device.command(Prompt("lobby", 0, code, ticket=-1, seconds=999), 0))[0] for code in PROMPT_CODES]
    assert codes == [Feedback(n, LEDS[code], n, 255, 0, 0, b"") for n, code in enumerate(PROMPT_CODES, 1)]
    assert LEDS["thank-you"] == 0x01
    assert LEDS["resolved"] == 0x14


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("a" * 64, 64),
        ("a" * 65, 64),
        ("好" * 21 + "a", 64),
        ("好" * 22, 63),
        ("a" + "😀" * 16, 61),
        ("\ud800", 1),
    ],
)
def test_texts_are_cut_between_characters(text: str, size: int) -> None:
    short = cut(text)
    assert len(short) == size
    assert text.encode("utf-8", "replace").startswith(short)
    assert short.decode() is not None


@pytest.mark.parametrize("prompt", [Prompt("lobby", 0, "thank-you"), TICKET])
def test_a_terminal_that_has_not_said_hello_cannot_be_told(prompt: Prompt) -> None:
    device = host()
    assert device.command(prompt, 0) == b""
    said(device, heartbeat(), 0)
    assert device.command(prompt, 0) == b""


def test_unknown_codes_and_strange_references() -> None:
    device = greeted()
    assert device.command(Prompt("lobby", 0, "applause"), 0) == b""
    for ref in ("", "x", f"{UID}:x", "ffffffffffffffff:7", f"{UID}.1:7", f"{UID}:{1 << 40}"):
        (sent,) = messages(device.command(Prompt("lobby", 0, "thank-you", ref=ref), 0))
        assert isinstance(sent, Feedback)
        assert sent.ref_event == 0


def old_press(device: SerialDevice) -> str:
    record = press(8, uptime=9000, age=601)
    assert isinstance(record, Record)
    event = only_event(said(device, record, 1000))
    assert event.age_ms == 60_100
    return event.native


@pytest.mark.parametrize(("code", "said_at_all"), [("thank-you", False), ("ticket-opened", False), ("resolved", True)])
def test_no_thanks_for_what_came_a_minute_late(code: str, said_at_all: bool) -> None:
    device = greeted()
    assert bool(device.command(Prompt("lobby", 0, code, ref=old_press(device)), 1000)) is said_at_all


def test_three_tries_then_silence_once() -> None:
    device = greeted()
    first = device.command(TICKET, 1000)
    assert device.due() == 1500
    assert device.ask(1499) == b""
    again = device.ask(1500)
    assert not device.waiting
    assert device.due() == 2000
    assert device.ask(2010) == again
    assert device.waiting
    (one,), (two,) = frames(first), frames(again)
    assert (one.seq, one.payload, two.flags) == (two.seq, two.payload, ACK_REQ | RETX)
    assert device.quiet(2509) == []
    assert device.quiet(2510) == [Fault("lobby", "silent", f"prompt {one.seq} not acknowledged", t=2510)]
    assert not device.waiting
    assert device.quiet(2600) == []
    due = device.due()
    assert due is not None
    assert due > 80_000


@pytest.mark.parametrize("tries", [1, 2, 3])
@pytest.mark.parametrize("status", [0, 1, 3, 4])
def test_an_answer_ends_it(tries: int, status: int) -> None:
    device = greeted()
    seq = frames(device.command(TICKET, 1000))[0].seq
    for number in range(1, tries):
        device.ask(1000 + 500 * number)
    items = said(device, TerminalAck(seq, status, 0), 2100, flags=0)
    assert not device.waiting
    assert items == (
        [] if status < 2 else [Fault("lobby", "refused", f"prompt {seq} answered with status {status}", t=2100)]
    )
    assert device.quiet(9000) == []
    assert said(device, TerminalAck(seq, 4, 0), 2100, flags=0) == []


def test_a_busy_terminal_is_asked_again() -> None:
    device = greeted()
    seq = frames(device.command(TICKET, 1000))[0].seq
    assert said(device, TerminalAck(seq, 2, 0), 1010, flags=0) == []
    assert [frame.seq for frame in frames(device.ask(1500))] == [seq]


def test_open_prompts_are_bounded() -> None:
    device = greeted()
    sent = [frames(device.command(TICKET, number))[0].seq for number in range(20)]
    assert [frame.seq for frame in frames(device.ask(600))] == sent[-8:]


def test_a_polled_terminal_is_not_waited_for() -> None:
    device = greeted(poll=True)
    said(device, heartbeat(), 10)
    seq = frames(device.command(TICKET, 1000))[0].seq
    for now in (1500, 2000):
        device.ask(now)
        said(device, heartbeat(), now + 10)
    assert not device.waiting
    assert said(device, heartbeat(), 2600)[-1] == Fault("lobby", "silent", f"prompt {seq} not acknowledged", t=2600)


def test_three_missing_heartbeats_and_no_answer_are_offline() -> None:
    device = greeted()
    said(device, heartbeat(), 10_000)
    assert device.due() == 100_000
    assert device.ask(99_999) == b""
    (frame,) = frames(device.ask(100_000))
    assert frame.addr == 0
    assert device.waiting
    assert device.due() is None
    assert device.quiet(100_499) == []
    assert device.quiet(100_500) == [
        Fault("lobby", "silent", "no answer to HELLO_REQ", t=100_500),
        Availability("lobby", "offline", t=100_500, reason="3 heartbeats missed"),
    ]
    assert not device.waiting
    assert device.due() == 190_000
    assert messages(device.ask(190_000)) == [HelloReq()]
    assert device.quiet(190_500) == [Fault("lobby", "silent", "no answer to HELLO_REQ", t=190_500)]
    assert said(device, press(1), 200_000)[0] == Availability("lobby", "online", t=200_000)


def test_any_answer_to_the_question_is_presence() -> None:
    device = greeted()
    device.ask(90_000)
    assert device.waiting
    said(device, press(1), 90_100)
    assert not device.waiting
    assert device.quiet(90_600) == []


def test_noise_is_no_presence() -> None:
    device = greeted()
    device.ask(90_000)
    device.receive(b"noise", 90_400)
    items = device.receive(b"noise\0", 90_600)
    assert items[-1] == Availability("lobby", "offline", t=90_600, reason="3 heartbeats missed")


def test_a_terminal_that_never_came_is_offline_after_three_heartbeats() -> None:
    device = host(heartbeat="10s", wall=WALL)
    assert device.due() == 0
    device.ask(500)
    assert not device.waiting
    assert device.due() == 30_500
    device.ask(30_500)
    assert device.quiet(31_000)[-1] == Availability("lobby", "offline", t=31_000, reason="3 heartbeats missed")


def test_a_dead_polled_terminal_is_asked_less_often() -> None:
    device = host(poll=True, heartbeat="1s")
    for now in range(0, 4000, 200):
        device.ask(now)
        device.quiet(now + 100)
    assert device.due() == 3200 + 2000
