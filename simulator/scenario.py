"""Scenario files as values: what is done to the world and the wires, which alarms must come, and which must not.

It plays nothing (simulator/play.py does). A file says:

    title: ...
    seconds: 50                      # how long it lasts at speed 1
    staff: {ack: 3, fix: 6}          # staff acknowledge an alarm so many seconds after it came, and put it right
    do:
      - {at: 5, fill: bin-b1, value: 96}
      - {at: 12, press: term-lobby, key: "3"}
      - {at: 20, unplug: bus-a}
    expect:
      - {rule: bin-full, device: bin-b1, after: 5, within: [1, 10]}
    prompts:
      - {device: term-lobby, code: ticket-opened, after: 12, within: [0, 3]}
    never: ["gone-*"]

Seconds of `do` and `after` are on the timeline, which `--speed` compresses; `within` counts from `after` in true
seconds, because the delays of rules are not compressed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER: Final = Path(__file__).parent / "scenarios"
WORLD_WORDS: Final = (
    "fill", "tilt", "open", "force", "dirty", "paper_out", "people", "loiter", "leave", "card", "leak", "smoke", "heat",
    "haze", "stuffy", "strain", "sag", "stop",
)  # fmt: skip
DEVICE_WORDS: Final = ("press", "silence", "speak", "fact")
LINE_WORDS: Final = ("noise", "cut", "unplug", "plug")
OTHER_WORDS: Final = ("fix", "broker", "clock_step", "ack")
MOMENTS: Final = ("press", "card", "fact", "people", "noise", "cut", "fill", "ack")
"""Acts that are over at once: what follows on the same subject need not wait for a rule's delay."""
HOLD_S: Final = 18.0
"""Longer than any delay in simulator/rules.yaml that a scenario waits for."""
MOMENT_S: Final = 2.0
FASTEST: Final = 1000.0
WORDS: Final = (*WORLD_WORDS, *DEVICE_WORDS, *LINE_WORDS, *OTHER_WORDS)


class ScenarioError(ValueError):
    """A scenario is missing or wrong; the message says where and why."""


class Strict(BaseModel):
    """Unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(Strict):
    """One thing done at a time: `word` to `what`. `value`, `key`, `count` are what the word needs."""

    at: float = Field(ge=0)
    word: str
    what: str
    value: bool | float | str = True
    key: str = ""
    part: str = ""
    count: int = Field(1, ge=1, le=4096)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, raw: Any) -> Any:
        """Take `{at: 5, fill: bin-b1}` apart into word and what."""
        if not isinstance(raw, dict) or "word" in raw:
            return raw
        words = [word for word in raw if word in WORDS]
        if len(words) != 1:
            raise ValueError(f"an act names exactly one of: {', '.join(WORDS)}")
        rest = {key: value for key, value in raw.items() if key != words[0]}
        return {**rest, "word": words[0], "what": str(raw[words[0]])}

    def subject(self) -> str:
        """Give what two acts must share to need time between them."""
        return self.what if self.word not in ("broker", "clock_step") else self.word


Span = tuple[float, float]


class Due(Strict):
    """Something of a device that must come between `within` seconds after the time `after` of the timeline."""

    device: str
    after: float = Field(0, ge=0)
    within: Span = (0, 10)


class Expected(Due):
    """An alarm that must be raised; `acked` / `cleared`: and be acknowledged / return to normal by the end."""

    rule: str
    acked: bool = False
    cleared: bool = False

    @property
    def alarm(self) -> str:
        """Give the alarm's id."""
        return f"{self.rule}-{self.device}"


class Answer(Due):
    """What a terminal must show or say, as a prompt code."""

    code: str


class Staff(Strict):
    """How fast staff react to an alarm, in true seconds: None means never."""

    ack: float | None = None
    fix: float | None = None


class Scenario(Strict):
    """All of a scenario file. After `at_speed`, `at`, `after` and `seconds` are true seconds."""

    name: str
    title: str
    seconds: float = Field(gt=0)
    staff: Staff = Staff()
    do: list[Act] = []
    expect: list[Expected] = []
    prompts: list[Answer] = []
    never: list[str] = []
    """Alarm ids that must not come, with * as in file names."""
    may: list[str] = []
    """Alarm ids that chance may bring: neither expected nor forbidden."""

    def needs(self) -> float:
        """Give after how many seconds everything expected is due."""
        rows: list[Due] = [*self.expect, *self.prompts]
        ends = [row.after + row.within[1] for row in rows]
        return max([*ends, *(act.at for act in self.do)], default=0.0)

    def fitting(self, devices: Collection[str], others: Collection[str]) -> Scenario:
        """Give the scenario for a community with these devices, and these things and lines."""
        present = {*devices, *others}
        free = ("broker", "clock_step", "ack")
        do = [act for act in self.do if act.word in free or act.what in present]
        expect = [row for row in self.expect if row.device in devices]
        prompts = [row for row in self.prompts if row.device in devices]
        return self.model_copy(update={"do": do, "expect": expect, "prompts": prompts})

    def at_speed(self, speed: float) -> Scenario:
        """Give the scenario with its timeline compressed by `speed` (1 or more).

        Where an act must last, time is not compressed: between two acts on one subject, at most HOLD_S, or MOMENT_S
        after acts that are over at once. So a door that was open for longer than its rule's delay still is, and a
        device that was silent for less than that is not silent for longer.
        """
        rigid = _rigid(self.do)

        def true(at: float) -> float:
            held = sum(max(0.0, min(at, end) - start) for start, end in rigid)
            return round(held + (at - held) / speed, 3)

        do = [act.model_copy(update={"at": true(act.at)}) for act in self.do]
        expect = [row.model_copy(update={"after": true(row.after)}) for row in self.expect]
        prompts = [row.model_copy(update={"after": true(row.after)}) for row in self.prompts]
        fast = self.model_copy(update={"do": do, "expect": expect, "prompts": prompts})
        return fast.lasting(max(true(self.seconds), fast.needs()))

    def lasting(self, seconds: float) -> Scenario:
        """Give the same with another length; raise `ScenarioError` if what is expected would not be due by then."""
        if seconds < self.needs():
            raise ScenarioError(f"scenario {self.name} needs {self.needs():.0f} s at this speed, not {seconds:.0f} s")
        return self.model_copy(update={"seconds": seconds})

    def within(self, seconds: float) -> Scenario:
        """Give it at the lowest speed at which it fits into `seconds`; raise `ScenarioError` if none does."""
        speed = 1.0
        while self.at_speed(speed).needs() > seconds and speed < FASTEST:
            speed *= 1.1
        return self.at_speed(speed).lasting(seconds)


def _rigid(acts: Sequence[Act]) -> list[tuple[float, float]]:
    """Give the stretches of the timeline that are not compressed, in order, without overlaps."""
    last: dict[str, Act] = {}
    stretches: list[tuple[float, float]] = []
    for act in sorted(acts, key=lambda one: one.at):
        if before := last.get(act.subject()):
            hold = MOMENT_S if before.word in MOMENTS else HOLD_S
            stretches.append((before.at, min(act.at, before.at + hold)))
        last[act.subject()] = act
    merged: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def names() -> list[str]:
    """Give the names of the scenarios that come along."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_scenario(name: str) -> Scenario:
    """Read a scenario by its name or from a file; raise `ScenarioError` with what is wrong."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise ScenarioError(f"there is no scenario '{name}'; there is: {', '.join(names())}, or give a .yaml file")
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    try:
        return Scenario.model_validate({**raw, "name": path.stem})
    except ValidationError as error:
        raise ScenarioError(f"{path}: {error}") from error
