"""Who answers on a bus: every address at every setting of the wire is asked to read something, and nothing is written.

A refusal is an answer too. Which request any device of a protocol answers is the driver's to say (`SerialDriver.seek`);
the scan knows no protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.driver import Seek, SerialDriver, SerialSettings
from agent.finding.guess import Guess, guesses
from agent.finding.wire import Wire, without_echo

TIMEOUT: Final = 100
"""ms that a slave has for its first byte: most answer within 50, the slowest known (Eastron) within 100."""


@dataclass(frozen=True, slots=True)
class Slave:
    """A slave that answered: at which setting and address, whether the adapter echoes, and what it may be."""

    settings: SerialSettings
    address: int
    echo: bool
    guesses: list[Guess] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried: settings of the wire, addresses, and who says what to ask."""

    settings: Sequence[SerialSettings]
    addresses: Sequence[int]
    seeks: Sequence[Seek]
    timeout_ms: int = TIMEOUT

    @property
    def steps(self) -> int:
        """How many addresses are asked in all."""
        return len(self.settings) * len(self.addresses)


Progress = Callable[[SerialSettings, int, int], None]
"""Told the setting, the address and how many slaves were found, before each address is asked."""


def scan(wire: Wire, plan: Plan, drivers: Iterable[SerialDriver], progress: Progress) -> list[Slave]:
    """Ask everybody and give who answered. Raises `NotConnectedError` when the port goes away."""
    known, found = list(drivers), list[Slave]()
    for settings in plan.settings:
        wire.set(settings)
        for address in plan.addresses:
            progress(settings, address, len(found))
            slave = _sought(wire, plan, address)
            if slave is not None:
                found.append(Slave(settings, address, slave, guesses(wire, address, known)))
    return found


def _sought(wire: Wire, plan: Plan, address: int) -> bool | None:
    """Give whether the adapter echoes if somebody answers at this address, None if nobody does."""
    for seek in plan.seeks:
        for request in seek.requests(address):
            reply, echo = without_echo(request, wire.ask(request, plan.timeout_ms))
            if reply and seek.heard(request, reply):
                return echo
    return None
