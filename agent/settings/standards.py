"""Service standards: named profiles of how long each priority may wait, each value with its source.

A profile is a file standards/NAME.yaml of the settings folder. `default` also comes with the agent, so that a site
without any has one; a file of that name in the folder takes its place. Its text is one of the settings', which the
journal keeps: a replay next year reads the same clocks. It measures no time.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal

from pydantic import Field

from agent.alarms.occurrence import Clocks, Standard
from agent.model.units import Duration
from agent.settings.companions import catalogue
from agent.settings.strict import Strict, Text
from agent.settings.yaml12 import compose

FOLDER: Final = "standards/"
DEFAULT: Final = "default"
Source = Annotated[str, Field(min_length=3, max_length=160)]


class Length(Strict):
    """A length of time, and where it comes from."""

    value: Duration = Field(ge=0, le=366 * 86_400_000, description="the time, such as 15m")
    source: Source = Field(description="a standard with its edition, or 'practice'")


class Level(Strict):
    """A level of escalation, and where it comes from."""

    value: Literal[0, 1, 2, 3, 4] = Field(description="the last level: 1 team, 2 department, 3 manager, 4 company")
    source: Source = Field(description="a standard with its edition, or 'practice'")


class Second(Strict):
    """Whether another person must verify, and where that comes from."""

    value: bool = Field(description="another person than the one who resolved it must verify")
    source: Source = Field(description="a standard with its edition, or 'practice'")


class PriorityClocks(Strict):
    """How long an alarm of one priority may wait."""

    ack: Length = Field(description="until it is acknowledged")
    start: Length = Field(description="from there until somebody is on the spot")
    resolve: Length = Field(description="until it is resolved, or contained")
    reack: Length = Field(description="an acknowledgement holds this long; then it is told again")
    repeat: Length = Field(description="at the last level it is told again this often")
    verify: Length = Field(description="from resolved to closed by itself, or to a reminder of the second person")
    shelve: Length = Field(description="longest time on the shelf; 0s: never")
    top: Level = Field(description="where escalation ends")
    second_person: Second = Field(description="whether a second person verifies")
    max_hold: Length = Field(description="longest hold")
    reopen: Length = Field(description="back within this time counts as opened again")

    def clocks(self) -> Clocks:
        """Give it as the alarms take it."""
        return Clocks(
            self.ack.value, self.start.value, self.resolve.value, self.reack.value, self.repeat.value,
            self.verify.value, self.shelve.value, self.top.value, self.second_person.value, self.max_hold.value,
            self.reopen.value,
        )  # fmt: skip


class Priorities(Strict):
    """All four priorities."""

    P1: PriorityClocks = Field(description="emergency")
    P2: PriorityClocks = Field(description="urgent")
    P3: PriorityClocks = Field(description="normal")
    P4: PriorityClocks = Field(description="task")


class StandardFile(Strict):
    """standards/NAME.yaml: one service standard."""

    title: Text = Field(Text(), description="its name for people")
    priorities: Priorities = Field(description="the clocks by priority")


def packaged() -> str:
    """Give the text of the default profile that comes with the package."""
    return (catalogue() / FOLDER / f"{DEFAULT}.yaml").read_text(encoding="utf-8")


def default() -> Standard:
    """Give the default profile of the package as the alarms take it."""
    text = packaged()
    found = StandardFile.model_validate(compose(text, "").data)
    return standard_of(revised(DEFAULT, text), found)


def standard_of(name: str, found: StandardFile) -> Standard:
    """Give a profile as the alarms take it; `name` has its revision."""
    each = found.priorities
    return Standard(name, (each.P1.clocks(), each.P2.clocks(), each.P3.clocks(), each.P4.clocks()))


def revised(name: str, text: str) -> str:
    """Give a profile's name with its revision: the beginning of the SHA-256 of its text."""
    return f"{name}@{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def named(file: str) -> str:
    """Give the name of the profile in a file standards/NAME.yaml."""
    return file[len(FOLDER) : -len(".yaml")]


def is_profile(file: str) -> bool:
    """Tell whether a file of the settings folder is a profile."""
    return file.startswith(FOLDER) and file.endswith(".yaml") and bool(named(file))
