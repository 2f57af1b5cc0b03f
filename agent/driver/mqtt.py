"""A driver of an MQTT ecosystem: what it is given, what its devices and players do, what it says of the family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from agent.driver.base import Options, Tick
from agent.model.effects import Order
from agent.model.events import Item, Value


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
