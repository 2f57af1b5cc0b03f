"""Who hears which topic of a broker. It hears nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from paho.mqtt.client import topic_matches_sub

from agent.ports import Hearer

ROUTES_MOST: Final = 4096
"""Topics that are remembered: an attacker may invent as many as he likes."""


class Routes:
    """Who hears a topic: the first whose filter matches. Answers are remembered, so that a reading costs one look."""

    def __init__(self) -> None:
        self.filters: list[tuple[str, Hearer]] = []
        self.known: dict[str, Hearer | None] = {}
        self.unwanted = 0
        """Messages that nobody hears."""

    def add(self, filters: Sequence[tuple[str, Hearer]]) -> None:
        """Let more be heard."""
        self.filters += filters
        self.known.clear()

    def find(self, topic: str) -> Hearer | None:
        """Look a topic up that is not remembered, and remember it; the longest remembered goes when there are many."""
        matching = (hearer for wanted, hearer in self.filters if topic_matches_sub(_unshared(wanted), topic))
        hearer = next(matching, None)
        if len(self.known) >= ROUTES_MOST:
            del self.known[next(iter(self.known))]
        self.known[topic] = hearer
        return hearer


def _unshared(wanted: str) -> str:
    return wanted.split("/", 2)[2] if wanted.startswith("$share/") else wanted
