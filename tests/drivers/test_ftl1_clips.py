"""FTL/1 recordings: pulled only if wanted, piece by piece, over a bad wire, behind every press, and never written."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Event, Fault, Item, Undecoded
from drivers.ftl1 import DRIVER, Host
from drivers.ftl1_clips import AWAY_MS, HOLD_MS, LONGEST_CLIP, Held
from drivers.ftl1_config import Ftl1Options
from drivers.ftl1_frame import RETX
from drivers.ftl1_messages import ClipChunk, ClipDone, ClipReq, frame_of
from drivers.ftl1_player import Player
from drivers.ftl1_records import Clip
from tests.drivers.ftl1_kit import ADDR, VECTORS, frames, greeted, hello, messages, only_event, press, said
from tests.drivers.ftl1_world import Wire
from tests.drivers.uart_kit import decoded, faults

SPEECH = random.Random(3).randbytes(4321)


def announced(size: int = 450, crc: int | None = None, clips: bool = True) -> tuple[Any, list[Item], bytes]:
    """Give a host that was told of clip 301 at 100 and journalled that, what it said, and the recording."""
    device, data = greeted(clips=clips), SPEECH[:size]
    body = Clip(301, 1, 60, size, zlib.crc32(data) if crc is None else crc)
    items = said(device, press(2000, body=body), 100)
    device.settled(only_event(items[:1]), "stored", 100)
    return device, items, data


def pulled(device: Any, data: bytes, now: int) -> list[Item]:
    """Answer every request from `now` on, give what is said."""
    items: list[Item] = []
    while (due := device.due()) is not None and due < now + 5000:
        now = max(now, due)
        for message in messages(device.ask(now)):
            if isinstance(message, ClipReq):
                piece = data[message.offset : message.offset + message.most]
                items += said(device, ClipChunk(301, message.offset, piece), now + 20)
        if items:
            break
    return items


class Talk:
    """A host and a player with a wire between them that is as bad as the dice want it."""

    def __init__(self, *, bad: bool, poll: bool = False) -> None:
        setup = Setup("lobby", ADDR, options=Ftl1Options(clips=True, poll=poll))
        self.host, self.terminal = DRIVER.build(setup), DRIVER.player(setup)
        dice = random.Random(8)
        self.up, self.down = (Wire(dice, b"\0", clean=not bad) for _ in range(2))
        self.items: list[Item] = []
        self.now = 0

    def until(self, end: int) -> list[Item]:
        """Let both speak in steps of 5 ms; give what the host has said since before."""
        start = len(self.items)
        while self.now < end:
            self.now += 5
            due = self.host.due()
            if due is not None and due <= self.now:
                self.down.send(self.host.ask(self.now), self.now)
            self._hear(self.host.receive(self.up.arrived(self.now), self.now))
            self.up.send(self.terminal.receive(self.down.arrived(self.now), self.now), self.now)
            due = self.terminal.due()
            if due is not None and due <= self.now:
                self.up.send(self.terminal.talk(self.now), self.now)
        return self.items[start:]

    def _hear(self, items: list[Item]) -> None:
        self.items += items
        for item in items:
            if isinstance(item, Event) and item.native:
                self.down.send(self.host.settled(item, "stored", self.now), self.now)


def ready(items: list[Item]) -> list[str]:
    return [i.detail for i in items if isinstance(i, Event) and i.quantity == "clip_ready" and not i.native]


def test_the_vectors() -> None:
    assert frame_of(ClipReq(301, 0, 16), 7, ADDR) == VECTORS["17"]
    assert frame_of(ClipDone(301, 0), 8, ADDR, 1) == VECTORS["19"]
    chunk = ClipChunk(301, 0, b"\x01\x02")
    assert decoded(DRIVER, frame_of(chunk, 9, ADDR)) == [
        Undecoded("s", "2d01000000000102", detail="clip 301 from 0, 2 bytes")
    ]


def test_by_default_nothing_is_pulled() -> None:
    device, items, _ = announced(clips=False)
    assert [item.quantity for item in items if isinstance(item, Event)] == ["clip_ready"]
    assert not any(isinstance(message, ClipReq) for message in messages(device.ask(5000)))


def test_pieces_are_pulled_and_the_whole_is_handed_on() -> None:
    device, _, data = announced()
    assert device.due() == 200  # 100 ms behind the event.
    (item,) = pulled(device, data, 100)
    assert isinstance(item, Event)
    assert (item.quantity, item.value, item.native) == ("clip_ready", "301", "")
    assert item.detail == "clip=301,codec=1,bytes=450,crc=ok"
    assert ClipDone(301, 0) not in messages(device.ask(item.t + 1000))
    held = device.take_clip(item.t + 2000)
    assert isinstance(held, Held)
    assert held.data == data
    assert held.native.endswith(":2000")
    assert messages(device.ask(item.t + 2000)) == [ClipDone(301, 0)]
    assert device.take_clip(item.t + 3000) is None


def test_nothing_is_asked_before_the_journal_has_the_event() -> None:
    device = greeted(clips=True)
    items = said(device, press(2000, body=Clip(301, 1, 60, 32, 0)), 100)
    assert (device.due() or 0) > 1000
    device.settled(only_event(items[:1]), "failed", 100)
    assert (device.due() or 0) > 1000
    items = said(device, press(2000, body=Clip(301, 1, 60, 32, 0)), 600)
    device.settled(only_event(items[:1]), "existed", 600)
    assert device.due() == 700


def test_a_press_goes_first() -> None:
    device, _, data = announced()
    (request,) = messages(device.ask(200))
    assert isinstance(request, ClipReq)
    items = said(device, press(2001), 210)
    assert device.settled(only_event(items[:1]), "stored", 210)
    said(device, ClipChunk(301, 0, data[:200]), 215)
    assert device.due() == 310


def test_a_request_that_is_lost_is_sent_again_with_its_number() -> None:
    device, _, data = announced()
    (first,) = frames(device.ask(200))
    (again,) = frames(device.ask(700))
    assert (again.seq, again.payload, again.flags) == (first.seq, first.payload, RETX)
    assert said(device, ClipChunk(301, 200, data[200:400]), 720) == []
    assert said(device, ClipChunk(302, 0, data[:200]), 730) == []
    said(device, ClipChunk(301, 0, data[:200]), 740)
    said(device, ClipChunk(301, 0, data[:200]), 745)
    (next_one,) = messages(device.ask(800))
    assert next_one == ClipReq(301, 200, 200)


def test_a_terminal_that_does_not_answer_is_left_alone_in_the_end() -> None:
    device, _, _ = announced()
    now, told = 200, 0
    for _ in range(3):
        for _try in range(5):
            assert len(frames(device.ask(now))) == 1
            now += 500
        assert device.ask(now) == b""
        told += len([item for item in device.quiet(now + 1) if isinstance(item, Fault)])
        now += AWAY_MS
        said(device, press(2000), now - 50)  # It is there, and talks of other things.
        now += 50
    assert told == 3
    assert not any(isinstance(message, ClipReq) for message in messages(device.ask(now + 1000)))


def test_a_wrong_sum_is_told_and_after_three_it_is_left() -> None:
    device, _, data = announced(size=150, crc=1)
    for now in (200, 2000, 4000):
        asked = messages(device.ask(now))
        assert ClipReq(301, 0, 150) in asked or ClipDone(301, 1) in asked
        if ClipReq(301, 0, 150) not in asked:
            assert ClipReq(301, 0, 150) in messages(device.ask(now + 1))
        assert faults(said(device, ClipChunk(301, 0, data), now + 20)) == [
            ("checksum", "the CRC-32 of clip 301 is wrong")
        ]
    assert not any(isinstance(message, ClipReq) for message in messages(device.ask(9000)) + messages(device.ask(9001)))
    assert device.take_clip(9000) is None


@pytest.mark.parametrize("size", [0, LONGEST_CLIP + 1])
def test_what_cannot_be_held_is_not_pulled(size: int) -> None:
    device, items, _ = announced(size=size, crc=0) if size == 0 else (greeted(clips=True), [], b"")
    if size:
        items = said(device, press(2000, body=Clip(301, 1, 60, size, 0)), 100)
        device.settled(only_event(items[:1]), "stored", 100)
    assert [fault for fault, _ in faults(items)] == ["insane"]
    assert not any(isinstance(message, ClipReq) for message in messages(device.ask(1000)))


def test_one_is_held_and_the_next_one_waits_until_it_is_taken() -> None:
    talk = Talk(bad=False)
    talk.until(100)
    assert isinstance(talk.terminal, Player)
    assert isinstance(talk.host, Host)
    talk.terminal.recorded(1, SPEECH[:700], talk.now)
    talk.terminal.recorded(2, SPEECH[700:1000], talk.now)
    assert ready(talk.until(5000)) == ["clip=1,codec=1,bytes=700,crc=ok"]
    held = talk.host.take_clip(talk.now)
    assert held is not None
    assert held.data == SPEECH[:700]
    assert ready(talk.until(8000)) == ["clip=2,codec=1,bytes=300,crc=ok"]
    assert list(talk.terminal.recordings.clips) == [2]


def test_a_wiped_terminal_is_not_told_to_erase_a_recording_of_the_same_number() -> None:
    device, _, data = announced()
    (item,) = pulled(device, data, 100)
    said(device, hello(boot=1, next_id=1), item.t + 1000)
    assert device.take_clip(item.t + 2000) is None
    assert not any(isinstance(message, ClipDone) for message in messages(device.ask(item.t + 2000)))


def test_what_nobody_takes_is_let_go_of_and_stays_in_the_terminal() -> None:
    device, _, data = announced()
    (item,) = pulled(device, data, 100)
    for late in (0, 1):  # There is more to say than that.
        device.ask(item.t + HOLD_MS + late)
    assert device.take_clip(item.t + HOLD_MS) is None


@pytest.mark.parametrize("poll", [False, True])
def test_over_a_bad_wire_it_comes_whole_and_presses_come_too(poll: bool) -> None:
    talk = Talk(bad=True, poll=poll)
    talk.until(10_000)
    assert isinstance(talk.terminal, Player)
    assert isinstance(talk.host, Host)
    talk.terminal.recorded(7, SPEECH, talk.now)
    for key in range(1, 8):
        talk.terminal.fact("button", "single", talk.now, f"channel={key}")
        talk.until(talk.now + 3000)
    talk.until(120_000)
    assert ready(talk.items) == [f"clip=7,codec=1,bytes={len(SPEECH)},crc=ok"]
    held = talk.host.take_clip(talk.now)
    assert held is not None
    assert held.data == SPEECH
    natives = {i.native: i.part for i in talk.items if isinstance(i, Event) and i.quantity == "button"}
    assert sorted(natives.values()) == [f"channel={key}" for key in range(1, 8)]
    talk.up.clean = talk.down.clean = True
    talk.until(125_000)
    assert talk.terminal.recordings.clips == {}
