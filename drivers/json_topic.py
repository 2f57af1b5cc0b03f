"""Any device that says JSON (or bare words) on MQTT, by a table in the settings: no code for one more make.

It adopts nobody: a device that matches a topic and is not in devices.yaml is a stranger. It guesses no key either.

    ecosystems:
      meters:
        driver: json-topic
        options:
          entries:
            - topic: site/+/+/up                        # one entry for a hundred devices
              levels: [place, device]                   # own ids: b2/meter-7
              values:
                - {path: "sensors[0].t", quantity: temperature, unit: degF, sentinels: [-999]}
                - {path: door, quantity: door_open, words: {OPEN: true, SHUT: false}}
                - {path: relay, quantity: relay_1}
              time: {path: ts, format: ms}
              outputs: {relay_1: {topic: site/+/+/set, on: '{"relay":1}', off: '{"relay":0}'}}

Source: mqtt.md §1.0 (retained, polarity, numbers as text, sentinels, device time, duplicates, unknown keys). The table
itself is drivers/wire/json_table.py.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from agent.driver import Message, MqttDriver, MqttSetup
from agent.model.effects import Order, Switch
from agent.model.events import Item, Stranger, Value
from agent.model.quantities import BUTTON_VALUES, EVENT_KINDS, QUANTITIES
from drivers.wire import json_paths
from drivers.wire import json_values as js
from drivers.wire.json_player import JsonPlayer
from drivers.wire.json_readers import Read, in_format, reader
from drivers.wire.json_table import OUTPUTS, OWN, JsonEntry, JsonTopicOptions, JsonValue
from drivers.wire.telling import MAX_TOPIC, SAME_PRESS_MS, Telling, Unknown, junk, presence, unexplained

MAX_PRESSES: Final = 4096
"""Events whose repetition is recognised."""


class Entry:
    """One entry of the table, made ready: its pattern, its paths and readers."""

    def __init__(self, entry: JsonEntry) -> None:
        self.entry = entry
        self.pattern = re.compile(
            "/".join("([^/]+)" if level == "+" else re.escape(level) for level in entry.topic.split("/"))
        )
        self.values = [(json_paths.parse(value.path), value, reader(value)) for value in entry.values]
        self.time = json_paths.parse(entry.time.path) if entry.time else ()
        paths = [path for path, _, _ in self.values] + ([self.time] if entry.time else [])
        self.roots = frozenset(path[0] for path in paths if path)
        self.bare = all(not path for path, _, _ in self.values)

    def presence(self, payload: bytes) -> bytes:
        """Give what a payload of a presence topic says in the usual words, if it says it in the table's."""
        word = payload[: js.MAX_WORD].decode("utf-8", "replace").strip().strip('"').lower()
        return {self.entry.online.lower(): b"online", self.entry.offline.lower(): b"offline"}.get(word, payload)

    def who(self, levels: Sequence[str]) -> tuple[str, str]:
        """Give the device's own id and the part that the topic names."""
        own = [text for word, text in zip(self.entry.levels, levels, strict=True) if word in OWN]
        part = [
            f"{word[4:]}={js.word(text)}" for word, text in zip(self.entry.levels, levels, strict=True) if "=" in word
        ]
        return "/".join(own) or self.entry.device, "".join(part)


