"""On-delay and off-delay: started, stood still while there are no data, and led over a gap as `on_gap` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from agent.alarms.occurrence import Cause

if TYPE_CHECKING:
    from agent.alarms.life import Life

Action = Callable[["Life", int, Cause], None]
DELAYS: Final = ("t_on", "t_off")
SHORT: Final = 3
"""A gap of at most so many intervals is short: what `hold` holds goes on, behind a longer one it begins anew."""


def _start_on(life: Life, t: int, _cause: Cause) -> None:
    life.due["t_on"] = t + life.spec.on_delay


def _start_off(life: Life, t: int, _cause: Cause) -> None:
    life.due["t_off"] = t + life.spec.off_delay


def _cancel(name: str) -> Action:
    def cancel(life: Life, _t: int, _cause: Cause) -> None:
        life.due.pop(name, None)
        life.frozen.pop(name, None)

    return cancel


def _freeze(life: Life, t: int, _cause: Cause) -> None:
    if not life.frozen:
        life.frozen_at = t
    for name in DELAYS:
        if name in life.due:
            life.frozen[name] = life.due.pop(name) - t


def _thaw(life: Life, t: int, _cause: Cause) -> None:
    """Let the delays run again: C12 from zero, `hold` from where they stood if the gap was short (issue: on_gap)."""
    away = t - life.frozen_at
    for name, left in life.frozen.items():
        life.due[name] = max(t, t + _left(life, name, left, away))
    life.frozen.clear()


def _left(life: Life, name: str, left: int, away: int) -> int:
    policy = life.spec.on_gap
    if policy == "count":
        return left - away
    if policy == "hold" and away <= SHORT * life.spec.interval:
        return left
    return life.spec.on_delay if name == "t_on" else life.spec.off_delay


def over_gap(life: Life, length: int, t: int) -> None:
    """Lead the running delays over a time when nobody looked, of `length` ms and until t."""
    for name in DELAYS:
        if name in life.due:
            life.due[name] = t + _left(life, name, life.due[name] - (t - length), length)


ACTIONS: Final[Mapping[str, Action]] = {
    "start_on": _start_on,
    "start_off": _start_off,
    "cancel_on": _cancel("t_on"),
    "cancel_off": _cancel("t_off"),
    "freeze": _freeze,
    "thaw": _thaw,
}
