"""PZEM-004T: the captured frame, the player, any cut, hostile bytes."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from agent.model.events import Reading
from drivers.pzem_004t import DRIVER, TABLE
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import check_meter, decode, faults, readings, vector

SETUP = Setup("pump")
CAPTURED = {
    ("voltage", ""): 225.7,
    ("current", ""): 0.108,
    ("power", ""): 24.4,
    ("energy_total", ""): 38.0,
    ("frequency", ""): 50.0,
    ("power_factor", ""): 1.0,
    ("power_alarm", ""): False,
}


def test_the_captured_frame_is_decoded() -> None:
    items = decode(DRIVER, SETUP, vector("pzem-004t-v3", "03"))
    assert readings(items) == CAPTURED
    assert len(items) == 7
    assert Reading("pump", "power_alarm", False) in items  # a state, not the number 0


def test_the_player_gives_the_captured_frame_byte_for_byte() -> None:
    player = DRIVER.player(SETUP)
    for (quantity, part), value in CAPTURED.items():
        player.set(quantity, value, part)
    assert player.receive(vector("pzem-004t-v3", "01"), 0) == vector("pzem-004t-v3", "03")


@pytest.mark.parametrize(("address", "number"), [(1, "01"), (248, "02")])
def test_the_request(address: int, number: str) -> None:
    assert DRIVER.build(Setup("pump", address=address)).ask(0) == vector("pzem-004t-v3", number)


def test_large_numbers_have_their_low_word_first() -> None:
    words = (2300, 0x86A0, 0x0001, 0x5780, 0x0003, 0xE240, 0x0001, 500, 95, 0xFFFF)
    assert readings(decode(DRIVER, SETUP, Reply(1, 4, values=words).frame())) == {
        ("voltage", ""): 230.0,
        ("current", ""): 100.0,
        ("power", ""): 21_900.8,
        ("energy_total", ""): 123_456.0,
        ("frequency", ""): 50.0,
        ("power_factor", ""): 0.95,
        ("power_alarm", ""): True,
    }


def test_it_reads_everything_at_once_cut_anywhere_and_through_noise() -> None:
    check_meter(DRIVER, SETUP, CAPTURED | {("power_alarm", ""): True}, Request(1, 4, 0, 10), TABLE)


def test_the_alarm_threshold_is_kept_by_the_player() -> None:
    player = DRIVER.player(SETUP)
    assert player.receive(vector("pzem-004t-v3", "07"), 0) == vector("pzem-004t-v3", "07")
    assert Reply.parse(player.receive(Request(1, 3, 1, 1).frame(), 0)) == Reply(1, 3, values=(2300,))


def test_a_vendor_frame_is_no_answer() -> None:
    device = DRIVER.build(SETUP)
    device.ask(0)
    assert device.receive(vector("pzem-004t-v3", "06") + vector("pzem-004t-v3", "09"), 0) == []
    assert faults(device.quiet(300)) == ["junk"]


def test_mains_off_is_silence_and_never_a_zero() -> None:
    device = DRIVER.build(SETUP)
    device.ask(0)
    items = device.quiet(300)
    assert faults(items) == ["silent"]
    assert readings(items) == {}
