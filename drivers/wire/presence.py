"""When a card is told: once while it lies at the reader, and not again within a few seconds. It knows no frame."""

from __future__ import annotations

from typing import Final

AGAIN_MS: Final = 3000
REMEMBERED: Final = 64
"""Cards kept for the rule of 3 s: more cannot come by within that time."""


class Presences:
    """The cards at one reader (serial.md §1.11, §B10). A card is gone after `removed_ms` without a word of it."""

    def __init__(self, removed_ms: int = 300, again_ms: int = AGAIN_MS) -> None:
        self._removed, self._again = removed_ms, again_ms
        self._card, self._seen_at = "", 0
        self._told_at: dict[str, int] = {}

    def new(self, card: str, now: int) -> bool:
        """Tell whether a card that was read now is to be told."""
        there = card == self._card and now - self._seen_at < self._removed
        self._card, self._seen_at = card, now
        told = self._told_at.get(card)
        if there or (told is not None and now - told < self._again):
            return False
        self._told_at = dict(list(self._told_at.items())[-REMEMBERED:])
        self._told_at.pop(card, None)
        self._told_at[card] = now
        return True
