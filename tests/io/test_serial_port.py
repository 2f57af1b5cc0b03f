"""The serial port on real ptys and sockets: bytes, waking, and one clear sentence for all that can be wrong."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from serial.rfc2217 import PortManager

from agent.driver import SerialSettings
from agent.io.serial_port import SerialPort
from agent.ports import NotConnectedError
from tests.wires import Adapter

SETTINGS = SerialSettings()


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "usb-adapter")
    yield adapter
    adapter.pull()


@pytest.fixture
def port(adapter: Adapter) -> Iterator[SerialPort]:
    port = SerialPort(str(adapter.link), SETTINGS)
    port.open()
    yield port
    port.close()


def refused(port: SerialPort) -> NotConnectedError:
    with pytest.raises(NotConnectedError) as caught:
        port.open()
    return caught.value


def test_bytes_go_both_ways_unchanged(adapter: Adapter, port: SerialPort) -> None:
    everything = bytes(range(256))
    port.write(everything)
    assert adapter.hear(256) == everything
    adapter.say(everything)
    came = b""
    while len(came) < 256:
        came += port.read(None)
    assert came == everything


def test_read_gives_what_is_there_and_does_not_wait_for_more(adapter: Adapter, port: SerialPort) -> None:
    assert port.read(0) == b""
    assert port.read(5) == b""
    adapter.say(b"abc")
    assert port.read(None) == b"abc"


def test_wake_ends_a_read_that_would_wait_for_ever(port: SerialPort) -> None:
    results: list[bytes] = []
    reader = threading.Thread(target=lambda: results.append(port.read(None)))
    reader.start()
    port.wake()
    port.wake()
    reader.join()
    assert results == [b""]


def test_a_wake_before_the_read_is_not_lost_and_loses_no_bytes(adapter: Adapter, port: SerialPort) -> None:
    port.wake()
    assert port.read(None) == b""
    adapter.say(b"x")
    port.wake()
    assert port.read(None) + port.read(1) == b"x"


@pytest.mark.parametrize("baud", [300, 9600, 74_880, 115_200, 256_000, 4_000_000])
@pytest.mark.parametrize(("bits", "parity", "stop"), [(8, "N", 1), (8, "E", 1), (8, "N", 2), (7, "O", 1)])
def test_every_setting_opens(adapter: Adapter, baud: int, bits: int, parity: str, stop: int) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(baud, bits, parity, stop))  # type: ignore[arg-type]
    port.open()
    port.open()
    port.close()
    port.close()


def test_a_missing_port_lists_the_names_that_exist(tmp_path: Path) -> None:
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-FTDI_A50285BI-if00").touch()
    error = refused(SerialPort(str(tmp_path / "ttyUSB7"), SETTINGS, by_id=by_id))
    assert error.code == "CT201"
    assert f"{tmp_path}/ttyUSB7 does not exist" in str(error)
    assert "usb-FTDI_A50285BI-if00" in str(error)
    assert "there is: nothing" in str(refused(SerialPort(str(tmp_path / "no"), SETTINGS, by_id=tmp_path / "none")))


def test_a_taken_port_says_so_and_opens_when_it_is_free(adapter: Adapter, port: SerialPort) -> None:
    second = SerialPort(str(adapter.link), SETTINGS)
    assert refused(second).code == "CT202"
    port.close()
    second.open()
    second.close()


def test_what_is_no_port_says_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    assert refused(SerialPort(str(plain), SETTINGS)).code == "CT206"
    assert refused(SerialPort("nonsense://x", SETTINGS)).code == "CT205"


def test_a_port_without_permission_names_the_group(adapter: Adapter) -> None:
    device = Path(os.path.realpath(adapter.link))
    device.chmod(0)
    child = os.fork()
    if child == 0:
        # Only a process that is not root is refused; the verdict travels in the exit status.
        if os.getuid() == 0:
            adapter.link.parent.chmod(0o755)
            os.setuid(65534)
        try:
            SerialPort(str(device), SETTINGS).open()
        except NotConnectedError as error:
            os._exit(0 if error.code == "CT203" and "dialout" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_pulled_out_while_reading_and_writing(adapter: Adapter, port: SerialPort) -> None:
    adapter.pull()
    with pytest.raises(NotConnectedError) as caught:
        port.read(None)
    assert caught.value.code == "CT204"
    with pytest.raises(NotConnectedError):
        port.write(b"x")
    assert refused(port).code == "CT201"


def test_found_again_under_another_number(adapter: Adapter, port: SerialPort) -> None:
    before = os.path.realpath(adapter.link)
    holder = os.openpty()
    adapter.pull()
    with pytest.raises(NotConnectedError):
        port.write(b"x")
    taken = os.openpty()
    adapter.plug()
    assert os.path.realpath(adapter.link) != before
    port.open()
    adapter.say(b"back")
    assert port.read(None) == b"back"
    for end in (*holder, *taken):
        os.close(end)


def test_a_port_that_takes_no_bytes_is_given_up(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SETTINGS, write_timeout_ms=20)
    port.open()
    with pytest.raises(NotConnectedError) as caught:
        port.write(bytes(1_000_000))
    assert caught.value.code == "CT207"


def test_a_remote_port_over_a_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        port = SerialPort(url, SETTINGS)
        port.open()
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"hello")
            assert port.read(None) == b"hello"
            port.write(b"answer")
            assert peer.recv(100) == b"answer"
            port.wake()
            assert port.read(None) == b""
        with pytest.raises(NotConnectedError) as caught:
            port.read(None)
        assert caught.value.code == "CT205"
    assert refused(SerialPort(url, SETTINGS)).code == "CT205"


class Rfc2217Server:
    """pyserial's own server half of RFC 2217 before a port that returns what it is sent."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._server.getsockname()[1]}?ign_set_control"
        self._serial = serial.serial_for_url("loop://", timeout=0.01)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def write(self, data: bytes) -> None:
        self._peer.sendall(data)

    def _serve(self) -> None:
        self._peer, _ = self._server.accept()
        manager = PortManager(self._serial, self)
        self._peer.settimeout(0.01)
        while not self._closed.is_set():
            try:
                data = self._peer.recv(1024)
            except TimeoutError:
                data = b""
            if data:
                self._serial.write(b"".join(manager.filter(data)))
            if came := self._serial.read(100):
                self._peer.sendall(b"".join(manager.escape(came)))
        self._peer.close()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self._server.close()


def read_for_ever(port: SerialPort) -> None:
    while True:
        port.read(50)


def test_a_remote_port_over_rfc2217() -> None:
    server = Rfc2217Server()
    port = SerialPort(server.url, SETTINGS)
    port.open()
    port.write(b"answer\xff\x00")
    came = b""
    while len(came) < 8:
        came += port.read(None)
    assert came == b"answer\xff\x00"
    assert port.read(30) == b""
    port.wake()
    assert port.read(None) == b""
    server.close()
    with pytest.raises(NotConnectedError):
        read_for_ever(port)
    port.close()
