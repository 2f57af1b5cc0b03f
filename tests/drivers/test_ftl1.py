"""FTL/1, the host: what events mean, when they are acknowledged, whose they are and when they happened."""

from __future__ import annotations

import pytest

from agent.model.events import Availability, Event, Outcome, Undecoded
from agent.model.quantities import EVENT_KINDS
from drivers.ftl1 import DRIVER
from drivers.ftl1_frame import ACK_REQ, RETX, Message, wire
from drivers.ftl1_messages import Ack, HelloReq, Record, Welcome
from drivers.ftl1_records import Card, Clip, Key, Lost, Power, Rating, Stuck, Tamper, Voice
from tests.drivers.ftl1_kit import (
    ADDR,
    UID,
    VECTORS,
    WALL,
    frames,
    greeted,
    heartbeat,
    hello,
    host,
    messages,
    only_event,
    press,
    said,
)


def test_the_conversation_of_the_vectors() -> None:
    device = host({UID: 1039}, WALL)
    assert messages(device.ask(0)) == [HelloReq()]
    assert device.receive(VECTORS["01"], 0) == [Availability("lobby", "online")]
    assert device.due() == 0
    assert device.ask(0) == VECTORS["02"]
    presses = []
    steps: list[tuple[str, str, Outcome]] = [
        ("03", "04", "stored"),
        ("05", "06", "stored"),
        ("07", "", "failed"),
        ("08", "09", "existed"),
    ]
    for number, answer, outcome in steps:
        event = only_event(device.receive(VECTORS[number], 1000))
        presses.append((event.native, event.value, event.part, event.age_ms, event.time_quality, event.said_at))
        said_back = device.settled(event, outcome, 1001)
        assert said_back == VECTORS[answer] if answer else messages(said_back) == [Ack(3, 2, 1042)]
    assert presses == [
        (f"{UID}:1040", "single", "channel=3", 2400, "bounded", 0),
        (f"{UID}:1041", "single", "channel=1", WALL + 1000 - 1_736_910_505_000, "derived", 1_736_910_505_000),
        (f"{UID}:1042", "single", "channel=2", 300, "exact", 1_736_910_632_000),
        (f"{UID}:1042", "single", "channel=2", 800, "exact", 1_736_910_632_000),
    ]


KEY = (1, b"\x02\xf0\x00\x01")
FACTS: list[tuple[Message, str, str, str, str]] = [
    (Key(2, 240, 1), "button", "single", "channel=2", "hold_ms=240"),
    (Key(2, 240, 2), "button", "double", "channel=2", "hold_ms=240"),
    (Key(1, 90, 3), "button", "triple", "channel=1", "hold_ms=90"),
    (Key(1, 90, 9), "button", "penta", "channel=1", "hold_ms=90"),
    (Key(1, 90, 0), "button", "press", "channel=1", "hold_ms=90"),
    (Key(3, 1499, 1), "button", "single", "channel=3", "hold_ms=1499"),
    (Key(3, 1500, 1), "button", "long", "channel=3", "hold_ms=1500"),
    (Key(3, 0xFFFF, 1), "button", "long", "channel=3", "hold_ms=held"),
    (Rating(2, 4, 5), "rating", "4/5", "topic=2", ""),
    (Voice(17, 88, 1, 301), "voice", "17", "", "confidence=88 lang=1 clip=301"),
    (Voice(17, 255, 0, 0), "voice", "17", "", "lang=0"),
    (Clip(301, 1, 60, 32, 0xCCCF190C), "clip_ready", "301", "", "codec=1 duration_ms=6000 bytes=32 crc32=cccf190c"),
    (Tamper(1), "tamper", "open", "", ""),
    (Tamper(0), "tamper", "closed", "", ""),
    (Card(2, bytes.fromhex("0416C6C2D73881")), "card", "0416c6c2d73881", "", "tech=2"),
    (Stuck(4, 20), "key_stuck", "stuck", "channel=4", "seconds=20"),
    (Lost(12, 3, 1), "events_lost", "3", "", "first_id=12 reason=storage_full"),
    (Lost(12, 3, 9), "events_lost", "3", "", "first_id=12 reason=9"),
    (Power(1), "mains", "lost", "", ""),
    (Power(2), "mains", "back", "", ""),
    (Power(3), "mains", "battery_low", "", ""),
]


