"""Sensors that are asked, on a real line in virtual time: asked in time, missed when mute, set up again, settings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from agent.driver import SerialDriver
from agent.io.memory import MemoryClock
from agent.model.effects import Configure
from agent.model.events import Availability, Fault, Item, Reading
from agent.registry import serial_driver
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from tests.drivers import uart_kit as uart
from tests.wires import Bench

ASKED: list[tuple[str, dict[str, object], str]] = [
    ("winsen-mhz19", {"warm_up": "0s"}, "co2"),
    ("winsen-zphs01b", {"warm_up": "0s"}, "pm10"),
    ("winsen-ze03", {"mode": "asked", "warm_up": "0s"}, "co"),
    ("winsen-ze07", {"mode": "asked", "warm_up": "0s"}, "co"),
    ("winsen-zh03b-zh06", {"mode": "asked"}, "pm10"),
    ("dfrobot-multigas", {"mode": "passive", "warm_up": "0s"}, "co"),
    ("nova-sds011", {"mode": "query"}, "pm10"),
    ("plantower-pms", {"mode": "passive"}, "pm10"),
    ("jsn-sr04t", {"mode": "trigger"}, "distance"),
    ("benewake-tf", {"mode": "trigger"}, "distance"),
]


class Table:
    """A driver's device on a line, and its player at the far end, whose answers come in two pieces."""

    def __init__(self, driver: SerialDriver, options: dict[str, object]) -> None:
        made = uart.setup(driver, 5000, **options)
        self.player: Any = driver.player(made)
        self.clock = MemoryClock()
        self.mute = False
        self.items: list[Item] = []
        self.bench = Bench(self.clock, self.answer)
        self.line = Line(
            "uart", self.bench, [driver.build(made)], clock=self.clock, deliver=self.items.extend, counters=Counters(),
            faults=FaultLog(self.clock), asked=driver.asked, wires={made.device: driver.serial},
        )  # fmt: skip

    def answer(self, data: bytes, now: int) -> list[tuple[int, bytes]]:
        said = b"" if self.mute else self.player.receive(data, now)
        return [(20, said[:3]), (30, said[3:])] if said else []

    def until(self, t: int) -> list[Item]:
        self.items.clear()
        while self.clock.t < t:
            self.line.turn(t - self.clock.t)
        return list(self.items)


@pytest.mark.parametrize(("name", "options", "quantity"), ASKED, ids=[name for name, _, _ in ASKED])
def test_asked_every_interval_missed_when_mute_and_heard_again(
    name: str, options: dict[str, object], quantity: str
) -> None:
    table = Table(serial_driver(name), options)
    table.player.set(quantity, 700)
    heard = [item.t for item in table.until(20_500) if isinstance(item, Reading) and item.quantity == quantity]
    assert len(heard) in {4, 5}
    assert all(abs(b - a - 5000) <= 500 for a, b in pairwise(heard[1:]))
    table.mute = True
    silent = {item.fault for item in table.until(60_000) if isinstance(item, Fault)}
    assert silent == {"silent"}
    table.mute = False
    again = table.until(120_000)
    assert uart.plain(again)[quantity] == 700


def test_a_sensor_on_a_bus_of_its_own_goes_offline_and_comes_back() -> None:
    table = Table(serial_driver("winsen-mhz19"), {})
    table.until(11_000)
    table.mute = True
    gone = [item.value for item in table.until(60_000) if isinstance(item, Availability)]
    table.mute = False
    back = [item.value for item in table.until(120_000) if isinstance(item, Availability)]
    assert (gone, back) == (["offline"], ["online"])


@pytest.mark.parametrize(
    ("name", "key", "value", "attribute", "expected"),
    [
        ("winsen-mhz19", "range", "10000", "top", 10_000),
        ("nova-sds011", "period", "5", "minutes", 5),
        ("benewake-tf", "save", "now", "saved", True),
        ("hlk-ld2450", "tracking", "single", "most", 1),
    ],
)
def test_a_setting_reaches_the_sensor(name: str, key: str, value: str, attribute: str, expected: object) -> None:
    driver = serial_driver(name)
    assert key in driver.keys
    table = Table(driver, {})
    table.until(7000)
    table.line.say(Configure("s", table.clock.t, key, value))
    items = table.until(9000)
    assert getattr(table.player, attribute) == expected
    assert [item for item in items if isinstance(item, Fault)] == []
