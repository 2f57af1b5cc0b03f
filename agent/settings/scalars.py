"""Plain words of YAML 1.2 (core schema) as values: null, true/false, whole numbers, numbers, and else text.

Nothing of YAML 1.1 is left: `22:00`, `no`, `on`, `1_000` and dates are text. Two things that the core schema allows are
refused, because people and programs read them in two ways: leading zeros (010 was eight for decades) and numbers that
are no finite number or lose digits (ids such as 24e1241234 look like one).
Source: YAML 1.2.2 §10.3.2; limits.md §3.
"""

from __future__ import annotations

import math
import re
from typing import Final

NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL: Final = re.compile(r"[-+]?[0-9]+")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]")
_LARGEST: Final = 1 << 53
"""Above this a float cannot tell neighbours apart: such a number is a name that lacks its quotes."""

Scalar = str | int | float | bool | None


def plain_value(word: str) -> Scalar:
    """Give the value of an unquoted word; raise ValueError ("what is wrong; expected …") for a treacherous one."""
    if word in NULLS:
        return None
    if word in BOOLEANS:
        return BOOLEANS[word]
    if _NO_NUMBER.fullmatch(word):
        raise ValueError(f"{word} is no number that can be measured; expected a finite number")
    if _BASED.fullmatch(word):
        return _bounded(word, int(word, 0) if len(word) <= 20 else math.inf)
    if not _FLOAT.fullmatch(word):
        return word
    if _LEADING_ZERO.match(word):
        bare = re.sub(r"^([-+]?)0+(?=[0-9])", r"\1", word)
        raise ValueError(f'{word} begins with a zero; expected {bare} if it is a number, "{word}" if it is a name')
    if _DECIMAL.fullmatch(word):
        return _bounded(word, int(word) if len(word) <= 20 else math.inf)
    return _bounded(word, float(word))


def _bounded(word: str, value: float) -> int | float:
    if abs(value) > _LARGEST:
        shown = word if len(word) <= 40 else f"{word[:40]}…"
        raise ValueError(f'{shown} is too large for a number; expected quotes around it if it is a name: "{shown}"')
    return value
