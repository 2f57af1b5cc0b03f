"""What a recording or a journal holds, ready to be told to an engine: settings, clock and causes from a time on.

Nothing is written, and a journal may be in use by the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent.engine.plan import Plan
from agent.io.journal_past import PastReader
from agent.io.recording import is_recording, recorded, recorded_settings
from agent.model.events import Cause, Offset
from agent.settings.companions import PACKS, PLANS, RULES, companions
from agent.settings.load import load_texts, texts
from agent.settings.plan import plan_of


class Past(NamedTuple):
    """`start` and `end` are engine ms (end 0: with the last cause); `readings` is about how many come, 0: not known."""

    texts: dict[str, str]
    """The settings that applied at its end, by file name."""
    start: int
    end: int
    offsets: list[Offset]
    readings: int
    causes: Iterator[Cause]


def past_of(file: Path, length: int = 0) -> Past:
    """Open a recording (.jsonl) or a journal (.db); of a journal the last `length` ms (0: all).

    Raise `JournalError` or ValueError when it is neither, or holds no settings.
    """
    if file.is_file() and is_recording(file):
        return Past(recorded_settings(file), 0, 0, [], 0, recorded(file))
    reader = PastReader(str(file))
    _, kept = reader.running_settings()
    if kept is None:
        raise ValueError(f"{file} holds no settings: was it ever used by `caretaker run`?")
    end = reader.end()
    # What was deleted is no silence: a rehearsal begins where the readings do.
    start = max(end - length, reader.first_reading() or 0) if length else 0
    position = reader.position_at(start) if start else 0
    causes = reader.since(start) if start else (cause for _, cause in reader.causes())
    offsets = [row for row in reader.offsets() if row.t < start]
    return Past(kept, start, end, offsets, reader.readings_after(position), causes)


def plan_with(rules: Path, base: dict[str, str], folder: Path) -> Plan:
    """Give the plan of other rules: a rules file in the place of rules.yaml, or a folder.

    A folder with a site.yaml is taken as it is; of any other its files take the place of those of `base`. Relative
    paths start at `folder`, and packs are looked for there. An urgent rule that is only rehearsed needs no runbook.
    Raise `SettingsError` with all complaints.
    """
    other = texts(rules) if rules.is_dir() else {RULES: rules.read_text(encoding="utf-8")}
    if "site.yaml" in other:
        return plan_of(load_texts(other, rules))
    # Packs and runbooks are those that the other rules name; what the past kept of them comes before the files of now.
    whole = {name: text for name, text in base.items() if not name.startswith((PACKS, PLANS))} | other
    for name, path in companions(whole, folder).items():
        whole.setdefault(name, base.get(name) or path.read_text(encoding="utf-8"))
    return plan_of(load_texts(whole, folder, kept=True))
