"""A happening as a rule names it: an event of a kind, or a state that turns to a value, of this device or another."""

from __future__ import annotations

from pydantic import Field

from agent.rules.needs import Need, Path, Who
from agent.rules.step import Series


class Happening(Who):
    """An event of a kind, or a state that turns to a value."""

    event: str = Field("", description="a kind of event, such as unlock; else give a quantity")
    quantity: str = Field("", description="a state, such as door_open")
    part: str = Field("", description="which part of the device, such as channel=1")
    value: bool | str | None = Field(None, description="its value; unset: any event, or a state that turns true")


def need_of(key: str, of: Happening) -> Need:
    """Give what a rule needs for it; `key` is its name in the rule."""
    whom = Who(device=of.device, role=of.role) if of.device or of.role else None
    path: Path = (key, "quantity" if of.quantity else "event")
    if of.quantity:
        return Need("quantity", of.quantity, path, of.part, "any" if isinstance(of.value, str) else "state", whom, key)
    return Need("event", of.event, path, whom=whom, key=key)


def series_of(of: Happening, devices: tuple[str, ...]) -> tuple[Series, ...]:
    """Give the series of the state on these devices; an event has none."""
    return tuple((device, of.quantity, of.part) for device in devices) if of.quantity else ()
