"""COBS: the published examples, both ways at random, what is no COBS, and chunks cut anywhere."""

from __future__ import annotations

import random

import pytest

from drivers.wire.cobs import Chunks, decoded, encoded
from tests import kit

EXAMPLES = [
    # Cheshire and Baker's examples, as they are commonly given, and the edges of a full block.
    ("00", "01 01"),
    ("00 00", "01 01 01"),
    ("00 11 00", "01 02 11 01"),
    ("11 22 00 33", "03 11 22 02 33"),
    ("11 22 33 44", "05 11 22 33 44"),
    ("11 00 00 00", "02 11 01 01 01"),
    (bytes(range(1, 255)).hex(), "FF" + bytes(range(1, 255)).hex()),
    ("00" + bytes(range(1, 255)).hex(), "01 FF" + bytes(range(1, 255)).hex()),
    (bytes(range(1, 256)).hex(), "FF" + bytes(range(1, 255)).hex() + "02 FF"),
    (bytes(range(2, 256)).hex() + "00", "FF" + bytes(range(2, 256)).hex() + "01 01"),
    (bytes(range(3, 256)).hex() + "00 01", "FE" + bytes(range(3, 256)).hex() + "02 01"),
    # serial.md §D.7: the ACK of event 1040.
    ("01 90 00 05 01 00 01 00 00 10 04 00 00 8A AA", "03 01 90 03 05 01 02 01 01 03 10 04 01 03 8A AA"),
]


@pytest.mark.parametrize(("plain", "coded"), EXAMPLES)
def test_examples_both_ways(plain: str, coded: str) -> None:
    assert encoded(bytes.fromhex(plain)) == bytes.fromhex(coded)
    assert decoded(bytes.fromhex(coded)) == bytes.fromhex(plain)


def test_nothing_is_lost_and_no_zero_is_inside() -> None:
    dice = random.Random(1)
    for _ in range(500):
        data = bytes(dice.choice((0, 0, 1, 255)) if dice.random() < 0.3 else 7 for _ in range(dice.randrange(600)))
        coded = encoded(data)
        assert 0 not in coded
        assert len(coded) <= len(data) + 1 + len(data) // 254
        assert decoded(coded) == data


@pytest.mark.parametrize("coded", ["05 11 22", "02", "00", "03 11 00", "01 00", "FF 01"])
def test_what_is_no_cobs_is_refused(coded: str) -> None:
    assert decoded(bytes.fromhex(coded)) is None


def test_chunks_are_the_same_however_cut_and_empty_ones_are_ignored() -> None:
    stream = b"noise\0\0first\0second\0\0\0half"
    for pieces in kit.cuts(stream):
        chunks = Chunks(10)
        assert [chunk for piece in pieces for chunk in chunks.feed(piece)] == [b"noise", b"first", b"second"]
        assert chunks.rest() == b"half"
        assert chunks.rest() == b""


def test_an_endless_chunk_is_cut_and_the_next_is_whole() -> None:
    chunks = Chunks(4)
    for _ in range(1000):
        assert list(chunks.feed(b"xyz")) == []
    assert list(chunks.feed(b"\0good\0")) == [b"xyzxy", b"good"]
