"""A settings file as data, with the line and column of everything in it. Made by yaml12.py; it judges nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.settings.complaints import Complaint, Where, path_text


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands, counting from 1, and for a single value the word as it was written."""

    line: int = 1
    column: int = 1
    raw: str | None = None


@dataclass(slots=True)
class Document:
    """A file as data. `data` is {} for an empty file, None when the text could not be read to its end."""

    file: str
    data: Any = None
    values: dict[Where, Mark] = field(default_factory=dict)
    keys: dict[Where, Mark] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)
    refused: set[Where] = field(default_factory=set)
    """Where a value could not be understood: nobody need complain about it a second time."""

    def complaint(
        self, path: Where, message: str, expected: str = "", hint: str = "", *, key: bool = False
    ) -> Complaint:
        """Make a complaint about the value at `path` (or its key); a path that is not there means what it is in."""
        where = path
        while where and where not in self.values:
            where = where[:-1]
        mark = self.keys.get(where) if key else None
        mark = mark or self.values.get(where) or Mark()
        return Complaint(self.file, mark.line, mark.column, path_text(path), message, expected, hint)
