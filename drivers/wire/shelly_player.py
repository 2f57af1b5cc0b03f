"""A Shelly's own side: it notifies, answers requests on `<id>/rpc`, and has a will.

It plays one device whose prefix is its id, and reports all it knows at every report. Source: mqtt.md §1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from agent.driver import JsonObject, Message, Options
from agent.model.events import Value
from drivers.wire.shelly_device import PRESSES
from drivers.wire.shelly_status import FIELDS
from drivers.wire.telling import json_object

_WORDS: Final = {ours: theirs for theirs, ours in PRESSES.items()}
_HOMES: Final = {
    **{field[0]: (kind, path) for kind in ("em1", "switch") for path, field in FIELDS[kind].items()},
    **{
        field[0]: (kind, path)
        for kind in ("temperature", "humidity", "illuminance", "devicepower", "smoke", "flood", "wifi")
        for path, field in FIELDS[kind].items()
    },
}
"""Quantity -> the component and key that says it."""


class ShellyPlayer:
    """One device. With `wall` its notifications carry `ts`; without, it has not got the time yet."""

    def __init__(self, own_id: str, options: Options, wall: Callable[[int], int | None] = lambda _t: None) -> None:
        assert isinstance(options, Options)
        self._id = own_id
        self._wall = wall
        self._status: dict[str, JsonObject] = {}

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember a value (`channel=1` names another component of its kind); KeyError for what no component says."""
        kind, _, number = quantity.rpartition("_")
        if kind in ("relay", "input") and number.isdigit():
            component, key = (f"switch:{number}", "output") if kind == "relay" else (f"input:{number}", "state")
            self._status.setdefault(component, {"id": int(number)})[key] = value
            return
        home, path = _HOMES[quantity]
        channel = part.partition("=")[2] or "0"
        name = home if home == "wifi" else f"{home}:{channel}"
        outer, _, inner = path.partition(".")
        block = self._status.setdefault(name, {} if home == "wifi" else {"id": int(channel)})
        if inner:
            block.setdefault(outer, {})[inner] = value
        else:
            block[outer] = value

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> list[Message]:
        """Notify a press of a button; KeyError for other facts."""
        if kind != "button":
            raise KeyError(kind)
        number = part.partition("=")[2] or "0"
        event = {"component": f"input:{number}", "id": int(number), "event": _WORDS[str(value)], "ts": self._ts(now)}
        return [self._notify("NotifyEvent", {"events": [event]}, now)]

    def talk(self, now: int) -> list[Message]:
        """Notify the whole status."""
        return [self._notify("NotifyFullStatus", self._status, now)] if self._status else []

    def birth(self, *, online: bool) -> list[Message]:
        """Publish `online`, retained."""
        return [Message(f"{self._id}/online", b"true" if online else b"false", retain=True, qos=1)]

    def listens(self) -> Sequence[str]:
        """Requests come on its own topic."""
        return (f"{self._id}/rpc",)

    def receive(self, topic: str, payload: bytes, now: int) -> list[Message]:
        """Answer a request where its `src` hears it; a relay that changes is notified as well."""
        told = json_object(payload) if topic == f"{self._id}/rpc" else None
        if not told or not isinstance(told.get("src"), str):
            return []
        params = told.get("params")
        number = params.get("id") if isinstance(params, dict) else None
        name = f"switch:{number}"
        block = self._status.get(name)
        head = {"id": told.get("id"), "src": self._id, "dst": told["src"]}
        answer_to = f"{told['src']}/rpc"
        if (
            block is None
            or not isinstance(params, dict)
            or told.get("method") not in ("Switch.Set", "Switch.GetStatus")
        ):
            error = {"code": 404, "message": f"No handler for {told.get('method')}"}
            return [Message(answer_to, msgspec.json.encode({**head, "error": error}), qos=1)]
        if told["method"] == "Switch.GetStatus":
            return [Message(answer_to, msgspec.json.encode({**head, "result": block}), qos=1)]
        was = block.get("output", False)
        block["output"] = params.get("on") is True
        said = [Message(answer_to, msgspec.json.encode({**head, "result": {"was_on": was}}), qos=1)]
        if was is not block["output"]:
            delta = {name: {"id": number, "output": block["output"], "source": "MQTT"}}
            said.append(self._notify("NotifyStatus", delta, now))
        return said

    def _ts(self, now: int) -> float:
        wall = self._wall(now)
        return now / 1000 if wall is None else wall / 1000

    def _notify(self, method: str, params: JsonObject, now: int) -> Message:
        body = {
            "src": self._id,
            "dst": f"{self._id}/events",
            "method": method,
            "params": {"ts": self._ts(now), **params},
        }
        return Message(f"{self._id}/events/rpc", msgspec.json.encode(body), qos=1)
