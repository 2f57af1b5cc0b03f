"""Lines in a byte stream, and the text of strangers: ends, lengths, silence, what is stripped."""

from __future__ import annotations

import pytest

from drivers.wire.frames import Refused
from drivers.wire.lines import Lines, clean, readable


@pytest.mark.parametrize("step", [1, 2, 3, 100])
def test_lines_however_they_end_and_come(step: int) -> None:
    lines, data = Lines(8), b"\n\nab\rcd\r\nef\n12345678\r\n123456789\r\n\r\ngh"
    found = [one for i in range(0, len(data), step) for one in lines.feed(data[i : i + step])]
    assert found == [b"ab", b"cd", b"ef", b"12345678", Refused("junk", 9)]
    assert lines.release() == [Refused("junk", 2)]
    assert lines.feed(b"ij\n") == [b"ij"]


def test_endless_noise_is_told_in_runs_and_forgotten_with_the_line() -> None:
    lines = Lines(100)
    told = [one for _ in range(100) for one in lines.feed(b"x" * 50)]
    assert all(isinstance(one, Refused) for one in told)
    assert sum(len(one) if isinstance(one, bytes) else one.size for one in [*told, *lines.feed(b"end\nab\n")]) == 5005
    assert lines.release() == []


def test_after_silence_a_new_line_begins_also_when_the_old_one_was_too_long() -> None:
    lines = Lines(4)
    lines.feed(b"123456")
    assert lines.release() == [Refused("junk", 6)]
    assert lines.feed(b"ab\n") == [b"ab"]


def test_silence_may_end_a_line() -> None:
    lines = Lines(8, silence=True)
    assert lines.feed(b"ab\rcd") == [b"ab"]
    assert lines.release() == [b"cd"]
    assert lines.release() == []


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b" PATROL-P07 ", "PATROL-P07"),
        ("楼道".encode(), "楼道"),
        ("楼道".encode("gb18030"), "楼道"),
        (b"\x1b[31mred\x07\x00\x7f", "[31mred"),
        ("a\u202ecod\u2028b\u200bc".encode(), "acodbc"),
        (b"x" * 1000, "x" * 64),
        (b"\t\r\n", ""),
    ],
)
def test_text_of_strangers(raw: bytes, text: str) -> None:
    assert clean(readable(raw)) == text


def test_broken_bytes_are_marked_and_never_raise() -> None:
    assert "�" in clean(readable(b"\xff\xff\xfe"))
    assert all(isinstance(readable(bytes([a, b])), str) for a in range(256) for b in (0, 65, 128, 255))
