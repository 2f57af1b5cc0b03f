"""Thirty slaves on one bus at 9600 baud, ten mute, two babbling: the eighteen healthy ones are each read on time."""

from __future__ import annotations

import pytest

from tests.runtime.crowd import INTERVAL, Crowd

MUTE = tuple(range(3, 31, 3))
BABBLING = (7, 19)
HEALTHY = tuple(n for n in range(1, 31) if n not in (*MUTE, *BABBLING))
MINUTE = 60_000


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_healthy_ones_are_read_on_time(seed: int) -> None:
    crowd = Crowd(30, MUTE, BABBLING, seed)
    crowd.run(10 * MINUTE)
    assert len(HEALTHY) == 18
    worst = {slave: crowd.worst(slave, MINUTE) for slave in HEALTHY}
    print(f"seed {seed}: worst interval of a healthy slave {max(worst.values())} ms")
    assert max(worst.values()) <= 1.5 * INTERVAL, worst


def test_nobody_is_late_on_a_healthy_bus() -> None:
    crowd = Crowd(30)
    crowd.run(3 * MINUTE)
    assert max(crowd.worst(slave, MINUTE // 2) for slave in range(1, 31)) <= 1.1 * INTERVAL
