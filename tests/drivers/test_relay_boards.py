"""Relay boards and the tower light: every vector, switching with read-back, any cut, hostile bytes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import SerialDriver, Setup
from agent.model.effects import Switch
from agent.model.events import Fault, Item, Undecoded
from agent.registry import serial_driver
from drivers.lc_relay import BANNER
from drivers.tower_light_485 import COILS
from drivers.wire.meter import Meter
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.register_table import Block
from tests.drivers.modbus_kit import HOSTILE_BYTES, Hungry, faults, readings, rejected, vector
from tests.kit import hostile, same_however_cut, serial_vectors

ADDRESS = {"waveshare-relay": 1, "lc-relay": 255, "eletechsup-relay": 1, "tower-light-485": 1}


def _setup(name: str, **options: Any) -> Setup:
    return Setup(name, ADDRESS[name], options=serial_driver(name).options.model_validate(options))


def _decoded(name: str, reply: bytes) -> list[Item]:
    """Decode as `caretaker decode` does."""
    driver = serial_driver(name)
    assert driver.request_for is not None
    assert driver.decoder is not None
    device = driver.decoder(Setup(name))
    assert isinstance(device, Meter)
    request = driver.request_for(Setup(name), reply)
    if request is not None:
        device.expect(request, 0)
    return device.receive(reply, 0) + device.quiet(device.timeout_ms)


def _on(items: list[Item]) -> set[str]:
    return {quantity for (quantity, _), value in readings(items).items() if value is True}


STATES = {
    "waveshare-relay-05": ({"relay_1", "relay_7"}, 8),
    "waveshare-relay-09": ({"input_1", "input_3"}, 8),
    "lc-relay-04": ({"relay_1"}, 8),
    "lc-relay-06": ({"input_1"}, 8),
    "eletechsup-relay-04": ({"relay_1", "relay_4"}, 4),
}
REPLIES = [v for name in ADDRESS for v in serial_vectors(name) if v["direction"] == "device->host"]


@pytest.mark.parametrize("reply", REPLIES, ids=lambda v: v["id"])
def test_every_reply_says_what_the_reference_says(reply: dict[str, Any]) -> None:
    items = _decoded(reply["device"], reply["raw"])
    if reply.get("expect") == "reject":
        assert items
        assert all(isinstance(item, Fault) for item in items)
    elif reply["id"] in STATES:
        on, count = STATES[reply["id"]]
        assert (_on(items), len(items)) == (on, count)
        told = reply["decoded"]
        numbers = told.get("relays_on", told.get("inputs_on"))
        assert numbers is None or {int(name[-1]) for name in on} == set(numbers)
        assert told.get("channels") in (None, [1, 0, 0, 1])
    else:  # What configures a board, or acknowledges a write, is no state.
        assert [type(item) for item in items] == [Undecoded]


SWITCHES = {
    "waveshare-relay-01": ("relay_1", True, {}),
    "waveshare-relay-02": ("relay_1", False, {}),
    "lc-relay-01": ("relay_1", True, {}),
    "lc-relay-02": ("relay_1", False, {}),
    "eletechsup-relay-01": ("relay_1", True, {}),
    "eletechsup-relay-02": ("relay_1", False, {}),
    "tower-light-485-01": ("lamp_red", True, {}),
    "tower-light-485-02": ("lamp_yellow", True, {}),
    "tower-light-485-03": ("lamp_green", True, {}),
    "tower-light-485-04": ("buzzer", True, {}),
    "tower-light-485-06": ("lamp_red", True, {"lamp_red": "2Hz"}),
    "tower-light-485-07": ("lamp_red", True, {"lamp_red": "1Hz"}),
    "tower-light-485-08": ("lamp_red", True, {"lamp_red": "0.5Hz"}),
    "tower-light-485-09": ("buzzer", True, {"buzzer": "1Hz"}),
    "tower-light-485-10": ("lamp_green", True, {"lamp_green": "1Hz"}),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_what_is_sent_is_what_the_reference_shows_and_the_board_obeys(name: str) -> None:
    family, _, number = name.rpartition("-")
    output, on, options = SWITCHES[name]
    driver, setup = serial_driver(family), _setup(family, **options)
    device, player = driver.build(setup), driver.player(setup)
    player.set(output, not on)
    request = device.command(Switch(family, 0, output, on), 0)
    assert request == vector(family, number)
    assert device.receive(player.receive(request, 0), 0) == []
    items = device.receive(player.receive(device.ask(10), 10), 10)
    assert readings(items)[output, ""] is on
    assert faults(items) == []


@pytest.mark.parametrize(
    ("name", "options", "numbers"),
    [
        ("waveshare-relay", {"inputs": 8}, ("04", "08")),
        ("lc-relay", {}, ("03",)),
        ("eletechsup-relay", {}, ("03",)),
    ],
)
def test_a_poll_asks_what_the_reference_shows(name: str, options: dict[str, int], numbers: tuple[str, ...]) -> None:
    driver, setup = serial_driver(name), _setup(name, **options)
    device, player = driver.build(setup), driver.player(setup)
    for number in numbers:
        request = device.ask(0)
        assert request == vector(name, number)
        assert faults(device.receive(player.receive(request, 0), 0)) == []
    assert device.due() == 10_000


def _world(driver: SerialDriver, setup: Setup) -> tuple[dict[tuple[str, str], bool], Any]:
    device = driver.build(setup)
    assert isinstance(device, Meter)
    names = [row.quantity for row in device._tables[0].rows]
    world = {(name, ""): place % 3 == 0 for place, name in enumerate(names)}
    player = driver.player(setup)
    for (name, _), state in world.items():
        player.set(name, state)
    return world, player


@pytest.mark.parametrize(
    ("name", "options"),
    [("waveshare-relay", {}), ("lc-relay", {}), ("eletechsup-relay", {}), ("tower-light-485", {})],
)
def test_states_survive_any_cut_and_hostile_bytes(name: str, options: dict[str, Any]) -> None:
    driver, setup = serial_driver(name), _setup(name, **options)
    world, player = _world(driver, setup)
    request = driver.build(setup).ask(0)
    reply = player.receive(request, 0)

    def waiting() -> Meter:
        device = driver.build(setup)
        assert isinstance(device, Meter)
        device.ask(0)
        return device

    assert readings(same_however_cut(waiting, reply)) == world
    for device in (waiting(), Hungry(setup, *waiting()._tables)):
        hostile(device, lambda: reply, lambda items: readings(items) == world, total=HOSTILE_BYTES)


def test_the_world_of_a_whole_board_comes_back() -> None:
    for name in ("waveshare-relay", "lc-relay", "eletechsup-relay"):
        driver, setup = serial_driver(name), _setup(name, relays=8, inputs=8)
        world, player = _world(driver, setup)
        device = driver.build(setup)
        items = [item for _ in range(2) for item in device.receive(player.receive(device.ask(0), 0), 0)]
        assert readings(items) == world
        assert {quantity for quantity, _ in world} == set(driver.quantities)


def test_a_banner_costs_an_lc_board_no_order() -> None:
    driver, setup = serial_driver("lc-relay"), _setup("lc-relay")
    device, player = driver.build(setup), driver.player(setup)
    assert device.command(Switch("lc-relay", 0, "relay_1", True), 0) == vector("lc-relay", "01")
    assert [v["id"] for v in rejected("lc-relay")] == ["lc-relay-16"]
    assert device.receive(vector("lc-relay", "16"), 5) == []
    assert faults(device.quiet(400)) == ["junk"]  # The board heard nothing: its banner was in the way.
    for now in (500, 600, 700):
        items = device.receive(player.receive(device.ask(now), now), now)
    assert readings(items)["relay_1", ""] is True
    assert faults(items) == []


def test_an_lc_board_that_gets_power_is_off_and_says_its_banner() -> None:
    driver, setup = serial_driver("lc-relay"), _setup("lc-relay", relays=1)
    player = driver.player(setup)
    player.set("relay_1", True)
    player.fact("reboot", "power", 50)
    assert player.due() == 50
    assert player.talk(40) == b""
    banner = player.talk(50)
    assert banner == BANNER
    assert player.due() is None
    device = driver.build(setup)
    assert isinstance(device, Meter)
    reply = player.receive(device.ask(60), 60)

    def waiting() -> Meter:
        fresh = driver.build(setup)
        assert isinstance(fresh, Meter)
        fresh.ask(0)
        return fresh

    items = same_however_cut(waiting, banner + reply)
    assert readings(items) == {("relay_1", ""): False}


def test_inputs_of_an_n4d8_are_read_apart() -> None:
    device = serial_driver("eletechsup-relay").build(_setup("eletechsup-relay", relays=8, inputs=8))
    assert isinstance(device, Meter)
    assert device._tables[0].blocks() == [Block(3, 1, 8), Block(3, 0x81, 8)]


def test_a_tower_light_that_cannot_be_read_is_switched_all_the_same() -> None:
    driver = serial_driver("tower-light-485")
    assert driver.serial.parity == "E"
    assert driver.outputs == COILS
    device = driver.build(_setup("tower-light-485", read_back=False))
    assert device.due() is None
    request = device.command(Switch("tower-light-485", 0, "lamp_red", True), 0)
    assert device.receive(request, 0) == []
    assert device.due() is None
    device = driver.build(_setup("tower-light-485"))
    device.ask(0)
    assert faults(device.receive(Reply(1, 1, exception=1).frame(), 0)) == ["refused"]


def test_words_that_no_board_knows_are_refused() -> None:
    for name, wrong in (("waveshare-relay", {"relays": 9}), ("tower-light-485", {"buzzer": "loud"})):
        with pytest.raises(ValidationError):
            serial_driver(name).options.model_validate(wrong)
    player = serial_driver("waveshare-relay").player(_setup("waveshare-relay"))
    assert player.receive(vector("waveshare-relay", "03"), 0) == Reply(1, 5, exception=3).frame()
    assert player.receive(Request(1, 15, 0, 8, (1,) * 8).frame(), 0) == Reply(1, 15, 0, 8).frame()
