"""The shape of frames: cut anywhere, one byte dropped at a time, junk told once a run, half frames released."""

from __future__ import annotations

import random

import pytest

from agent.model.effects import Prompt
from agent.model.events import Fault, Item, Reading
from drivers.wire.checks import sum8
from drivers.wire.frames import MORE, NONE, RUN_LIMIT, Frames, Refused, Shape, Speaker, Talker

# A protocol for these tests: 01 02 | length of the data, 0..20 | data | sum | 03
SHAPE = Shape(
    b"\x01\x02",
    b"\x03",
    25,
    lambda head: MORE if len(head) < 3 else head[2] + 5 if head[2] <= 20 else NONE,
    lambda frame: sum8(frame[:-2]) == frame[-2],
)


def framed(data: bytes) -> bytes:
    body = b"\x01\x02" + bytes([len(data)]) + data
    return body + bytes([sum8(body), 3])


GOOD = framed(b"abc")
BAD = GOOD[:-2] + bytes([GOOD[-2] ^ 1]) + GOOD[-1:]
NO_TAIL = GOOD[:-1] + b"\x04"
HIDES = b"\x01\x02\x14" + GOOD
"""The head of a frame of 25 bytes, of which a whole one is the beginning."""

CASES = [
    ("one", GOOD, [GOOD]),
    ("two at once", GOOD + GOOD, [GOOD, GOOD]),
    ("empty data", framed(b""), [framed(b"")]),
    ("junk before", b"xyz" + GOOD, [Refused("junk", 3), GOOD]),
    ("junk between is one run", GOOD + b"\x01\x01\x01" + GOOD, [GOOD, Refused("junk", 3), GOOD]),
    ("header inside data", framed(GOOD), [framed(GOOD)]),
    ("wrong sum is told once, without its bytes as junk", BAD + GOOD, [Refused("checksum", 8), GOOD]),
    ("junk, then wrong sum", b"xx" + BAD, [Refused("junk", 2), Refused("checksum", 8)]),
    ("wrong sum, then junk", BAD + b"xx", [Refused("checksum", 8), Refused("junk", 2)]),
    ("wrong tail is no frame", NO_TAIL + GOOD, [Refused("junk", 8), GOOD]),
    ("a length that cannot be", b"\x01\x02\x15" + GOOD, [Refused("junk", 3), GOOD]),
    ("two wrong sums", BAD + BAD, [Refused("checksum", 8), Refused("checksum", 8)]),
    ("a wrong one inside a wrong one", framed(BAD)[:-2] + b"\x00\x03", [Refused("checksum", 13)]),
    ("a good one inside a wrong one", framed(GOOD)[:-2] + b"\x00\x03", [Refused("checksum", 13), GOOD]),
    ("a half frame hides a whole one", HIDES, [Refused("junk", 3), GOOD]),
    ("a half frame alone", GOOD[:-1], [Refused("junk", 7)]),
    (
        "long noise is told in parts",
        b"x" * (RUN_LIMIT + 44) + GOOD,
        [Refused("junk", RUN_LIMIT), Refused("junk", 44), GOOD],
    ),
]


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
@pytest.mark.parametrize("step", [1, 2, 3, 5, 8, 1000])
def test_bytes_become_the_same_however_cut(data: bytes, expected: list[bytes | Refused], step: int) -> None:
    frames = Frames(SHAPE)
    found = [one for at in range(0, len(data), step) for one in frames.feed(data[at : at + step])]
    assert found + frames.release() == expected
    assert frames.feed(GOOD) == [GOOD], "after a release nothing of the past is left"


def test_a_half_frame_is_held_until_released() -> None:
    frames = Frames(SHAPE)
    assert frames.feed(HIDES) == []
    assert frames.release() == [Refused("junk", 3), GOOD]
    assert frames.release() == []


def test_several_shapes_share_a_stream() -> None:
    other = Shape(b"\xff", b"", 2, lambda _head: 2, lambda _frame: True)
    frames = Frames(SHAPE, other)
    assert frames.feed(b"\xff\x01" + GOOD + b"\x00\xff\xff") == [b"\xff\x01", GOOD, Refused("junk", 1), b"\xff\xff"]


def test_every_byte_of_noise_is_accounted_for_and_the_buffer_stays_small() -> None:
    dice = random.Random(3)
    for _ in range(200):
        noise = bytes(dice.choice(b"\x01\x02\x03\x05xyz") for _ in range(dice.randint(1, 400)))
        frames = Frames(SHAPE)
        found = frames.feed(noise)
        assert len(frames._buffer) < SHAPE.longest
        found += frames.release()
        said = sum(one.size if isinstance(one, Refused) else len(one) for one in found)
        # A refused frame may hold a good one, and two refused ones may overlap: then bytes are told twice.
        assert said >= len(noise)
        if not any(isinstance(one, Refused) and one.fault == "checksum" for one in found):
            assert said == len(noise)


class Thermometer(Talker):
    """A talker for these tests: the first data byte is a temperature in degC."""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        return self.believed([Reading(self.device, "temperature", frame[3] * 10.0, now)], now)


def test_a_talker_turns_frames_and_refusals_into_items() -> None:
    device = Thermometer("t1", SHAPE)
    assert device.receive(b"?" + framed(b"\x02"), 5) == [
        Fault("t1", "junk", size=1, t=5),
        Reading("t1", "temperature", 20.0, 5),
    ]
    assert device.receive(framed(b"\xff"), 6) == [Fault("t1", "insane", "temperature 2550.0", t=6)]
    assert device.receive(GOOD[:4], 7) == []
    assert device.quiet(60) == [Fault("t1", "junk", size=4, t=60)]
    assert (device.due(), device.ask(0), device.waiting) == (None, b"", False)
    assert device.command(Prompt("t1", 0, "thank-you"), 0) == b""


class Clock(Speaker):
    """A speaker for these tests: says "tick" every 100 ms."""

    def frame(self) -> bytes:
        return b"tick"


def test_a_speaker_says_its_frame_and_facts_at_their_time() -> None:
    player = Clock(100)
    assert player.due() == 0
    assert player.talk(1000) == b"tick"
    assert player.due() == 1100
    player.say(b"late", 1090)
    player.say(b"soon", 1050)
    assert player.due() == 1050
    assert player.talk(1050) == b"soon"
    assert player.talk(1100) == b"latetick"
    assert Speaker().due() is None


def test_a_speaker_that_nobody_lets_talk_keeps_a_bounded_queue() -> None:
    player = Speaker()
    for _ in range(1000):
        player.say(b"x", 0)
    assert player.talk(0) == b"x" * Speaker.waiting_limit
