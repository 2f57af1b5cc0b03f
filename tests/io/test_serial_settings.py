"""A pty whose settings are changed while it is open, and what cannot be done to it: said; it works all the same."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.driver import SerialSettings
from agent.io.port_manner import Manner, Rs485
from agent.io.serial_port import SerialPort
from agent.ports import NotConnectedError
from tests.wires import Adapter

SPEED = 4


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "usb-adapter")
    yield adapter
    adapter.pull()


def attributes(adapter: Adapter) -> list[object]:
    """Give how the kernel has the port set now."""
    port = os.open(adapter.link, os.O_RDWR | os.O_NOCTTY)
    try:
        return termios.tcgetattr(port)  # type: ignore[return-value]
    finally:
        os.close(port)


def test_an_open_port_is_set_otherwise_and_loses_no_byte(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(9600))
    port.open()
    assert attributes(adapter)[SPEED] == termios.B9600
    adapter.say(b"before")
    port.configure(SerialSettings(4800, stop=2))
    assert attributes(adapter)[SPEED] == termios.B4800
    assert int(attributes(adapter)[2]) & termios.CSTOPB  # type: ignore[call-overload]
    assert port.read(None) == b"before"
    port.write(b"after")
    assert adapter.hear(5) == b"after"
    assert port.shortcoming == ""
    port.close()


def test_a_closed_port_opens_as_it_was_set_last(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(9600))
    port.open()
    port.configure(SerialSettings(19_200))
    port.close()
    port.open()
    assert attributes(adapter)[SPEED] == termios.B19200
    port.close()
    port.configure(SerialSettings(2400))
    port.open()
    assert attributes(adapter)[SPEED] == termios.B2400
    port.close()


def test_what_a_pty_cannot_is_said_and_the_rest_goes_on(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(9600))
    port.open()
    port.configure(SerialSettings(9600, parity="E"))  # a pty has no parity
    assert port.shortcoming.startswith("parity E")
    port.configure(SerialSettings(4800))
    assert port.shortcoming == ""
    assert attributes(adapter)[SPEED] == termios.B4800
    port.close()


def test_a_port_that_went_away_says_so(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(9600))
    port.open()
    adapter.pull()
    with pytest.raises(NotConnectedError) as caught:
        port.configure(SerialSettings(4800))
    assert caught.value.code == "CT204"
    with pytest.raises(NotConnectedError):
        port.flush()


def test_flush_forgets_what_came(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings())
    port.open()
    adapter.say(b"stale")
    assert port._poll.poll(None)  # it has arrived
    port.flush()
    adapter.say(b"fresh")
    assert port.read(None) == b"fresh"
    port.close()


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        (Manner(), ""),
        (Manner(rs485=Rs485(delay_before_ms=2)), "rs485"),
        (Manner(low_latency=True), "low_latency"),
        (Manner(dtr="low"), "dtr"),
        (Manner(dtr="keep"), ""),
        (Manner(rs485=Rs485(), low_latency=True, dtr="low"), "rs485 low_latency dtr"),
    ],
)
def test_a_pty_can_none_of_it_and_works_all_the_same(adapter: Adapter, manner: Manner, said: str) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(), manner=manner)
    port.open()
    assert [part.partition(" ")[0] for part in port.shortcoming.split(", ")] == said.split(" ")
    adapter.say(b"x")
    assert port.read(None) == b"x"
    port.close()


def test_kept_dtr_is_not_dropped_when_the_port_is_closed(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings(), manner=Manner(dtr="keep"))
    port.open()
    assert not int(attributes(adapter)[2]) & termios.HUPCL  # type: ignore[call-overload]
    port.close()


def test_a_pty_cannot_be_reset(adapter: Adapter) -> None:
    port = SerialPort(str(adapter.link), SerialSettings())
    port.open()
    assert port.reset() == "it is on no USB adapter"
    port.open()
    port.close()
    assert SerialPort("socket://127.0.0.1:1", SerialSettings()).reset() == "it is on another machine"
    assert "does not exist" in SerialPort("usb:ffff:ffff", SerialSettings()).reset()
