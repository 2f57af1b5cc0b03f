"""A driver of serial devices: what it is given, what a device and its player do, what the driver says of the family.

Five things that were tried and matter: silence counts from the last byte, not from the request; a half frame may hide
a whole one (`quiet` releases it); "not due" is not "talks by itself"; items come back in the order of the wire; an
answer is matched to the request, never to hope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from agent.driver.base import Options, Tick
from agent.model.effects import Order
from agent.model.events import Event, Item, Outcome, Value


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How the wire is set: baud in bit/s, data bits, parity N/E/O, stop bits."""

    baud: int = 9600
    bits: int = 8
    parity: Literal["N", "E", "O"] = "N"
    stop: int = 1


@dataclass(frozen=True, slots=True)
class Setup:
    """What a serial driver is given: its name, its address on a shared bus, its options, and what it must remember.

    `memory` maps a device's lasting identity (a terminal's uid) to the highest event id that the journal holds.
    `interval_ms` is how often a polled device shall be asked. `wall` tells the wall time in Unix milliseconds for an
    engine time, or None while the clock is not trusted: terminals without a clock are set by it.
    """

    device: str
    address: int = 1
    interval_ms: int = 10_000
    options: Options = field(default_factory=Options)
    memory: Mapping[str, int] = field(default_factory=dict)
    wall: Callable[[int], int | None] = lambda _t: None


class SerialDevice(Protocol):
    """One device on a serial line. `waiting` is true while an answer is outstanding."""

    device: str
    waiting: bool
    timeout_ms: int
    """Silence after the last byte (or after the request) at which `quiet` is called while waiting."""
    quiet_ms: int
    """Silence after the last byte at which `quiet` is called when not waiting: releases a half frame."""

    def due(self) -> int | None:
        """Give the time at which there is something to send, or None when there is nothing."""
        ...

    def ask(self, now: int) -> bytes:
        """Give what is to be sent now (b"" for nothing). Called only when due and the bus is free."""
        ...

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes as they came, give what they mean."""
        ...

    def quiet(self, now: int) -> list[Item]:
        """Nothing came for `timeout_ms` (waiting) or `quiet_ms`: release what a half frame hid; say `silent`."""
        ...

    def command(self, order: Order, now: int) -> bytes:
        """Give the bytes that make the device say, show, switch or keep this, or b"" if it cannot.

        A device on a bus sets `waiting` if it answers: the bus then keeps the line for the answer. What was switched is
        read back at once: the device makes itself due.
        """
        ...

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:
        """The journal decided on an event of ours: give the acknowledgement, or b""."""
        ...


class SerialPlayer(Protocol):
    """The device's own side, made of the driver's encoders: what the simulator plays and the tests talk to."""

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """The world changed: remember what the sensor would see."""
        ...

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Something happened at the device: a key, a card, a phrase."""
        ...

    def receive(self, data: bytes, now: int) -> bytes:
        """Take what the host sent, give what the device answers."""
        ...

    def due(self) -> int | None:
        """Give when the device will next say something by itself (None: only answers)."""
        ...

    def talk(self, now: int) -> bytes:
        """Give what the device says by itself now."""
        ...


@dataclass(frozen=True, slots=True)
class Seek:
    """For `caretaker scan`: what any device of a protocol answers, and how an answer is told from noise.

    `requests` gives harmless requests to an address, `heard` tells whether these bytes answer one of them; a refusal
    does, an echo does not.
    """

    requests: Callable[[int], tuple[bytes, ...]]
    heard: Callable[[bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class SerialDriver:
    """A device family on a serial line, as registered under the entry point group `caretaker.drivers.serial`.

    `asked` devices answer requests and may share a bus by `address`; the others talk by themselves and own their line.
    `decode_request` tells `caretaker decode` which request an answer belongs to when none is given.
    """

    name: str
    summary: str
    build: Callable[[Setup], SerialDevice]
    player: Callable[[Setup], SerialPlayer]
    quantities: tuple[str, ...]
    events: tuple[str, ...] = ()
    options: type[Options] = Options
    serial: SerialSettings = SerialSettings()
    asked: bool = False
    ticks: tuple[Tick, ...] = ()
    request_for: Callable[[Setup, bytes], bytes | None] | None = None
    """For `decode`: the driver's own request whose answer has the length of these bytes (asked devices)."""
    decoder: Callable[[Setup], SerialDevice] | None = None
    """For `decode`: builds a device that explains frames out of their session; None: `build` does (FTL/1 cannot)."""
    outputs: tuple[str, ...] = ()
    """Quantities that can be switched, and are read back."""
    outputs_of: Callable[[Any], tuple[str, ...]] | None = None
    """Which of them a device with these options has; None: all."""
    seek: Seek | None = None
    """Set by the one driver of a protocol that speaks for all of its devices."""
    keys: tuple[str, ...] = ()
    """Settings of the device itself that `Configure` may set."""
    silent_after_ms: int | None = 0
    """Silence after which a device that nobody asks is offline, unless the settings say how often it speaks. 0: three
    intervals. None: it speaks only when something happens, and its silence means nothing."""
    wraps: Mapping[str, float] = field(default_factory=dict)
    """Where totals of this family begin at 0 again: by quantity, the value behind the last one, in its unit."""
