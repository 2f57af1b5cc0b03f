"""Outputs that rules and people switch: who wants them on, for how long, and whether the device says that they are.

It sends nothing: it gives `Switch` orders, and an `Event` of kind `output` for each turn of the story, which is stored
and told like any other fact (on, off, confirmed, unconfirmed, by-hand, longest-on, override, released). What was
ordered counts as done only when the device's own reading says so: a write's normal reply may be an echo.

    demand (points of rules whose alarm is active) --+--> wanted --> Switch --> reading --> confirmed
    override (a person, until a time or `auto`) -----+       ^                    |
    longest on-time, start, hand at the device --------------+<-- other than wanted: by hand, and left so

A hand at the device wins until the next change of demand: an agent that fights a person switches for ever.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

import msgspec

from agent.engine.deadlines import Deadlines
from agent.engine.plan import OutputSpec, Plan
from agent.model.effects import Effect, Switch
from agent.model.events import Event, Reading

PATIENCE: Final = (5_000, 10_000, 30_000, 60_000)
"""Times between an order and its repetition, in ms; the last one for ever: a device that comes back is told."""
TELL_AFTER: Final = 3
"""Repetitions after which it is said that the device does not do it."""
FOREVER: Final = 0
OWNER: Final = "output "
"""What the owner of every deadline of an output begins with."""
Key = tuple[str, str]


class Output(msgspec.Struct):
    """What is remembered of one output. `wanted` is None while nobody has ever wanted anything."""

    wanted: bool | None = None
    state: bool | None = None
    confirmed: bool = False
    by: str = ""
    override_until: int = -1
    """Engine time at which a person's word ends; 0: when it is taken back; -1: there is none."""
    demand: list[str] = []
    spent: bool = False
    """It was on for as long as it may; the same demand does not switch it on again."""
    tries: int = 0
    due: dict[str, int] = {}


