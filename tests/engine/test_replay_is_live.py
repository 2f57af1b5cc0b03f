"""Law 5: live = replay, to the last alarm, with clock steps, reloads, clean stops and crashes at any point."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.engine.engine import Engine
from agent.engine.plan import Plan
from agent.engine.snapshot import restore, snapshot
from agent.io.journal_reader import JournalReader
from agent.io.memory import MemoryClock
from agent.io.sqlite_journal import SqliteJournal
from agent.model.effects import Alarm
from agent.model.events import Availability, Event, Gap, Instruction, Reading, Reload
from agent.runtime.pump import Pump
from agent.runtime.recovery import differences, recover, replay
from tests.plans import plan

PLANS = {
    "a": plan("a"),
    "b": plan(
        "b",
        full={"on_delay": "1s", "when": {"op": ">=", "value": 60.0}},
        wet=None,
        night={"hours": {"from": "01:00", "to": "02:00"}},
    ),
}

ORDERS = (
    ("alarm-start", ""), ("alarm-resolve", ',"code":"fixed"'), ("alarm-shelve", ',"reason":"noise","duration_s":60'),
    ("alarm-oos", ',"state":"on","work_order":"WO-1","duration_s":3600'), ("alarm-hold", ',"reason":"parts"'),
    ("alarm-escalate", ""), ("alarm-cancel", ',"code":"false_alarm"'), ("alarm-resolve-override", ""),
)  # fmt: skip
OPS = st.one_of(
    st.tuples(st.just("bin"), st.floats(0, 100)),
    st.tuples(st.just("door"), st.booleans()),
    st.tuples(st.just("leak"), st.booleans()),
    st.tuples(st.just("press"), st.sampled_from(["1", "2", "3"])),
    st.tuples(st.just("card"), st.just("7")),
    st.tuples(
        st.just("ack"), st.sampled_from(["full-bin", "wet-leak", "call-lobby", "night-door", "gone-bin", "nobody"])
    ),
    st.tuples(st.just("order"), st.sampled_from(ORDERS)),
    st.tuples(st.just("presence"), st.sampled_from(["offline", "online"])),
    st.tuples(st.just("wait"), st.integers(1, 40_000)),
    st.tuples(st.just("hours"), st.integers(1, 5)),
    st.tuples(st.just("clock"), st.integers(-40_000_000, 40_000_000)),
    st.tuples(st.just("untrusted"), st.booleans()),
    st.tuples(st.just("reload"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("commit"), st.none()),
    st.tuples(st.just("snapshot"), st.none()),
    st.tuples(st.just("crash"), st.integers(0, 200_000)),
)


class Box:
    """The pump on a real journal with a told clock; `crash` forgets all that is not committed."""

    def __init__(self, path: Path, plans: dict[str, Plan] = PLANS) -> None:
        self.plans = plans
        self.path = str(path)
        self.clock = MemoryClock(now=1_000, wall=1_700_000_000_000)
        self.numbers = 0
        self.journal = SqliteJournal(self.path)
        self._run(Engine(plans["a"], plans.__getitem__))

    def _run(self, engine: Engine) -> None:
        self.boot = self.journal.start_boot("test", self.clock.t, self.clock.t)
        self.pump = Pump(engine, self.journal, self.clock)
        self.pump.put([self.clock.offset(self.boot)])
        self.pump.turn(0)

    def crash(self, away: int) -> None:
        self.journal.close()
        self.clock.advance(away)
        reader = JournalReader(self.path)
        kept = reader.snapshot()
        causes = reader.causes(kept.position if kept else 0)
        self.journal = SqliteJournal(self.path)
        recovered = recover(self.plans.__getitem__, "a", kept, causes, self.journal.t)
        reader.close()
        since = self.journal.t
        self.boot = self.journal.start_boot("test", self.clock.t, self.clock.t)
        self.pump = Pump(recovered.engine, self.journal, self.clock)
        measured = self.clock.trusted
        self.pump.put([Gap(since, self.clock.t, self.boot, measured), self.clock.offset(self.boot)])
        self.pump.turn(0)

    def do(self, op: str, value: Any) -> None:
        t = self.clock.t
        self.numbers += 1
        put = self.pump.put
        match op:
            case "bin":
                put([Reading("bin", "fill_level", value, t)])
            case "door":
                put([Reading("door", "door_open", value, t)])
            case "leak":
                put([Reading("leak", "water_leak", value, t), Reading("leak", "battery", 50.0, t)])
            case "press":
                put([Event("lobby", "button", "single", t, f"channel={value}", f"uid:{self.numbers}")])
            case "card":
                put([Event("door", "card", value, t)])
            case "ack":
                put([Instruction("alarm-ack", f"c{self.numbers}", t, "li", args=f'{{"alarm":"{value}"}}')])
            case "order":
                cmd, words = value
                args = f'{{"alarm":"wet-leak"{words}}}'
                put([Instruction(cmd, f"c{self.numbers}", t, "li", "supervisor", args=args)])
            case "presence":
                put([Availability("leak", value, t=t)])
            case "wait":
                self.clock.advance(value)
            case "hours":
                self.clock.advance(value * 3_600_000)
            case "clock":
                self.clock.wall_ms += value
                put([self.clock.offset(self.boot)])
            case "untrusted":
                self.clock.trusted = value
                put([self.clock.offset(self.boot)])
            case "reload":
                put([Reload(value, t)])
            case "commit":
                self.pump.turn(0)
                self.pump.commit()
            case "snapshot":
                self.pump.turn(0)
                self.pump.commit()
                self.journal.save_snapshot(self.pump.engine.plan.revision, snapshot(self.pump.engine))
            case "crash":
                self.crash(value)
        self.pump.turn(0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPS, max_size=60))
def test_replay_gives_the_same_alarms_and_the_same_state(script: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder) / "j.db")
        for op, value in script:
            box.do(op, value)
        box.pump.turn(0)
        box.pump.commit()
        reader = JournalReader(box.path)
        engine = Engine(PLANS["a"], PLANS.__getitem__)
        # A deadline that told nothing is no reason to commit: the live engine may be past the journal's last word.
        effects, _ = replay(engine, (cause for _, cause in reader.causes()), box.pump.engine.now)
        stored = [effect for effect in reader.effects("alarm") if isinstance(effect, Alarm)]
        assert differences([e for e in effects if isinstance(e, Alarm)], stored) == []
        assert [e for e in effects if isinstance(e, Alarm)] == stored
        assert [e for e in effects if type(e).__name__ == "Kpi"] == list(reader.effects("kpi"))
        assert [e for e in effects if type(e).__name__ == "Feedback"] == list(reader.effects("feedback"))
        assert snapshot(engine) == snapshot(box.pump.engine)
        reader.close()
        box.journal.close()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPS, max_size=40))
def test_a_snapshot_at_any_point_goes_on_as_if_nothing_happened(script: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder) / "j.db")
        for op, value in script:
            box.do(op, value)
            twin = Engine(PLANS[box.pump.engine.plan.revision], PLANS.__getitem__)
            restore(twin, snapshot(box.pump.engine))
            assert snapshot(twin) == snapshot(box.pump.engine)
            later = box.clock.t + 100_000
            other = Engine(PLANS[box.pump.engine.plan.revision], PLANS.__getitem__)
            restore(other, snapshot(box.pump.engine))
            assert twin.advance(later) == other.advance(later)
        box.journal.close()
