"""How a record looks outside: the JSON lines of `caretaker decode`. The central contract is in runtime/envelope.py."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

from agent.model.events import Availability, Event, Fault, Item, Reading, Stranger, Undecoded
from agent.model.quantities import unit_of

_FIELDS: Final = re.compile(r"[a-z_]+=[\w:.-]+(,[a-z_]+=[\w:.-]+)*", re.ASCII)


def plain(value: float | bool | str) -> float | bool | str:
    """Give whole numbers without a fraction: 121 rather than 121.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def part_fields(part: str) -> dict[str, int | str]:
    """Give `line=2` as {"line": 2}; an empty part as {}."""
    if not part:
        return {}
    word, _, value = part.partition("=")
    return {word: int(value) if value.isdigit() else value}


def stamp(unix_ms: int) -> str:
    """Give Unix milliseconds as ISO 8601 in UTC, without a fraction where there is none."""
    moment = datetime.fromtimestamp(unix_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds" if unix_ms % 1000 else "seconds").replace("+00:00", "Z")


def iso_ms(unix_ms: int) -> str:
    """Give Unix milliseconds as ISO 8601 in UTC with three decimals, as every stamp of the central contract."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _reading(item: Reading) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": "reading", "quantity": item.quantity, "value": plain(item.value)}
    if unit := unit_of(item.quantity):
        fields["unit"] = unit
    fields |= {"device": item.device, **part_fields(item.part)}
    if item.quality != "good":
        fields["quality"] = item.quality
    if item.said_at:
        fields["ts"] = stamp(item.said_at)
    if item.historical:
        fields["historical"] = True
    return fields


def _detail(detail: str) -> dict[str, Any]:
    """Give a detail that is written as `bits=24,protocol=1` as fields of these names, another as `detail`."""
    if not _FIELDS.fullmatch(detail):
        return {"detail": detail} if detail else {}
    pairs = (pair.partition("=") for pair in detail.split(","))
    return {word: int(value) if value.isdigit() else value for word, _, value in pairs}


def _event(item: Event) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": "event", "quantity": item.quantity, "value": plain(item.value)}
    fields |= {"device": item.device, **part_fields(item.part)}
    for name in ("native", "age_ms"):
        if getattr(item, name):
            fields[name] = getattr(item, name)
    fields |= {word: value for word, value in _detail(item.detail).items() if word not in fields}
    if item.time_quality != "exact":
        fields["time_quality"] = item.time_quality
    if item.said_at:
        fields["ts"] = stamp(item.said_at)
    if item.historical:
        fields["historical"] = True
    return fields


def described(item: Item) -> dict[str, Any] | None:
    """Give an item as the object that `decode --json` prints; None for what it does not print (strangers)."""
    match item:
        case Reading():
            return _reading(item)
        case Event():
            return _event(item)
        case Availability():
            fields = {"kind": "availability", "scope": item.scope, "value": item.value, "device": item.device}
            return fields | ({"reason": item.reason} if item.reason else {})
        case Fault():
            fields = {"kind": "fault", "fault": item.fault, "device": item.device, "detail": item.detail}
            return {name: value for name, value in fields.items() if value}
        case Undecoded():
            shown: dict[str, Any] = {"kind": "undecoded", "data_hex": item.data_hex, "device": item.device}
            return shown | ({"fport": item.fport} if item.fport else {}) | _detail(item.detail)
        case Stranger():
            return None


def decoded(item: Item) -> str:
    """Give the JSON line of an item, "" for what is not printed."""
    fields = described(item)
    return json.dumps(fields, ensure_ascii=False) if fields else ""
