"""An uplink of a LoRaWAN device, as every network server tells it: decoded object or bytes, counter, gateways.

It knows no topic and no envelope (drivers/chirpstack.py, drivers/tts.py do). An uplink that was taken once is not taken
again; a frame counter that jumps tells of uplinks lost on the air, one that falls of a device that started over. Values
that a device kept while it had no network carry their own time and fire no rule.
Sources: mqtt.md §1.0 rule 6, §1.5, §1.6, §1.11.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import msgspec

from agent.driver import Options
from agent.model.events import Item, Reading, Undecoded
from drivers import dragino, milesight
from drivers.wire import json_values as js
from drivers.wire.lorawan_codecs import Explained, FrameOptions, codec_of, explain, guess
from drivers.wire.telling import Telling, Unknown, junk

MAX_DEVICES: Final = 4096
MAX_REMEMBERED: Final = 2048
"""Uplinks whose repetition is recognised."""
MAX_BYTES: Final = 242
"""A LoRaWAN payload is never longer."""

_RSSI: Final = js.measure("rssi")
_SNR: Final = js.measure("snr")
_FIELDS: Final = {"luminosity": js.measure("luminosity")}
"""Keys of no maker of ours."""

QUANTITIES: Final = tuple(sorted({
    *milesight.QUANTITIES, *dragino.QUANTITIES, *(field[0] for field in (_RSSI, _SNR, *_FIELDS.values())),
}))  # fmt: skip
EVENTS: Final = (
    "button", "device_alarm", "sensor_status", "sensor_fault", "device_joined", "events_lost", "prompt_result",
    "reboot",
)  # fmt: skip
OFF_PORT: Final = 0
SILENT_AFTER_MS: Final = 25 * 3_600_000
"""Battery sensors and buttons of both makers report once a day at least, unless set otherwise."""
BACKLOG_MS: Final = 10 * 60_000
"""An uplink that is older when it comes was kept somewhere on its way."""
WRAPS: Final = {"open_count": float(1 << 24), "leak_count": float(1 << 24)}
"""Dragino counts in 24 bits. Of people counters some have 16 bits and some 32: a fall of theirs is taken as a reset."""


def port_of(raw: Any) -> int:
    """Give a LoRaWAN port; 0 if there is none (a zero is left out)."""
    return raw if raw.__class__ is int and 0 <= raw <= 255 else OFF_PORT


class Uplink(NamedTuple):
    """What came: the port, the decoded object (if the server has a codec), and the bytes in base64."""

    port: int
    said: Any
    data: Any


class Content:
    """What uplinks hold: objects by the makers' tables, or bytes by their codecs."""

    def __init__(self, wall: Callable[[int], int | None], unknown: Unknown) -> None:
        self._wall = wall
        self._unknown = unknown

    def take(self, telling: Telling, uplink: Uplink, options: Options | None, hints: Iterable[object]) -> None:
        """Take the decoded object, or else the bytes by the codec that settings or names tell."""
        port, said, data = uplink
        if (isinstance(said, dict) and self._object(telling, said, port)) or not data:
            return
        try:
            raw = base64.b64decode(data, validate=True) if isinstance(data, str) else None
        except (binascii.Error, ValueError):
            raw = None
        if raw is None:
            telling.items += junk(telling.device, "data is not base64", len(str(data)), telling.now)
            return
        found = explain(codec_of(options, hints), raw, port) if len(raw) <= MAX_BYTES else None
        why = "no known key in object" if isinstance(said, dict) else ""
        self.explained(telling, found or Explained({}, raw, why), port)

    def explained(self, telling: Telling, found: Explained, port: int) -> None:
        """Take what a codec made of bytes; what it does not explain comes back as bytes."""
        said = dict(found.said)
        if at := js.device_time(said.pop("timestamp", None), self._wall(telling.now)):
            telling.said_at = at
        self._object(telling, said, port)
        if found.rest:
            rest = found.rest[:MAX_BYTES].hex()
            telling.items.append(Undecoded(telling.device, rest, port, found.why, telling.now))

    def _object(self, telling: Telling, said: dict[str, Any], port: int) -> bool:
        """Take a decoded object; tell whether any key was known."""
        telling.historical = port == dragino.DATALOG_PORT and "Node_type" in said
        explained = False
        for key, raw in said.items():
            if key == "history" and isinstance(raw, list):
                explained |= self._history(telling, raw)
            elif self._key(telling, key, raw, said):
                explained = True
            else:
                self._unknown.saw(key)
        telling.historical = False
        return explained

    @staticmethod
    def _key(telling: Telling, key: str, raw: Any, said: dict[str, Any]) -> bool:
        if field := _FIELDS.get(key):
            telling.take(field, raw)
            return True
        return milesight.take(telling, key, raw, said) or dragino.take(telling, key, raw, said)

    def _history(self, telling: Telling, entries: list[Any]) -> bool:
        """Take values that the device kept while it had no network: they carry their own time and fire no rule."""
        wall, explained = self._wall(telling.now), False
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            at = js.device_time(entry.get("timestamp"), wall, stored=True)
            if not at:
                telling.insane("history.timestamp", entry.get("timestamp"))
                explained = True
                continue
            kept = Telling(telling.device, telling.now, at, retained=telling.retained)
            kept.historical = True
            for key, raw in entry.items():
                known = self._key(kept, key, raw, entry)
                explained |= known
                if not known:
                    self._unknown.saw(f"history.{key}")
            telling.items += kept.items
        return explained


