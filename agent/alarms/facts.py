"""Facts: which row of the table applies. Each looks at the alarm and at what moves it, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from agent.alarms.occurrence import Cause

if TYPE_CHECKING:
    from agent.alarms.life import Life

Fact = Callable[["Life", Cause], bool]

FACTS: Final[Mapping[str, Fact]] = {
    "on_delay": lambda life, _: life.spec.on_delay > 0,
    "off_delay": lambda life, _: life.spec.off_delay > 0,
    "good": lambda life, _: life.quality == "GOOD",
    "policy_alarm": lambda life, _: life.spec.no_data == "alarm",
    # No data may count as "returned to normal" for tasks alone (DESIGN, "Where the references differ").
    "policy_clear": lambda life, _: life.spec.no_data == "clear" and life.priority == 4,
    "untold": lambda life, _: life.states["design"] == "SBD" and not life.occurrence.told,
    "latching": lambda life, _: life.spec.latching,
    "latched": lambda life, _: life.latched,
    "quiet": lambda life, _: life.condition in ("INACTIVE", "PENDING") and not life.latched,
    "auto_close": lambda life, _: life.spec.auto_resolve and life.priority == 4,
    "auto_resolve": lambda life, _: life.spec.auto_resolve,
    "one_tap": lambda life, _: life.spec.one_tap,
    "second": lambda life, _: life.clocks.second,
    "heard": lambda life, _: not life.silent,
    "below_top": lambda life, _: life.occurrence.level < life.clocks.top,
    "graver": lambda life, cause: 0 < cause.priority < life.priority,
    "p1": lambda life, _: life.priority == 1,
    "oneshot": lambda life, _: life.oneshot,
    "inhibited": lambda life, _: bool(life.inhibitors),
    "until_data": lambda life, _: life.until_data,
}


def holds(life: Life, cause: Cause, words: str) -> bool:
    """Tell whether all facts of a row hold; a word with `!` must not."""
    return all(FACTS[word.lstrip("!")](life, cause) is not word.startswith("!") for word in words.split())
