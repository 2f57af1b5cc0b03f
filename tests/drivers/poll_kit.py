"""What the tests of meters with several requests a poll share: one whole poll, cut anywhere, and hostile bytes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from agent.driver import SerialDevice, SerialDriver, SerialPlayer, Setup
from agent.model.events import Fault, Item
from drivers.wire.meter import Meter
from drivers.wire.modbus_rtu import Request
from tests.drivers.modbus_kit import HOSTILE_BYTES, World, readings, vector
from tests.kit import hostile

POLL_MS = 100_000


class Poll:
    """A device and its player; `run` does what is due in one poll and notes the requests."""

    def __init__(self, driver: SerialDriver, setup: Setup, world: World | None = None, seed: int = 0) -> None:
        setup = replace(setup, interval_ms=POLL_MS)
        self.device: SerialDevice = driver.build(setup)
        self.player: SerialPlayer = driver.player(setup)
        self.asked: list[Request] = []
        self.now, self._dice = 0, random.Random(seed)
        self._cut = seed
        for (quantity, part), value in (world or {}).items():
            self.player.set(quantity, value, part)

    def run(self) -> list[Item]:
        """Do one poll; give what it says. With a seed, answers come in pieces."""
        self.asked.clear()
        items: list[Item] = []
        for _ in range(40):
            due = self.device.due()
            if due is None or due > self.now + 1000:
                break
            self.now = max(self.now, due)
            items += self.turn()
        self.now += POLL_MS
        return items

    def turn(self) -> list[Item]:
        """Do one request and its answer; silence where the player gives none."""
        sent = self.device.ask(self.now)
        request = Request.parse(sent)
        assert request is not None
        self.asked.append(request)
        reply = self.player.receive(sent, self.now)
        items: list[Item] = []
        for piece in self._pieces(reply):
            items += self.device.receive(piece, self.now)
        return items + (self.device.quiet(self.now) if self.device.waiting else [])

    def _pieces(self, data: bytes) -> list[bytes]:
        if not self._cut or len(data) < 2:
            return [data]
        at = self._dice.randrange(1, len(data))
        return [data[:at], data[at:]] if self._cut > 1 else [data[n : n + 1] for n in range(len(data))]


class Asked:
    """A device that is asked again as soon as it has an answer, so that hostile bytes always find it waiting."""

    def __init__(self, device: SerialDevice) -> None:
        self._device, self.device = device, device.device
        self.timeout_ms, self.quiet_ms = device.timeout_ms, device.quiet_ms
        self.request = device.ask(0)

    def __getattr__(self, name: str) -> object:
        return getattr(self._device, name)

    def ask(self, now: int) -> bytes:
        """Ask, and remember what was asked."""
        self.request = self._device.ask(now)
        return self.request

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Ask if nothing is outstanding, then take the bytes."""
        if not self._device.waiting:
            self.ask(now)
        return self._device.receive(data, now)


def check_polled(driver: SerialDriver, setup: Setup, world: World, *requests: Request) -> None:
    """Assert that one poll puts these requests and reads this world, cut anywhere, through hostile bytes."""
    for seed in range(4):
        poll = Poll(driver, setup, world, seed)
        items = poll.run()
        assert readings(items) == world
        assert [item for item in items if isinstance(item, Fault)] == []
        assert poll.asked == list(requests)
        assert readings(poll.run()) == world
    assert {quantity for quantity, _ in world} <= set(driver.quantities)
    player = Poll(driver, setup, world).player
    asked = Asked(driver.build(replace(setup, interval_ms=1000)))

    def good(items: list[Item]) -> bool:
        heard = readings(items)
        return bool(heard) and heard.items() <= dict(world).items()

    hostile(asked, lambda: player.receive(asked.request, 0), good, total=HOSTILE_BYTES)  # type: ignore[arg-type]


def check_requests(driver: SerialDriver, setup: Setup, *numbers: str) -> None:
    """Assert that these vectors are what one poll sends, in this order."""
    poll = Poll(driver, setup)
    poll.run()
    assert [request.frame() for request in poll.asked] == [vector(driver.name, number) for number in numbers]


def given(driver: SerialDriver, address: int = 1, **options: Any) -> Setup:
    """Give a setup with these options."""
    return Setup(driver.name, address=address, options=driver.options.model_validate(options))


def alone(driver: SerialDriver, reply: bytes, request: bytes | None = None, **options: Any) -> list[Item]:
    """Explain an answer as `caretaker decode` does: with options or without, and without a request it finds one."""
    try:
        setup = given(driver, **options)
    except ValidationError:
        setup = Setup(driver.name)
    device = (driver.decoder or driver.build)(setup)
    assert isinstance(device, Meter)
    assert driver.request_for is not None
    asked = request or driver.request_for(setup, reply)
    if asked is not None:
        device.expect(asked, 0)
    return device.receive(reply, 0) + device.quiet(device.timeout_ms)


def check_vector(driver: SerialDriver, number: str, world: World, request: str = "", **options: Any) -> None:
    """Assert that a vector means this and nothing else, that its echo in front harms nothing, and a bad CRC does."""
    reply = vector(driver.name, number)
    asked = vector(driver.name, request) if request else None
    items = alone(driver, reply, asked, **options)
    assert readings(items) == world
    assert len(items) == len(world)
    assert readings(alone(driver, reply[:-1] + bytes((reply[-1] ^ 1,)), asked, **options)) == {}
    if asked is not None:
        assert alone(driver, asked + reply, **options) == items
