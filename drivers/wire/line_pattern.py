r"""Patterns of lines that are safe to try on text of strangers, and example lines that such a pattern accepts.

It matches nothing by itself: `re` does, on lines of at most 512 bytes. Python's engine goes back over text that fits in
several ways, and a bad pattern lets a line of 30 characters take hours. So a pattern is refused if finding that it does
not fit could take more than MOST_STEPS. From its end: a repetition multiplies the steps of what follows by its span if
what it takes may also be what follows, else it adds them; a choice adds up alternatives that begin alike. A `.*` at
the very end always fits, so nothing before it is tried twice. Groups are not repeated but by a fixed number; what
looks ahead, back or at what a group took is refused.

    (?P<t>-?\d+\.\d)C,(?P<h>\d+)%   1000 steps      .*T=(?P<t>\d+).*   2000 steps      (a+)+   refused
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple

# The engine's own parser: a second one would read some pattern differently, and weigh another than is run.
from re import _parser  # type: ignore[attr-defined]  # isort: skip

FLAGS: Final = re.ASCII | re.DOTALL
LONGEST_PATTERN: Final = 256
LONGEST_LINE: Final = 512
MOST_STEPS: Final = 1_000_000
"""Some 40 ms on a desk, four times that on a small board, for the worst line."""
MOST_TIMES: Final = 16
OTHER: Final = 128
"""The bit that stands for all characters beyond ASCII."""
ALL: Final = (1 << (OTHER + 1)) - 1
SHOWN: Final = "1aA -_:.,"
"""Characters that examples are made of, the first that fits."""


class PatternError(ValueError):
    """The pattern cannot be used; the text says why and what would do."""


class Part(NamedTuple):
    """The rest of a pattern from some piece on: what it may begin with, and what it takes.

    `first`: its possible first characters; `empty`: it may be nothing; `steps`: at most so many until it is clear that
    it does not fit; `sure`: it always fits.
    """

    first: int
    empty: bool
    steps: int
    sure: bool = False


END: Final = Part(0, empty=True, steps=1)


def compiled(pattern: str) -> re.Pattern[str]:
    """Give the pattern ready to be matched against whole lines; PatternError if it is none, or not safe."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"the pattern has {len(pattern)} characters; expected at most {LONGEST_PATTERN}")
    try:
        found = re.compile(pattern, FLAGS)
        tree = _parser.parse(pattern, FLAGS)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"the pattern is not whole: {error}; expected such as T=(?P<t>[0-9.]+)") from error
    if tree.state.flags & ~(FLAGS | re.UNICODE):
        raise PatternError("flags stand in the pattern; expected none of them, such as [Oo] for both cases")
    steps = _sequence(list(tree), END).steps
    if steps > MOST_STEPS:
        raise PatternError(
            f"the pattern may take {steps:,} steps on a line, which is too long; "
            "expected fewer open ends such as .* or neighbours that differ, such as [^,]*,"
        )
    return found


def example(pattern: str, groups: Mapping[str, str]) -> str:
    """Give a line for the pattern with these texts in its named groups; it may not match: the caller tries."""
    tree = _parser.parse(pattern, FLAGS)
    names = {number: name for name, number in tree.state.groupdict.items()}
    return "".join(_shown(op, av, names, groups) for op, av in tree)


def _bit(code: int) -> int:
    return 1 << min(code, OTHER)


def _span(low: int, high: int) -> int:
    return reduce(or_, (_bit(code) for code in range(low, min(high, OTHER) + 1)), 0)


_DIGIT: Final = _span(48, 57)
_SPACE: Final = _bit(32) | _span(9, 13)
_WORD: Final = _DIGIT | _span(65, 90) | _span(97, 122) | _bit(95)
_CATEGORIES: Final = {"DIGIT": _DIGIT, "SPACE": _SPACE, "WORD": _WORD}


