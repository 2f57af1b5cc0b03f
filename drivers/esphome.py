"""ESPHome over MQTT: self-made nodes with any sensors, contacts, buttons and switches, as bare text.

It does not speak the native API, sets no numbers or texts, and reads no JSON states (lights, climate).

    <node>/status                        online | offline                         (retained, its will)
    <node>/<domain>/<object_id>/state    23.4 | ON | nan | {"event_type":"double_click"}          (retained, events too)
    <node>/switch/<object_id>/command    ON | OFF           ours; the state tells that it was done. A switch that was so
                                         already says nothing, so that it stays unconfirmed until it changes.
    homeassistant/<domain>/<node>/<object_id>/config     unit and class of an entity, retained

What an entity is: drivers/wire/esphome_entities.py. Retained events are old presses and dropped; a press within 300 ms
of the same is a bounce. Two entities that give the same quantity are told apart by `source_key=<object_id>`. There is
no time in any message. Sources: mqtt.md §1.0, §1.4, §1.11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from agent.driver import Message, MqttDriver, MqttSetup, Options
from agent.model.effects import Order, Switch
from agent.model.events import Item, Stranger
from agent.model.quantities import QUANTITIES, unit_of
from drivers.wire import found
from drivers.wire import json_values as js
from drivers.wire.esphome_entities import (
    BUTTON,
    DOMAINS,
    SWITCHED,
    Entity,
    EsphomeDeviceOptions,
    announced,
    field_of,
    named,
)  # fmt: skip
from drivers.wire.esphome_player import PRESSES, EsphomePlayer
from drivers.wire.meanings import SWITCHED as LAMPS
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk, presence

MAX_DEVICES: Final = 1024
MAX_ENTITIES: Final = 256
MAX_ANNOUNCED: Final = 8192
BOUNCE_MS: Final = 300
MAX_TEXT: Final = 256


class EsphomeOptions(Options):
    """Options of the family."""

    prefix: str = Field(
        "+", pattern=r"^[^#]{1,128}$", description="topic prefixes to listen to; + stands for one level, as in site/+"
    )
    discovery_prefix: str = Field(
        "homeassistant", pattern=r"^[^+#]{1,64}$", description="where nodes announce their entities"
    )


class _Node:
    """What must be remembered of one node: its entities, which quantities it has twice, and what was pressed last."""

    __slots__ = ("homes", "name", "options", "outputs", "pressed", "twice")

    def __init__(self, name: str, options: Options | None) -> None:
        self.name = name
        self.options = options if isinstance(options, EsphomeDeviceOptions) else EsphomeDeviceOptions()
        self.homes: dict[str, str] = {}
        self.outputs: dict[str, tuple[str, str]] = {}
        self.pressed: dict[str, tuple[str, int]] = {}
        self.twice: set[str] = set()

    def part(self, quantity: str, entity: str) -> str:
        """Give what names the entity, if another one of the node says the same quantity."""
        if self.homes.setdefault(quantity, entity) != entity:
            self.twice.add(quantity)
        # Once seen twice, always told apart: an entity that falls silent must not rename the other's readings.
        return f"source_key={entity.rpartition('/')[2]}" if quantity in self.twice else ""

    def again(self, entity: str, word: str, now: int) -> bool:
        """Tell whether this is a bounce of the same press."""
        before, when = self.pressed.get(entity, ("", 0))
        if entity in self.pressed or len(self.pressed) < MAX_ENTITIES:
            self.pressed[entity] = (word, now)
        return before == word and now - when < BOUNCE_MS


class Esphome:
    """All nodes behind one broker."""

    def __init__(self, setup: MqttSetup) -> None:
        own = setup.options if isinstance(setup.options, EsphomeOptions) else EsphomeOptions()
        self._setup = setup
        self._own = own
        levels = re.escape(own.prefix).replace(r"\+", "[^/]+")
        self._topic = re.compile(rf"({levels})/(?:(status)|({'|'.join(DOMAINS)})/([^/]+)/state)")
        self._config = re.compile(rf"{re.escape(own.discovery_prefix)}/({'|'.join(DOMAINS)})/[^/]+/[^/]+/config")
        self._nodes: dict[str, _Node] = {}
        self._announced: dict[str, tuple[str, str]] = {}
        self.unknown = Unknown()

    def topics(self) -> Sequence[str]:
        """Announcements first: they tell what the states mean."""
        prefix = self._own.prefix
        return (f"{self._own.discovery_prefix}/+/+/+/config", f"{prefix}/status", f"{prefix}/+/+/state")

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - it is done when the node says so
        """Switch what the settings' table, or the entity's name, says that it is."""
        own = self._setup.own_id(order.device) if isinstance(order, Switch) else None
        node = self._node(own) if own else None
        if node is None or not isinstance(order, Switch):
            return []
        place = node.options.place_of(order.output) or node.outputs.get(order.output)
        if place is None:
            return []
        domain, object_id = place
        words = SWITCHED.get(domain or "switch")
        if words is None:
            return []
        on = order.on is not (object_id in node.options.invert)
        return [Message(f"{own}/{domain or 'switch'}/{object_id}/command", words[not on].encode(), qos=1)]

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        match = self._topic.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None:
            self._announce(topic, payload)
            return []
        own, status, domain, object_id = match.groups()
        node = self._node(own)
        if node is None:
            # Anybody may have a topic `…/status`; a state of a known domain is a node's.
            return [] if status else [Stranger(js.word(own), now)]
        if status:
            return presence(node.name, "device", payload, now)
        telling = Telling(node.name, now, retained=retained)
        self._state(telling, node, topic, (domain, object_id), payload)
        return telling.items

    def _state(self, telling: Telling, node: _Node, topic: str, place: tuple[str, str], payload: bytes) -> None:
        domain, object_id = place
        entity = self._entity(node, topic, domain, object_id)
        if entity is None:
            self.unknown.saw(f"{domain}/{object_id}")
        elif domain == "event" and entity.quantity == BUTTON:
            told = json_object(payload)
            if told is None:
                telling.items += junk(node.name, "no JSON object", len(payload), telling.now)
                return
            self._press(telling, node, place, entity, PRESSES.get(js.word(told.get("event_type")), ""))
        elif entity.quantity and payload:
            text = payload[:MAX_TEXT].decode("utf-8", "replace").strip()
            if entity.quantity == BUTTON:
                self._press(telling, node, place, entity, "single" if text == "ON" else "")
            else:
                self._reading(telling, node, place, entity, text)

    @staticmethod
    def _reading(telling: Telling, node: _Node, place: tuple[str, str], entity: Entity, text: str) -> None:
        domain, object_id = place
        part = node.part(entity.quantity, "/".join(place)) if len(node.homes) < MAX_ENTITIES else ""
        if domain in SWITCHED and len(node.outputs) < MAX_ENTITIES:
            node.outputs[entity.quantity] = place
        field = field_of(entity, inverted=object_id in node.options.invert)
        # `nan` has no unit; a number is what its unit makes it.
        raw: Any = f"{text} {entity.unit}" if entity.unit and text[-1:].isdigit() else text
        telling.take(field, raw, part)

    def _press(self, telling: Telling, node: _Node, place: tuple[str, str], entity: Entity, word: str) -> None:
        name = "/".join(place)
        if telling.retained:
            return  # The broker keeps the last press for ever.
        if not word:
            if place[0] == "event":
                self.unknown.saw(name)
            return
        if not node.again(name, word, telling.now):
            telling.event("button", word, f"channel={entity.channel}" if entity.channel else "")

    def _entity(self, node: _Node, topic: str, domain: str, object_id: str) -> Entity | None:
        if told := node.options.entity(domain, object_id):
            return told
        if domain in ("text_sensor", "light", "climate"):
            return None
        device_class, unit = self._announced.get(topic, ("", ""))
        told, called = announced(domain, device_class, unit), named(domain, object_id, unit)
        # The class says `voltage` of the mains and of a cell: the name may say more of the same.
        closer = told and called and domain == "sensor" and unit_of(told.quantity) == unit_of(called.quantity)
        return called if closer else told or called

    def _announce(self, topic: str, payload: bytes) -> None:
        """Remember unit and class of an entity, which stand in what a node tells Home Assistant."""
        told = json_object(payload) if len(topic) <= MAX_TOPIC and self._config.fullmatch(topic) else None
        state = (told.get("stat_t") or told.get("state_topic")) if told else None
        if not told or not isinstance(state, str) or len(state) > MAX_TOPIC:
            return
        if state in self._announced or len(self._announced) < MAX_ANNOUNCED:
            unit = js.word(told.get("unit_of_meas") or told.get("unit_of_measurement"))
            self._announced[state] = (js.word(told.get("dev_cla") or told.get("device_class")), unit)

    def _node(self, own: str) -> _Node | None:
        node = self._nodes.get(own)
        if node is None:
            name = self._setup.name(own)
            if name is None:
                return None
            node = _Node(name, self._setup.options_of(own))
            if len(self._nodes) < MAX_DEVICES:
                self._nodes[own] = node
        return node


DRIVER = MqttDriver(
    name="esphome",
    summary="ESPHome: self-made nodes with any sensors, contacts, buttons and switches",
    build=Esphome,
    player=EsphomePlayer,
    quantities=tuple(sorted(QUANTITIES)),
    events=(BUTTON,),
    options=EsphomeOptions,
    device_options=EsphomeDeviceOptions,
    ticks=("encoder", "vectors", "hostile"),
    outputs=(*(f"relay_{n}" for n in range(1, 9)), *LAMPS),
    silent_after_ms=None,
    discover_topics=found.ESPHOME_TOPICS,
    discover=found.esphome,
)
