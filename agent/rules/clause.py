"""A clause: one part of a rule's condition as it stands now, for people who ask why it did (not) fire. Values only."""

from __future__ import annotations

import msgspec

from agent.model.events import Value


class Clause(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of a condition.

    `value` is what is compared and `limit` with what, in the unit of the quantity or in the words' own (seconds, a
    number of events); None: there is none to show. `since` is the engine time since when it is counted, -1 for none;
    `left` how many ms are left until it holds (or, of one that holds by time, until it ends), -1 for none.
    """

    words: str
    holds: bool | None = None
    """None: not known (nothing heard yet), or known only to whoever joins the clauses."""
    value: Value | None = None
    limit: Value | None = None
    since: int = -1
    left: int = -1
