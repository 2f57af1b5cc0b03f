"""An ESPHome node's own side: it announces its entities, tells their states retained, and obeys its switches.

Entities are named after our quantities, and say them in our units. Source: mqtt.md §1.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from agent.driver import Message, Options
from agent.model.events import Value
from agent.model.quantities import QUANTITIES, unit_of
from drivers.wire.meanings import SWITCHED

PRESSES: Final = {
    "single_click": "single", "click": "single", "single": "single", "single_press": "single", "short_press": "single",
    "double_click": "double", "double": "double", "double_press": "double", "triple_click": "triple",
    "triple": "triple", "triple_press": "triple", "long_press": "long", "long_click": "long", "long": "long",
    "hold": "long", "press": "press", "pressed": "press", "ring": "press", "release": "release",
    "released": "release", "emergency": "emergency",
}  # fmt: skip
_WORDS: Final = {ours: theirs for theirs, ours in reversed(PRESSES.items())}
_UNITS: Final = {"degC": "°C", "%RH": "%", "ug/m3": "µg/m³"}


class EsphomePlayer:
    """One node; its prefix is its id."""

    def __init__(self, own_id: str, options: Options) -> None:
        self._prefix = own_id
        self._discovery = str(getattr(options, "discovery_prefix", "homeassistant"))
        self._states: dict[tuple[str, str], str] = {}

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember a state (`source_key=hall_temperature` names the entity); KeyError for what is no quantity."""
        kind = QUANTITIES[quantity].kind
        switched = quantity in SWITCHED or quantity.startswith("relay_")
        domain = "switch" if switched else "binary_sensor" if kind == "state" else "sensor"
        text = ("ON" if value else "OFF") if isinstance(value, bool) else str(value)
        self._states[domain, part.partition("=")[2] or quantity] = text

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:  # noqa: ARG002 - tells no time
        """Press a button; KeyError for other facts. As nodes do, the event is retained."""
        if kind != "button":
            raise KeyError(kind)
        channel = part.partition("=")[2]
        told = {"event_type": _WORDS[str(value)]}
        topic = f"{self._prefix}/event/feedback_button{'_' if channel else ''}{channel}/state"
        return [Message(topic, msgspec.json.encode(told), retain=True)]

    def talk(self, now: int) -> list[Message]:  # noqa: ARG002 - tells no time
        """Tell all states."""
        return [self._said(place) for place in self._states]

    def birth(self, *, online: bool) -> list[Message]:
        """Publish the status, and what the sensors are."""
        word = b"online" if online else b"offline"
        said = [self._config(name) for domain, name in self._states if domain == "sensor"] if online else []
        return [Message(f"{self._prefix}/status", word, retain=True, qos=1), *said]

    def listens(self) -> Sequence[str]:
        """Commands of its switches."""
        return (f"{self._prefix}/switch/+/command",)

    def receive(self, topic: str, payload: bytes, now: int) -> list[Message]:  # noqa: ARG002 - tells no time
        """Switch, and tell the state if it changed: what was so already is not said again."""
        levels = topic.removeprefix(f"{self._prefix}/").split("/")
        place = (levels[0], levels[1]) if len(levels) == 3 and levels[2] == "command" else ("", "")
        word = payload.decode("ascii", "replace")
        if place not in self._states or word not in ("ON", "OFF") or self._states[place] == word:
            return []
        self._states[place] = word
        return [self._said(place)]

    def _said(self, place: tuple[str, str]) -> Message:
        return Message(f"{self._prefix}/{place[0]}/{place[1]}/state", self._states[place].encode(), retain=True)

    def _config(self, name: str) -> Message:
        """Announce a sensor with its unit, if its name is a quantity of ours."""
        unit = unit_of(name)
        told = {"stat_t": f"{self._prefix}/sensor/{name}/state", "name": name, "dev": {"sw": "esphome 2026.6.5"}}
        told |= {"unit_of_meas": _UNITS.get(unit, unit)} if unit[:1].isalpha() or unit == "%" else {}
        return Message(f"{self._discovery}/sensor/{self._prefix}/{name}/config", msgspec.json.encode(told), retain=True)