class JsonTopic:
    """All devices of one table."""

    def __init__(self, setup: MqttSetup) -> None:
        table = setup.options.entries if isinstance(setup.options, JsonTopicOptions) else []
        self._setup = setup
        self._entries = [Entry(entry) for entry in table]
        self._pressed: OrderedDict[tuple[str, str, str], tuple[Value, int]] = OrderedDict()
        self.unknown = Unknown()

    def topics(self) -> Sequence[str]:
        """The topics of the table; no message matches two of them."""
        return tuple(one.entry.topic for one in self._entries)

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - a switch has no time
        """Switch an output that the table names; what it is like now comes back by its value."""
        if not isinstance(order, Switch):
            return []
        own = self._setup.own_id(order.device) or ""
        for one in self._entries:
            output = one.entry.outputs.get(order.output)
            levels = own.split("/")
            if output is None or not own or not self._speaks(one.entry, own):
                continue
            topic = output.topic
            for level in levels if "+" in topic else ():
                topic = topic.replace("+", level, 1)
            return [Message(topic, (output.on if order.on else output.off).encode(), qos=1)]
        return []

    @staticmethod
    def _speaks(entry: JsonEntry, own: str) -> bool:
        if entry.device:
            return entry.device == own
        return own.count("/") + 1 == sum(level in OWN for level in entry.levels)

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        if len(topic) > MAX_TOPIC:
            return []
        for one in self._entries:
            if match := one.pattern.fullmatch(topic):
                own, part = one.who(match.groups())
                name = self._setup.name(own)
                if name is None:
                    return [Stranger(own, now)]
                return self._message(one, Telling(name, now, retained=retained), part, payload) if payload else []
        return []

    def _message(self, one: Entry, telling: Telling, part: str, payload: bytes) -> list[Item]:
        if one.entry.kind == "presence":
            return presence(telling.device, "device", one.presence(payload), telling.now)
        if one.entry.kind == "event" and telling.retained:
            return []  # It happened some other time (mqtt.md §1.0.1).
        told = js.load(payload) if len(payload) <= js.MAX_PAYLOAD else js.BROKEN
        if told is js.BROKEN:
            if not one.bare or len(payload) > js.MAX_WORD:
                return junk(telling.device, "no JSON", len(payload), telling.now)
            told = payload.decode("utf-8", "replace")
        self._time(one, telling, told)
        explained = [
            self._value(telling, value, read, json_paths.find(told, path), part) for path, value, read in one.values
        ]
        strange = [key for key in told if key not in one.roots] if isinstance(told, dict) and not one.bare else []
        for key in strange:
            self.unknown.saw(key)
        if not any(explained) and (strange or not isinstance(told, dict)):
            return unexplained(telling.device, payload, telling.now)
        return telling.items

    def _time(self, one: Entry, telling: Telling, told: Any) -> None:
        if one.entry.time is None:
            return
        raw, wall = in_format(one.entry.time, json_paths.find(told, one.time)), self._setup.wall(telling.now)
        telling.said_at = js.device_time(raw, wall)
        telling.late(wall)
        if one.entry.time.format != "s":
            telling.stamp = js.device_time(raw, None)  # A second may hold two presses: no identity.

    def _value(self, telling: Telling, value: JsonValue, read: Read, raw: Any, part: str) -> bool:
        """Take what stands at a path; tell whether anything stood there."""
        if raw is json_paths.MISSING:
            return False
        part = part or value.part
        if value.quantity:
            telling.take((value.quantity, read), raw, part)
            return True
        word = read(raw)
        if isinstance(word, js.Verdict):
            if word is js.INSANE:
                telling.insane(value.event or "", raw)
        elif value.event == "button" and word not in BUTTON_VALUES:
            self.unknown.saw(f"button={word}")
        elif not self._again(telling, value.event or "", part, word):
            telling.event(value.event or "", word, part)
        return True

    def _again(self, telling: Telling, event: str, part: str, word: Value) -> bool:
        """Tell whether this is the same event once more within a second: a message delivered twice."""
        key = (telling.device, event, part)
        before, when = self._pressed.pop(key, ("", -SAME_PRESS_MS))
        self._pressed[key] = (word, telling.now)
        if len(self._pressed) > MAX_PRESSES:
            self._pressed.popitem(last=False)
        return before == word and telling.now - when < SAME_PRESS_MS


DRIVER = MqttDriver(
    name="json-topic",
    summary="any JSON or bare words on MQTT, by a table of topics and paths in the settings",
    build=JsonTopic,
    player=JsonPlayer,
    quantities=tuple(QUANTITIES),
    events=tuple(EVENT_KINDS),
    options=JsonTopicOptions,
    ticks=("encoder", "hostile"),
    outputs=OUTPUTS,
)
