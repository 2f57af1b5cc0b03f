"""Zigbee2MQTT: battery sensors, buttons and plugs behind a Zigbee coordinator, as JSON states on MQTT.

It will not read `bridge/devices` (the settings say what hangs where) and not parse `output: attribute`.

    <base>/<friendly name>                {"contact":false,"battery":100,"voltage":3035,"linkquality":121}
    <base>/<friendly name>/availability   {"state":"offline"}, 1.x: offline         (retained)
    <base>/bridge/state                   {"state":"online"}, its will: offline     (retained)
    <base>/bridge/event                   {"type":"device_leave","data":{"friendly_name":"gate/east_door"}}
    <base>/<friendly name>/set            {"state":"ON"}, {"state_l2":"OFF"}     ours, with /get {"state":""} behind it:
                                          z2m believes a write at once, so the device is asked what it really is

A friendly name may contain '/'. A state repeats everything known, so a word that stays in it (`presence_event`,
`test`) is an event only when it changes; `action` never stays. After a restart old states come again: their
`last_seen` tells, and they are `stale`. Sources: mqtt.md §1.0, §1.1, §1.11. The keys of the states, both ways, are
drivers/wire/zigbee_states.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from pydantic import Field

from agent.driver import Message, MqttDriver, MqttSetup, Options
from agent.model.effects import Order, Switch
from agent.model.events import Event, Item, Stranger
from drivers.wire import found
from drivers.wire import json_values as js
from drivers.wire.telling import MAX_TOPIC, SAME_PRESS_MS, Telling, Unknown, json_object, junk, presence, unexplained
from drivers.wire.zigbee_actions import NOTHING, meaning
from drivers.wire.zigbee_states import FIELDS, KNOWN, QUANTITIES, ZigbeeOptions, ZigbeePlayer, field_of

STALE_MS: Final = 3_600_000
"""A state older than this was not sent by the device now. Not shorter: z2m publishes its own time-outs (occupancy
falls after up to an hour) with the `last_seen` of the device's last word."""
MAX_DEVICES: Final = 4096
SILENT_AFTER_MS: Final = 25 * 3_600_000
"""As z2m itself takes battery devices for gone (`availability.passive.timeout`, 1500 min)."""
_RELAY: Final = re.compile(r"relay_([1-8])", re.ASCII)
STAYING: Final = ("presence_event", "test", "trouble", "battery_defect")
"""Words that stay in the state: they are events when they change."""


class ZigbeeDeviceOptions(Options):
    """Options of one device."""

    model: str = Field(
        "", max_length=64, description="Zigbee2MQTT model, such as E1743: decides what `action` words mean"
    )
    relays: int = Field(1, ge=1, le=8, description="how many relays it has; above 1 they are state_l1, state_l2, …")


class _Known:
    """What must be remembered of one device: what was said last."""

    __slots__ = ("action", "action_t", "last_seen", "model", "name", "said", "several")

    def __init__(self, name: str | None, model: str) -> None:
        self.name = name
        self.model = model
        self.action: tuple[object, str] | None = None
        self.action_t = 0
        self.last_seen = 0
        self.said: dict[str, object] = {}
        self.several = False
        """Its first relay is `state_l1`, for it has more of them."""

    def changed(self, key: str, raw: object) -> bool:
        """Tell whether a word that stays in the state is new."""
        before = self.said.get(key)
        self.said[key] = raw
        return raw != before


