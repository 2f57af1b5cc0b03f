"""Lines on real ptys, turned by a thread of their own: a meter that is unplugged, a terminal that is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from agent.driver import SerialSettings, Setup
from agent.io.clock import SystemClock
from agent.io.serial_port import SerialPort
from agent.model.events import Availability, Event, Item, Reading
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from drivers.ftl1 import DRIVER as FTL1
from drivers.xy_md02 import DRIVER as XY_MD02
from tests.wires import Adapter


class Running:
    """A line on a real pty, turned by a thread of its own, until the test says stop."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._line.wake()
        self.thread.join()
        self._line.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._line.turn()


class Heard:
    """What a line delivered, and a way to wait for it."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._more = threading.Condition()

    def deliver(self, items: list[Item]) -> None:
        with self._more:
            self.items += items
            self._more.notify_all()

    def wait(self, wanted: Callable[[Item], bool]) -> Item:
        with self._more:
            while not (found := [item for item in self.items if wanted(item)]):
                self._more.wait()
            self.items.clear()
            return found[0]


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path / "usb-rs485")
    yield adapter
    adapter.pull()


def real(adapter: Adapter, heard: Heard, device: object, *, asked: bool) -> Line:
    clock = SystemClock()
    return Line(
        "bus-1", SerialPort(str(adapter.link), SerialSettings()), [device], clock=clock,  # type: ignore[list-item]
        deliver=heard.deliver, counters=Counters(), faults=FaultLog(clock), asked=asked,
    )  # fmt: skip


def test_a_real_meter_is_read_unplugged_and_read_again_under_another_number(adapter: Adapter) -> None:
    setup = Setup("pump-room", address=1, interval_ms=100)
    meter, player, heard = XY_MD02.build(setup), XY_MD02.player(setup), Heard()
    player.set("temperature", 30.5)
    player.set("humidity", 54.6)

    def is_reading(item: Item) -> bool:
        return isinstance(item, Reading)

    with Running(real(adapter, heard, meter, asked=True)):
        adapter.say(player.receive(adapter.hear(8), 0))
        assert heard.wait(is_reading).device == "pump-room"
        other = adapter.link.readlink()
        adapter.pull()
        lost = heard.wait(lambda item: isinstance(item, Availability) and item.scope == "line")
        assert isinstance(lost, Availability)
        assert (lost.value, lost.reason) == ("offline", "CT204")
        spare = Adapter(adapter.link.with_name("spare"))
        adapter.plug()
        assert adapter.link.readlink() != other
        adapter.say(player.receive(adapter.hear(8), 0))
        assert heard.wait(is_reading).device == "pump-room"
        spare.pull()


def test_a_real_terminal_is_answered_from_the_lines_own_thread(adapter: Adapter) -> None:
    setup = Setup("lobby", address=1)
    host, player, heard = FTL1.build(setup), FTL1.player(setup), Heard()
    clock = SystemClock()
    player.fact("button", "single", clock.now(), "key=1")

    def terminal() -> None:
        while player.flash.records:
            data = player.receive(adapter.hear(1), clock.now()) if adapter.heard(5) else player.talk(clock.now())
            if data:
                adapter.say(data)

    line = real(adapter, heard, host, asked=False)
    thread = threading.Thread(target=terminal)
    with Running(line):
        thread.start()
        event = heard.wait(lambda item: isinstance(item, Event) and item.quantity == "button")
        assert isinstance(event, Event)
        assert player.flash.records
        line.settle(event, "stored")
        thread.join()
