"""What is refused at the door, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.runtime.commands import LARGEST, order_of

ROOT = "caretaker/v1/greenhill/pi-017"
NOW = (1_772_439_631_412, True)
GOOD = {
    "v": 1, "cmd": "ping", "cmd_id": "c1", "expires_at": "2026-03-02T08:23:09.900Z", "args": {},
    "issued_by": {"user": "li.wei", "role": "duty-manager", "via": "ui"}, "reply_to": f"{ROOT}/rsp/central",
}  # fmt: skip


def order(payload: Any, *, retained: bool = False, wall: tuple[int, bool] = NOW) -> Any:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return order_of(f"{ROOT}/cmd/ping", data, retained=retained, root=ROOT, now=5, wall=wall)


def test_a_good_one_is_taken_with_who_asked() -> None:
    found = order(GOOD)
    assert (found.verdict, found.cmd, found.user, found.role, found.via) == ("", "ping", "li.wei", "duty-manager", "ui")
    assert found.reply_to == f"{ROOT}/rsp/central"


def test_a_retained_one_is_not_even_answered() -> None:
    assert order(GOOD, retained=True) is None


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"expires_at": "2026-03-02T08:00:00Z"}, "EXPIRED", "08:00"),
        ({"expires_at": "yesterday"}, "BAD_ARGS", "ISO 8601"),
        ({"expires_at": "2026-03-02T08:23:09"}, "BAD_ARGS", "offset"),
        ({"cmd": "alarm-ack"}, "BAD_ARGS", "the topic says 'ping'"),
        ({"cmd_id": ""}, "BAD_ARGS", "1 to 64"),
        ({"cmd_id": "x" * 65}, "BAD_ARGS", "1 to 64"),
    ],
)
def test_refused_with_a_code_and_words(change: dict[str, Any], code: str, words: str) -> None:
    found = order(GOOD | change)
    assert found.verdict == code
    assert words in found.note


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"cmd": 3}', b"\xff\xfe", b" " * (LARGEST + 1)])
def test_rubbish_is_refused_not_raised(payload: bytes) -> None:
    assert order(payload).verdict == "BAD_ARGS"


def test_without_a_trusted_clock_nothing_is_expired() -> None:
    assert order(GOOD | {"expires_at": "2020-01-01T00:00:00Z"}, wall=(0, False)).verdict == ""


def test_an_answer_goes_nowhere_but_into_our_own_tree() -> None:
    assert order(GOOD | {"reply_to": "caretaker/v1/greenhill/other/rsp/central"}).reply_to == ""