class Outputs:
    """All outputs of a plan that somebody may switch."""

    def __init__(self, plan: Plan, deadlines: Deadlines, before: Mapping[Key, Output] | None = None) -> None:
        self._deadlines = deadlines
        self.specs: dict[Key, OutputSpec] = {
            (device, name): spec for device, watched in plan.devices.items() for name, spec in watched.outputs.items()
        }
        self.devices = frozenset(device for device, _ in self.specs)
        self.known = {key: (before or {}).get(key) or Output() for key in self.specs}

    def start(self, t: int, *, restarted: bool = False) -> list[Effect]:
        """Bring every output into its stated state: all of them after a restart, else those that never had one."""
        told: list[Effect] = []
        for key, output in self.known.items():
            if output.wanted is not None and not restarted:
                continue
            policy = self.specs[key].after_restart
            if policy == "resume":
                told += self._order(key, output, t) if output.wanted is not None else []
                continue
            output.override_until, output.spent = -1, bool(output.demand)
            told += self._want(key, output, policy == "on", t, "start")
        return told

    def follow(self, targets: Iterable[tuple[str, str, bool]], point: str, t: int, *, active: bool) -> list[Effect]:
        """A rule's alarm became active, or ceased to be: `targets` are device, output, and what it shall be then."""
        told: list[Effect] = []
        for device, name, on in targets:
            key = (device, name)
            output = self.known.get(key)
            if output is None or "rule" not in self.specs[key].by:
                continue
            before = list(output.demand)
            word = f"{point}{'' if on else '='}"
            output.demand = sorted({*before, word} if active else {*before} - {word})
            if output.demand != before:
                output.spent = output.spent and bool(output.demand)
                told += self._decide(key, output, t, f"rule {point}")
        return told

    def forget(self, points: Container[str], t: int) -> list[Effect]:
        """The points are others now: take back the demand of those that went."""
        told: list[Effect] = []
        for key, output in self.known.items():
            kept = [word for word in output.demand if word.rstrip("=") in points]
            if kept != output.demand:
                output.demand = kept
                told += self._decide(key, output, t, "settings")
        return told

    def override(self, key: Key, state: str, seconds: int, t: int, who: str) -> list[Effect]:
        """Take a person's word: `on` or `off` for so many seconds (0: until taken back), or `auto`."""
        output = self.known[key]
        if state == "auto":
            return self._release(key, output, t, who)
        output.override_until = t + seconds * 1000 if seconds else FOREVER
        output.due.pop("override", None)
        if seconds:
            self._set(key, "override", output.override_until)
        return [_event(key, t, "override", who), *self._want(key, output, state == "on", t, who)]

    def read(self, reading: Reading) -> list[Effect]:
        """Take what the device says; what is old, doubtful, or no output of ours says nothing."""
        if (reading.device, reading.quantity) not in self.known or reading.historical or reading.quality != "good":
            return []
        key, t, value = (reading.device, reading.quantity), reading.t, bool(reading.value)
        output = self.known[key]
        output.state = value
        if output.wanted is None:
            return []
        if value == output.wanted:
            if output.confirmed:
                return []
            output.confirmed = True
            output.due.pop("confirm", None)
            return [_event(key, t, "confirmed", output.by)]
        if not output.confirmed:
            return []
        output.wanted, output.by = value, "hand"
        output.due.pop("longest", None)
        return [_event(key, t, "by-hand", "on" if value else "off")]

    def fire(self, owner: str, name: str, due: int, t: int) -> list[Effect]:
        """A deadline has come: a confirmation is missing, the longest on-time or a person's word is over."""
        key = _key(owner)
        output = self.known.get(key)
        if output is None or output.due.get(name) != due:
            return []
        del output.due[name]
        match name:
            case "confirm":
                output.tries += 1
                if output.tries >= TELL_AFTER and not self.specs[key].read_back:
                    return []
                said = [_event(key, t, "unconfirmed", output.by)] if output.tries == TELL_AFTER else []
                return [*said, *self._order(key, output, t)]
            case "longest":
                output.spent, output.override_until = True, -1
                output.due.pop("override", None)
                return [_event(key, t, "longest-on", output.by), *self._want(key, output, False, t, "longest-on")]
            case _:
                return self._release(key, output, t, "time")

    def arm(self) -> None:
        """Set every running deadline anew."""
        for key, output in self.known.items():
            for name, due in output.due.items():
                self._deadlines.push(_owner(key), name, due)

    def _set(self, key: Key, name: str, due: int) -> None:
        self.known[key].due[name] = due
        self._deadlines.push(_owner(key), name, due)

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {_owner(key): msgspec.to_builtins(output) for key, output in self.known.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        for owner, fields in state.items():
            if _key(owner) in self.known:
                self.known[_key(owner)] = msgspec.convert(fields, Output)

    def _release(self, key: Key, output: Output, t: int, who: str) -> list[Effect]:
        if output.override_until == -1 and output.by != "hand":
            return []
        output.override_until = -1
        output.due.pop("override", None)
        return [_event(key, t, "released", who), *self._decide(key, output, t, "auto")]

    def _decide(self, key: Key, output: Output, t: int, by: str) -> list[Effect]:
        """Let the rules' demand decide, unless a person has spoken. One demand for "off" outweighs any for "on"."""
        if output.override_until != -1:
            return []
        off = any(word.endswith("=") for word in output.demand)
        return self._want(key, output, bool(output.demand) and not off and not output.spent, t, by)

    def _want(self, key: Key, output: Output, on: bool, t: int, by: str) -> list[Effect]:
        if output.wanted == on:
            return []
        output.wanted, output.by, output.confirmed, output.tries = on, by, False, 0
        output.due.pop("longest", None)
        if on and self.specs[key].longest_on:
            self._set(key, "longest", t + self.specs[key].longest_on)
        return [_event(key, t, "on" if on else "off", by), *self._order(key, output, t)]

    def _order(self, key: Key, output: Output, t: int) -> list[Effect]:
        output.confirmed = False
        self._set(key, "confirm", t + PATIENCE[min(output.tries, len(PATIENCE) - 1)])
        return [Switch(key[0], t, key[1], bool(output.wanted), output.by)]


def _owner(key: Key) -> str:
    return f"{OWNER}{key[0]} {key[1]}"


def _key(owner: str) -> Key:
    _, device, name = owner.split(" ")
    return device, name


def _event(key: Key, t: int, word: str, detail: str) -> Event:
    return Event(key[0], "output", word, t, f"output={key[1]}", detail=detail)
