"""The search for an answer on a line that echoes, rattles and cuts; every case in every cut."""

from __future__ import annotations

import pytest

from drivers.wire.modbus_exchange import FLOOD, Exchange, find_request
from drivers.wire.modbus_rtu import Reply, Request, seal
from tests.kit import cuts

READ = Request(1, 4, 0x000C, 2)
REPLY = Reply(1, 4, values=(0x449A, 0x5000))
SENT, GOOD = READ.frame(), REPLY.frame()
BAD = GOOD[:-1] + bytes((GOOD[-1] ^ 1,))
LONGER = Reply(1, 4, values=(1, 2, 3)).frame()
REFUSED = Reply(1, 4, exception=2)

FOUND = {
    "the reply alone": (GOOD, REPLY, []),
    "an exception": (REFUSED.frame(), REFUSED, []),
    "an echo before it": (SENT + GOOD, REPLY, []),
    "a glitch before it": (b"\x00" + GOOD, REPLY, ["junk"]),
    "a glitch, an echo, a glitch": (b"\xff" + SENT + b"\x00" + GOOD, REPLY, ["junk"]),
    "a reply of another length": (LONGER + GOOD, REPLY, ["junk"]),
    "a reply of another slave": (Reply(2, 4, values=(1, 2)).frame() + GOOD, REPLY, ["junk"]),
    "a reply to another function": (Reply(1, 3, values=(1, 2)).frame() + GOOD, REPLY, ["junk"]),
    "a broken one before it": (BAD + GOOD, REPLY, ["checksum"]),
    "half a one before it": (GOOD[:5] + GOOD, REPLY, ["junk"]),
    "half a one before an exception": (GOOD[:4] + REFUSED.frame(), REFUSED, ["junk"]),
}
NOTHING = {
    "silence": (b"", []),
    "the echo alone": (SENT, []),
    "half the echo": (SENT[:5], []),
    "a broken reply": (BAD, ["checksum"]),
    "a broken exception": (REFUSED.frame()[:-1] + b"\x00", ["checksum"]),
    "half a reply": (GOOD[:6], ["junk"]),
    "a reply of another length": (LONGER, ["junk"]),
    "a reply of another slave": (Reply(2, 4, values=(1, 2)).frame(), ["junk"]),
    "noise": (b"\x00\xff\x55", ["junk"]),
}


def _heard(exchange: Exchange, pieces: list[bytes]) -> Reply | None:
    for number, piece in enumerate(pieces):
        reply = exchange.take(piece)
        if reply is not None:
            assert number == len(pieces) - 1, "an answer ends the exchange, and nothing was sent behind it"
            return reply
    return exchange.end()


@pytest.mark.parametrize("name", FOUND)
def test_the_answer_is_found_however_the_bytes_are_cut(name: str) -> None:
    data, reply, strays = FOUND[name]
    for pieces in cuts(data):
        exchange = Exchange(READ)
        assert _heard(exchange, pieces) == reply, pieces
        assert [stray.fault for stray in exchange.strays] == strays, pieces


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_made_of_what_is_no_answer(name: str) -> None:
    data, strays = NOTHING[name]
    for pieces in cuts(data) if data else [[]]:
        exchange = Exchange(READ)
        assert _heard(exchange, pieces) is None, pieces
        assert [stray.fault for stray in exchange.strays] == strays, pieces


def test_what_follows_the_answer_in_one_chunk_is_junk() -> None:
    exchange = Exchange(READ)
    assert exchange.take(GOOD + GOOD) == REPLY
    assert [(stray.fault, stray.size) for stray in exchange.strays] == [("junk", len(GOOD))]


def test_a_stray_frame_says_whose_it_is() -> None:
    exchange = Exchange(READ)
    exchange.take(Reply(7, 3, values=(1,)).frame())
    assert exchange.end() is None
    assert exchange.strays[0].detail == "a sound frame, but of slave 7, function 3"


@pytest.mark.parametrize("write", [Request(1, 6, 1, values=(3,)), Request(1, 5, 0, values=(0xFF00,))])
def test_a_dead_slave_on_an_echoing_line_does_not_look_obedient(write: Request) -> None:
    sent = write.frame()
    told, untold = Exchange(write, echo=True), Exchange(write)
    assert told.take(sent) is None
    assert told.end() is None
    assert told.strays == []
    assert untold.take(sent) == Reply(1, write.function, write.address, values=write.values)
    obeyed = Exchange(write, echo=True)
    assert obeyed.take(sent + sent) == Reply(1, write.function, write.address, values=write.values)


def test_the_echo_of_a_bit_read_is_not_its_reply() -> None:
    # 20 bits from 0x03xx: the echo has the length and the beginning of a reply with three bytes.
    read = Request(1, 2, 0x03C4, 20)
    reply = Reply(1, 2, values=(1, 0) * 12)
    exchange = Exchange(read)
    assert exchange.take(read.frame()) is None
    assert exchange.take(reply.frame()) == reply


def test_an_echo_that_begins_like_a_sound_reply_is_still_an_echo() -> None:
    read = Request(84, 1, 0x01F3, 1)
    echo, reply = read.frame(), Reply(84, 1, values=(1,) + (0,) * 7)
    assert Reply.parse(echo[:6]) is not None
    for pieces in cuts(echo + reply.frame()):
        assert _heard(Exchange(read), pieces) == reply, pieces
    assert _heard(Exchange(read), [echo[:6]]) is None


def test_the_picture_of_an_exception_inside_a_reply_is_data() -> None:
    words = (0x0000, *(int.from_bytes(pair, "big") for pair in (REFUSED.frame()[:2], REFUSED.frame()[2:4])), 0x0000)
    data = bytearray(Reply(1, 4, values=words).frame()[:-2])
    data[9:10] = REFUSED.frame()[4:5]
    assert REFUSED.frame() in data
    whole = seal(bytes(data))
    for pieces in cuts(whole):
        assert _heard(Exchange(Request(1, 4, 0, 4)), pieces) == Reply.parse(whole), pieces


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (Request(1, 15, 19, 10, (1,) * 10), Reply(1, 15, 19, 10)),
        (Request(1, 16, 1, 2, (10, 258)), Reply(1, 16, 1, 2)),
        (Request(1, 0x42, count=0), Reply(1, 0x42)),
        (Request(1, 1, 19, 37), Reply(1, 1, values=(1, 0) * 20)),
    ],
)
def test_every_function_finds_its_answer(request_: Request, reply: Reply) -> None:
    assert Exchange(request_).take(b"\x00" + reply.frame()) == reply


def test_a_flood_ends_the_exchange() -> None:
    exchange = Exchange(READ)
    exchange.take(b"27.4,67.7%" * (FLOOD // 10))
    assert not exchange.flooded
    exchange.take(b"27.4,67.7%")
    assert exchange.flooded


def test_a_slave_finds_the_requests_that_are_for_it() -> None:
    write = Request(1, 16, 1, 2, (10, 258))
    line = b"\x00" + Request(2, 4, 0, 2).frame() + SENT + write.frame()
    found = find_request(line, 1)
    assert found is not None
    request, end = found
    assert request == READ
    again = find_request(line[end:], 1)
    assert again is not None
    assert again[0] == write
    assert find_request(line, 3) is None