class Heard:
    """What was heard of all devices: uplinks already taken, and the frame counter of each."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._taken: OrderedDict[str, None] = OrderedDict()

    def again(self, key: str) -> bool:
        """Tell whether this uplink was already taken; one without an identity ("") never was."""
        if not key:
            return False
        if key in self._taken:
            return True
        self._taken[key] = None
        if len(self._taken) > MAX_REMEMBERED:
            self._taken.popitem(last=False)
        return False

    def joined(self, own: str) -> None:
        """Forget a device's counter: it begins anew."""
        self._counts.pop(own, None)

    def count(self, telling: Telling, own: str, count: Any) -> None:
        """Watch the uplink counter: a jump is lost uplinks, a fall is a device that started over."""
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 1 << 32:
            return
        before = self._counts.get(own)
        if before is not None or len(self._counts) < MAX_DEVICES:
            self._counts[own] = count
        if before is None:
            return
        if count > before + 1:
            telling.event("events_lost", float(count - before - 1), detail=f"uplinks {before + 1} to {count - 1}")
        elif count < before:
            telling.event("device_joined", own, detail=f"fCnt fell from {before} to {count}")


def kept_back(items: list[Item], claimed: int, wall: int | None) -> list[Item]:
    """Mark the readings of an uplink that a gateway kept and sent late: they are history and fire no rule.

    `claimed` is what the network server says of when it was heard (Unix ms, 0: nothing): its clock must be right, as
    ours. Events keep their age: a press is a press, however late.
    """
    if wall is None or not claimed or wall - claimed <= BACKLOG_MS:
        return items
    return [msgspec.structs.replace(one, historical=True) if isinstance(one, Reading) else one for one in items]


def radio(telling: Telling, heard: Any) -> None:
    """Take the signal at the gateway that heard it best (`rssi`, `snr`; zeros are left out)."""
    gateways = [one for one in heard if isinstance(one, dict)] if isinstance(heard, list) else []
    if gateways:
        best = max(gateways, key=_strength)
        telling.take(_RSSI, best.get("rssi"))
        telling.take(_SNR, best.get("snr"))


def _strength(gateway: dict[str, Any]) -> tuple[float, float]:
    rssi, snr = (_as_number(gateway.get(key)) for key in ("rssi", "snr"))
    return rssi, snr


def _as_number(raw: Any) -> float:
    return float(raw) if isinstance(raw, int | float) and -1000 < raw < 1000 else -1000.0


def bare(options: Options, data: bytes, device: str) -> list[Item]:
    """Say what bare bytes mean, for `caretaker decode`."""
    own = options if isinstance(options, FrameOptions) else FrameOptions()
    codec = codec_of(own, ())
    found = explain(codec, data, own.fport) if codec.maker or own.fport else guess(data)
    telling = Telling(device, 0)
    Content(lambda _t: None, Unknown()).explained(telling, found or Explained({}, data, "no codec is sure"), own.fport)
    return telling.items