class Zigbee2Mqtt:
    """All devices of one Zigbee2MQTT instance."""

    def __init__(self, setup: MqttSetup) -> None:
        options = setup.options if isinstance(setup.options, ZigbeeOptions) else ZigbeeOptions()
        self._setup = setup
        self._base = options.base_topic
        self._root = self._base + "/"
        self._devices: dict[str, _Known] = {}
        self.unknown = Unknown()

    def topics(self) -> Sequence[str]:
        """One filter: overlapping ones would deliver a message twice, and names may have any number of levels."""
        return (self._root + "#",)

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - it is done when the device says so
        """Switch a plug, and ask it what it is then."""
        own = self._setup.own_id(order.device) if isinstance(order, Switch) else None
        match = _RELAY.fullmatch(order.output) if isinstance(order, Switch) else None
        if own is None or match is None or not isinstance(order, Switch):
            return []
        topic = self._root + own
        device = self._devices.get(topic) or self._meet(topic)
        key = f"state_l{match[1]}" if match[1] != "1" or device.several else "state"
        said = ((key, "ON" if order.on else "OFF", "set"), (key, "", "get"))
        return [Message(f"{topic}/{verb}", msgspec.json.encode({name: word}), qos=1) for name, word, verb in said]

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        device = self._devices.get(topic)
        if device is None:
            other = self._other(topic, payload, now)
            if other is not None:
                # A retained event happened some time, not now; availability is retained on purpose.
                return [item for item in other if not (retained and isinstance(item, Event))]
            device = self._meet(topic)
        if device.name is None:
            return [Stranger(topic[len(self._root) :], now)]
        if not payload:
            return []  # An empty retained message only deletes the one before.
        state = json_object(payload)
        if state is None:
            return junk(device.name, "no JSON object", len(payload), now)
        device.several = device.several or "state_l1" in state
        telling = self._begin(device, device.name, state, retained, now)
        facts: list[tuple[str, Any]] = []
        for key, raw in state.items():
            field = FIELDS.get(key) or field_of(key, raw, state)
            if field is None:
                facts.append((key, raw))
            else:
                telling.take(field, raw)
        known = [self._fact(device, telling, key, raw) for key, raw in facts]
        nothing = facts and len(known) == len(state) and not any(known)
        return unexplained(device.name, payload, now) if nothing else telling.items

    def _begin(self, device: _Known, name: str, state: dict[str, Any], retained: bool, now: int) -> Telling:
        """Tell whether the device says this now, or z2m repeats what it knew."""
        raw = state.get("last_seen")
        if raw is None:
            return Telling(name, now, retained=retained)
        wall = self._setup.wall(now)
        said = js.device_time(raw, wall)
        claimed = said or js.device_time(raw, None)
        # While we do not know the time, only going back tells; once, for the clock there may have been set right.
        old = 0 < claimed < (device.last_seen if wall is None else wall - STALE_MS)
        device.last_seen = claimed
        telling = Telling(name, now, said, retained=retained, old=old)
        telling.stamp = claimed
        return telling

    def _fact(self, device: _Known, telling: Telling, key: str, raw: object) -> bool:
        """Take a key that is no reading: an event, a known word, or unknown (then False)."""
        if key == "action":
            self._action(device, telling, raw)
        elif key in STAYING:
            if device.changed(key, raw) and telling.quality == "good":
                self._stays(telling, key, raw)
        elif key not in KNOWN and not key.startswith("action_"):
            self.unknown.saw(key)
            return False
        return True

    @staticmethod
    def _stays(telling: Telling, key: str, raw: object) -> None:
        if key == "presence_event":
            if word := js.word(raw):
                telling.event("presence_event", word)
        elif raw is True and key == "test":
            telling.event("self_test", "smoke")
        elif raw is True:
            telling.event("sensor_fault", key)

    def _action(self, device: _Known, telling: Telling, raw: object) -> None:
        if not isinstance(raw, str) or len(raw) > js.MAX_WORD:
            return
        told = meaning(raw, device.model)
        if told is None:
            self.unknown.saw(f"action={raw}")
        if told is None or told is NOTHING:
            return
        # last_seen has milliseconds: a press that is delivered twice has the same, a second press another.
        key = (telling.said_at, raw)
        if device.action != key or telling.now - device.action_t >= SAME_PRESS_MS:
            device.action, device.action_t = key, telling.now
            telling.event(*told)

    def _meet(self, topic: str) -> _Known:
        own = topic[len(self._root) :]
        options = self._setup.options_of(own)
        told = options if isinstance(options, ZigbeeDeviceOptions) else ZigbeeDeviceOptions()
        device = _Known(self._setup.name(own), told.model)
        device.several = told.relays > 1
        if len(self._devices) < MAX_DEVICES:
            self._devices[topic] = device
        return device

    def _other(self, topic: str, payload: bytes, now: int) -> list[Item] | None:
        """Take what is no device state: availability, the bridge, echoes. None for a device state."""
        if not topic.startswith(self._root) or len(topic) > MAX_TOPIC:
            return []
        own = topic[len(self._root) :]
        if self._setup.bindings is not None and own in self._setup.bindings:
            return None
        if own.startswith("bridge/"):
            return self._bridge(own[7:], payload, now)
        if own.endswith("/availability"):
            name = self._setup.name(own[:-13])
            return [Stranger(own[:-13], now)] if name is None else presence(name, "device", payload, now)
        # `/action` repeats the JSON's action; `/set` and `/get` are for the devices.
        if own.endswith(("/action", "/set", "/get")) or "/set/" in own or "/get/" in own:
            return []
        return None if own else []

    def _bridge(self, what: str, payload: bytes, now: int) -> list[Item]:
        if what == "state":
            return presence(self._base, "gateway", payload, now)
        if what != "event":
            return []
        told = json_object(payload)
        if told is None:
            return junk(self._base, "no JSON object", len(payload), now)
        data = told.get("data")
        own = js.word(data.get("friendly_name")) if isinstance(data, dict) else ""
        kind = {"device_joined": "device_joined", "device_leave": "device_left"}.get(
            str(told.get("type"))[: js.MAX_WORD]
        )
        return [Event(self._base, kind, own, now)] if kind and own else []


DRIVER = MqttDriver(
    name="zigbee2mqtt",
    summary="Zigbee2MQTT: contacts, PIR, leak, smoke, climate, buttons and plugs over Zigbee",
    build=Zigbee2Mqtt,
    player=ZigbeePlayer,
    quantities=QUANTITIES,
    events=("button", "presence_event", "vibration_event", "self_test", "sensor_fault", "device_joined", "device_left"),
    options=ZigbeeOptions,
    device_options=ZigbeeDeviceOptions,
    ticks=("encoder", "vectors", "hostile"),
    outputs=tuple(f"relay_{n}" for n in range(1, 9)),
    silent_after_ms=SILENT_AFTER_MS,
    discover_topics=found.ZIGBEE_TOPICS,
    discover=found.zigbee,
)
