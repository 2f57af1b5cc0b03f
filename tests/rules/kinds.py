"""One rule of every kind, and a way to tell its step what happens: shared by the tests of the rule kinds."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from agent.model.events import Event, Feedback, Offset, Reading, Sentiment
from agent.rules.step import Seat, Step, Truth
from tests.plans import rule

THURSDAY: Final = 0
"""Engine time 0 is Thursday 1970-01-01 00:00 local time in these tests, unless a script says otherwise."""
OTHERS: Final = {
    "other": ("e",),
    "second": ("e",),
    "b": ("e",),
    "all-0": ("m-d",),
    "all-1": ("n-d",),
    "none-0": ("o-d",),
}

KINDS: Final[dict[str, dict[str, Any]]] = {
    "threshold": {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}, "deadband": 1.0},
    "mean": {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}, "deadband": 1.0,
             "agg": {"fn": "mean", "window": "60s", "min_valid": 0.5}},
    "percentile": {"kind": "threshold", "quantity": "temperature", "when": {"op": "<=", "value": 30.0},
                   "agg": {"fn": "percentile", "percent": 90.0, "window": "60s", "min_valid": 0.3}},
    "absent": {"kind": "absent", "quantity": "temperature", "after": "60s"},
    "pressed": {"kind": "pressed", "sentiment": ["negative"], "hold": "20s"},
    "count": {"kind": "count", "of": {"sentiment": "negative"}, "count": 3, "window": "30s"},
    "turns": {"kind": "count", "of": {"quantity": "running"}, "count": 2, "window": "30s"},
    "within_hours": {"kind": "within_hours", "quantity": "door_open", "hours": {"from": "22:00", "to": "06:00"}},
    "state_duration": {"kind": "state_duration", "quantity": "running", "longer_than": "20s"},
    "starts": {"kind": "starts", "quantity": "running", "when": {"op": ">", "value": 2.0}, "window": "60s"},
    "starts-above": {"kind": "starts", "quantity": "temperature", "above": 40.0, "window": "60s",
                     "when": {"op": ">=", "value": 2.0}},
    "rate_of_change": {"kind": "rate_of_change", "quantity": "temperature", "by": 10.0, "within": "60s",
                       "direction": "either"},
    "sequence-without": {"kind": "sequence", "first": {"quantity": "door_open"}, "relation": "without",
                         "second": {"event": "unlock", "device": "e"}, "within": "5s", "late": "2s"},
    "sequence-missing": {"kind": "sequence", "first": {"quantity": "running"}, "relation": "missing",
                         "second": {"quantity": "running", "device": "e"}, "within": "15s", "hold": "30s"},
    "sequence-then": {"kind": "sequence", "first": {"event": "tamper"}, "relation": "then",
                      "second": {"event": "card", "device": "e"}, "within": "10s", "hold": "30s"},
    "sequence-together": {"kind": "sequence", "first": {"quantity": "running"}, "relation": "together",
                          "second": {"quantity": "running", "device": "e"}},
    "compare": {"kind": "compare", "quantity": "temperature", "other": {"device": "e"}, "by": "difference",
                "when": {"op": ">=", "value": 4.0}, "deadband": 1.0, "max_age": "30s"},
    "missed_round": {"kind": "missed_round", "event": "card", "slots": ["00:01", "00:03"], "grace": "30s",
                     "early": "30s"},
    "feedback_share": {"kind": "feedback_share", "count": 2, "share": 0.5, "window": "30s"},
    "stuck": {"kind": "stuck", "quantity": "temperature", "longer_than": "30s", "tolerance": 0.5},
    "implausible": {"kind": "implausible", "quantity": "temperature", "low": 0.0, "high": 45.0},
    "jump": {"kind": "implausible", "quantity": "temperature", "low": 0.0, "high": 90.0, "per_second": 1.0},
    "forecast": {"kind": "forecast", "quantity": "temperature", "to": 50.0, "within": "2m", "window": "60s",
                 "least": 3},
    "baseline": {"kind": "baseline", "quantity": "temperature", "at_least": 1.0, "weeks": 2},
    "drift": {"kind": "drift", "quantity": "temperature", "every": "10s", "learn": 3, "slack": 1.0, "decision": 4.0},
    "due": {"kind": "due", "after": "100s", "quantity": "running", "running_for": "40s", "event": "card"},
    "composite": {"kind": "composite", "all": [{"rule": "m"}, {"rule": "n"}], "none": [{"rule": "o"}]},
    "formula": {"kind": "formula", "formula": "a - b > 4 and on",
                "of": {"a": {"quantity": "temperature"}, "b": {"quantity": "temperature", "device": "e"},
                       "on": {"quantity": "running"}}, "max_age": "30s"},
}  # fmt: skip


def step_of(fields: dict[str, Any], **others: tuple[str, ...]) -> Step:
    """Give a step of a rule on device d, with e as whoever else it speaks of."""
    found: Step = rule(fields).step(Seat("d", 0, 60_000, 1_000, OTHERS | others))
    return found


def tell(step: Step, t: int, what: str, value: Any) -> Truth:
    """Tell a step one thing: a word with a dot names another device than d, as in "e.temperature"."""
    device, _, name = what.rpartition(".")
    device = device or "d"
    match name:
        case "press":
            service, sentiment = value
            return step.feedback(_pressed(device, t, service, sentiment))
        case "at":
            return step.at(t)
        case "point":
            return step.told(*value)
        case "clock":
            return step.clock(t, Offset(1, t, value, trusted=value >= 0))
        case "service":
            return step.recorded(t)
        case "gap":
            step.gap(value[0], value[1], t)
            return None
        case "card" | "unlock" | "tamper" | "self_test":
            return step.event(Event(device, name, value, t))
    reading = Reading(device, name, value, t)
    return step.reading(reading) if (device, name, "") in step.series else None


def _pressed(device: str, t: int, service: Any, sentiment: Sentiment) -> Feedback:
    score = {"positive": 100.0, "neutral": 50.0, "negative": 0.0}[sentiment]
    return Feedback(device, t, "x", "button", "1", service, sentiment, "normal", score)


def remembered(step: Step) -> bytes:
    """Give what a step remembers, as a snapshot has it."""
    return msgspec.msgpack.encode(step.state())
