"""The table of `json-topic`: what may be written about topics and payloads, and every complaint about it.

It reads no message: that is drivers/json_topic.py. Complaints say what is wrong, then what would do.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.driver import Options
from drivers.wire import json_paths
from drivers.wire.table_value import TableValue, known_word

OUTPUTS: Final = (
    *(f"relay_{n}" for n in range(1, 33)), "lamp_red", "lamp_yellow", "lamp_green", "buzzer", "valve_open",
)  # fmt: skip
OWN: Final = ("device", "place")
"""Levels that make the device's own id."""
_LEVEL: Final = re.compile(r"device|place|any|tag=[a-z_]{1,32}")


def _level(word: str) -> str:
    if not _LEVEL.fullmatch(word):
        raise ValueError(f"'{word}' is no meaning of a topic level; expected device, place, any or tag=word")
    return word


def _path(text: str) -> str:
    json_paths.parse(text)
    return text


def _topic(text: str) -> str:
    if "#" in text or any("+" in level and level != "+" for level in text.split("/")):
        raise ValueError(f"'{text}' is no topic of a table; expected whole levels or '+' for one that varies, no '#'")
    return text


Topic = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_topic)]
JsonPath = Annotated[str, StringConstraints(max_length=128), AfterValidator(_path)]


class JsonValue(TableValue):
    """One value of a payload: a quantity or an event, and where it stands."""

    path: JsonPath = Field("", description="where it stands, such as sensors[0].temp; empty: the whole payload")

    def _place(self) -> str:
        return f"the value at '{self.path}'"


class JsonTime(Options):
    """Where the device's own time stands. It is believed within 7 days before and 2 minutes after ours (§1.0.5)."""

    path: JsonPath = Field(description="where it stands")
    format: Literal["iso", "s", "ms"] = Field(
        "iso", description="ISO 8601 with an offset, Unix seconds or milliseconds"
    )


class JsonOutput(Options):
    """How an output is switched; that it is so is known from the value of the same name that comes back."""

    topic: Topic = Field(description="where to; one '+' for each device or place level, in their order")
    on: str = Field("ON", min_length=1, max_length=1024, description="payload that switches it on")
    off: str = Field("OFF", min_length=1, max_length=1024, description="payload that switches it off")


class JsonEntry(Options):
    """One topic and what its payloads say, for all devices that publish it."""

    topic: Topic = Field(description="the topic; '+' for a level that varies")
    levels: list[Annotated[str, AfterValidator(_level)]] = Field(
        [], max_length=16, description="what each '+' is, in order: device, place (both make the id), tag=word or any"
    )
    device: str = Field("", max_length=128, description="the device's own id, if no level says it")
    kind: Literal["state", "event", "presence"] = Field(
        "state", description="state: a retained message is an old value; event: it is none; presence: online or offline"
    )
    values: list[JsonValue] = Field([], max_length=128, description="what stands in the payload")
    online: str = Field("online", min_length=1, max_length=64, description="presence: the payload when it is there")
    offline: str = Field("offline", min_length=1, max_length=64, description="presence: the payload when it is gone")
    time: JsonTime | None = Field(None, description="the device's own time")
    outputs: dict[str, JsonOutput] = Field({}, max_length=32, description="what may be switched, by its quantity")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        pluses = self.topic.split("/").count("+")
        if pluses != len(self.levels):
            raise ValueError(
                f"topic '{self.topic}' has {pluses} '+', but levels has {len(self.levels)} words; expected one for each"
            )
        if ("device" in self.levels) == bool(self.device):
            both = "both by a level and by 'device'" if self.device else "nowhere"
            raise ValueError(f"which device speaks on '{self.topic}' stands {both}; expected a level or 'device'")
        if bool(self.values) == (self.kind == "presence"):
            wrong = "has values" if self.values else "says nothing"
            raise ValueError(f"the {self.kind} topic '{self.topic}' {wrong}; expected values in state and event topics")
        if self.online.lower() == self.offline.lower():
            raise ValueError(f"'{self.online}' says both online and offline; expected two different words")
        self._once()
        self._outputs_fit()
        return self

    def _once(self) -> None:
        tags = [level for level in self.levels if level.startswith("tag=")]
        if len(tags) > 1 or (tags and any(value.part for value in self.values)):
            raise ValueError(f"'{self.topic}' tells parts apart twice; expected one tag level, or parts of values")
        names = Counter((value.quantity, value.part) for value in self.values if value.quantity)
        for (name, part), count in names.items():
            if count > 1:
                raise ValueError(f"{name} {part} stands twice on '{self.topic}'; expected a part for each")

    def _outputs_fit(self) -> None:
        own = sum(level in OWN for level in self.levels)
        for name, output in self.outputs.items():
            known_word(name, OUTPUTS, "output")
            if output.topic.split("/").count("+") != own:
                raise ValueError(f"'{output.topic}' does not name the device; expected {own} '+', as the id has levels")


def overlap(one: str, other: str) -> bool:
    """Tell whether one message may match both topics."""
    pairs = list(zip(one.split("/"), other.split("/"), strict=False))
    same = one.count("/") == other.count("/")
    return same and all(a == b or "+" in (a, b) for a, b in pairs)


class JsonTopicOptions(Options):
    """Options of the family: its table."""

    entries: list[JsonEntry] = Field(min_length=1, max_length=64, description="topics and what they say")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        for i, entry in enumerate(self.entries):
            for other in self.entries[:i]:
                if overlap(entry.topic, other.topic):
                    raise ValueError(
                        f"'{other.topic}' and '{entry.topic}' both match one message; expected one topic for it"
                    )
        read = {value.quantity for entry in self.entries for value in entry.values}
        for name in (name for entry in self.entries for name in entry.outputs):
            if name not in read:
                raise ValueError(f"output {name} is never read back; expected a value with `quantity: {name}`")
        return self
