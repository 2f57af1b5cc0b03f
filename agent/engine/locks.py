"""Maintenance locks: a device, or all devices of a zone, of which nothing counts and nobody is woken.

Readings and presses of a locked device are stored and told like others; no rule, ticket or indicator sees them, and a
test press is thanked for. A lock ends by itself. For the rules of its devices the time was a gap: they obey `on_gap`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from agent.engine.deadlines import Deadlines
from agent.engine.plan import Plan
from agent.model.events import Event

OWNER: Final = "lock"
Scope = Literal["device", "zone"]


class Lock(msgspec.Struct, frozen=True):
    """One lock: from and to when (engine ms), and who asked for it."""

    since: int
    until: int
    who: str


class Locks:
    """All locks; `devices` is what they come to."""

    def __init__(self, plan: Plan, deadlines: Deadlines, held: Mapping[str, Lock] | None = None) -> None:
        self._plan, self._deadlines = plan, deadlines
        self.held: dict[str, Lock] = dict(held or {})
        self.devices: dict[str, Lock] = {}
        self._spread()

    def known(self, scope: Scope, name: str) -> bool:
        """Tell whether there is such a device or zone."""
        return bool(self._members(f"{scope} {name}"))

    def lock(self, scope: Scope, name: str, until: int, t: int, who: str) -> Iterator[Event]:
        """Lock, or lock for another time."""
        key = f"{scope} {name}"
        since = self.held[key].since if key in self.held else t
        self.held[key] = Lock(since, until, who)
        self._spread()
        self.arm()
        yield from (_event(device, "on", key, t, who) for device in self._members(key))

    def unlock(self, key: str, t: int, who: str) -> tuple[dict[str, int], list[Event]]:
        """End a lock: give since when each device that is free now was locked, and what is told."""
        before = dict(self.devices)
        if self.held.pop(key, None) is None:
            return {}, []
        self._spread()
        free = {device: lock.since for device, lock in before.items() if device not in self.devices}
        return free, [_event(device, "off", key, t, who) for device in free]

    def arm(self) -> None:
        """Set the end of every lock."""
        for key, lock in self.held.items():
            self._deadlines.push(OWNER, key, lock.until)

    def due(self, key: str, t: int) -> bool:
        """Tell whether this lock ends now (it may have been made longer meanwhile)."""
        return key in self.held and self.held[key].until <= t

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {key: msgspec.to_builtins(lock) for key, lock in self.held.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it back."""
        self.held = msgspec.convert(state, dict[str, Lock])
        self._spread()

    def _members(self, key: str) -> list[str]:
        scope, _, name = key.partition(" ")
        devices = self._plan.devices
        if scope == "device":
            return [name] if name in devices else []
        return [device for device, watched in devices.items() if watched.zone == name]

    def _spread(self) -> None:
        self.devices = {}
        for key, lock in self.held.items():
            for device in self._members(key):
                other = self.devices.get(device)
                self.devices[device] = lock if other is None or lock.since < other.since else other


def _event(device: str, word: str, key: str, t: int, who: str) -> Event:
    return Event(device, "maintenance", word, t, key.replace(" ", "="), detail=who)