@pytest.mark.parametrize(("body", "quantity", "value", "part", "detail"), FACTS)
def test_what_records_mean(body: Message, quantity: str, value: str, part: str, detail: str) -> None:
    device = greeted()
    event = only_event(said(device, press(9, body=body), 5000, seq=77))
    assert event == Event("lobby", quantity, value, 5000, part, f"{UID}:9", 300, detail=detail)
    assert quantity in EVENT_KINDS
    assert quantity in DRIVER.events


@pytest.mark.parametrize(
    "record",
    [
        press(0),
        press(9, body=Rating(1, 6, 5)),
        press(9, body=Rating(1, 0, 0)),
        press(9, body=Power(4)),
        press(9, body=Card(1, b"")),
        Record(348, 9, 7, 345, 0, 77, b"\1\2\3"),
        Record(348, 9, 7, 345, 0, 1, b"\1"),
    ],
)
def test_what_is_not_understood_goes_to_the_dead_letters_and_blocks_nothing(record: Record) -> None:
    device = greeted()
    (item,) = said(device, record, 5000, seq=3)
    assert isinstance(item, Undecoded)
    assert messages(device.ask(5000)) == [Ack(3, 3, record.event_id)]
    assert only_event(said(device, press(10), 5001)).native == f"{UID}:10"


@pytest.mark.parametrize(("outcome", "status"), [("stored", 0), ("existed", 1), ("conflict", 1), ("failed", 2)])
def test_only_the_journal_acknowledges(outcome: Outcome, status: int) -> None:
    device = greeted()
    event = only_event(said(device, press(1042), 100, seq=3))
    before = device.due()
    assert before is None or before > 100
    (frame,) = frames(device.settled(event, outcome, 120))
    assert (frame.seq, frame.addr) == (3, ADDR)
    assert messages(wire(frame)) == [Ack(3, status, 1042)]
    said(device, press(1042), 200, seq=9, flags=ACK_REQ | RETX)
    assert messages(device.settled(event, outcome, 220)) == [Ack(9, status, 1042)]


def test_what_the_journal_knows_is_told_at_the_next_hello() -> None:
    device = greeted({UID: 5})
    outcomes: list[tuple[int, Outcome]] = [(6, "stored"), (7, "existed"), (8, "failed")]
    for event_id, outcome in outcomes:
        event = only_event(said(device, press(event_id), 100))
        device.settled(event, outcome, 120)
    said(device, hello(boot=8, next_id=2000), 200, seq=4)
    (welcome,) = messages(device.ask(200))
    assert welcome == Welcome(4, 0, 0, 30, 500, 7)


def test_nothing_to_acknowledge() -> None:
    device = greeted({UID: 5})
    conflict = said(device, hello(boot=8, next_id=3), 0)[-1]
    assert isinstance(conflict, Event)
    assert device.settled(conflict, "stored", 0) == b""
    stranger = Event("lobby", "button", "single", native="0000000000000001:4")
    assert device.settled(stranger, "stored", 0) == b""


def test_the_receipts_are_bounded() -> None:
    device = greeted()
    events = [only_event(said(device, press(number), number, seq=number)) for number in range(1, 66)]
    assert device.settled(events[0], "stored", 100) == b""
    assert messages(device.settled(events[1], "stored", 100)) == [Ack(2, 0, 2)]


@pytest.mark.parametrize("addr", [ADDR, 6])
def test_an_event_before_hello_is_busy(addr: int) -> None:
    device = host()
    device.ask(0)
    if addr != ADDR:
        said(device, hello(), 0)
        device.ask(0)
    (item,) = said(device, press(4), 10, seq=3, addr=addr)
    assert isinstance(item, Undecoded)
    assert "event 4 before HELLO" in item.detail
    assert device.due() == 10
    answer = device.ask(10)
    assert messages(answer) == [HelloReq(), Ack(3, 2, 4)]
    assert [frame.addr for frame in frames(answer)] == [addr, addr]


def test_a_restart_that_nobody_heard_ends_the_session() -> None:
    device = greeted()
    assert only_event(said(device, press(4, uptime=348), 10)).native == f"{UID}:4"
    assert only_event(said(device, press(4, uptime=340), 10, flags=ACK_REQ | RETX)).native == f"{UID}:4"
    assert isinstance(said(device, press(4, uptime=12), 20)[0], Undecoded)
    assert messages(device.ask(20)) == [HelloReq(), Ack(0, 2, 4)]
    assert said(device, hello(boot=8, cause=3), 30) == [Event("lobby", "reboot", "watchdog", 30)]
    assert only_event(said(device, press(4, uptime=30, boot=8), 40)).time_quality == "exact"


