"""What a slave is: every driver of asked devices puts its own questions, and what it understands counts.

A driver that reads many believable values and is refused nothing fits best. Registers are numbers without names, so a
guess stays a guess: all that fit are told, the best first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from agent.driver import SerialDevice, SerialDriver, Setup
from agent.finding.wire import Wire, without_echo
from agent.model.events import Fault, Item, Reading

ONE_POLL: Final = 7 * 86_400_000
"""An interval so long that no second poll is due."""
QUESTIONS: Final = 8
"""Requests that a driver may put for one guess."""


class Guess(NamedTuple):
    """A driver that may be the right one: values it read that are not zero, all values, refusals, an example."""

    driver: str
    telling: int
    values: int
    refused: int
    example: str


def guesses(wire: Wire, address: int, drivers: Iterable[SerialDriver]) -> list[Guess]:
    """Give the drivers that a slave could be of, the best first."""
    found = [guess for driver in drivers if (guess := _tried(wire, address, driver))]
    return sorted(found, key=lambda one: (-one.telling, one.refused, -one.values, one.driver))


def _tried(wire: Wire, address: int, driver: SerialDriver) -> Guess | None:
    device = (driver.decoder or driver.build)(Setup("scan", address=address, interval_ms=ONE_POLL))
    items = list(asked(wire, device))
    readings = [one for one in items if isinstance(one, Reading)]
    faults = [one.fault for one in items if isinstance(one, Fault)]
    if len(readings) <= len(faults) or set(faults) - {"refused"}:
        return None
    telling = [one for one in readings if one.value not in (0, False, "")]
    example = ", ".join(f"{one.quantity} {one.value}" for one in (telling or readings)[:3])
    return Guess(driver.name, len(telling), len(readings), len(faults), example)


def asked(wire: Wire, device: SerialDevice, questions: int = QUESTIONS) -> Iterator[Item]:
    """Put a device's own questions, as long as they are answered, and give what it makes of the answers."""
    now = 0
    for _ in range(questions):
        now += 1000  # told time: whatever belongs to the first poll is due
        due = device.due()
        if due is None or due > now:
            return
        request = device.ask(now)
        if not request:
            return
        reply, _ = without_echo(request, wire.ask(request, device.timeout_ms))
        items = device.receive(reply, now) if reply else []
        if device.waiting:
            items += device.quiet(now)
        yield from items
        if not reply:
            return
