"""One Shelly device: what must be remembered between its deltas, and what its statuses and events mean.

It knows no topic. A delta holds only what changed, so what one key means may stand in an earlier one: a flood sensor
whose cable is out says `alarm` false, which is not dry. Source: mqtt.md §1.3.
"""

from __future__ import annotations

import re
from typing import Any, Final

from agent.driver import Options
from drivers.wire import json_values as js
from drivers.wire.shelly_status import KNOWN, Part, ShellyDeviceOptions, component, readings, strange_keys
from drivers.wire.telling import SAME_PRESS_MS, Telling, Unknown

MAX_COMPONENTS: Final = 64
PRESSES: Final = {
    "single_push": "single", "double_push": "double", "triple_push": "triple", "long_push": "long",
}  # fmt: skip
_SLEEPERS: Final = re.compile(r"shelly(plus)?(ht|smoke|flood)", re.ASCII)
_KEPT: Final[tuple[str, ...]] = ("alarm", "errors")
_NO_CABLE: Final = "cable_unplugged"


class Device:
    """What is remembered of one device."""

    __slots__ = ("_kept", "_pressed", "name", "options", "prefix", "sleeps", "src")

    def __init__(self, name: str, own: str, options: Options | None) -> None:
        self.name = name
        self.options = options if isinstance(options, ShellyDeviceOptions) else ShellyDeviceOptions()
        self.prefix = self.options.topic_prefix or own
        self.src = ""
        """Its own id, once it has said it."""
        self.sleeps = self.options.battery or _SLEEPERS.match(own) is not None
        self._kept: dict[str, dict[str, Any]] = {}
        self._pressed: dict[str, tuple[str, int, int]] = {}

    def heard(self, prefix: str, src: str) -> None:
        """The device itself said where it is to be reached, and who it is."""
        self.prefix, self.src = prefix, src
        self.sleeps = self.sleeps or _SLEEPERS.match(src) is not None

    def status(self, telling: Telling, said: dict[str, Any], unknown: Unknown, *, whole: bool) -> None:
        """Take components: each as it is now (`whole`), or what changed in it."""
        for name, block in said.items():
            part = component(name)
            if name == "sys" and isinstance(block, dict):
                period = block.get("wakeup_period")
                self.sleeps = self.sleeps or (period.__class__ is int and period > 0)
            elif part is None:
                if name.partition(":")[0] not in KNOWN:
                    unknown.saw(name)
            elif isinstance(block, dict):
                self._component(telling, name, part, block, whole=whole)
                for key in strange_keys(part, block):
                    unknown.saw(f"{part.kind}.{key}")
            else:
                telling.insane(name, block)

    def _component(self, telling: Telling, name: str, part: Part, block: dict[str, Any], *, whole: bool) -> None:
        before = self._kept.get(name, {})
        kept: dict[str, Any] = {key: block[key] for key in _KEPT if key in block}
        now = kept if whole else {**before, **kept}
        if now and (name in self._kept or len(self._kept) < MAX_COMPONENTS):
            self._kept[name] = now
        elif not now:
            self._kept.pop(name, None)
        self._errors(telling, part, _words(before.get("errors")), _words(now.get("errors")))
        if part.kind == "flood":
            block = {**block, "alarm": now.get("alarm")} if "errors" in block or "alarm" in block else block
            if _NO_CABLE in _words(now.get("errors")) and block.get("alarm") is not True:
                return
        for field, raw, where in readings(part, block, self.options):
            telling.take(field, raw, where)

    @staticmethod
    def _errors(telling: Telling, part: Part, before: frozenset[str], errors: frozenset[str]) -> None:
        """Tell errors that are new: of a sensor they are its fault, of a switch they are what it protects from."""
        kind = "device_alarm" if part.kind == "switch" else "sensor_fault"
        for error in sorted(errors - before):
            telling.event(kind, f"{part.kind}:{error}", part.part)

    def event(self, telling: Telling, one: dict[str, Any]) -> None:
        """Take one of a notification's events: presses of a button; the rest is the device's own business."""
        name = js.word(one.get("component"))
        part, press = component(name), PRESSES.get(js.word(one.get("event")))
        if part is None or part.kind != "input" or press is None:
            return
        stamp = js.device_time(one.get("ts"), None)
        before = self._pressed.get(name, ("", 0, 0))
        self._pressed[name] = (press, stamp, telling.now)
        # A press that is delivered twice has the same time; without a time only its being so soon tells.
        same = stamp == before[1] if stamp or before[1] else telling.now - before[2] < SAME_PRESS_MS
        if not (same and before[0] == press):
            telling.stamp = stamp
            telling.event("button", press, f"channel={part.number}")


def _words(raw: Any) -> frozenset[str]:
    return frozenset(js.word(one) for one in raw[:16] if isinstance(one, str)) if isinstance(raw, list) else frozenset()
