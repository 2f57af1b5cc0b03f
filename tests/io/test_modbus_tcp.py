"""Modbus TCP on real sockets: headers made and read, cut anywhere, late answers, and what is no Modbus TCP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from agent.io.modbus_tcp import ModbusTcp
from agent.ports import NotConnectedError
from drivers.wire.modbus_rtu import Reply, Request
from tests.kit import cuts

REQUEST, REPLY = Request(9, 4, 1, 2).frame(), Reply(9, 4, values=(305, 546)).frame()


class Server:
    """The far end: one listening socket and one connection."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"modbus-tcp://127.0.0.1:{self.listening.getsockname()[1]}"
        self.line = socket.socket()

    def accept(self) -> None:
        self.line, _ = self.listening.accept()

    def hear(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self.line.recv(size - len(data))
        return data

    def close(self) -> None:
        self.line.close()
        self.listening.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def door(server: Server) -> Iterator[ModbusTcp]:
    door = ModbusTcp(server.url)
    door.open()
    server.accept()
    yield door
    door.close()


def _answer(transaction: int, frame: bytes = REPLY) -> bytes:
    return transaction.to_bytes(2, "big") + b"\0\0" + (len(frame) - 2).to_bytes(2, "big") + frame[:-2]


def _read(door: ModbusTcp, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += door.read(None)
    return data


def test_a_request_gets_a_header_and_its_answer_a_crc(server: Server, door: ModbusTcp) -> None:
    for transaction in (1, 2, 3):
        door.write(REQUEST)
        assert server.hear(12) == transaction.to_bytes(2, "big") + bytes.fromhex("0000 0006 09 04 0001 0002")
        server.line.sendall(_answer(transaction))
        assert _read(door, len(REPLY)) == REPLY
    assert door.dropped == 0


def test_an_answer_comes_in_any_pieces(server: Server, door: ModbusTcp) -> None:
    server.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for transaction, pieces in enumerate(cuts(_answer(0), rounds=3), 1):
        door.write(REQUEST)
        data = _answer(transaction)
        for piece in pieces[:-1]:
            server.line.sendall(data[: len(piece)])
            data = data[len(piece) :]
            assert door.read(None) == b""
        server.line.sendall(data)
        assert _read(door, len(REPLY)) == REPLY


def test_a_late_answer_is_dropped_and_counted_and_none_is_given_twice(server: Server, door: ModbusTcp) -> None:
    server.line.sendall(_answer(0))  # Nothing was asked.
    assert door.read(None) == b""
    door.write(REQUEST)
    door.write(REQUEST)
    late = Reply(9, 4, values=(1, 1)).frame()
    server.line.sendall(_answer(1, late) + _answer(7, late) + _answer(2) + _answer(2, late))
    data = b""
    while door.dropped < 4:
        data += door.read(None)
    assert data == REPLY


def test_an_exception_and_a_gateways_word_come_through(server: Server, door: ModbusTcp) -> None:
    for transaction, exception in enumerate((2, 11), 1):
        door.write(REQUEST)
        refusal = Reply(9, 4, exception=exception).frame()
        server.line.sendall(_answer(transaction, refusal))
        assert _read(door, 5) == refusal


@pytest.mark.parametrize(
    "header",
    ["0001 0001 0003 09 84 02", "0001 0000 0001 09 84 02", "0001 0000 00FF 09 84 02", "4854 5450 2F31 2E31 20"],
)
def test_what_cannot_be_a_header_ends_the_connection(server: Server, door: ModbusTcp, header: str) -> None:
    door.write(REQUEST)
    server.line.sendall(bytes.fromhex(header))
    with pytest.raises(NotConnectedError, match="no header of Modbus TCP") as caught:
        _read(door, 1)
    assert caught.value.code == "CT205"
    with pytest.raises(NotConnectedError, match="not open"):
        door.write(REQUEST)


def test_after_a_new_connection_old_halves_and_answers_are_forgotten(server: Server, door: ModbusTcp) -> None:
    door.write(REQUEST)
    server.hear(12)
    server.line.sendall(_answer(1)[:9])
    assert door.read(None) == b""
    server.line.close()
    with pytest.raises(NotConnectedError, match="closed by the far end"):
        _read(door, 1)
    door.open()
    server.accept()
    door.write(REQUEST)
    assert server.hear(12)[:2] == b"\x00\x02"
    server.line.sendall(_answer(1) + _answer(2))
    assert _read(door, len(REPLY)) == REPLY


def test_what_is_no_frame_is_not_sent(server: Server, door: ModbusTcp) -> None:
    for data in (b"", b"AT\r\n", REQUEST[:-1] + b"\0", bytes(300)):
        door.write(data)
    assert door.dropped == 4
    door.write(REQUEST)
    assert server.hear(12)[:2] == b"\x00\x01"


def test_wake_ends_a_read_and_a_pause_is_no_error(door: ModbusTcp) -> None:
    assert door.read(0) == b""
    results: list[bytes] = []
    reader = threading.Thread(target=lambda: results.append(door.read(None)))
    reader.start()
    door.wake()
    reader.join()
    assert results == [b""]
    door.open()  # Harmless.


def test_a_server_that_is_not_there_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    door = ModbusTcp(f"modbus-tcp://127.0.0.1:{port}")
    with pytest.raises(NotConnectedError) as caught:
        door.open()
    assert str(caught.value).startswith(f"The remote port modbus-tcp://127.0.0.1:{port} cannot be reached (Connection")
    assert ModbusTcp("modbus-tcp://meter.lan")._address == ("meter.lan", 502)
    assert ModbusTcp("modbus-tcp://10.0.0.9:1502/")._address == ("10.0.0.9", 1502)
