r"""Any device that prints lines of text, by patterns in the settings: no code for one more device.

It asks nothing and answers nothing. A line that fits no pattern is junk, and counted.

    options:
      lines:
        - pattern: 'T=(?P<t>-?\d+\.\d)C H=(?P<h>\d+)%'
          values:
            - {group: t, quantity: temperature}
            - {group: h, quantity: humidity}
        - pattern: 'KEY (?P<n>\d+) (?P<how>DOWN|HELD)'
          values:
            - {group: n, event: button, value: single, part: "channel={}"}

    T = 2 1 . 5 C   H = 4 5 % | 0D 0A        8N1; a line ends with CR, LF or both, or with other bytes by `ends`

A pattern is a regular expression for the whole line without blanks around; its named groups are the values. Lines have
at most 512 bytes, and patterns that could take long are refused (drivers/wire/line_pattern.py). Text is UTF-8, else
GB18030; \d and \w are ASCII. Published is number x scale + offset, converted from `unit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Self

from pydantic import Field, model_validator

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Value
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.wire.frame_shape import End
from drivers.wire.frames import Speaker
from drivers.wire.json_player import raw_of
from drivers.wire.line_pattern import compiled, example
from drivers.wire.lines import LINE_ENDS, LONGEST, LineTalker, readable
from drivers.wire.table_talk import Repeat, SaidValue, Teller

PERIOD_MS: Final = 1000
MOST_DECIMALS: Final = 6
MOST_DIGITS: Final = 8


class LineValue(SaidValue):
    """One value of a line."""

    group: str = Field("", max_length=32, description="the named group of the pattern that it stands in")


class LinePattern(Options):
    """One kind of line and what it says."""

    pattern: str = Field(min_length=1, description="regular expression for the whole line")
    values: list[LineValue] = Field([], max_length=32, description="what it says; none: known, and skipped")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        known = sorted(compiled(self.pattern).groupindex)
        for one in self.values:
            if one.group and one.group not in known:
                there = ", ".join(known) if known else "a group such as (?P<t>[0-9.]+)"
                raise ValueError(f"'{one.group}' is no group of the pattern; expected {there}")
            if not one.group and not one.value:
                raise ValueError(f"nothing says what {one.name} is; expected a group, or value for an event")
        return self


class TextLineOptions(Options):
    """The lines of a device."""

    lines: list[LinePattern] = Field(min_length=1, max_length=32, description="kinds of lines; the first that fits")
    ends: End = Field("0D 0A", min_length=2, description="bytes of which each ends a line")
    silence: bool = Field(False, description="a line also ends when nothing more comes (300 ms)")
    repeat: Repeat = 0


Row = tuple[LinePattern, re.Pattern[str]]


def rows_of(setup: Setup) -> list[Row]:
    """Give the patterns of the settings; none without options (`caretaker decode`)."""
    lines = setup.options.lines if isinstance(setup.options, TextLineOptions) else []
    return [(one, compiled(one.pattern)) for one in lines]


class Device(LineTalker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        options = setup.options if isinstance(setup.options, TextLineOptions) else None
        ends = bytes.fromhex(options.ends) if options else LINE_ENDS
        super().__init__(setup.device, LONGEST, ends, silence=options.silence if options else False)
        self._rows = rows_of(setup)
        self._teller = Teller(setup.device, options.repeat if options else 0)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a line says; a group that took no part says nothing."""
        text = readable(frame).strip()
        for line, pattern in self._rows:
            if match := pattern.fullmatch(text):
                said = [(one, match[one.group] if one.group else "") for one in line.values]
                return [item for one, raw in said if raw is not None for item in self._teller.items(one, raw, now)]
        return [Fault(self.device, "junk", size=len(frame), t=now)] if text else []


class Player(Speaker):
    """The device itself: says its lines with quantities every second, and those with events when they happen."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._rows = rows_of(setup)
        options = setup.options if isinstance(setup.options, TextLineOptions) else None
        self._end = bytes.fromhex(options.ends) if options else LINE_ENDS

    def frame(self) -> bytes:
        """Give the lines of which the world has set something."""
        lines = []
        for row in self._rows:
            known = [(one, self.seen.get((one.name, one.part))) for one in row[0].values if one.quantity]
            said = [(one, raw_of(one, value)) for one, value in known if value is not None]
            if said and (line := written(row, said)) is not None:
                lines.append(line.encode() + self._end)
        return b"".join(lines)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Say the line of an event; KeyError for one that no line tells."""
        for row in self._rows:
            for one in row[0].values:
                if one.event == kind and (line := written(row, [(one, _told(one, value, part))])) is not None:
                    self.say(line.encode() + self._end, now)
                    return
        raise KeyError(kind)


def _told(one: LineValue, value: Value, part: str) -> Any:
    """Give what a group must say of a fact, None if it cannot."""
    if not one.value:
        return raw_of(one, value)
    return (part.partition("=")[2] or "1") if one.value == value else None


def written(row: Row, said: list[tuple[LineValue, Any]]) -> str | None:
    """Give a line that the pattern reads as these raw values, None if there is none that can be found."""
    line, pattern = row
    texts: dict[str, str] = {}
    for one, raw in said:
        if raw is None:
            return None
        if not one.group:
            continue
        for text in _writings(raw):
            tried = example(line.pattern, texts | {one.group: text})
            if (match := pattern.fullmatch(tried)) and match[one.group] == text:
                texts[one.group] = text
                break
        else:
            return None
    whole = example(line.pattern, texts)
    return whole if pattern.fullmatch(whole) else None


def _writings(raw: Any) -> Iterator[str]:
    """Give the ways in which a number or word may be written, the most exact first."""
    if isinstance(raw, bool):
        yield from ("true", "1", "on", "ON") if raw else ("false", "0", "off", "OFF")
    elif isinstance(raw, int | float):
        yield f"{raw:.12g}"
        for decimals in range(MOST_DECIMALS, -1, -1):
            for width in range(1, MOST_DIGITS + 1):
                yield f"{raw:0{width + decimals + bool(decimals)}.{decimals}f}"
                yield f"{raw:+0{width + decimals + bool(decimals) + 1}.{decimals}f}"
    else:
        yield str(raw)
        yield str(raw).upper()


DRIVER: Final = SerialDriver(
    name="text-line",
    summary="Any device that prints lines of text, by patterns in the settings",
    build=Device,
    player=Player,
    quantities=tuple(QUANTITIES),
    events=tuple(EVENT_KINDS),
    options=TextLineOptions,
    serial=SerialSettings(9600),
    ticks=("encoder", "any-cut", "hostile"),
)
