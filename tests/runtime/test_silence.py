"""Who was not heard for too long, and who is back: once each."""

from __future__ import annotations

from agent.runtime.counters import Counters
from agent.runtime.silence import Silence


def words(silence: Silence, now: int) -> list[str]:
    return [f"{one.device} {one.value}" for one in silence.look(now)]


def test_silence_and_return_are_said_once_each() -> None:
    counters = Counters()
    silence = Silence(counters, 0)
    silence.after = {"bin": 60_000, "door": 90_000_000}
    assert words(silence, 60_000) == []
    assert words(silence, 60_001) == ["bin offline"]
    assert words(silence, 70_000) == []
    counters.of("bin").seen(75_000)
    assert words(silence, 80_000) == ["bin online"]
    assert words(silence, 81_000) == []
    assert words(silence, 135_001) == ["bin offline"]
    assert counters.of("bin").presence == "offline"


def test_a_device_that_left_the_settings_is_not_missed() -> None:
    silence = Silence(Counters(), 0)
    silence.after = {"bin": 1_000}
    silence.after = {}
    assert words(silence, 10_000) == []
