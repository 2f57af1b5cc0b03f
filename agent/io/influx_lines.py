"""Rows of the journal as line protocol, the text that InfluxDB 2.x and 3.x and VictoriaMetrics take. It sends nothing.

    temperature,building=B1,device=pump-1,node=pi-1,site=acme,zone=cellar value=21.5 1767225600000000042
    measurement tags (sorted, escaped)                                    field     ns: wall ms * 1e6 + seq % 1e6

Measurement = quantity; event, alarm, feedback, kpi and availability are measurements of their own. `value` is always a
float (booleans 0/1); a text is the tag `text` with value 1, because VictoriaMetrics stores a string field as 0. The
sequence number in the nanoseconds makes two presses within one millisecond two points, and the same row the same point.

One reading costs a look-up and an f-string: the part before the value is kept per series (limits.md §2e). A backslash
becomes a slash: parsers disagree on what it escapes before a comma. Control characters become spaces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from agent.model.effects import Alarm, Kpi
from agent.model.events import Availability, Event, Feedback, Reading, Value
from agent.model.place import Label
from agent.model.quantities import EVENT_KINDS
from agent.ports import Row

SERIES_MOST: Final = 20_000
"""Series whose beginning is kept: text comes from devices and could be different every time."""
TEXT_MOST: Final = 64
RESERVED: Final = ("time", "_field", "_measurement")
_PLAIN: Final = dict.fromkeys((*range(32), 127), "\\ ") | {ord("\\"): "/"}
_TAG: Final = str.maketrans(_PLAIN | {ord(c): f"\\{c}" for c in ",= "})
_MEASUREMENT: Final = str.maketrans(_PLAIN | {ord(c): f"\\{c}" for c in ", "})
_PRESENCE: Final = {"online": 1.0, "offline": 0.0, "unknown": -1.0}


def series(measurement: str, tags: Mapping[str, str]) -> str:
    """Give measurement and tags, escaped, the tags sorted and without empty ones."""
    kept = sorted((f"{key}_" if key in RESERVED else key, value) for key, value in tags.items() if value.strip())
    pairs = "".join(f",{key.translate(_TAG)}={value[:TEXT_MOST].translate(_TAG)}" for key, value in kept)
    return measurement.translate(_MEASUREMENT) + pairs


class Lines:
    """Makes lines for one node. `label` gives place and tags of a device, None for one that the settings do not name.

    After a reload of the settings make a new one: labels are remembered.
    """

    def __init__(self, site: str, node: str, label: Callable[[str], Label | None]) -> None:
        self._site, self._node, self._label = site, node, label
        self._known: dict[tuple[str, str, str, str], str] = {}

    def body(self, rows: Sequence[Row]) -> bytes:
        """Give the lines of all rows that a store has a use for, b"" if there are none."""
        line = self.line
        return "\n".join([made for row in rows if (made := line(row))]).encode(errors="replace")

    def line(self, row: Row) -> str:
        """Give the line of one row (several for a window of indicators), "" for what a store has no use for."""
        item = row.body
        if type(item) is Reading:
            return self._reading(item, row)
        return self._other(row)

    def _reading(self, item: Reading, row: Row) -> str:
        value = item.value
        if isinstance(value, str) or item.quality != "good" or item.historical or row.estimated:
            tags, number = _valued(value)
            if item.quality != "good":
                tags["quality"] = item.quality
            wall = item.said_at if item.historical and item.said_at else row.wall
            return _line(self._series(row, item.quantity, item.device, tags, item.part), number, _ns(row, wall))
        key = (item.device, item.quantity, item.part, "")
        return _line(self._known.get(key) or self._begin(key, {}), float(value), _ns(row, row.wall))

    def _other(self, row: Row) -> str:
        item = row.body
        match item:
            case Event():
                tags, value = _valued(item.value)
                tags |= {"event": item.quantity, "category": EVENT_KINDS.get(item.quantity, "system")}
                wall = item.said_at if item.historical and item.said_at else row.wall - item.age_ms
                return _line(self._series(row, "event", item.device, tags, item.part), value, _ns(row, wall))
            case Availability():
                begun = self._series(row, "availability", item.device, {"text": item.value, "scope": item.scope}, "")
                return _line(begun, _PRESENCE[item.value], _ns(row, row.wall))
            case Alarm():
                tags = {"alarm": item.alarm, "rule": item.rule, "category": item.category, "text": item.transition}
                tags |= {"priority": str(item.priority), "state": item.state, "work": item.work}
                begun = self._series(row, "alarm", item.device, tags, "")
                active = float(item.state == "active")
                return f"{begun} value={active!r},level={float(item.level)!r} {_ns(row, row.wall)}"
            case Feedback():
                return self._feedback(row, item)
            case Kpi():
                return "\n".join(self._kpis(row, item))
            case _:
                return ""

    def _feedback(self, row: Row, item: Feedback) -> str:
        """A call for help is no rating: it counts, and has no `value` that could spoil an average."""
        tags = {"channel": item.channel, "key": item.key, "service": item.service}
        tags |= {"sentiment": item.sentiment, "urgency": item.urgency}
        begun = self._series(row, "feedback", item.device, tags, "")
        value = f",value={item.score!r}" if item.score >= 0 else ""
        return f"{begun} count=1.0{value} {_ns(row, row.wall - item.age_ms)}"

    def _kpis(self, row: Row, item: Kpi) -> list[str]:
        lines = []
        for kpi in item.values:
            if kpi.value is not None and math.isfinite(kpi.value):
                tags = {"kpi": kpi.kpi, "zone": item.scope, "period": item.period, "unit": kpi.unit}
                begun = self._series(row, "kpi", "", tags, "")
                lines.append(f"{begun} value={float(kpi.value)!r},n={float(kpi.n)!r} {_ns(row, item.end)}")
        return lines

    def _series(self, row: Row, measurement: str, device: str, tags: dict[str, str], part: str) -> str:
        if row.estimated:
            tags = tags | {"estimated": "true"}
        key = (device, measurement, part, "\n".join(f"{name}={word}" for name, word in tags.items()))
        return self._known.get(key) or self._begin(key, tags)

    def _begin(self, key: tuple[str, str, str, str], tags: Mapping[str, str]) -> str:
        device, measurement, part, _ = key
        label = self._label(device) if device else None
        own = {"site": self._site, "node": self._node, "device": device, "part": part}
        if label is not None:
            place = label.place
            where = {"building": place.building, "floor": place.floor, "zone": place.zone, "point": place.point}
            own = {**label.tags, **where, **own}
        if len(self._known) >= SERIES_MOST:
            self._known.clear()
        begun = self._known[key] = series(measurement, {**own, **tags})
        return begun


def _valued(value: Value) -> tuple[dict[str, str], float]:
    return ({"text": value}, 1.0) if isinstance(value, str) else ({}, float(value))


def _line(begun: str, value: float, ns: int) -> str:
    """Give the point, "" for what is no number: a store could not take it."""
    return f"{begun} value={value!r} {ns}" if math.isfinite(value) else ""


def _ns(row: Row, wall: int) -> int:
    return wall * 1_000_000 + row.seq % 1_000_000
