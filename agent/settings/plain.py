"""What pydantic refuses, in plain English with the place in the file: one complaint for each fault.

pydantic names tags and branches of unions in its locations, and reports a fault once for each branch; here every
location is brought back to a path of the file, and the branch that was probably meant speaks for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.model.units import duration_text
from agent.settings.complaints import Complaint, Where, listed, nearest
from agent.settings.document import Document
from agent.settings.words import description_at, nodes_at, words_at

_PATTERNS: Final = {
    "^[a-z0-9-]{1,64}$": "1 to 64 of a-z, 0-9 and '-'",
    "^[a-z0-9-]{0,64}$": "1 to 64 of a-z, 0-9 and '-'",
    r"^([01]\d|2[0-3]):[0-5]\d$": "a time of day from 00:00 to 23:59",
    r"^https?://.+$": "http://host:port or https://host:port",
}
_KINDS: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "dict_type": "words with values (word: value)",
    "model_type": "words with values (word: value)",
    "model_attributes_type": "words with values (word: value)",
    "list_type": "a list ([one, two])",
    "tuple_type": "a list ([one, two])",
}
_BOUNDS: Final = {
    "greater_than_equal": ("ge", "at least {}"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "at most {}"),
    "less_than": ("lt", "less than {}"),
    "multiple_of": ("multiple_of", "a multiple of {}"),
    "too_long": ("max_length", "at most {} of them"),
    "too_short": ("min_length", "at least {} of them"),
    "string_too_long": ("max_length", "at most {} characters"),
    "string_too_short": ("min_length", "at least {} characters"),
}

_MEANT: Final = {
    "yes": "true",
    "on": "true",
    "no": "false",
    "off": "false",
    "=": "==",
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
}
"""Words whose meaning is known though no letter of the right one is near."""


class _Fault:
    """One error of pydantic with its path in the data.

    `fork` is where a union began, `branch` the name of the part of it that complains.
    """

    def __init__(self, error: ErrorDetails, data: Any) -> None:
        self.error = error
        self.kind = error["type"]
        location = list(error["loc"])
        self.word = ""
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


def complaints_of(
    error: ValidationError, model: type[BaseModel], document: Document, prefix: Where = ()
) -> list[Complaint]:
    """Translate all errors of validating what stands at `prefix` of the document as `model`."""
    data = at(document.data, prefix)
    faults = [_Fault(details, data) for details in error.errors(include_url=False)]
    return [_told(fault, model, data, document, prefix) for fault in _meant(faults, data)]


def at(data: Any, path: Where) -> Any:
    """Give what stands at a path, {} where nothing does."""
    for part in path:
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and part in range(len(data))
        data = data[part] if inside else {}
    return data


def _meant(faults: Iterable[_Fault], data: Any) -> list[_Fault]:
    """Of each union keep one branch: the one with the fewest strange words, then the fewest faults.

    A word that is missing because it was misspelt is one fault, not two.
    """
    kept: list[_Fault] = []
    unions: dict[Where, dict[str, list[_Fault]]] = {}
    for fault in faults:
        if fault.fork is None:
            kept.append(fault)
        else:
            unions.setdefault(fault.fork, {}).setdefault(fault.branch, []).append(fault)
    for fork, branches in unions.items():
        if isinstance(at(data, fork), dict):
            best: list[_Fault] = min(branches.values(), key=_strangeness)
            kept += best
        else:
            first, *others = [fault for group in branches.values() for fault in group]
            first.error["ctx"] = {"choices": [_wanted(fault) for fault in (first, *others)]}
            first.kind = "union"
            kept.append(first)
    strange = [(fault.path, fault.word) for fault in kept if fault.kind == "extra_forbidden"]
    return [
        fault
        for fault in kept
        if fault.kind != "missing"
        or not any(where == fault.path and nearest(word, [fault.word]) for where, word in strange)
    ]


def _strangeness(group: list[_Fault]) -> tuple[int, int]:
    return sum(fault.kind == "extra_forbidden" for fault in group), len(group)


def _wanted(fault: _Fault) -> str:
    """Give what would have been right, as far as the error itself knows it."""
    context = fault.error.get("ctx", {})
    if fault.kind == "union":
        return " or ".join(dict.fromkeys(choice for choice in context["choices"] if choice))
    if fault.kind == "literal_error":
        return str(context["expected"]).replace("'", "")
    if fault.kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    return _KINDS.get(fault.kind, "")


def _told(fault: _Fault, model: type[BaseModel], data: Any, document: Document, prefix: Where) -> Complaint:
    path = (*prefix, *fault.path)
    if fault.word == "[key]":
        return _bad_name(fault, document, path)
    if fault.kind == "missing":
        described = description_at(model, (*fault.path, fault.word), data)
        return document.complaint(path, f"the word '{fault.word}' is missing", described, key=True)
    if fault.kind == "extra_forbidden":
        known = words_at(model, fault.path, data)
        hint = nearest(fault.word, known)
        message = f"the word '{fault.word}' is not known here"
        return document.complaint((*path, fault.word), message, f"one of {listed(known, 24)}", hint, key=True)
    if fault.kind in ("union_tag_invalid", "union_tag_not_found"):
        return _bad_kind(fault, model, data, document, path)
    return _bad_value(fault, document, path)


def _bad_name(fault: _Fault, document: Document, path: Where) -> Complaint:
    name = str(path[-1])
    tidy = "".join(letter if letter in "abcdefghijklmnopqrstuvwxyz0123456789" else "-" for letter in name.lower())
    hint = tidy.strip("-")[:64]
    return document.complaint(path, f"'{name}' cannot be a name", _wanted(fault), hint, key=True)


def _bad_kind(fault: _Fault, model: type[BaseModel], data: Any, document: Document, path: Where) -> Complaint:
    context = fault.error.get("ctx", {})
    word = str(context.get("discriminator", "kind")).strip("'")
    schemas = nodes_at(model, fault.path, data)
    kinds = [str(node["properties"][word].get("const")) for node in schemas if word in node.get("properties", {})]
    if fault.kind == "union_tag_not_found":
        return document.complaint(path, f"the word '{word}' is missing", f"one of {listed(kinds)}", key=True)
    tag = str(context["tag"])
    message = f"'{tag}' is no kind that is known"
    return document.complaint((*path, word), message, f"one of {listed(kinds)}", nearest(tag, kinds))


def _bad_value(fault: _Fault, document: Document, path: Where) -> Complaint:
    mark = document.values.get(path)
    raw = mark.raw if mark else None
    value = at(document.data, path)
    shown = raw if raw is not None else value if isinstance(value, str) else ""
    if fault.kind == "value_error":
        message, _, meant = str(fault.error["ctx"]["error"]).partition("; did you mean ")
        message, _, expected = message.partition("; expected ")
        return document.complaint(path, message, expected, meant.strip("'?"))
    if fault.kind in _BOUNDS:
        return document.complaint(path, *_out_of_bounds(fault, value, shown))
    wanted = _wanted(fault)
    if not wanted:
        return document.complaint(path, fault.error["msg"])
    if value is None and raw in ("", None):
        return document.complaint(path, "nothing stands here", wanted, key=True)
    if fault.kind == "string_type" and raw is not None:
        return document.complaint(path, f"{raw} is {_named(value)} here, not text", f'quotes around it: "{raw}"')
    choices = wanted.replace(" or ", ", ").split(", ")
    hint = _MEANT.get(str(value).lower(), "")
    if hint not in choices:
        hint = nearest(value, choices) if fault.kind == "literal_error" else ""
    message = f"'{shown}' does not fit here" if shown != "" else f"{_named(value)} does not fit here"
    return document.complaint(path, message, wanted, hint)


def _out_of_bounds(fault: _Fault, value: Any, shown: Any) -> tuple[str, str]:
    name, phrase = _BOUNDS[fault.kind]
    bound = fault.error["ctx"][name]
    if isinstance(value, str) and isinstance(fault.error["input"], int):
        bound = duration_text(bound)
    elif isinstance(bound, float) and bound.is_integer():
        bound = int(bound)
    expected = phrase.format(bound)
    if fault.kind.endswith(("_long", "_short")):
        return "this is too long" if fault.kind.endswith("_long") else "this is too short", expected
    return f"{shown} is out of bounds", expected


def _named(value: Any) -> str:
    names = {bool: "true/false", int: "a number", float: "a number", list: "a list", dict: "a mapping", str: "text"}
    return names.get(type(value), "nothing")
