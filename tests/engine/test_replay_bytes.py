"""The same journal replayed gives byte-identical alarms: in other processes, whatever their words hash to."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from agent.engine.engine import Engine
from agent.io.journal_reader import JournalReader
from agent.model.effects import Alarm, Feedback, Kpi
from agent.runtime.recovery import replay
from tests.engine.test_replay_is_live import PLANS, Box

ROOT = Path(__file__).parents[2]
STREAMS = {"alarm": Alarm, "kpi": Kpi, "feedback": Feedback}
ALARMS = ["full-bin", "wet-leak", "call-lobby", "night-door", "gone-bin"]


def digest(path: str, until: int) -> str:
    """Give how many alarms a replay of a journal gives, and the SHA-256 of them and of what else is stored."""
    reader = JournalReader(path)
    engine = Engine(PLANS["a"], PLANS.__getitem__)
    effects, _ = replay(engine, (cause for _, cause in reader.causes()), until)
    reader.close()
    return _of([[one for one in effects if isinstance(one, kind)] for kind in STREAMS.values()])


def _of(streams: list[list[Any]]) -> str:
    found = hashlib.sha256()
    for stream in streams:
        found.update(msgspec.msgpack.encode(stream))
    return f"{len(streams[0])} {found.hexdigest()}"


def script(count: int) -> list[tuple[str, Any]]:
    """Give a long day: readings, presses, waiting, acknowledgements, clock steps, reloads, crashes."""
    chance = Random(41)
    choices: list[tuple[str, Any]] = [
        ("bin", lambda: chance.uniform(40, 100)), ("door", lambda: chance.random() < 0.5),
        ("leak", lambda: chance.random() < 0.3), ("press", lambda: chance.choice("123")), ("card", lambda: "7"),
        ("ack", lambda: chance.choice(ALARMS)), ("wait", lambda: chance.randrange(1, 40_000)),
        ("wait", lambda: chance.randrange(1, 40_000)), ("hours", lambda: 1),
        ("clock", lambda: chance.randrange(-4_000_000, 4_000_000)), ("reload", lambda: chance.choice("ab")),
        ("commit", lambda: None), ("crash", lambda: chance.randrange(200_000)),
    ]  # fmt: skip
    return [(op, value()) for op, value in chance.choices(choices, k=count)]


def test_other_processes_give_the_same_bytes(tmp_path: Path) -> None:
    box = Box(tmp_path / "j.db")
    for op, value in script(600):
        box.do(op, value)
    box.pump.turn(0)
    box.pump.commit()
    until = box.pump.engine.now
    reader = JournalReader(box.path)
    stored = _of([list(reader.effects(stream)) for stream in STREAMS])
    reader.close()
    box.journal.close()
    assert int(stored.split()[0]) > 100
    code = f"from tests.engine.test_replay_bytes import digest; print(digest({box.path!r}, {until}))"
    for seed in ("0", "1", "77"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.strip() == stored
