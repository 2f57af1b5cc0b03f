"""What a technician is told about a wrong file: where, what, what was expected, the nearest right word.

It judges nothing: the judges are yaml12.py (the text), plain.py (the types) and the cross checks.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

Where = tuple[str | int, ...]
"""Where something stands in a file: ("rules", "bin-full", "when", "unit")."""


def path_text(path: Where) -> str:
    """Give a path as people write it: devices.lobby-1.options.points[2].register."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text if len(text) <= 160 else f"{text[:160]}…"


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One thing that is wrong. Lines and columns count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    hint: str = ""
    """The nearest right word, alone."""

    def __str__(self) -> str:
        """Give it as one line for the place and the fault, and one each for what was expected and the cure."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        told = f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"
        if self.expected:
            told += f"\n    expected: {self.expected}"
        if self.hint:
            told += f"\n    did you mean: {self.hint}"
        return told

    def fields(self) -> dict[str, Any]:
        """Give it as a JSON object."""
        return asdict(self)


class SettingsError(Exception):
    """The settings are wrong. `complaints` has everything that is wrong with them, in the order of the files."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = sorted(set(complaints))
        super().__init__("\n".join(str(complaint) for complaint in self.complaints))


def nearest(word: object, choices: Iterable[str]) -> str:
    """Give the choice that was probably meant, "" when none is near. Case, '_' and '-' do not matter."""
    if not isinstance(word, str) or len(word) > 128:
        return ""
    folded = {_folded(choice): choice for choice in choices}
    found = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def _folded(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")


def listed(words: Iterable[str], most: int = 12) -> str:
    """Give words as a list that stays readable: a, b, c … (31 in all)."""
    every = list(words)
    if len(every) <= most:
        return ", ".join(every)
    return f"{', '.join(every[:most])} … ({len(every)} in all)"
