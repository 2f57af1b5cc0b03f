"""The life of an alarm as data: rows of (region, from, event, guard) -> (to, actions), each with its reason.

Rows carry the numbers of the full table in domain.md §1.5.5 where they are the same row; `K` rows belong to this
shorter life, in which an acknowledged alarm that has returned to normal is closed at once. The full table replaces
ROWS; callers see only `Life.fire`.

    condition   INACTIVE --> PENDING --> ACTIVE --> RECOVERING --> INACTIVE
    work        IDLE --> OPEN --> ACKED --> IDLE (closed)
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Region = Literal["condition", "work"]
Condition = Literal["INACTIVE", "PENDING", "ACTIVE", "RECOVERING"]
Work = Literal["IDLE", "OPEN", "ACKED"]


class Row(NamedTuple):
    """One transition. `guard` names a fact about the alarm (see Life.GUARDS), "" for none."""

    number: str
    region: Region
    source: str
    event: str
    guard: str
    target: str
    actions: tuple[str, ...]
    reason: str


_C: Final[Region] = "condition"
_W: Final[Region] = "work"

ROWS: Final = (
    # number, region, from, event, guard, to, actions, reason
    Row("C1", _C, "INACTIVE", "cond_true", "on_delay", "PENDING", ("start_on",), "condition true, on-delay runs"),
    Row("C2", _C, "INACTIVE", "cond_true", "", "ACTIVE", ("raise",), "condition true"),
    Row("C3", _C, "PENDING", "cond_false", "", "INACTIVE", ("cancel_on",), "condition ended within its on-delay"),
    Row("C4", _C, "PENDING", "t_on", "", "ACTIVE", ("raise",), "condition held for its on-delay"),
    Row("C5", _C, "ACTIVE", "cond_false", "off_delay", "RECOVERING", ("start_off",), "off-delay runs"),
    Row("C6", _C, "ACTIVE", "cond_false", "", "INACTIVE", ("return",), "condition ended"),
    Row("C7", _C, "RECOVERING", "cond_true", "", "ACTIVE", ("cancel_off",), "true again within the off-delay"),
    Row("C8", _C, "RECOVERING", "t_off", "", "INACTIVE", ("return",), "condition stayed away for its off-delay"),
    Row("W1", _W, "IDLE", "raise", "", "OPEN", ("open", "raised"), "raised"),
    Row("K1", _W, "OPEN", "raise", "", "OPEN", ("again", "reactivated"), "true again before it was closed"),
    Row("W2", _W, "OPEN", "ack", "condition_on", "ACKED", ("sign", "acknowledged"), "acknowledged"),
    Row("K3", _W, "OPEN", "ack", "", "IDLE", ("sign", "acknowledged", "close"), "acknowledged after its return"),
    Row("K4", _W, "ACKED", "return", "", "IDLE", ("cleared", "close"), "returned to normal, acknowledged before"),
    Row("W16", _W, "OPEN", "return", "", "OPEN", ("cleared",), "returned to normal, still to be acknowledged"),
    Row("K5", _W, "OPEN", "remove", "", "IDLE", ("close",), "its rule or device left the settings"),
    Row("K6", _W, "ACKED", "remove", "", "IDLE", ("close",), "its rule or device left the settings"),
)  # fmt: skip


def index(rows: tuple[Row, ...] = ROWS) -> dict[tuple[str, str, str], tuple[Row, ...]]:
    """Give the rows by (region, from, event), in the order in which guards are tried."""
    found: dict[tuple[str, str, str], tuple[Row, ...]] = {}
    for row in rows:
        key = (row.region, row.source, row.event)
        found[key] = (*found.get(key, ()), row)
    return found
