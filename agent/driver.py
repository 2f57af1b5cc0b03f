"""The driver contract: what a device file offers, and what the core promises it.

A driver is a state machine over bytes that is told the time (DESIGN law 1). It opens nothing, waits for nothing, logs
nothing and never raises on bytes: whatever arrives, it returns items, and what it refuses comes back as a `Fault`.
All times are engine milliseconds. Bytes may be cut anywhere.

Five things that were tried and matter: silence counts from the last byte, not from the request; a half frame may hide
a whole one (`quiet` releases it); "not due" is not "talks by itself"; items come back in the order of the wire; an
answer is matched to the request, never to hope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from agent.model.effects import Order
from agent.model.events import Event, Item, Outcome, Value

Tick = Literal["encoder", "vectors", "any-cut", "hostile", "capture", "bench"]
"""What has been shown for a driver. capture: at least one vector was seen on real hardware; bench: we held one."""


class Options(BaseModel):
    """Base of every driver's options in the YAML files: unknown words are refused, values are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
    keys: tuple[str, ...] = ()
    """Settings of the device itself that `Configure` may set."""
    silent_after_ms: int | None = 0
    """Silence after which a device that nobody asks is offline, unless the settings say how often it speaks. 0: three
    intervals. None: it speaks only when something happens, and its silence means nothing."""
    wraps: Mapping[str, float] = field(default_factory=dict)
    """Where totals of this family begin at 0 again: by quantity, the value behind the last one, in its unit."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One MQTT device of the settings: our name for it and its options, found by its own id."""

    device: str
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class MqttSetup:
    """What an MQTT driver is given. `bindings` maps the ecosystem's own id to ours; None: every id is its own name.

    `unbound` are then the options of every device (`caretaker decode` explains devices that nobody has bound).
    """

    bindings: Mapping[str, Binding] | None = None
    options: Options = field(default_factory=Options)
    wall: Callable[[int], int | None] = lambda _t: None
    unbound: Options | None = None

    def name(self, own_id: str) -> str | None:
        """Give our name for an ecosystem's id, or None for a stranger."""
        if self.bindings is None:
            return own_id
        bound = self.bindings.get(own_id)
        return bound.device if bound else None

    def options_of(self, own_id: str) -> Options | None:
        """Give the options of a bound device, None when it has none or is a stranger."""
        if self.bindings is None:
            return self.unbound
        bound = self.bindings.get(own_id)
        return bound.options if bound else None

    def own_id(self, device: str) -> str | None:
        """Give the ecosystem's id of a device of ours, None if it is not in this ecosystem."""
        if self.bindings is None:
            return device
        return next((own for own, bound in self.bindings.items() if bound.device == device), None)


@dataclass(frozen=True, slots=True)
class Found:
    """A device that was seen on the broker: its own id, what it seems to be, and what the settings would say of it.

    `options` are the device's, `family` those of its ecosystem where they are not the usual ones (a base topic).
    All texts come from outside: they are bounded and printable, and nothing more.
    """

    id: str
    model: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    family: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message, to be sent or played."""

    topic: str
    payload: bytes
    retain: bool = False
    qos: Literal[0, 1] = 0


class MqttDevices(Protocol):
    """All devices of one ecosystem behind the south broker."""

    def topics(self) -> Sequence[str]:
        """Give the filters to subscribe to."""
        ...

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means. Never raises; strangers come back as `Stranger`."""
        ...

    def command(self, order: Order, now: int) -> list[Message]:
        """Give the messages that make the device say, show, switch or keep this, or [] if it cannot."""
        ...


class MqttPlayer(Protocol):
    """One device's own side of an ecosystem, made of the driver's encoders."""

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """The world changed: remember what the sensor would see."""
        ...

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:
        """Something happened at the device: give the messages it sends for it."""
        ...

    def talk(self, now: int) -> list[Message]:
        """Give the device's periodic report."""
        ...

    def birth(self, *, online: bool) -> list[Message]:
        """Give what is published when the device (or its gateway) comes or goes."""
        ...


@runtime_checkable
class ToldPlayer(MqttPlayer, Protocol):
    """The own side of a device that can be told something: its outputs are switched, its state is asked for."""

    def listens(self) -> Sequence[str]:
        """Give the topic filters that the device itself subscribes to."""
        ...

    def receive(self, topic: str, payload: bytes, now: int) -> list[Message]:
        """Take what the device was told, do it, give what it says to that."""
        ...


@dataclass(frozen=True, slots=True)
class MqttDriver:
    """An MQTT ecosystem, as registered under the entry point group `caretaker.drivers.mqtt`.

    `options` are those of the ecosystem (base topic and so on), `device_options` those of one device in it.
    `player` gets the device's own id and the ecosystem's options.
    """

    name: str
    summary: str
    build: Callable[[MqttSetup], MqttDevices]
    player: Callable[[str, Options], MqttPlayer]
    quantities: tuple[str, ...]
    events: tuple[str, ...] = ()
    options: type[Options] = Options
    device_options: type[Options] = Options
    ticks: tuple[Tick, ...] = ()
    outputs: tuple[str, ...] = ()
    """Quantities that can be switched, and are read back."""
    silent_after_ms: int | None = 0
    """As of a serial driver. Battery reporters of most families speak once a day at least."""
    wraps: Mapping[str, float] = field(default_factory=dict)
    """As of a serial driver."""
    discover_topics: tuple[str, ...] = ()
    """Where `caretaker discover` listens for devices of this family."""
    discover: Callable[[str, bytes], list[Found]] | None = None
    """Tells which devices a message shows, with whatever base topic; [] if none. Never raises."""
    frame: Callable[[Options, bytes], list[Item]] | None = None
    """For `decode`: says what bare bytes of such a device mean (a radio payload), where there are any. Never raises."""
    frame_options: type[Options] = Options
    """What `decode` may be told about bare bytes."""


Driver = SerialDriver | MqttDriver
JsonObject = dict[str, Any]
