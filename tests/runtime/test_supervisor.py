"""A part that dies is said, counted and begun again; the others go on; stop ends all."""

from __future__ import annotations

import threading

from agent.io.memory import MemoryClock
from agent.runtime.fault_log import FaultLog
from agent.runtime.supervisor import Part, Supervisor


def test_a_bug_in_one_part_does_not_take_the_others_along() -> None:
    faults = FaultLog(MemoryClock())
    supervisor = Supervisor(faults)
    died, closed, turns = threading.Event(), threading.Event(), threading.Semaphore(0)

    def bad() -> None:
        died.set()
        raise RuntimeError("a bug")

    woken = threading.Event()

    def good() -> None:
        turns.release()
        woken.wait(0.01)

    supervisor.start(Part("bad", bad))
    supervisor.start(Part("good", good, woken.set, closed.set))
    assert died.wait(10)
    for _ in range(5):
        assert turns.acquire(timeout=10)
    assert supervisor.stop() == []
    assert closed.is_set()
    (row,) = faults.snapshot()
    assert (row.code, row.subject) == ("CT701", "bad")
    assert "RuntimeError: a bug" in row.detail
    assert [part.deaths for part in supervisor.parts] == [1, 0]


def test_a_part_that_does_not_end_is_named() -> None:
    supervisor = Supervisor(FaultLog(MemoryClock()))
    stuck = threading.Event()
    supervisor.start(Part("stuck", stuck.wait))
    assert supervisor.stop(0.05) == ["stuck"]
    stuck.set()
