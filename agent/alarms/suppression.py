"""Shelved, suppressed by design, out of service: flags that may stand together. A P1 ignores them (domain.md §1.5.5).

Suppressed alarms live on and are stored; nobody is told, and clocks that run out are put off (E4). Who inhibits whom
is decided elsewhere: here it comes as parent_on and parent_off with the source in `word`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from agent.alarms.clocks import cancel
from agent.alarms.delays import Action
from agent.alarms.escalation import annunciate
from agent.alarms.occurrence import Cause

if TYPE_CHECKING:
    from agent.alarms.life import Life

SETTLE: Final = 60_000
"""What was suppressed by design stays so for a minute: the devices behind a bus come back one by one (S4)."""


def _hush(life: Life, _t: int, _cause: Cause) -> None:
    if life.silent:
        cancel(life, "t_ack")


def _audible(life: Life, t: int, cause: Cause) -> None:
    """No flag is left: who has not acknowledged is told again, at the level that was reached (★)."""
    if life.work == "OPEN" and not life.silent:
        annunciate(life, t, cause)


def _shelve(life: Life, t: int, cause: Cause) -> None:
    longest = life.clocks.shelve
    life.oneshot = cause.oneshot
    life.due["t_shelve"] = t + (min(cause.length, longest) if cause.length else longest)
    life.occurrence.comment = cause.comment or cause.word


def _inhibit(life: Life, _t: int, cause: Cause) -> None:
    cancel(life, "t_settle")
    if cause.word not in life.inhibitors:
        life.inhibitors.append(cause.word)


def _uninhibit(life: Life, t: int, cause: Cause) -> None:
    if cause.word in life.inhibitors:
        life.inhibitors.remove(cause.word)
        if not life.inhibitors:
            life.due["t_settle"] = t + SETTLE


def _uninhibit_all(life: Life, _t: int, _cause: Cause) -> None:
    life.inhibitors.clear()
    cancel(life, "t_settle")


def _out(life: Life, t: int, cause: Cause) -> None:
    life.until_data = False
    life.due["t_oos"] = t + cause.length
    life.occurrence.comment = f"{cause.word} {cause.comment}".strip()


def _in(life: Life, _t: int, _cause: Cause) -> None:
    life.until_data = False
    cancel(life, "t_oos")


ACTIONS: Final[Mapping[str, Action]] = {
    "hush": _hush,
    "audible": _audible,
    "shelve": _shelve,
    "unshelve": lambda life, _t, _cause: life.forget_shelf(),
    "inhibit": _inhibit,
    "uninhibit": _uninhibit,
    "uninhibit_all": _uninhibit_all,
    "out_of_service": _out,
    "in_service": _in,
}
