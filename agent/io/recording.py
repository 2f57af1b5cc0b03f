"""Recordings: what the engine was told, as JSON lines that people can read, cut and send. Written and read here.

The first line holds the settings' texts, every other line one cause in the journal's own form: its tag and its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TextIO

import msgspec

from agent.model.events import Availability, Cause, Event, Gap, Instruction, Offset, Reading, Reload

FORMAT: Final = "caretaker-recording-1"
_CAUSE: Final = msgspec.json.Decoder(Reading | Event | Availability | Instruction | Offset | Gap | Reload)


class Head(msgspec.Struct):
    """The first line."""

    format: str
    settings: dict[str, str]


def is_recording(file: Path) -> bool:
    """Tell a recording from a journal by its first bytes."""
    with file.open("rb") as stream:
        return stream.read(1) == b"{"


def write_head(stream: TextIO, settings: Mapping[str, str]) -> None:
    """Write the first line."""
    stream.write(msgspec.json.encode(Head(FORMAT, dict(settings))).decode() + "\n")


def write(stream: TextIO, causes: Iterable[Cause]) -> int:
    """Write causes; give how many."""
    count = 0
    for cause in causes:
        stream.write(msgspec.json.encode(cause).decode() + "\n")
        count += 1
    return count


def recorded_settings(file: Path) -> dict[str, str]:
    """Give the settings' texts of a recording; raise ValueError if it is none."""
    with file.open(encoding="utf-8") as stream:
        try:
            head = msgspec.json.decode(stream.readline(), type=Head)
        except msgspec.DecodeError as error:
            raise ValueError(f"{file}:1: not a recording of `caretaker record`: {error}") from error
    if head.format != FORMAT:
        raise ValueError(f"{file}:1: format {head.format!r}, this agent reads {FORMAT}")
    return head.settings


def recorded(file: Path) -> Iterator[Cause]:
    """Give the causes of a recording; raise ValueError with the line that is broken."""
    with file.open(encoding="utf-8") as stream:
        stream.readline()
        for number, line in enumerate(stream, 2):
            try:
                yield _CAUSE.decode(line)
            except msgspec.DecodeError as error:
                raise ValueError(f"{file}:{number}: {error}") from error
