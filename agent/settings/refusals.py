"""pydantic's errors brought back to the file: a path that is there, and one fault where it reports one per branch.

pydantic names tags and branches of unions in its locations; the branch that was probably meant speaks for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from agent.settings.complaints import Where, nearest


class Fault:
    """One error of pydantic with its path in the data.

    `word` is the one that is missing or not known; `fork` is where a union began, `branch` the name of the part of it
    that complains; `others` are the faults of other branches that this one stands for.
    """

    def __init__(self, error: ErrorDetails, data: Any) -> None:
        self.error = error
        self.kind = error["type"]
        location = list(error["loc"])
        self.word = ""
        self.others: list[Fault] = []
        if self.kind in ("missing", "extra_forbidden") or location[-1:] == ["[key]"]:
            self.word = str(location.pop())
        self.path, self.fork, self.branch = _follow(location, data)


def _follow(location: list[int | str], data: Any) -> tuple[Where, Where | None, str]:
    """Give the part of a location that exists in the data, and where and by which name a union came between."""
    path: list[str | int] = []
    fork: Where | None = None
    branch, tagged = "", False
    for part in location:
        inside = isinstance(data, dict) and part in data
        if inside and data.get("kind") == part and not tagged:
            tagged = True  # the tag of a tagged union, not a word of the file
        elif inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data, tagged = data[part], False
            path.append(part)
        elif not (isinstance(data, dict) and data.get("kind") == part):
            fork, branch = (tuple(path), str(part)) if fork is None else (fork, branch)
    return tuple(path), fork, branch


def at(data: Any, path: Where) -> Any:
    """Give what stands at a path, {} where nothing does."""
    for part in path:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        data = data[part] if inside else {}
    return data


def meant(faults: Iterable[Fault], data: Any) -> list[Fault]:
    """Of each union keep one branch: the one with the fewest strange words, then the fewest faults.

    A word that is missing because it was misspelt is one fault, not two.
    """
    kept: list[Fault] = []
    unions: dict[Where, dict[str, list[Fault]]] = {}
    for fault in faults:
        if fault.fork is None:
            kept.append(fault)
        else:
            unions.setdefault(fault.fork, {}).setdefault(fault.branch, []).append(fault)
    for fork, branches in unions.items():
        if isinstance(at(data, fork), dict):
            best: list[Fault] = min(branches.values(), key=_strangeness)
            kept += best
        else:
            first, *first.others = [fault for group in branches.values() for fault in group]
            kept.append(first)
    strange = [(fault.path, fault.word) for fault in kept if fault.kind == "extra_forbidden"]
    return [
        fault
        for fault in kept
        if fault.kind != "missing"
        or not any(where == fault.path and nearest(word, [fault.word]) for where, word in strange)
    ]


def _strangeness(group: list[Fault]) -> tuple[int, int]:
    return sum(fault.kind == "extra_forbidden" for fault in group), len(group)
