"""Paths into JSON as people write them: where a value stands, how it is found, and how it is put back.

It searches nothing: a path leads to one place or to none. `sensors[0].temp`, `sensors.0.temp` and `["PM2.5"]` for a key
with a dot are paths; the empty path is the whole payload.
"""

from __future__ import annotations

import re
from typing import Any, Final

Path = tuple[str, ...]
"""Keys and indexes as text: a number is an index where a list stands, a key where an object stands."""
MAX_DEPTH: Final = 16
MAX_INDEX: Final = 1023
MISSING: Final = object()
_STEP: Final = re.compile(r'\.?([^.\[\]"]+)|\[(\d{1,4})\]|\["([^"\]]+)"\]')


def parse(text: str) -> Path:
    """Give the steps of a path; raise ValueError saying what was expected."""
    steps: list[str] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or (position == 0 and text[0] == "."):
            raise ValueError(f"'{text}' is no path; expected one such as sensors[0].temp or [\"PM2.5\"]")
        steps.append(match[1] or match[2] or match[3])
        position = match.end()
    if len(steps) > MAX_DEPTH:
        raise ValueError(f"'{text[:40]}' has {len(steps)} steps; expected at most {MAX_DEPTH}")
    return tuple(steps)


def find(value: Any, path: Path) -> Any:
    """Give what stands at a path, or `MISSING`."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, MISSING)
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def put(root: Any, path: Path, value: Any) -> Any:
    """Give `root` with a value put at a path: numbers make lists where nothing stands yet."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(root, list) or (root is None and step.isdigit()):
        items = list(root or [])
        index = min(int(step), MAX_INDEX)
        items += [None] * (index + 1 - len(items))
        items[index] = put(items[index], rest, value)
        return items
    here = root if isinstance(root, dict) else {}
    return {**here, step: put(here.get(step), rest, value)}
