"""Playing any driver by its contract alone: a serial device and its player on one line, an MQTT family and one device.

It knows no driver but by an example of its options, where its defaults say nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from agent.driver import (
    Binding,
    MqttDevices,
    MqttDriver,
    MqttPlayer,
    MqttSetup,
    Options,
    SerialDevice,
    SerialDriver,
    SerialPlayer,
    Setup,
)
from agent.model.effects import Switch
from agent.model.events import Event, Fault, Item, Reading
from agent.model.outside import decoded
from agent.model.quantities import EVENT_KINDS, QUANTITIES, believable
from agent.registry import mqtt_driver, serial_driver

REGISTER = {"address": 0, "quantity": "temperature", "scale": 0.1, "type": "s16"}
RELAY = {"address": 0, "fc": 1, "quantity": "relay_1", "type": "flag", "output": True}
JSON = {
    "topic": "t/+",
    "levels": ["device"],
    "values": [{"path": "t", "quantity": "temperature"}, {"path": "r", "quantity": "relay_1"}],
    "outputs": {"relay_1": {"topic": "t/+/set"}},
}
FRAME = {
    "start": "AA 01",
    "length": 6,
    "checks": [{"kind": "sum8"}],
    "fields": [
        {"at": 2, "type": "s16be", "scale": 0.1, "quantity": "temperature"},
        {"at": 4, "quantity": "door_open"},
    ],
}
LINE = {
    "pattern": r"T=(?P<t>-?\d+\.\d)C H=(?P<h>\d+)%",
    "values": [{"group": "t", "quantity": "temperature"}, {"group": "h", "quantity": "humidity"}],
}
BUTTON = {
    "pattern": r"KEY (?P<n>\d+)",
    "values": [{"group": "n", "event": "button", "value": "single", "part": "channel={}"}],
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "ld3320": {"phrases": {"da sao": "21"}},
    "at-modem": {"numbers": ["+8613800000000"]},
    "eastron-sdm": {"model": "sdm120"},
    "nh3-485": {"map": "jxbs-3001"},
    "modbus-generic": {"registers": [REGISTER, RELAY]},
    "modbus-table": {"registers": [REGISTER, RELAY]},
    "json-topic": {"entries": [JSON]},
    "frame-table": {"frames": [FRAME]},
    "text-line": {"lines": [LINE, BUTTON]},
}
"""Options without which a driver says nothing."""
OWN_IDS = {
    "chirpstack": "24e124126d090807",
    "openmqttgateway": "4C:33:A6:60:3C:79",
    "shelly": "shellyplus1-08b61fd141e8",
    "theengs": "4C:33:A6:60:3C:79",
    "tts": "24e124126d090807",
}
"""Where an id has a form of its own."""
WORLD: dict[str, float] = {
    "temperature": 21.5, "humidity": 45.0, "pressure": 1000.0, "voltage": 230.0, "frequency": 50.0, "power_factor": 0.9,
    "distance": 800.0, "battery_voltage": 3.0, "rssi": -60.0, "co2": 800.0,
}  # fmt: skip
"""What is so in the world that is played; other quantities are 12, states are true."""
WORDS = {"card": "0013530444", "voice": "21", "button": "single", "rating": "3", "switch": "on", "code": "played"}


def world(quantity: str) -> Any:
    known = QUANTITIES[quantity]
    if known.kind == "state":
        return True
    return "played" if known.kind == "text" else WORLD.get(quantity, min(max(12.0, known.low), known.high))


def show_world(player: SerialPlayer | MqttPlayer, quantities: tuple[str, ...]) -> None:
    """Set everything that this player can show; what it cannot (a part is missing) it refuses by KeyError."""
    for quantity in quantities:
        with contextlib.suppress(KeyError, ValueError):
            player.set(quantity, world(quantity))


class Bench:
    """A serial device and its player on one line, in simulated time. `cut`: the host gets single bytes."""

    def __init__(self, name: str, *, cut: bool = False) -> None:
        found = serial_driver(name)
        given = Setup("played", interval_ms=1000, options=found.options.model_validate(EXAMPLES.get(name, {})))
        self.device: SerialDevice = found.build(given)
        self.player: SerialPlayer = found.player(given)
        self.now, self._cut = 0, cut
        self.frames: list[bytes] = []
        self._events = found.events
        show_world(self.player, found.quantities)
        self.happen()

    def happen(self) -> None:
        """Let everything happen at the device that can; what it keeps no record of it refuses."""
        for kind in self._events:
            with contextlib.suppress(KeyError, ValueError):
                self.player.fact(kind, WORDS.get(kind, "played"), self.now)

    def run(self, steps: int = 60) -> list[Item]:
        """Let both sides talk for so many turns; give what it means to the host."""
        return [item for _ in range(steps) for item in self._turn()]

    def hear(self, data: bytes) -> list[Item]:
        """Bring bytes to the host and its acknowledgements to the device."""
        pieces = [data[i : i + 1] for i in range(len(data))] if self._cut else [data]
        items = [item for piece in pieces for item in self.device.receive(piece, self.now)]
        for item in items:
            if isinstance(item, Event) and (answer := self.device.settled(item, "stored", self.now)):
                self.player.receive(answer, self.now)
        return items

    def _turn(self) -> list[Item]:
        spoken, asking = self.player.due(), self.device.due()
        dues = [due for due in (spoken, asking) if due is not None]
        if not dues:
            return []
        self.now = max(self.now + 1, min(dues))
        data = self.player.talk(self.now) if spoken is not None and spoken <= self.now else b""
        if not data and asking is not None and asking <= self.now:
            data = self._answer(self.device.ask(self.now))
        self.now += 5
        if data:
            self.frames.append(data)
            return self.hear(data)
        return self._silence() if self.device.waiting else []

    def _answer(self, request: bytes) -> bytes:
        return self.player.receive(request, self.now) if request else b""

    def _silence(self) -> list[Item]:
        self.now += self.device.timeout_ms
        return self.device.quiet(self.now)

    def switch(self, output: str, on: bool) -> None:
        """Tell the device to switch an output, and bring it what the other side answers."""
        answer = self._answer(self.device.command(Switch("played", self.now, output, on), self.now))
        if answer:
            self.hear(answer)


def meant(items: list[Item]) -> list[Item]:
    return [item for item in items if not isinstance(item, Fault)]


def check_claims(found: SerialDriver | MqttDriver, items: list[Item]) -> None:
    """Assert that what was said is what the driver says it can say, and can be true."""
    for item in items:
        assert decoded(item)
        if isinstance(item, Reading):
            assert item.quantity in found.quantities, item
            assert believable(item.quantity, item.value), item
        elif isinstance(item, Event):
            assert item.quantity in found.events, item


def agrees(item: Item) -> bool:
    """Tell whether an item is what the world shows, but for the device's resolution."""
    if isinstance(item, Event):
        return item.value == WORDS.get(item.quantity)
    if not isinstance(item, Reading):
        return False
    wanted = world(item.quantity)
    if isinstance(wanted, bool | str) or isinstance(item.value, bool | str):
        return item.value == wanted
    return abs(item.value - wanted) <= 0.5 + abs(wanted) / 50


class Air:
    """An MQTT family with one device of it, and that device's player."""

    def __init__(self, name: str) -> None:
        found = mqtt_driver(name)
        self.own = OWN_IDS.get(name, "played")
        options = found.options.model_validate(EXAMPLES.get(name, {}))
        self.devices: MqttDevices = found.build(MqttSetup({self.own: Binding("ours", Options())}, options))
        self.player: MqttPlayer = found.player(self.own, options)
        show_world(self.player, found.quantities)

    def hear(self, messages: Any, now: int = 0) -> list[Item]:
        """Bring messages to the host."""
        return [
            item for one in messages for item in self.devices.receive(one.topic, one.payload, retained=False, now=now)
        ]

    def everything(self) -> Iterator[Any]:
        """Give all that the player can say."""
        yield from self.player.talk(0)
        for kind in EVENT_KINDS:
            with contextlib.suppress(KeyError, ValueError):
                yield from self.player.fact(kind, WORDS.get(kind, "played"), 0)
        yield from self.player.birth(online=True)
