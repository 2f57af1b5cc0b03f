"""What is refused says why by its code and changes nothing (guards G1 to G9 of domain.md §1.5.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.alarms.kit import DAY, HOUR, Played, spec

# what was before, the order with its words, the code
REFUSED: dict[str, tuple[dict[str, Any], list[str], str, dict[str, Any], str]] = {
    "another service": ({}, ["cond_true"], "ack", {"role": "guard"}, "FORBIDDEN"),
    "no such role": ({}, ["cond_true"], "ack", {"role": "king"}, "FORBIDDEN"),
    "cancelled by staff": ({}, ["cond_true", "cond_false"], "cancel", {"role": "staff"}, "FORBIDDEN"),
    "overridden by staff": ({}, ["cond_true", "no_data"], "resolve_override", {"role": "staff"}, "FORBIDDEN"),
    "shelved by staff": ({}, ["cond_true"], "shelve", {"role": "staff"}, "FORBIDDEN"),
    "another occurrence": ({}, ["cond_true"], "ack", {"occurrence": "x"}, "STALE_VERSION"),
    "an older revision": ({}, ["cond_true", "cond_false"], "ack", {"rev": 1}, "STALE_VERSION"),
    "nothing open": ({}, [], "ack", {}, "WRONG_STATE"),
    "resolved unseen": ({}, ["cond_true", "cond_false"], "resolve", {}, "WRONG_STATE"),
    "resolved on hold": ({}, ["cond_true", "start", "hold", "cond_false"], "resolve", {}, "WRONG_STATE"),
    "overridden with a good sensor": ({}, ["cond_true"], "resolve_override", {}, "WRONG_STATE"),
    "still true": ({}, ["cond_true", "ack"], "resolve", {}, "CONDITION_ACTIVE"),
    "cancelled while true": ({}, ["cond_true"], "cancel", {}, "CONDITION_ACTIVE"),
    "reset while true": ({"latching": True}, ["cond_true"], "reset", {}, "CONDITION_ACTIVE"),
    "latched": ({"latching": True}, ["cond_true", "ack", "cond_false"], "resolve", {}, "LATCHED"),
    "reset from afar": (
        {"latching": True, "local_reset": True}, ["cond_true", "cond_false"], "reset", {"via": "mqtt"}, "FORBIDDEN",
    ),
    "no photo": (
        {"evidence": ("photo",), "auto_resolve": False}, ["cond_true", "ack", "cond_false"], "resolve", {},
        "EVIDENCE_REQUIRED",
    ),
    "no cause code": (
        {"auto_resolve": False}, ["cond_true", "ack", "cond_false"], "resolve", {"word": ""}, "EVIDENCE_REQUIRED",
    ),
    "verified by oneself": (
        {"priority": 2}, ["cond_true", "ack", "cond_false", "resolve"], "verify_ok", {}, "SELF_VERIFY",
    ),
    "a P1 on the shelf": ({"priority": 1}, ["cond_true"], "shelve", {}, "NOT_SHELVABLE"),
    "highly managed": ({"highly_managed": True}, ["cond_true"], "shelve", {}, "NOT_SHELVABLE"),
    "shelved for no reason": ({}, ["cond_true"], "shelve", {"word": ""}, "NOT_SHELVABLE"),
    "shelved too long": ({}, ["cond_true"], "shelve", {"length": 8 * HOUR + 1}, "NOT_SHELVABLE"),
    "a P2 shelved by a team leader": ({"priority": 2}, ["cond_true"], "shelve", {"role": "team-leader"},
                                      "NOT_SHELVABLE"),
    "an active P1 out of service": ({"priority": 1}, ["cond_true"], "oos_on", {}, "CONDITION_ACTIVE"),
    "out of service without a work order": ({}, [], "oos_on", {"word": ""}, "BAD_ARGS"),
    "out of service for ever": ({}, [], "oos_on", {"length": 31 * DAY}, "BAD_ARGS"),
    "held for no reason": ({}, ["cond_true", "start"], "hold", {"word": ""}, "BAD_ARGS"),
    "given to nobody": ({}, ["cond_true"], "assign", {"word": ""}, "BAD_ARGS"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why_and_changes_nothing(name: str) -> None:
    settings, before, event, words, code = REFUSED[name]
    played = Played(spec(**settings))
    for step in before:
        played.fire(step)
    assert played.order(event, **words) == code


def test_a_signal_without_quality_moves_nothing() -> None:
    played = Played(spec())
    played.fire("no_data")
    assert played.fire("cond_true") == []
    assert played.life.condition == "INACTIVE"
