"""A line that is open and on which nobody answers: flushed, opened anew, reset, ever more rarely;, or left alone."""

from __future__ import annotations

import pytest

from agent.model.events import Availability, Reading
from agent.ports import NotConnectedError
from tests.runtime.rig import Plain, Rig

HOUR = 3_600_000


def rungs(rig: Rig) -> list[str]:
    """Give what was done to the port, the opening that belongs to a rung left out."""
    return [word for word in rig.bench.mended if word != "open"]


def test_nobody_answers_and_the_ladder_is_climbed_rung_by_rung_ever_more_slowly() -> None:
    rig = Rig(Plain("a", 1000), Plain("b", 1000), dead="ab")
    rig.until(4 * HOUR)
    assert rungs(rig)[:4] == ["flush", "reset", "flush", "reset"]
    assert rig.bench.mended[:6] == ["open", "flush", "open", "reset", "open", "flush"]
    line = rig.counters.of("bus-1")
    assert line.mended["flush"] >= line.mended["reopen"] >= line.mended["reset"] >= 2
    assert sum(line.mended.values()) == 15  # 960 polls: 30 for the first time, then 60, 120, 240, 480
    faults = {(row.code, row.subject): row for row in rig.faults.snapshot()}
    assert faults["CT215", "bus-1"].active
    assert faults["CT215", "bus-1"].count == sum(line.mended.values())
    assert line.snapshot(rig.clock.t)["mended"] == line.mended


def test_the_first_answer_ends_it_and_it_begins_at_the_bottom_again() -> None:
    rig = Rig(Plain("a", 1000), dead="a")
    rig.until(20 * 60_000)
    assert rungs(rig)[:2] == ["flush", "reset"]
    rig.dead.clear()
    rig.until(rig.clock.t + 60_000)
    assert not any(row.active for row in rig.faults.snapshot())
    rig.bench.mended.clear()
    rig.until(rig.clock.t + 10 * 60_000)
    assert rig.bench.mended == []
    rig.dead.add("a")
    rig.until(rig.clock.t + 8 * 60_000)
    assert rig.bench.mended == ["flush"]


def test_one_dead_slave_among_others_is_no_matter_of_the_line() -> None:
    rig = Rig(Plain("a", 1000), Plain("rare", 10 * 60_000), dead="a")
    rig.bench.answer = lambda data, now: [(10, b"rare=1.")] if data == b"?rare" else rig.answer(data, now)
    rig.until(3 * HOUR)
    assert len(rig.said(Reading)) >= 17
    assert rig.bench.mended == ["open"]


def test_a_talker_that_is_silent_or_noisy_is_no_matter_of_the_line() -> None:
    rig = Rig(Plain("a", talks=True), asked=False)
    for at in range(2000):
        rig.bench.comes(1000 + at * 100, b"\xff.")
    rig.until(HOUR)
    assert rig.bench.mended == ["open"]


def test_an_adapter_that_is_gone_after_its_reset_is_offline_until_it_is_back() -> None:
    rig = Rig(Plain("a", 1000), dead="a")
    gone = NotConnectedError.because("CT201", port="/dev/x", names="nothing")

    def reset() -> str:
        rig.bench.is_open, rig.bench.missing = False, gone
        rig.dead.clear()
        return ""

    rig.bench.reset = reset  # type: ignore[method-assign]
    while rig.bench.missing is None:
        rig.line.turn()
    assert rig.line.presence == "offline"
    rig.bench.missing = None
    rig.clock.advance(31_000)
    rig.until(rig.clock.t + 60_000)
    line = [(item.value, item.reason) for item in rig.said(Availability) if item.device == "bus-1"]  # type: ignore[attr-defined]
    assert line == [("online", ""), ("offline", "CT201"), ("online", "")]
    assert rig.items[-1] == Reading("a", "temperature", 1.0, rig.items[-1].t)


@pytest.mark.parametrize("why", ["Operation not permitted", "it is on another machine"])
def test_a_reset_that_is_not_possible_says_why_and_the_port_is_opened_anew(why: str) -> None:
    rig = Rig(Plain("a", 1000), dead="a")
    rig.bench.reset = lambda: (rig.bench.close(), why)[1]  # type: ignore[method-assign]
    while rig.counters.of("bus-1").mended.get("reset", 0) < 1:
        rig.line.turn()
    (fault,) = (row for row in rig.faults.snapshot() if row.code == "CT215")
    assert why in fault.detail
    rig.dead.clear()
    rig.until(rig.clock.t + 60_000)
    assert rig.said(Reading)
