"""Where a device is and what it is called: the words that travel on everything it says."""

from __future__ import annotations

import re
from typing import Final

import msgspec

ID_PATTERN: Final = re.compile(r"[a-z0-9-]{1,64}")
"""Ids of sites, nodes, devices, rules and alarms: they become topic levels and tags, so the alphabet is narrow."""


def is_id(text: str) -> bool:
    """Tell whether `text` may be used as an id: 1 to 64 of a-z, 0-9 and '-'."""
    return ID_PATTERN.fullmatch(text) is not None


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Building / floor / zone / point, each a word or empty. `zone` is the level that indicators are counted by."""

    building: str = ""
    floor: str = ""
    zone: str = ""
    point: str = ""


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the core knows of a device beside its readings: it is looked up by name, never carried in a record."""

    device: str
    place: Place = Place()
    tags: dict[str, str] = {}
    model: str = ""
    driver: str = ""
