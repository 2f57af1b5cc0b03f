"""Ports by what the USB adapter says, in a folder made like the kernel's: found anew each time, told apart, reset."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

from agent.io.usb_ports import adapters, found, reset
from agent.ports import NotConnectedError

CH340: Final = ("1a86", "7523", "")
FTDI: Final = ("0403", "6001", "A50285BI")


class Machine:
    """/sys and /dev of a machine with USB sockets. A usb-serial adapter makes ttyUSBn, a modem-class one ttyACMn."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("sys/class/tty", "dev/serial/by-path", "dev/bus/usb/001"):
            (root / folder).mkdir(parents=True)
        board = root / "sys/class/tty/ttyAMA0"
        board.mkdir()
        (board / "device").symlink_to(root / "sys/class")

    def plug(self, socket: str, tty: str, adapter: tuple[str, str, str], interface: int = 0) -> Path:
        """Plug an adapter into a socket such as 1-1.2; give the folder of the device."""
        device = self.root / "sys/devices/platform/usb1" / socket
        port = device / f"{socket}:1.{interface}" / (tty if tty.startswith("ttyUSB") else "")
        port.mkdir(parents=True)
        for name, text in zip(("idVendor", "idProduct", "serial"), adapter, strict=True):
            if text:
                (device / name).write_text(f"{text}\n")
        for name, text in (("busnum", "1"), ("devnum", socket[-1]), ("authorized", "1")):
            (device / name).write_text(f"{text}\n")
        entry = self.root / "sys/class/tty" / tty
        entry.mkdir()
        (entry / "device").symlink_to(os.path.relpath(port, entry))
        (self.root / "dev" / tty).touch()
        (self.root / f"dev/serial/by-path/usb-0:{socket}:1.{interface}-port0").symlink_to(f"../../{tty}")
        return device

    def rename(self, before: str, after: str) -> None:
        """Give a port another number, as after replugging."""
        (self.root / "sys/class/tty" / before).rename(self.root / "sys/class/tty" / after)
        (self.root / "dev" / before).rename(self.root / "dev" / after)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "root")


def refused(name: str, machine: Machine) -> NotConnectedError:
    with pytest.raises(NotConnectedError) as caught:
        found(name, machine.root)
    return caught.value


def test_an_adapter_is_found_by_its_numbers_whatever_it_is_called_now(machine: Machine) -> None:
    machine.plug("1-1.1", "ttyUSB0", CH340)
    machine.plug("1-1.2", "ttyUSB1", FTDI)
    machine.plug("1-1.3", "ttyACM0", ("2341", "0043", "7573"))
    dev = machine.root / "dev"
    assert found("usb:1a86:7523", machine.root) == f"{dev}/ttyUSB0"
    assert found("usb:1A86:7523", machine.root) == f"{dev}/ttyUSB0"
    assert found("usb:0403:6001:A50285BI", machine.root) == f"{dev}/ttyUSB1"
    assert found("usb:2341:0043", machine.root) == f"{dev}/ttyACM0"
    machine.rename("ttyUSB0", "ttyUSB9")
    assert found("usb:1a86:7523", machine.root) == f"{dev}/ttyUSB9"


@pytest.mark.parametrize("name", ["/dev/ttyAMA0", "/dev/serial/by-id/x", "socket://host:1", "rfc2217://host:1"])
def test_any_other_name_is_its_own_path(name: str, machine: Machine) -> None:
    assert found(name, machine.root) == name


def test_one_that_is_not_there_is_missed_with_the_names_of_those_that_are(machine: Machine) -> None:
    assert "there is: nothing" in str(refused("usb:1a86:7523", machine))
    machine.plug("1-1.2", "ttyUSB1", FTDI)
    error = refused("usb:1a86:7523", machine)
    assert error.code == "CT201"
    assert "usb:0403:6001:A50285BI" in str(error)
    assert refused("usb:0403:6001:another", machine).code == "CT201"


def test_two_that_cannot_be_told_apart_are_both_refused_and_their_sockets_named(machine: Machine) -> None:
    machine.plug("1-1.1", "ttyUSB0", CH340)
    machine.plug("1-1.2", "ttyUSB1", CH340)
    error = refused("usb:1a86:7523", machine)
    assert error.code == "CT209"
    names = [f"/dev/serial/by-path/usb-0:1-1.{n}:1.0-port0" for n in (1, 2)]
    assert error.words["names"] == ", ".join(names)


def test_two_with_serial_numbers_are_told_apart_by_them(machine: Machine) -> None:
    machine.plug("1-1.1", "ttyUSB0", FTDI)
    machine.plug("1-1.2", "ttyUSB1", ("0403", "6001", "B1"))
    assert found("usb:0403:6001:B1", machine.root).endswith("/ttyUSB1")
    assert refused("usb:0403:6001", machine).words["names"] == "usb:0403:6001:A50285BI, usb:0403:6001:B1"


def test_clones_that_share_one_serial_number_are_told_apart_by_socket_alone(machine: Machine) -> None:
    machine.plug("1-1.1", "ttyUSB0", ("1a86", "55d3", "0001"))
    machine.plug("1-1.2", "ttyUSB1", ("1a86", "55d3", "0001"))
    names = refused("usb:1a86:55d3:0001", machine).words["names"]
    assert names.count("/dev/serial/by-path/") == 2


def test_what_is_listed_is_on_usb(machine: Machine) -> None:
    machine.plug("1-1.2", "ttyUSB1", FTDI)
    (one,) = adapters(machine.root)
    assert (one.name(), one.port.name) == ("usb:0403:6001:A50285BI", "ttyUSB1")
    assert adapters(machine.root / "nowhere") == []


def test_an_adapter_is_reset_by_authorising_it_anew_where_the_node_may_not_be_opened(machine: Machine) -> None:
    device = machine.plug("1-1.2", "ttyUSB1", FTDI)
    switch = device / "authorized"
    switch.unlink()
    os.mkfifo(switch)
    reader = os.open(switch, os.O_RDONLY | os.O_NONBLOCK)
    assert reset(str(machine.root / "dev/ttyUSB1"), machine.root) == ""
    assert os.read(reader, 10) == b"01"
    os.close(reader)


def test_what_cannot_be_reset_says_why(machine: Machine) -> None:
    device = machine.plug("1-1.2", "ttyUSB1", FTDI)
    (device / "authorized").unlink()
    (device / "authorized").mkdir()
    assert "Is a directory" in reset(str(machine.root / "dev/ttyUSB1"), machine.root)
    assert reset(str(machine.root / "dev/ttyAMA0"), machine.root) == "it is on no USB adapter"
    master, slave = os.openpty()
    assert reset(os.ttyname(slave)) == "it is on no USB adapter"
    os.close(master)
    os.close(slave)
