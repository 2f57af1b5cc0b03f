"""Every row of the table by a script, and that no row hides another. Refusals are in test_refused.py."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from agent.alarms.guards import GUARDS
from agent.alarms.table import ROWS, Row, index
from tests.alarms.kit import DAY, HOUR, MINUTE, Played, spec

Step = str | tuple[str, dict[str, Any]]
# name: (settings, script, what is told). "+N" waits N ms; a tuple has words of the cause; "!CODE event" is refused.
SCRIPTS: dict[str, tuple[dict[str, Any], list[Step], list[str]]] = {
    "C1 C3 an on-delay swallows what is short": ({"on_delay": 5000}, ["cond_true", "+4999", "cond_false", "+9000"], []),
    "C1 C4 an on-delay ends": ({"on_delay": 5000}, ["cond_true", "+5000"], ["W1 raised"]),
    "C2 C6 W2 W15 W9": (
        {}, ["cond_true", "ack", "cond_false", "+86400000"],
        ["W1 raised", "W2 acknowledged", "W16b cleared", "W15 resolved", "W9 closed"],
    ),
    "C5 C7 C8 an off-delay holds": (
        {"off_delay": 5000}, ["cond_true", "cond_false", "cond_true", "cond_false", "+5000"],
        ["W1 raised", "W16 cleared"],
    ),
    "C9 C12 no data holds": (
        {"on_delay": 5000}, ["cond_true", "no_data", "+9999999", "data_back", "+4999", "+1"], ["W1 raised"],
    ),
    "C9 eval error": ({}, ["cond_true", "eval_error", "data_back"], ["W1 raised", "C9 no_data", "C12 data_back"]),
    "C10 no data is an alarm": ({"no_data": "alarm"}, ["no_data", "data_back", "cond_false"],
                                ["W1 raised", "C12 data_back", "W16 cleared"]),
    "C11 no data clears a task, and resolves nothing": (
        {"priority": 4, "no_data": "clear"}, ["cond_true", "no_data", "data_back", "cond_false", "settle"],
        ["W1 raised", "C9 no_data", "W16 cleared", "C12 data_back", "W14 resolved"],
    ),
    "C11 no data ends the on-delay of a task": (
        {"priority": 4, "no_data": "clear", "on_delay": 5000}, ["cond_true", "no_data", "data_back", "+9999"], [],
    ),
    "C4 E5 a graver stage does not wait for the first": (
        {"on_delay": 5000}, ["cond_true", ("severity_up", {"priority": 2})], ["W1 raised", "E5 severity_up"],
    ),
    "W3 W5 W6 W7 W8": (
        {}, ["cond_true", "start", ("hold", {"word": "parts"}), "resume", "cond_false", ("resolve", {"word": "fixed"}),
             "verify_ok"],
        ["W1 raised", "W3 started", "W5 held", "W6 resumed", "W16b cleared", "W7 resolved", "W8 closed"],
    ),
    "W6 the longest hold": (
        {}, ["cond_true", "start", ("hold", {"word": "parts", "length": HOUR}), f"+{HOUR}"],
        ["W1 raised", "W3 started", "W5 held", "W6 resumed"],
    ),
    "W4 an acknowledgement does not last": (
        {"priority": 2, "auto_resolve": False}, ["cond_true", "ack", f"+{30 * MINUTE}"],
        ["W1 raised", "W2 acknowledged", "E2 escalated", "W4 reannunciated"],
    ),
    "W7 one tap": ({"one_tap": True}, ["cond_true", "cond_false", ("resolve", {"word": "fixed"})],
                   ["W1 raised", "W16 cleared", "W7 resolved"]),
    "W7b S6 override of a dead sensor": (
        {}, ["cond_true", "no_data", ("resolve_override", {"word": "fixed"}), "data_back", "cond_true"],
        ["W1 raised", "C9 no_data", "W7b resolved", "C12 data_back", "S6 in_service", "W12 reopened"],
    ),
    "W10 a second person is waited for, up to the top": (
        {"priority": 2}, ["cond_true", "start", "cond_false", ("resolve", {"word": "fixed"}), f"+{5 * DAY}"],
        ["W1 raised", "W3 started", "W16b cleared", "W7 resolved", *["W10 escalated"] * 4, "W10 reminded"],
    ),
    "W11 W12 not resolved after all": (
        {}, ["cond_true", "start", "cond_false", ("resolve", {"word": "fixed"}), "verify_fail",
             ("resolve", {"word": "fixed"}), "cond_true"],
        ["W1 raised", "W3 started", "W16b cleared", "W7 resolved", "W11 reopened", "W7 resolved", "W12 reopened"],
    ),
    "W13 cancelled": ({}, ["cond_true", "cond_false", ("cancel", {"word": "false_alarm"})],
                      ["W1 raised", "W16 cleared", "W13 closed"]),
    "W14 a task closes itself": ({"priority": 4}, ["cond_true", "cond_false", f"+{DAY}"],
                                 ["W1 raised", "W16 cleared", "W14 resolved", "W9 closed"]),
    "W16 W17 back before it was acknowledged": (
        {}, ["cond_true", "cond_false", "cond_true"], ["W1 raised", "W16 cleared", "W17 reactivated"],
    ),
    "W18 A1 A2": (
        {}, ["cond_true", ("comment", {"comment": "?"}), ("assign", {"word": "wang"}), ("hand_over", {"word": "zhao"})],
        ["W1 raised", "W18 commented", "A1 assigned", "A2 handed_over"],
    ),
    "L0 L1 latched, reset, resolved": (
        {"latching": True}, ["cond_true", "ack", "cond_false", "reset"],
        ["W1 raised", "W2 acknowledged", "W16b cleared", "L1 reset", "W15 resolved"],
    ),
    "W16 latched, not acknowledged": ({"latching": True}, ["cond_true", "cond_false"], ["W1 raised", "W16 cleared"]),
    "E1 up to the top, then again and again": (
        {}, ["cond_true", f"+{16 * HOUR}"],
        ["W1 raised", "E1 escalated", "E1 escalated", "E1 escalated", "E1 reminded"],
    ),
    "E2 nobody starts": ({}, ["cond_true", "ack", f"+{31 * MINUTE}"], ["W1 raised", "W2 acknowledged", "E2 escalated"]),
    "E2 W4 nobody starts, and all know it": (
        {}, ["cond_true", "ack", "escalate", "escalate", "escalate", f"+{4 * HOUR}"],
        ["W1 raised", "W2 acknowledged", *["E6 escalated"] * 3, "E2 reminded", "W4 reannunciated"],
    ),
    "E3 not resolved in time": ({}, ["cond_true", "start", f"+{DAY}"], ["W1 raised", "W3 started", "E3 escalated"]),
    "E3 at the top": ({"priority": 4}, ["cond_true", "start", f"+{8 * DAY}"],
                      ["W1 raised", "W3 started", "E3 escalated", *["E3 reminded"] * 5]),
    "E4 nothing runs out on the shelf": (
        {}, ["cond_true", ("shelve", {"word": "noise", "length": 8 * HOUR}), f"+{8 * HOUR - 1}"],
        ["W1 raised", "S1 shelved"],
    ),
    "E5 graver while at work": (
        {}, ["cond_true", "start", ("severity_up", {"priority": 1}), ("severity_up", {"priority": 2})],
        ["W1 raised", "W3 started", "E5 severity_up"],
    ),
    "E6 by a person": ({"priority": 4}, ["cond_true", "escalate", "escalate"],
                       ["W1 raised", "E6 escalated", "E6 reminded"]),
    "S1 S2 shelved for a time": (
        {}, ["cond_true", ("shelve", {"word": "noise", "length": HOUR}), f"+{HOUR}", ("shelve", {"word": "noise"}),
             "unshelve"],
        ["W1 raised", "S1 shelved", "S2 unshelved", "S1 shelved", "S2 unshelved"],
    ),
    "S2 shelved once": (
        {}, ["cond_true", ("shelve", {"word": "noise", "oneshot": True}), "cond_false"],
        ["W1 raised", "S1 shelved", "W16 cleared", "S2 unshelved"],
    ),
    "W14s raised and over while suppressed: nobody was told, nobody need acknowledge": (
        {"priority": 2, "auto_resolve": False},
        [("parent_on", {"word": "bus"}), "cond_true", "cond_false", ("parent_off", {"word": "bus"}), f"+{DAY}"],
        ["W1 raised", "W16 cleared", "W14s closed"],
    ),
    "S3 S4 W16 told before it was suppressed: it waits for its acknowledgement": (
        {}, ["cond_true", ("parent_on", {"word": "bus"}), "cond_false", ("parent_off", {"word": "bus"}), "+60000"],
        ["W1 raised", "S3 suppressed", "W16 cleared", "S4 unsuppressed"],
    ),
    "S3 S4 suppressed by design, and a minute longer": (
        {}, ["cond_true", ("parent_on", {"word": "bus"}), ("parent_on", {"word": "flood"}),
             ("parent_off", {"word": "bus"}), "+70000", ("parent_off", {"word": "flood"}), "+59999", "+1"],
        ["W1 raised", "S3 suppressed", "S3 suppressed", "S4 unsuppressed"],
    ),
    "S5 S6 out of service": (
        {}, ["cond_true", ("oos_on", {"word": "WO-7", "length": HOUR}), "oos_off",
             ("oos_on", {"word": "WO-8", "length": HOUR}), f"+{HOUR}"],
        ["W1 raised", "S5 out_of_service", "S6 in_service", "S5 out_of_service", "S6 in_service"],
    ),
    "R1 its rule went": (
        {"latching": True}, ["cond_true", ("parent_on", {"word": "bus"}), "no_data", "remove",
                             ("cancel", {"word": "rule_removed"})],
        ["W1 raised", "S3 suppressed", "C9 no_data", "R1 orphaned", "R1 unsuppressed", "W13 closed"],
    ),
    "R1 and its dead sensor": (
        {"priority": 2}, ["cond_true", "no_data", ("resolve_override", {"word": "fixed"}), "remove"],
        ["W1 raised", "C9 no_data", "W7b resolved", "R1 orphaned", "R1 in_service"],
    ),
}  # fmt: skip


def run(name: str) -> Played:
    settings, script, _ = SCRIPTS[name]
    played = Played(spec(**settings))
    for step in script:
        if isinstance(step, str) and step.startswith("+"):
            played.wait(int(step[1:]))
        else:
            event, words = (step, {}) if isinstance(step, str) else step
            played.fire(event, **words)
    return played


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_tells_what_it_should(name: str) -> None:
    played = run(name)
    assert [f"{one.reason.split()[0]} {one.transition}" for one in played.told] == SCRIPTS[name][2]
    for occurrence in {one.occurrence for one in played.told}:
        revs = [one.rev for one in played.told if one.occurrence == occurrence]
        assert revs == list(range(1, len(revs) + 1))


def suppressed_clocks() -> Played:
    """Let every clock run out while nobody is told (E4)."""
    played = Played(spec(2, auto_resolve=False))
    played.fire("cond_true")
    played.fire("parent_on", word="bus")
    played.life.due["t_ack"] = played.t  # hushed alarms have none; a snapshot of an older agent may
    played.wait(3 * HOUR)
    played.fire("ack")
    played.wait(3 * HOUR)
    played.fire("start")
    played.fire("cond_false")
    played.fire("resolve", word="fixed")
    played.wait(3 * DAY)
    assert {one.transition for one in played.told} & {"escalated", "reminded", "reannunciated"} == set()
    return played


def test_every_row_is_fired() -> None:
    fired: set[Row] = set().union(*(run(name).life.fired for name in SCRIPTS), suppressed_clocks().life.fired)
    assert [row for row in ROWS if row not in fired] == []


def test_no_row_hides_another() -> None:
    """Rows of one state and event: the last has the fewest facts, or they exclude each other by one fact."""
    for rows in index().values():
        for early, late in itertools.pairwise(rows):
            assert early.when, (early, late)
            assert early.when != late.when


def test_every_guard_is_used() -> None:
    assert {word for row in ROWS for word in row.guards.split()} == set(GUARDS)
