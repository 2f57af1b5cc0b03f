"""A small plan with every rule kind, for the tests of the core."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from agent.engine.plan import Plan, Watched
from agent.feedback.classify import Meaning, Table
from agent.rules import Rule
from agent.settings.standards import default

STANDARD = default()
_RULE: TypeAdapter[Any] = TypeAdapter(Rule)

TABLE = Table(
    keys={
        "1": Meaning("cleaning", "positive", "normal", 100.0),
        "2": Meaning("cleaning", "negative", "normal", 0.0),
        "3": Meaning("security", "negative", "emergency", -1.0),
    },
    phrases={"5": Meaning("maintenance", "negative", "high", 0.0)},
)

DEVICES = {
    "bin": Watched("yard", 10_000, "cleaning"),
    "door": Watched("roof", 10_000, "security"),
    "leak": Watched("pump-room", 10_000, "maintenance"),
    "lobby": Watched("lobby", 30_000, "other", TABLE),
}

RULES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "full": (
        {"kind": "threshold", "quantity": "fill_level", "when": {"op": ">=", "value": 80.0}, "deadband": 5.0,
         "on_delay": "5s", "off_delay": "3s", "priority": 4, "category": "cleaning"},
        ("bin",),
    ),
    "wet": (
        {"kind": "threshold", "quantity": "water_leak", "when": {"op": "==", "value": True}, "priority": 2},
        ("leak",),
    ),
    "gone": ({"kind": "absent", "after": "60s", "on_gap": "count"}, ("bin", "leak")),
    "silent": ({"kind": "absent", "quantity": "door_open", "after": "45s"}, ("door",)),
    "night": (
        {"kind": "within_hours", "quantity": "door_open", "hours": {"from": "22:00", "to": "06:00"}, "on_delay": "2s",
         "category": "security", "priority": 2},
        ("door",),
    ),
    "call": ({"kind": "pressed", "sentiment": ["negative"], "hold": "20s", "on_gap": "reset"}, ("lobby",)),
    "unhappy": (
        {"kind": "count", "of": {"sentiment": "negative"}, "count": 3, "window": "30s", "category": "cleaning"},
        ("lobby",),
    ),
    "knocks": (
        {"kind": "count", "of": {"quantity": "door_open", "value": True}, "count": 2, "window": "20s",
         "on_gap": "reset", "category": "security"},
        ("door",),
    ),
    "cards": ({"kind": "count", "of": {"event": "card"}, "count": 2, "window": "10s"}, ("door",)),
}  # fmt: skip


def rule(fields: dict[str, Any]) -> Any:
    """Give a rule as the settings would load it."""
    return _RULE.validate_python({"select": {"devices": ["x"]}, **fields})


def plan(revision: str = "a", **changed: dict[str, Any] | None) -> Plan:
    """Give the plan, with some rules changed (a dict of fields) or left out (None)."""
    rules = {}
    for name, (fields, devices) in RULES.items():
        change = changed.get(name, {})
        if change is not None:
            rules[name] = (rule(fields | change), devices)
    return Plan("greenhill", "pi-017", DEVICES, rules, STANDARD, revision)
