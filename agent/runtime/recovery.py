"""Recovery at start: the newest snapshot, then every cause after it, gives the engine as it was at the last commit.

What the engine says meanwhile was said before and is in the journal; it is only compared: if its numbers differ, the
fault is reported, because then live and replay differ and somebody must know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from agent.engine.engine import Engine
from agent.engine.plan import Plan
from agent.engine.snapshot import restore
from agent.model.effects import Alarm, Effect
from agent.model.events import Cause

Plans = Callable[[str], Plan]


class Snapshot(Protocol):
    """What the journal kept of the engine."""

    @property
    def revision(self) -> str:
        """Give the settings revision it was made with."""
        ...

    @property
    def state(self) -> bytes:
        """Give what `agent.engine.snapshot` gave."""
        ...


class Recovered(NamedTuple):
    """The engine as it was at the last commit, how many causes were replayed, and the alarms that they gave."""

    engine: Engine
    causes: int
    alarms: list[Alarm]


def recover(
    plans: Plans, revision: str, snapshot: Snapshot | None, causes: Iterable[tuple[int, Cause]], last_t: int
) -> Recovered:
    """Rebuild the engine: `revision` is that of the first start if there is no snapshot yet."""
    engine = Engine(plans(snapshot.revision if snapshot else revision), plans)
    if snapshot:
        restore(engine, snapshot.state)
    effects, count = replay(engine, (cause for _, cause in causes), last_t)
    return Recovered(engine, count, [effect for effect in effects if isinstance(effect, Alarm)])


def replay(engine: Engine, causes: Iterable[Cause], last_t: int) -> tuple[list[Effect], int]:
    """Tell the engine all causes in order and give what it says, and how many causes there were."""
    effects: list[Effect] = []
    count = 0
    for cause in causes:
        effects += engine.step(cause)
        count += 1
    effects += engine.advance(last_t)
    return effects, count


def differences(replayed: Iterable[Alarm], stored: Iterable[Alarm]) -> list[str]:
    """Give what differs between replayed and stored alarm transitions, in words; [] when they are the same."""
    ours, theirs = Counter(replayed), Counter(stored)
    lost = [f"stored but not replayed: {alarm.alarm} {alarm.transition} at {alarm.t}" for alarm in (theirs - ours)]
    made = [f"replayed but not stored: {alarm.alarm} {alarm.transition} at {alarm.t}" for alarm in (ours - theirs)]
    return lost + made
