"""How raw values of a `json-topic` table are read: sentinels, words, numbers with and without units, device times.

It finds nothing in a payload: paths are drivers/wire/json_paths.py. Nothing here raises on what a device says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from agent.model.events import Value
from agent.model.quantities import QUANTITIES
from drivers.wire import json_values as js
from drivers.wire.json_table import JsonTime
from drivers.wire.table_value import TableValue

_BARE: Final = re.compile(r"\s*([-+]?\d{1,18}(?:\.\d{1,18})?(?:[eE][-+]?\d{1,3})?)\s*", re.ASCII)

Read = Callable[[Any], Value | js.Verdict]


def _word_key(raw: Any) -> str:
    """Give a raw value as it is compared with the words of the table: true, 2, 2.5, open."""
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, int | float):
        return f"{raw:.12g}"
    return raw.strip().lower() if isinstance(raw, str) else ""


def _number(value: TableValue) -> Read:
    """Read a number: bare, or text without a unit, by the table's line; text with a unit of its own by that."""
    assert value.quantity is not None
    known, (factor, shift) = QUANTITIES[value.quantity], value.line()
    by_its_unit = js.measure(value.quantity)[1]
    low, high = (
        bound if bound is not None else known_one
        for bound, known_one in ((value.low, known.low), (value.high, known.high))
    )

    def read(raw: Any) -> Value | js.Verdict:
        if isinstance(raw, str):
            match = _BARE.fullmatch(raw)
            if match is None:
                told = by_its_unit(raw)
                return told if isinstance(told, js.Verdict | str) or low <= told <= high else js.INSANE
            raw = float(match[1])
        if raw is None:
            return js.ABSENT
        if not isinstance(raw, int | float) or isinstance(raw, bool):
            return js.INSANE
        number = float(f"{raw * factor + shift:.12g}")
        return number if known.accepts(number) and low <= number <= high else js.INSANE

    return read


def _text(raw: Any) -> Value | js.Verdict:
    if raw is None:
        return js.ABSENT
    text = js.word(raw) if isinstance(raw, str) else _word_key(raw)
    return text or (js.ABSENT if raw == "" else js.INSANE)


def reader(value: TableValue) -> Read:
    """Give how a value of the table is read: sentinels first, then its words, then by its kind."""
    kind = QUANTITIES[value.quantity].kind if value.quantity else "event"
    if kind == "state":
        plain: Read = js.state(value.quantity or "")[1]
    else:
        plain = _text if kind in ("text", "event") else _number(value)
    nothing = frozenset(_word_key(one) for one in value.sentinels)
    words: dict[str, Value] = {word.strip().lower(): means for word, means in value.words.items()}

    def read(raw: Any) -> Value | js.Verdict:
        key = _word_key(raw)
        if key in nothing and raw is not None:
            return js.ABSENT
        return words[key] if key in words else plain(raw)

    return read


def in_format(time: JsonTime, raw: Any) -> Any:
    """Give the raw time as `device_time` takes it, None if it is not in the table's format."""
    if time.format == "iso":
        return raw if isinstance(raw, str) else None
    if isinstance(raw, str):
        match = _BARE.fullmatch(raw)
        raw = float(match[1]) if match else None
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return None
    # Told apart by their size there: seconds are below 1e11, milliseconds above.
    return raw if (raw > 1e11) == (time.format == "ms") else None
