"""What one message of a JSON device tells: its items are collected here, with the message's device, time and quality.

It knows no ecosystem and decides nothing about topics. The rules of mqtt.md §1.0 that hold for every message live
here: a retained message says no events and its readings are stale; a value that cannot be is a fault; unknown keys
are only counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agent.model.events import Availability, Event, Fault, Item, Quality, Reading, Scope, TimeQuality, Undecoded, Value
from drivers.wire import json_values as js

MAX_TOPIC: Final = 512
"""Characters: longer names are not kept as identities."""
SAME_PRESS_MS: Final = 1_000
"""The same press again within this time is a duplicate, not a second press (mqtt.md §1.11)."""
_LATE_MS: Final = 5_000


class Unknown(dict[str, int]):
    """How often each key was met that no table explains; bounded, for the core to read."""

    LIMIT: Final = 256

    def saw(self, key: str) -> None:
        """Count a key; beyond the limit new keys are not remembered."""
        key = key[: js.MAX_WORD]
        if key in self or len(self) < self.LIMIT:
            self[key] = self.get(key, 0) + 1


class Telling:
    """One message: who, when (engine time and the device's own), and how good its readings are."""

    __slots__ = ("age", "device", "historical", "items", "now", "quality", "retained", "said_at", "stamp")

    def __init__(self, device: str, now: int, said_at: int = 0, *, retained: bool = False, old: bool = False) -> None:
        self.device = device
        self.now = now
        self.said_at = said_at
        self.retained = retained
        self.quality: Quality = "stale" if retained or old else "good"
        self.historical = False
        self.stamp = 0
        """What the far end's clock claims, believed or not (ms): the same press delivered twice has the same."""
        self.age = 0
        self.items: list[Item] = []

    def late(self, wall: int | None) -> None:
        """Let events be as old as the device's own time says, if the wall time is known (else they are of now)."""
        if wall is not None and self.said_at and wall - self.said_at > _LATE_MS:
            self.age = wall - self.said_at

    def take(self, field: js.Field, raw: Any, part: str = "", quality: Quality | None = None) -> None:
        """Read a raw value by its field: a reading, nothing if there is no value now, or a fault."""
        quantity, read = field
        value = read(raw)
        if not isinstance(value, js.Verdict):
            self.reading(quantity, value, part, quality)
        elif value is js.INSANE:
            self.insane(quantity, raw)

    def reading(self, quantity: str, value: Value, part: str = "", quality: Quality | None = None) -> None:
        """Add a reading whose value is already in our unit."""
        items, quality = self.items, quality or self.quality
        items.append(Reading(self.device, quantity, value, self.now, quality, part, self.said_at, self.historical))

    def event(self, kind: str, value: Value, part: str = "", *, detail: str = "") -> None:
        """Add an event, unless the broker only repeats a retained message. A press that has a time has an identity."""
        if self.retained:
            return
        native = ""
        if self.stamp and kind == "button":
            # The journal keeps the highest number of each identity, so the identity is the key and the number the time.
            channel = part.partition("=")[2]
            native = f"{self.device}/{channel}{'_' if channel else ''}{value}:{self.stamp}"
        how: TimeQuality = "derived" if self.age else "exact"
        device, now, age, said, late = self.device, self.now, self.age, self.said_at, self.historical
        self.items.append(Event(device, kind, value, now, part, native, age, how, said, late, detail))

    def insane(self, key: str, raw: object) -> None:
        """Add the fault of a value that cannot be."""
        self.items.append(Fault(self.device, "insane", f"{js.word(key)}={repr(raw)[: js.MAX_WORD]}", t=self.now))


def junk(device: str, detail: str, size: int, now: int) -> list[Item]:
    """Give the fault of a payload that is not what its topic promises."""
    return [Fault(device, "junk", detail, size, now)]


def unexplained(device: str, payload: bytes, now: int) -> list[Item]:
    """Give the record of a whole JSON payload of which no key is known (its first 128 bytes are kept)."""
    return [Undecoded(device, payload[:128].hex(), 0, f"no known key in {len(payload)} bytes of JSON", now)]


def json_object(payload: bytes) -> dict[str, Any] | None:
    """Give a payload as a JSON object, None if it is too long, not whole, or something else."""
    value = js.load(payload) if len(payload) <= js.MAX_PAYLOAD else None
    return value if isinstance(value, dict) else None


_ONLINE: Final[Mapping[object, bool]] = {"online": True, "offline": False}


def presence(device: str, scope: Scope, payload: bytes, now: int) -> list[Item]:
    """Give what a will or availability topic says: {"state": "online"} or the bare word, in any case of letters."""
    if not payload:
        return []  # An empty retained message only deletes the one before.
    told = json_object(payload) if payload[:1] == b"{" else None
    text = told.get("state") if told else payload[:16].decode("ascii", "replace")
    online = _ONLINE.get(text.strip().lower()) if isinstance(text, str) else None
    if online is None:
        return junk(device, "neither online nor offline", len(payload), now)
    return [Availability(device, "online" if online else "offline", scope, now)]
