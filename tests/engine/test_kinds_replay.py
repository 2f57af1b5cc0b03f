"""Law 5 for every rule kind: live = replay with crashes, clock steps and reloads, rules that fail among them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.engine.engine import Engine
from agent.engine.plan import Plan, Watched
from agent.engine.snapshot import snapshot
from agent.io.journal_reader import JournalReader
from agent.model.effects import Alarm
from agent.model.events import Event, Reading
from agent.runtime.recovery import replay
from tests.engine.test_replay_is_live import Box
from tests.plans import STANDARD, TABLE, rule
from tests.rules.kinds import KINDS

DEVICES = {name: Watched("z", 10_000, "other", TABLE if name == "d" else None) for name in ("d", "e")}
OTHERS = {"other": ("e",), "second": ("e",), "b": ("e",), "all-0": ("starts-d",), "all-1": ("turns-d",),
          "none-0": ("stuck-d",)}  # fmt: skip
FAILS = {"kind": "formula", "formula": "1 / a > 0.1", "of": {"a": {"quantity": "temperature"}}}


def plan(revision: str, *without: str) -> Plan:
    rules = {name: (rule(fields), ("d",)) for name, fields in (KINDS | {"fails": FAILS}).items() if name not in without}
    return Plan("greenhill", "pi-017", DEVICES, rules, STANDARD, revision, {f"{name}-d": OTHERS for name in rules})


PLANS = {"a": plan("a"), "b": plan("b", "mean", "composite", "fails", "due")}
HAPPENINGS = st.one_of(
    st.tuples(
        st.sampled_from(["d", "e"]), st.just("temperature"), st.sampled_from([0.0, 19.0, 20.0, 38.0, 45.0, 60.0])
    ),
    st.tuples(st.sampled_from(["d", "e"]), st.just("running"), st.booleans()),
    st.tuples(st.just("d"), st.just("door_open"), st.booleans()),
    st.tuples(st.just("d"), st.sampled_from(["card", "tamper"]), st.just("7")),
    st.tuples(st.just("e"), st.sampled_from(["card", "unlock"]), st.just("7")),
)
OPS = st.one_of(
    HAPPENINGS.map(lambda happened: ("happen", happened)),
    HAPPENINGS.map(lambda happened: ("happen", happened)),
    st.tuples(st.just("press"), st.sampled_from(["1", "2"])),
    st.tuples(st.just("wait"), st.integers(1, 90_000)),
    st.tuples(st.just("hours"), st.integers(1, 5)),
    st.tuples(st.just("clock"), st.integers(-40_000_000, 40_000_000)),
    st.tuples(st.just("untrusted"), st.booleans()),
    st.tuples(st.just("reload"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("snapshot"), st.none()),
    st.tuples(st.just("crash"), st.integers(0, 200_000)),
)


class Bench(Box):
    """The box, with devices that say more."""

    def do(self, op: str, value: Any) -> None:
        t = self.clock.t
        self.numbers += 1
        if op == "press":
            self.pump.put([Event("d", "button", "single", t, f"channel={value}", f"uid:{self.numbers}")])
        elif op == "happen":
            device, what, said = value
            of = Event if what in ("card", "tamper", "unlock") else Reading
            self.pump.put([of(device, what, said, t)])
            self.clock.advance(1000)
        else:
            super().do(op, value)
        self.pump.turn(0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPS, max_size=60))
def test_replay_gives_the_same_alarms_and_the_same_state(script: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        box = Bench(Path(folder) / "j.db", PLANS)
        for op, value in script:
            box.do(op, value)
        box.pump.turn(0)
        box.pump.commit()
        reader = JournalReader(box.path)
        engine = Engine(PLANS["a"], PLANS.__getitem__)
        effects, _ = replay(engine, (cause for _, cause in reader.causes()), box.pump.engine.now)
        assert [one for one in effects if isinstance(one, Alarm)] == list(reader.effects("alarm"))
        assert snapshot(engine) == snapshot(box.pump.engine)
        reader.close()
        box.journal.close()
