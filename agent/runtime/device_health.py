"""How each device does, for the centre: the messages of `health/devices`. Pure: it is given the rows and cuts them up.

Up to 300 devices are one message on `health/devices`. With more, each line or family has its own on
`health/devices/<name>/<n>`, n from 1, again of at most 300; `health/devices` then holds no device and lists the parts:
a retained message must stay well below a broker's limit of 256 KiB (mqtt.md §3.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

TOPIC: Final = "health/devices"
MOST: Final = 300
EVERY: Final = 300_000
"""ms between two reports."""
EXPIRY_S: Final = 900
"""A report that is not followed by another is stale, and goes; the one at a clean stop stays."""
COUNTS: Final = ("items", "polls", "answers", "timeouts", "faults", "last_error")
POLLED: Final = ("this_hour", "last_hour", "round_trip_ms", "slip_ms")

Rows = Mapping[str, Mapping[str, Any]]
"""What is told of each device, by its name."""


def row(presence: str, last_seen: str | None, counts: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is told of one device. `counts` are those of its tally; what it has none of is left out."""
    told = {word: counts[word] for word in COUNTS if counts.get(word)}
    if counts.get("polls"):
        told |= {word: counts[word] for word in POLLED if word in counts}
    return {"presence": presence, "last_seen": last_seen, **told}


def reports(groups: Mapping[str, Rows]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give (topic, data) of every message. `groups` has the devices by the line or family that carries them."""
    total = sum(map(len, groups.values()))
    if total <= MOST:
        yield TOPIC, {"devices": {name: told for rows in groups.values() for name, told in rows.items()}}
        return
    parts: list[str] = []
    for group, rows in sorted(groups.items()):
        names = sorted(rows)
        for n, at in enumerate(range(0, len(names), MOST), 1):
            parts.append(f"{group}/{n}")
            yield f"{TOPIC}/{group}/{n}", {"devices": {name: rows[name] for name in names[at : at + MOST]}}
    yield TOPIC, {"devices": {}, "total": total, "parts": parts}