def _characters(op: str, av: Any) -> int | None:
    """Give the characters that a piece of one character may be, None if it is no such piece."""
    found: int | None = None
    match op:
        case "LITERAL":
            found = _bit(av)
        case "NOT_LITERAL":
            found = ALL & ~_bit(av) if av < OTHER else ALL
        case "ANY":
            found = ALL
        case "RANGE":
            found = _span(*av)
        case "CATEGORY":
            word = str(av).removeprefix("CATEGORY_")
            known = _CATEGORIES[word.removeprefix("NOT_")]
            found = ALL & ~known if word.startswith("NOT_") else known
        case "IN":
            items = [(str(one), value) for one, value in av]
            some = reduce(or_, (_characters(one, value) or 0 for one, value in items if one != "NEGATE"), 0)
            # Of the characters beyond ASCII only some are excluded.
            found = (ALL & ~some) | 1 << OTHER if items[0][0] == "NEGATE" else some
    return found


def _sequence(pieces: list[Any], rest: Part) -> Part:
    """Weigh pieces one behind the other, with the rest of the pattern behind them."""
    for op, av in reversed(pieces):
        rest = _piece(str(op), av, rest)
    return rest


def _piece(op: str, av: Any, rest: Part) -> Part:
    characters = _characters(op, av)
    if characters is not None:
        return Part(characters, empty=False, steps=rest.steps + 1)
    match op:
        case "AT":
            return rest if str(av) == "AT_END" else rest._replace(steps=rest.steps + 1, sure=False)
        case "SUBPATTERN":
            return _sequence(list(av[3]), rest)
        case "BRANCH":
            return _choice([_sequence(list(one), rest) for one in av[1]])
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _repeat(int(av[0]), min(int(av[1]), LONGEST_LINE), list(av[2]), rest)
    raise PatternError(f"the pattern has {op.lower().replace('_', ' ')}, which is not known here; expected none")


def _choice(parts: list[Part]) -> Part:
    first = reduce(or_, (part.first for part in parts))
    alike = any(a.first & b.first for i, a in enumerate(parts) for b in parts[:i])
    steps = sum(part.steps for part in parts) if alike else max(part.steps for part in parts) + len(parts)
    return Part(first, any(part.empty for part in parts), steps, any(part.sure for part in parts))


def _repeat(low: int, high: int, body: list[Any], rest: Part) -> Part:
    one = _characters(str(body[0][0]), body[0][1]) if len(body) == 1 else None
    if one is None:
        if low == high <= MOST_TIMES:
            return _sequence(body * low, rest)
        if high > 1:
            raise PatternError(
                "a group is repeated; expected the repetition of one character or class, such as [0-9.]+"
            )
        return _choice([_sequence(body, rest), rest])
    first = one | (rest.first if low == 0 else 0)
    if rest.sure or (rest is END and one == ALL and high == LONGEST_LINE):
        return Part(first, low == 0, low, sure=low == 0)
    span = high - low + 1
    steps = span * (rest.steps + 1) + low if span > 1 and one & rest.first else high + rest.steps
    return Part(first, low == 0 and rest.empty, steps)


def _shown(op: object, av: Any, names: Mapping[int, str], groups: Mapping[str, str]) -> str:
    characters = _characters(str(op), av)
    if str(op) == "LITERAL":
        return chr(av)
    if characters is not None:
        every = SHOWN + "".join(map(chr, range(33, 127)))
        return next((c for c in every if characters & _bit(ord(c))), "")
    if str(op) == "SUBPATTERN" and (name := names.get(av[0], "")) in groups:
        return groups[name]
    bodies = {"SUBPATTERN": lambda: av[3], "BRANCH": lambda: av[1][0]}
    body = bodies[str(op)]() if str(op) in bodies else av[2] if str(op).endswith("REPEAT") else ()
    inner = "".join(_shown(one, value, names, groups) for one, value in body)
    if not str(op).endswith("REPEAT"):
        return inner
    # What may be left out is said if it holds a text that was asked for.
    wanted = any(text and text in inner for text in groups.values())
    return inner * max(int(av[0]), wanted)
