"""The life of an alarm as data: rows of (region, from, event, facts, guards) -> (to, actions), each with its reason.

Numbers are those of domain.md §1.5.5; W14s, W16b, W17, W18, A1, A2, E6 and R1 are moves that it has in words only. A
fact (facts.py) chooses among rows; a guard (guards.py) refuses, with a code. Actions are in delays.py, clocks.py,
work.py, escalation.py and suppression.py; `told` is the transition that the world hears; `then` are events that follow.
This file moves nothing.

    condition  INACTIVE -> PENDING -> ACTIVE -> RECOVERING -> INACTIVE      latch  0 <-> 1
    work       IDLE -> OPEN -> ACKED -> IN_PROGRESS <-> ON_HOLD, -> RESOLVED -> IDLE (closed)
    quality    GOOD, NODATA, ERROR     shelf  - <-> SHELVED     design  - <-> SBD     service  - <-> OOS
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Region = Literal["quality", "condition", "latch", "work", "shelf", "design", "service"]
REGIONS: Final[tuple[Region, ...]] = ("quality", "condition", "latch", "work", "shelf", "design", "service")
"""In the order in which an event visits them: what is true comes before what is done about it."""

FIRST: Final[dict[Region, str]] = {
    "quality": "GOOD", "condition": "INACTIVE", "latch": "0", "work": "IDLE", "shelf": "-", "design": "-",
    "service": "-",
}  # fmt: skip
SAME: Final = "="


class Row(NamedTuple):
    """One transition. Words are separated by spaces; a fact with `!` must not hold; `to` "=" stays where it was."""

    number: str
    region: Region
    source: str
    event: str
    when: str
    guards: str
    to: str
    actions: str
    told: str
    then: str
    reason: str


_Q: Final[Region] = "quality"
_C: Final[Region] = "condition"
_L: Final[Region] = "latch"
_W: Final[Region] = "work"
_S: Final[Region] = "shelf"
_D: Final[Region] = "design"
_O: Final[Region] = "service"
_LIVE = "OPEN ACKED IN_PROGRESS ON_HOLD"
_ANY = "OPEN ACKED IN_PROGRESS ON_HOLD RESOLVED"

# fmt: off
ROWS: Final = (
    # number, region, from, event, facts, guards, to, actions, told, then, reason
    Row("C9", _Q, "GOOD ERROR", "no_data", "", "", "NODATA", "freeze", "no_data", "", "no data, delays stand still"),
    Row("C9", _Q, "GOOD NODATA", "eval_error", "", "", "ERROR", "freeze", "no_data", "", "the rule cannot be computed"),
    Row("R1", _Q, "NODATA ERROR", "remove", "", "", "GOOD", "", "", "", "its rule or device left the settings"),
    Row("C12", _Q, "NODATA ERROR", "data_back", "", "", "GOOD", "thaw", "data_back", "", "data are back"),

    Row("C1", _C, "INACTIVE", "cond_true", "on_delay", "G4", "PENDING", "start_on", "", "",
        "condition true, on-delay runs"),
    Row("C2", _C, "INACTIVE", "cond_true", "", "G4", "ACTIVE", "", "", "raise", "condition true"),
    Row("C3", _C, "PENDING", "cond_false", "", "G4", "INACTIVE", "cancel_on", "", "",
        "condition ended within its on-delay"),
    Row("C4", _C, "PENDING", "t_on", "", "G4", "ACTIVE", "cancel_on", "", "raise", "condition held for its on-delay"),
    Row("C4", _C, "PENDING", "severity_up", "", "G4", "ACTIVE", "cancel_on", "", "raise",
        "a graver stage held for its own on-delay"),
    Row("C5", _C, "ACTIVE", "cond_false", "off_delay", "G4", "RECOVERING", "start_off", "", "", "off-delay runs"),
    Row("C6", _C, "ACTIVE", "cond_false", "", "G4", "INACTIVE", "", "", "rtn", "condition ended"),
    Row("C7", _C, "RECOVERING", "cond_true", "", "", "ACTIVE", "cancel_off", "", "", "true again within the off-delay"),
    Row("C8", _C, "RECOVERING", "t_off", "", "", "INACTIVE", "cancel_off", "", "rtn",
        "condition stayed away for its off-delay"),
    Row("C10", _C, "INACTIVE PENDING", "no_data", "policy_alarm", "", "ACTIVE", "cancel_on", "", "raise",
        "no data counts as alarm"),
    Row("C11", _C, "INACTIVE PENDING", "no_data", "policy_clear", "", "INACTIVE", "cancel_on", "", "",
        "no data ends the on-delay"),
    Row("C11", _C, "ACTIVE RECOVERING", "no_data", "policy_clear", "", "INACTIVE", "cancel_off", "", "rtn",
        "no data counts as returned to normal"),
    Row("R1", _C, "PENDING ACTIVE RECOVERING", "remove", "", "", "INACTIVE", "cancel_on cancel_off", "", "",
        "its rule or device left the settings"),

    Row("L0", _L, "0", "raise", "latching", "", "1", "", "", "", "latched until it is reset"),
    Row("L1", _L, "1", "reset", "", "G1 G2 G5 local", "0", "", "reset", "settle", "reset"),
    Row("R1", _L, "1", "remove", "", "", "0", "", "", "", "its rule or device left the settings"),

    Row("W1", _W, "IDLE", "raise", "", "", "OPEN", "open resolve_clock annunciate", "raised", "", "raised"),
    Row("W2", _W, "OPEN", "ack", "", "G1 G2", "ACKED", "sign cancel_ack ack_clocks", "acknowledged", "settle",
        "acknowledged"),
    Row("W3", _W, "OPEN ACKED", "start", "", "G1 G2", "IN_PROGRESS", "sign take cancel_ack cancel_start", "started", "",
        "somebody is at work"),
    Row("W4", _W, "ACKED", "t_reack", "heard below_top", "", "OPEN", "cancel_start up ack_clock", "reannunciated", "",
        "acknowledged long ago and still open"),
    Row("W4", _W, "ACKED", "t_reack", "heard", "", "OPEN", "cancel_start notify ack_clock", "reannunciated", "",
        "acknowledged long ago and still open"),
    Row("W5", _W, "IN_PROGRESS", "hold", "", "G1 G2 reason", "ON_HOLD", "pause", "held", "", "work on hold"),
    Row("W6", _W, "ON_HOLD", "resume", "", "G1 G2", "IN_PROGRESS", "unpause", "resumed", "", "work goes on"),
    Row("W6", _W, "ON_HOLD", "t_hold", "", "", "IN_PROGRESS", "unpause", "resumed", "", "the longest hold is over"),
    Row("W7", _W, "ACKED IN_PROGRESS", "resolve", "", "G1 G2 G5 G6 G7", "RESOLVED", "resolved_by to_resolved",
        "resolved", "", "resolved"),
    Row("W7", _W, "OPEN", "resolve", "one_tap", "G1 G2 G5 G6 G7", "RESOLVED", "sign resolved_by to_resolved",
        "resolved", "", "resolved with one tap"),
    Row("W7b", _W, "OPEN ACKED IN_PROGRESS", "resolve_override", "!good", "supervisor G1 G2 G7", "RESOLVED",
        "override resolved_by to_resolved", "resolved", "", "override: found in order on the spot, its sensor is dead"),
    Row("W8", _W, "RESOLVED", "verify_ok", "", "G1 G2 G8", "IDLE", "close", "closed", "", "verified"),
    Row("W9", _W, "RESOLVED", "t_verify", "!second", "", "IDLE", "close", "closed", "", "nobody objected"),
    Row("W10", _W, "RESOLVED", "t_verify", "heard below_top", "", SAME, "up verify_clock", "escalated", "",
        "verification overdue"),
    Row("W10", _W, "RESOLVED", "t_verify", "heard", "", SAME, "notify verify_clock", "reminded", "",
        "verification overdue"),
    Row("W11", _W, "RESOLVED", "verify_fail", "", "G1 G2", "IN_PROGRESS", "unresolve resolve_clock", "reopened", "",
        "verification failed"),
    Row("W12", _W, "RESOLVED", "raise", "", "", "OPEN", "again unresolve fresh resolve_clock annunciate", "reopened",
        "", "true again after it was resolved"),
    Row("W13", _W, _LIVE, "cancel", "", "supervisor G1 G2 reason G5 G6", "IDLE", "cancelled close", "closed", "",
        "cancelled, counts as nuisance"),
    Row("W14s", _W, "OPEN", "settle", "quiet good untold", "", "IDLE", "close", "closed", "",
        "returned to normal, suppressed by design all the time"),
    Row("W14", _W, "OPEN", "settle", "quiet good auto_close", "", "RESOLVED", "to_resolved", "resolved", "",
        "returned to normal, a task that needs nobody"),
    Row("W15", _W, "ACKED", "settle", "quiet good auto_resolve", "", "RESOLVED", "to_resolved", "resolved", "",
        "returned to normal, acknowledged"),
    Row("W16", _W, "OPEN", "rtn", "latched", "", SAME, "cleared", "cleared", "", "condition ended, held by its latch"),
    Row("W16", _W, "OPEN", "rtn", "", "", SAME, "cleared", "cleared", "settle",
        "returned to normal, not acknowledged"),
    Row("W16b", _W, "ACKED IN_PROGRESS ON_HOLD", "rtn", "", "", SAME, "cleared", "cleared", "settle",
        "returned to normal, acknowledged before"),
    Row("W17", _W, _LIVE, "raise", "", "", SAME, "again", "reactivated", "", "true again before it was resolved"),
    Row("W18", _W, _ANY, "comment", "", "G1 G2", SAME, "remark", "commented", "", "a remark"),
    Row("A1", _W, _ANY, "assign", "", "G1 G2 person", SAME, "assign", "assigned", "", "given to somebody"),
    Row("A2", _W, _ANY, "hand_over", "", "G1 G2 person", SAME, "assign", "handed_over", "", "handed over"),
    Row("R1", _W, _ANY, "remove", "", "", SAME, "cleared", "orphaned", "",
        "its rule or device left the settings, a supervisor must cancel it"),

    Row("E1", _W, "OPEN", "t_ack", "heard below_top", "", SAME, "late_ack up again_ack", "escalated", "",
        "not acknowledged in time"),
    Row("E1", _W, "OPEN", "t_ack", "heard", "", SAME, "late_ack notify again_ack", "reminded", "",
        "still not acknowledged"),
    Row("E2", _W, "ACKED", "t_start", "heard below_top", "", SAME, "late_start up again_start", "escalated", "",
        "nobody started in time"),
    Row("E2", _W, "ACKED", "t_start", "heard", "", SAME, "late_start notify again_start", "reminded", "",
        "still nobody started"),
    Row("E3", _W, _LIVE, "t_resolve", "heard below_top", "", SAME, "late_resolve up again_resolve", "escalated", "",
        "not resolved in time"),
    Row("E3", _W, _LIVE, "t_resolve", "heard", "", SAME, "late_resolve notify again_resolve", "reminded", "",
        "still not resolved"),
    Row("E4", _W, "OPEN", "t_ack", "!heard", "", SAME, "defer_ack", "", "", "suppressed, put off"),
    Row("E4", _W, "ACKED", "t_start", "!heard", "", SAME, "defer_start", "", "", "suppressed, put off"),
    Row("E4", _W, "ACKED", "t_reack", "!heard", "", SAME, "defer_reack", "", "", "suppressed, put off"),
    Row("E4", _W, _LIVE, "t_resolve", "!heard", "", SAME, "defer_resolve", "", "", "suppressed, put off"),
    Row("E4", _W, "RESOLVED", "t_verify", "second !heard", "", SAME, "defer_verify", "", "", "suppressed, put off"),
    Row("E5", _W, "OPEN ACKED", "severity_up", "graver", "G4", "OPEN", "rise cancel_start annunciate", "severity_up",
        "", "graver than before"),
    Row("E5", _W, "IN_PROGRESS ON_HOLD RESOLVED", "severity_up", "graver", "G4", SAME, "rise notify", "severity_up", "",
        "graver than before"),
    Row("E6", _W, _ANY, "escalate", "below_top", "G1 G2", SAME, "up", "escalated", "", "escalated by a person"),
    Row("E6", _W, _ANY, "escalate", "", "G1 G2", SAME, "notify", "reminded", "", "reminded by a person"),

    Row("S1", _S, "- SHELVED", "shelve", "", "G1 G2 G9", "SHELVED", "shelve hush", "shelved", "", "shelved"),
    Row("S2", _S, "SHELVED", "unshelve", "", "G1 G2", "-", "unshelve audible", "unshelved", "", "unshelved"),
    Row("S2", _S, "SHELVED", "t_shelve", "", "", "-", "unshelve audible", "unshelved", "", "the shelving is over"),
    Row("S2", _S, "SHELVED", "rtn", "oneshot", "", "-", "unshelve audible", "unshelved", "",
        "returned to normal, shelved until then"),
    Row("S3", _D, "- SBD", "parent_on", "!p1", "", "SBD", "inhibit hush", "suppressed", "", "suppressed by design"),
    Row("S4", _D, "SBD", "parent_off", "", "", SAME, "uninhibit", "", "", "what suppressed it is over, it settles"),
    Row("S4", _D, "SBD", "t_settle", "!inhibited", "", "-", "audible", "unsuppressed", "", "no longer suppressed"),
    Row("R1", _D, "SBD", "remove", "", "", "-", "uninhibit_all audible", "unsuppressed", "", "its source is gone"),
    Row("R1", _O, "OOS", "remove", "until_data", "", "-", "in_service audible", "in_service", "",
        "its sensor left the settings"),
    Row("S5", _O, "- OOS", "oos_on", "", "supervisor G1 G2 work_order oos_p1", "OOS", "out_of_service hush",
        "out_of_service", "", "out of service"),
    Row("S6", _O, "OOS", "oos_off", "", "supervisor G1 G2", "-", "in_service audible", "in_service", "",
        "back in service"),
    Row("S6", _O, "OOS", "t_oos", "", "", "-", "in_service audible", "in_service", "", "its time is over"),
    Row("S6", _O, "OOS", "data_back", "until_data", "", "-", "in_service audible", "in_service", "",
        "its sensor is back"),
)
# fmt: on


def index(rows: tuple[Row, ...] = ROWS) -> dict[tuple[str, str, str], tuple[Row, ...]]:
    """Give the rows by (region, from, event), in the order in which facts are tried."""
    found: dict[tuple[str, str, str], tuple[Row, ...]] = {}
    for row in rows:
        for source in row.source.split():
            key = (row.region, source, row.event)
            found[key] = (*found.get(key, ()), row)
    return found
