"""One device of a `json-topic` table, playing its side: the table read the other way round.

It plays what the table says and nothing else: a quantity that no entry names is a KeyError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from agent.driver import Message, Options
from agent.model.events import Value
from drivers.wire import json_paths
from drivers.wire.json_table import OWN, JsonEntry, JsonTopicOptions, JsonValue
from drivers.wire.table_value import TableValue

ANY: Final = "x"
"""What stands in a level that may be anything."""


class JsonPlayer:
    """One device by its own id (`b2/meter-7`). With `wall` its messages carry the table's time."""

    def __init__(self, own_id: str, options: Options, wall: Callable[[int], int | None] = lambda _t: None) -> None:
        table = options.entries if isinstance(options, JsonTopicOptions) else []
        self._own, self._wall = own_id, wall
        self._table = [entry for entry in table if self._mine(entry)]
        self._now: dict[tuple[int, str], dict[str, Any]] = {}

    def _mine(self, entry: JsonEntry) -> bool:
        own = sum(level in OWN for level in entry.levels)
        return entry.device == self._own if entry.device else own == self._own.count("/") + 1

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember a value for the next report of its topic; KeyError if the table has none of this name."""
        number, found, tag = self._find("quantity", quantity, part)
        self._now.setdefault((number, tag), {})[found.path] = raw_of(found, value)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:
        """Say an event; KeyError if the table has none of this kind."""
        number, found, tag = self._find("event", kind, part)
        return [self._message(self._table[number], {found.path: raw_of(found, value)}, tag, now)]

    def talk(self, now: int) -> list[Message]:
        """Say every topic that has something to say."""
        return [self._message(self._table[number], body, tag, now) for (number, tag), body in self._now.items()]

    def birth(self, *, online: bool) -> list[Message]:
        """Say that it comes or goes, where the table has a topic for it."""
        return [
            Message(self._topic(entry, ""), (entry.online if online else entry.offline).encode(), retain=True, qos=1)
            for entry in self._table
            if entry.kind == "presence"
        ]

    def listens(self) -> Sequence[str]:
        """Give the topics by which its outputs are switched."""
        return tuple(self._filled(output.topic) for entry in self._table for output in entry.outputs.values())

    def receive(self, topic: str, payload: bytes, now: int) -> list[Message]:
        """Take what switches an output: the device does it and says so."""
        word = payload.decode("utf-8", "replace")
        for entry in self._table:
            for name, output in entry.outputs.items():
                if self._filled(output.topic) == topic and word in (output.on, output.off):
                    self.set(name, word == output.on)
                    return self.talk(now)
        return []

    def _find(self, word: str, name: str, part: str) -> tuple[int, JsonValue, str]:
        for number, entry in enumerate(self._table):
            tag = next((level[4:] for level in entry.levels if level.startswith("tag=")), "")
            for value in entry.values:
                if getattr(value, word) == name and (value.part == part or (tag and part.startswith(f"{tag}="))):
                    return number, value, part.partition("=")[2] if tag else ""
        raise KeyError(name)

    def _message(self, entry: JsonEntry, body: dict[str, Any], tag: str, now: int) -> Message:
        root: Any = None
        for path, raw in body.items():
            root = json_paths.put(root, json_paths.parse(path), raw)
        wall = self._wall(now)
        if entry.time and wall is not None:
            stamp = {"ms": wall, "s": wall / 1000, "iso": None}[entry.time.format]
            if stamp is not None:
                root = json_paths.put(root, json_paths.parse(entry.time.path), stamp)
        payload = root.encode() if isinstance(root, str) else msgspec.json.encode(root)
        return Message(self._topic(entry, tag), payload)

    def _topic(self, entry: JsonEntry, tag: str) -> str:
        own = iter(self._own.split("/"))
        filled = iter([next(own) if level in OWN else tag if "=" in level else ANY for level in entry.levels])
        return "/".join(next(filled) if level == "+" else level for level in entry.topic.split("/"))

    def _filled(self, topic: str) -> str:
        own = iter(self._own.split("/"))
        return "/".join(next(own) if level == "+" else level for level in topic.split("/"))


def raw_of(value: TableValue, said: Value) -> Any:
    """Give the raw value that the table reads as `said`."""
    for word, means in value.words.items():
        if type(means) is type(said) and means == said:
            return word
    if isinstance(said, bool | str):
        return said
    factor, shift = value.line()
    return float(f"{(said - shift) / factor:.12g}")
