"""Binds the world to players: what a thing shows goes to its sensors, what happens at it becomes keys, cards, phrases.

It moves no bytes: serial players are served by the wires, and what MQTT players say is returned as messages. Which
driver a device has is the community's affair; none is named here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from agent.driver import Message, MqttPlayer, SerialPlayer, Setup, ToldPlayer
from agent.model.events import Value
from agent.registry import mqtt_driver, serial_driver
from simulator.community import Actor, Community
from simulator.thing import Happening, WorldError
from simulator.world import World


class Fact(NamedTuple):
    """What a device is told that happened at it: kind, value and part, as drivers name them."""

    kind: str
    value: Value
    part: str = ""


def fact_of(actor: Actor, key: str) -> Fact:
    """Give what pressing `key` (or saying a phrase) of a device's own table is: "3", "single", "1_double", "21"."""
    terminal = actor.settings.terminal
    if terminal and key in terminal.phrases:
        return Fact("voice", key)
    if key.isdigit():
        return Fact("button", "single", f"channel={key}")
    channel, _, word = key.partition("_")
    return Fact("button", word, f"channel={channel}") if word else Fact("button", key)


class _MqttActor:
    """One MQTT device: its player and when it reports next."""

    def __init__(self, actor: Actor, player: MqttPlayer, first: int) -> None:
        self.actor = actor
        self.player = player
        self.next = first
        self.interval = actor.settings.interval


class Devices:
    """All devices of a community, each played by its driver's own encoders."""

    def __init__(self, community: Community, world: World) -> None:
        self._world = world
        self._actors = community.devices
        self.serial = {name: _serial(actor) for name, actor in self._actors.items() if actor.settings.line}
        self._mqtt: dict[str, _MqttActor] = {}
        for name, actor in self._actors.items():
            if not actor.settings.line:
                # Spread over the interval, so that they do not all report in one moment.
                first = len(self._mqtt) * 97 % actor.settings.interval
                self._mqtt[name] = _MqttActor(actor, _mqtt(community, actor), first)
        self._shown: dict[tuple[str, str, str], Value] = {}
        self.silent: set[str] = set()
        """MQTT devices that say nothing (a dead battery)."""
        self.look()

    def on_air(self) -> set[str]:
        """Give the names of the MQTT devices."""
        return set(self._mqtt)

    def look(self) -> set[str]:
        """Show every device what its things are like now; give those at which a state turned."""
        turned: set[str] = set()
        for name, actor in self._actors.items():
            player: SerialPlayer | MqttPlayer = self.serial[name] if name in self.serial else self._mqtt[name].player
            for source in actor.plays:
                value = self._world.value(source.thing, source.of) if source.thing else source.fixed
                value = round(value, 3) if isinstance(value, float) else value
                key = (name, source.quantity, source.part)
                if self._shown.get(key) != value:
                    self._shown[key] = value
                    player.set(source.quantity, value, source.part)
                    if isinstance(value, bool):
                        turned.add(name)
        return turned

    def tell(self, happenings: Iterable[Happening], now: int) -> list[Message]:
        """Let devices hear what happened; give what MQTT devices say of it."""
        said: list[Message] = []
        for happening in happenings:
            for actor in self._actors.values():
                words = actor.hears.get(happening.thing, {})
                if happening.word in words:
                    key = words[happening.word]
                    fact = fact_of(actor, key) if key else Fact(happening.word, happening.value)
                    said += self.fact(actor.name, fact, now)
        return said

    def press(self, device: str, key: str, now: int) -> list[Message]:
        """Press a key or say a phrase of a device's table; give what an MQTT device says of it."""
        if device not in self._actors:
            raise WorldError(f"the community has no device '{device}'")
        return self.fact(device, fact_of(self._actors[device], key), now)

    def fact(self, device: str, fact: Fact, now: int) -> list[Message]:
        """Let something happen at a device; give what an MQTT device says of it (serial ones say it on their wire)."""
        if device in self.serial:
            self.serial[device].fact(fact.kind, fact.value, now, fact.part)
            return []
        said = self._mqtt[device].player.fact(fact.kind, fact.value, now, fact.part)
        return [] if device in self.silent else said

    def report(self, now: int, turned: set[str]) -> list[Message]:
        """Give what MQTT devices say now: those that are due, and those in `turned`, which do not wait."""
        said: list[Message] = []
        for name, one in self._mqtt.items():
            if name not in turned and one.next > now:
                continue
            one.next = now + one.interval
            if name not in self.silent:
                said += one.player.talk(now)
        return said

    def listens(self) -> list[str]:
        """Give the topic filters of the MQTT devices that can be told something."""
        players = (one.player for one in self._mqtt.values())
        return sorted({topic for player in players if isinstance(player, ToldPlayer) for topic in player.listens()})

    def hear(self, topic: str, payload: bytes, now: int) -> list[Message]:
        """Let the MQTT devices hear a message; give what they say to it. Who is silent is deaf as well."""
        said: list[Message] = []
        for name, one in self._mqtt.items():
            if isinstance(one.player, ToldPlayer) and name not in self.silent:
                said += one.player.receive(topic, payload, now)
        return said

    def births(self, *, online: bool = True) -> list[Message]:
        """Give what all MQTT devices and gateways publish when they come (or go)."""
        return [message for one in self._mqtt.values() for message in one.player.birth(online=online)]


def _serial(actor: Actor) -> SerialPlayer:
    driver = serial_driver(actor.settings.driver)
    options = driver.options.model_validate(actor.settings.options)
    return driver.player(Setup(actor.name, actor.settings.address, actor.settings.interval, options))


def _mqtt(community: Community, actor: Actor) -> MqttPlayer:
    driver = mqtt_driver(actor.settings.driver)
    ecosystem = actor.settings.ecosystem or next(
        (name for name, eco in community.ecosystems.items() if eco["driver"] == driver.name), ""
    )
    if ecosystem not in community.ecosystems:
        raise WorldError(f"device {actor.name}: no ecosystem of the driver '{driver.name}'")
    options = driver.options.model_validate(community.ecosystems[ecosystem].get("options", {}))
    return driver.player(actor.settings.id or actor.name, options)
