"""Alarms of any settings under any 200 events: the invariants hold, it ends well, and a restart at any point is unseen.

3,000 runs are the claim (domain.md §1.5); the plain suite makes 300 of them, `.ci/run` all (`-m ''`).
"""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from agent.alarms.table import ROWS
from tests.alarms.kit import COMMANDS, DAY, EVENTS, HOUR, MINUTE, Played, any_cause, any_spec

EACH = 200
LENGTHS = (0, 1_000, 5_000, MINUTE, 5 * MINUTE, HOUR, DAY)
SEEDS = [*range(30), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(30, 300))]
"""A seed is ten alarms: pytest names the one that failed."""


def anything(played: Played, dice: random.Random) -> tuple[str, dict[str, Any]]:
    """Let something happen; give what."""
    if dice.random() < 0.3:
        length = dice.choice(LENGTHS)
        played.wait(length)
        return "wait", {"length": length}
    event, words = dice.choice(EVENTS), any_cause(dice)
    if event in COMMANDS:
        played.order(event, **words)
    else:
        played.fire(event, **words)
    return event, words


@pytest.mark.parametrize("seed", SEEDS)
def test_the_invariants_hold_whatever_happens(seed: int) -> None:
    for run in range(10):
        dice = random.Random(seed * 10 + run)
        played = Played(any_spec(dice))
        happened = []
        for _ in range(EACH):
            try:
                happened.append(anything(played, dice))
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, run {run}: {error} after {happened[-5:]}") from error


def test_the_driver_fires_almost_every_row() -> None:
    """Else the invariants would be shown of a part of the table only."""
    fired = set()
    for seed in range(200):
        dice = random.Random(seed)
        played = Played(any_spec(dice))
        for _ in range(EACH):
            anything(played, dice)
        fired |= played.life.fired
    missing = [row for row in ROWS if row not in fired and row.number not in ("R1", "E4")]
    assert missing == []


@pytest.mark.parametrize("seed", range(100))
def test_left_alone_with_a_normal_signal_it_ends_or_is_told_again_and_again(seed: int) -> None:
    """Liveness: IDLE, or owned by a person at the top level with repeating notification."""
    dice = random.Random(seed)
    played = Played(any_spec(dice))
    for _ in range(EACH):
        anything(played, dice)
    for source in list(played.life.inhibitors):
        played.fire("parent_off", word=source)
    played.fire("data_back")
    played.fire("cond_false")
    played.fire("settle")
    played.wait(60 * DAY)
    late = [one for one in played.told if one.t > played.t - 4 * DAY and one.notify >= 0]
    if played.life.work != "IDLE":
        assert played.life.occurrence.level == played.life.clocks.top
        assert late, (played.life.work, played.life.due)


@pytest.mark.parametrize("seed", range(60))
def test_a_restart_at_every_point_is_unseen(seed: int) -> None:
    """Run the same events twice, once with everything forgotten and remembered again before each of them."""
    told = []
    for restarts in (False, True):
        dice = random.Random(seed)
        played = Played(any_spec(dice))
        for _ in range(EACH // 2):
            if restarts:
                _restart(played)
            anything(played, dice)
        told.append((played.told, msgspec.json.encode(played.life.state())))
    assert told[0] == told[1]


def _restart(played: Played) -> None:
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(played.life.state()))
    fresh = type(played.life)(played.life.spec, played.life.tickets)
    fresh.restore(kept, played.t)
    played.life = fresh


def test_a_snapshot_of_the_shorter_life_of_before_is_taken_over() -> None:
    """It knew a condition, IDLE, OPEN or ACKED, and no clocks; they begin when it is read."""
    occurrence = {"seq": 3, "rev": 2, "raised_at": 5, "acked_at": -1, "activations": 1, "ticket": 7}
    for work in ("IDLE", "OPEN", "ACKED"):
        old = {
            "condition": "ACTIVE" if work != "IDLE" else "INACTIVE",
            "work": work,
            "due": {},
            "occurrence": occurrence,
        }
        played = Played(any_spec(random.Random(1)))
        played.t = 1_000_000
        played.life.restore(old, played.t)
        played.check()
        assert (played.life.work, played.life.occurrence.ticket) == (work, 7)
        if work != "IDLE":
            assert played.life.due["t_resolve"] == played.t + played.life.clocks.resolve
