"""What the engine is built from: devices, terminals and rules, checked and resolved. Made in agent/settings/plan.py."""

from __future__ import annotations

from typing import Literal

import msgspec

from agent.feedback.classify import Table
from agent.model.events import Service
from agent.rules import Rule


class OutputSpec(msgspec.Struct, frozen=True):
    """Who may switch an output (`rule`, `command`), its longest on-time (ms, 0: none), its state after a restart."""

    by: tuple[str, ...]
    longest_on: int = 0
    after_restart: Literal["off", "on", "resume"] = "off"
    read_back: bool = True


class Watched(msgspec.Struct, frozen=True):
    """What the engine knows of a device: `interval` is how often it is expected, in ms."""

    zone: str
    interval: int
    service: Service = "other"
    terminal: Table | None = None
    outputs: dict[str, OutputSpec] = {}
    silence: int = 0
    """Silence in ms after which it is missed; 0: three intervals, at least a minute (domain.md §2, A01)."""
    keys: tuple[str, ...] = ()
    """Settings of the device itself that may be set from outside."""


class Plan(msgspec.Struct, frozen=True):
    """Everything that decides what the engine does; `rules` maps a rule's id to it and to the devices it watches."""

    site: str
    node: str
    devices: dict[str, Watched]
    rules: dict[str, tuple[Rule, tuple[str, ...]]]
    revision: str = ""


def alarm_id(rule: str, device: str) -> str:
    """Give the id of the alarm of a rule on a device."""
    return f"{rule}-{device}"
