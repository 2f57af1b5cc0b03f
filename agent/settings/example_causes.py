"""An example as the engine is told it: readings, events and presses at their times, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agent.feedback.classify import Meaning
from agent.model.events import Cause, Event, Reading, Value
from agent.model.quantities import QUANTITIES, unit_of
from agent.model.units import convert
from agent.rules import Rule
from agent.rules.paper import Example, Given
from agent.settings.cross_examples import watched_series

START: Final = 86_400_000
"""Engine time of an example's beginning: a day after the engine's own, so that no time is 0 by accident."""
DEVICE: Final = "device"
"""What the device is called that an example does not name."""


def causes(rule: Rule, example: Example) -> list[Cause]:
    """Give what happens, in the order of time; what is written first comes first."""
    told: list[tuple[int, Cause]] = []
    for given in example.given:
        for at, value in _moments(given):
            told.append((at, _cause(rule, given, START + at, value)))
    return [cause for _, cause in sorted(told, key=lambda one: one[0])]


def _moments(given: Given) -> Iterator[tuple[int, Value | None]]:
    """Give the times of something that is repeated, with its value then."""
    if not given.every:
        yield given.at, given.value
        return
    for at in range(given.at, given.until + 1, given.every):
        value = given.value
        if given.to is not None and isinstance(value, float | int) and given.until > given.at:
            value += (given.to - value) * (at - given.at) / (given.until - given.at)
        yield at, value


def _cause(rule: Rule, given: Given, t: int, value: Value | None) -> Cause:
    device = given.device or DEVICE
    if given.press:
        return Event(device, "button", key_of(given), t, native=f"{device}@{t}")
    if given.event:
        return Event(device, given.event, value if value is not None else "", t, part=given.part)
    wanted, its_part = watched_series(rule, given.device)
    quantity, part = given.quantity or wanted, given.part or ("" if given.quantity else its_part)
    if QUANTITIES[quantity].kind in ("measure", "total"):
        value = convert(float(value or 0.0), given.unit or unit_of(quantity), unit_of(quantity), quantity)
    return Reading(device, quantity, value if value is not None else "", t, part=part)


def key_of(given: Given) -> str:
    """Give the key of the example's terminal that says what is pressed."""
    press = given.press
    assert press is not None
    return press.key or f"{press.service} {press.sentiment} {press.urgency}"


def meaning_of(given: Given) -> Meaning:
    """Give what that key means."""
    press = given.press
    assert press is not None
    return Meaning(press.service, press.sentiment, press.urgency, -1.0 if press.urgency == "emergency" else 0.0)