def test_a_heartbeat_of_another_boot_ends_the_session() -> None:
    device = greeted(wall=None)
    said(device, heartbeat(boot=8, uptime=9000), 10)
    assert messages(device.ask(10)) == [HelloReq()]
    assert isinstance(said(device, press(4, uptime=9001), 20)[0], Undecoded)


def test_used_ids_begin_a_new_generation() -> None:
    device = host({UID: 1042})
    conflict = Event(
        "lobby",
        "identity_conflict",
        f"{UID}.1",
        detail="next event 5, known up to 1042: flash wiped or cloned terminal",
    )
    assert said(device, hello(next_id=5)) == [Availability("lobby", "online"), conflict]
    assert messages(device.ask(0))[0] == Welcome(0, 0, 0, 30, 500, 0)
    assert said(device, hello(next_id=5), 10) == []
    event = only_event(said(device, press(4), 20))
    assert event.native == f"{UID}.1:4"
    device.settled(event, "stored", 30)
    assert said(device, hello(next_id=5), 40) == []
    assert messages(device.ask(40))[-1] == Welcome(0, 0, 0, 30, 500, 4)
    assert said(device, hello(next_id=4, boot=9), 50)[-1] == Event(
        "lobby",
        "identity_conflict",
        f"{UID}.2",
        50,
        detail="next event 4, known up to 4: flash wiped or cloned terminal",
    )


def test_generations_survive_a_restart_of_the_agent() -> None:
    device = host({UID: 1042, f"{UID}.1": 30, f"{UID}.10": 7, "ffffffffffffffff.12": 3})
    assert said(device, hello(next_id=8)) == [Availability("lobby", "online")]
    assert messages(device.ask(0))[0] == Welcome(0, 0, 0, 30, 500, 7)
    assert only_event(said(device, press(8), 20)).native == f"{UID}.10:8"


def test_another_terminal_on_the_line() -> None:
    device = greeted({UID: 5})
    other = "00000000000000aa"
    assert said(device, hello(uid=other, next_id=1), 10) == []
    assert only_event(said(device, press(1), 20)).native == f"{other}:1"


def test_event_time_of_an_old_boot() -> None:
    device = greeted(wall=None)
    said(device, heartbeat(uptime=1000, boot=7), 100_000)
    said(device, hello(boot=8, uptime=50), 200_000)
    assert said(device, hello(boot=9, uptime=20), 400_000) == [Event("lobby", "reboot", "power", 400_000)]
    cases: list[tuple[Record, int, str, int]] = [
        # (record, age, quality, said_at): boots 7 and 8 are on record, 5 is not
        (Record(30, 1, 9, 25, 0, *KEY), 500, "exact", 0),
        (Record(30, 2, 7, 990, 0, *KEY), 302_000, "derived", 0),
        (Record(30, 3, 8, 150, 0, *KEY), 191_000, "derived", 0),
        (Record(30, 4, 5, 9999, 0, *KEY), 3000, "bounded", 0),
        (Record(30, 5, 5, 9999, 1_700_000_000, *KEY), 3000, "derived", 1_700_000_000_000),
        (Record(30, 6, 9, 31, 0, *KEY), 0, "bounded", 0),
        (Record(30, 7, 8, 999_999, 0, *KEY), 3000, "derived", 0),
    ]
    for record, age_ms, quality, said_at in cases:
        event = only_event(said(device, record, 401_000))
        assert (event.age_ms, event.time_quality, event.said_at) == (age_ms, quality, said_at), record


def test_the_terminals_clock_dates_an_event_when_ours_is_trusted() -> None:
    device = greeted(wall=WALL)
    epoch = WALL // 1000 - 7200
    event = only_event(said(device, press(1, boot=6, epoch=epoch), 1000))
    assert (event.age_ms, event.time_quality) == (7_201_250, "derived")
    ahead = only_event(said(device, press(2, boot=6, epoch=WALL // 1000 + 60), 1000))
    assert (ahead.age_ms, ahead.time_quality) == (34_800, "derived")
