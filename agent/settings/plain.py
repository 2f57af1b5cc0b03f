"""What pydantic refuses, in plain English with the place in the file: one complaint for each fault.

Which of its errors are one fault, and where it is, is found out in refusals.py.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ValidationError

from agent.model.units import duration_text
from agent.settings.complaints import Complaint, Where, listed, nearest
from agent.settings.document import Document
from agent.settings.refusals import Fault, at, meant
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
    "none": "N",
    "even": "E",
    "odd": "O",
}
"""Words whose meaning is known though no letter of the right one is near."""


def complaints_of(
    error: ValidationError, model: type[BaseModel], document: Document, prefix: Where = ()
) -> list[Complaint]:
    """Translate all errors of validating what stands at `prefix` of the document as `model`."""
    data = at(document.data, prefix)
    faults = [Fault(details, data) for details in error.errors(include_url=False)]
    return [_told(fault, model, data, document, prefix) for fault in meant(faults, data)]


def _wanted(fault: Fault) -> str:
    """Give what would have been right, as far as the errors themselves know it."""
    wanted = (_wanted_by(one) for one in (fault, *fault.others))
    return " or ".join(dict.fromkeys(word for word in wanted if word))


def _wanted_by(fault: Fault) -> str:
    context = fault.error.get("ctx", {})
    if fault.kind == "literal_error":
        return str(context["expected"]).replace("'", "")
    if fault.kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    return _KINDS.get(fault.kind, "")


def _told(fault: Fault, model: type[BaseModel], data: Any, document: Document, prefix: Where) -> Complaint:
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


def _bad_name(fault: Fault, document: Document, path: Where) -> Complaint:
    name = str(path[-1])
    return document.complaint(path, f"'{name}' cannot be a name", _wanted(fault), _tidy(name), key=True)


def _tidy(name: str) -> str:
    """Give a name in the letters of an id: the name that was probably meant."""
    letters = "".join(letter if letter in "abcdefghijklmnopqrstuvwxyz0123456789" else "-" for letter in name.lower())
    return letters.strip("-")[:64]


def _bad_kind(fault: Fault, model: type[BaseModel], data: Any, document: Document, path: Where) -> Complaint:
    context = fault.error.get("ctx", {})
    word = str(context.get("discriminator", "kind")).strip("'")
    schemas = nodes_at(model, fault.path, data)
    kinds = [str(node["properties"][word].get("const")) for node in schemas if word in node.get("properties", {})]
    if fault.kind == "union_tag_not_found":
        return document.complaint(path, f"the word '{word}' is missing", f"one of {listed(kinds)}", key=True)
    tag = str(context["tag"])
    message = f"'{tag}' is no kind that is known"
    return document.complaint((*path, word), message, f"one of {listed(kinds)}", nearest(tag, kinds))


def _bad_value(fault: Fault, document: Document, path: Where) -> Complaint:
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
    message = f"'{shown}' does not fit here" if shown != "" else f"{_named(value)} does not fit here"
    return document.complaint(path, message, wanted, _hint(fault, value, raw, wanted))


def _hint(fault: Fault, value: Any, raw: str | None, wanted: str) -> str:
    choices = wanted.replace(" or ", ", ").split(", ")
    meant = _MEANT.get(str(value).lower(), "")
    if meant in choices:
        return meant
    if fault.kind == "string_pattern_mismatch" and "'-'" in wanted:
        return _tidy(str(value))
    if fault.kind != "literal_error":
        return ""
    if raw in choices and not isinstance(value, str):
        return f'"{raw}"'
    return nearest(value, choices)


def _out_of_bounds(fault: Fault, value: Any, shown: Any) -> tuple[str, str]:
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
