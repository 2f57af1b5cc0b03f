"""Orders of the centre over a real broker: carried out once, answered always, refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import mosquitto
from tests.walks.office import Office, opened
from tests.walks.rig import ROOT, SITE, served, until

pytestmark = pytest.mark.server
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00+08:00"

REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, Any], str, str, str]] = {
    "wrong occurrence": ("alarm-ack", {"alarm": "hot-room", "occurrence": "x"}, {}, "rejected", "STALE_VERSION", "now"),
    "wrong rev": ("alarm-ack", {"alarm": "hot-room", "expected_rev": 7}, {}, "rejected", "STALE_VERSION", "at rev 1"),
    "unknown alarm": ("alarm-ack", {"alarm": "cold-room"}, {}, "rejected", "UNKNOWN_ALARM", "cold-room"),
    "no alarm named": ("alarm-ack", {}, {}, "rejected", "BAD_ARGS", "alarm"),
    "a word too many": ("alarm-ack", {"alarm": "hot-room", "why": 1}, {}, "rejected", "BAD_ARGS", "why"),
    "expired": ("ping", {}, {"expires_at": PAST}, "expired", "EXPIRED", "2020"),
    "no time": ("ping", {}, {"expires_at": "soon"}, "rejected", "BAD_ARGS", "ISO 8601"),
    "time without zone": ("ping", {}, {"expires_at": "2099-01-01T00:00:00"}, "rejected", "BAD_ARGS", "offset"),
    "unknown command": ("dance", {}, {}, "rejected", "UNKNOWN_COMMAND", "known: ping"),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("office")) as office:
        office.hot()
        yield office


def test_a_ping_is_answered_where_it_was_asked_for(office: Office) -> None:
    answer = office.ask("ping", expires_at=FUTURE)
    assert (answer["status"], answer["code"], answer["result"]) == ("ok", None, {"pong": True})
    elsewhere = office.order("ping", reply_to=f"{ROOT}/rsp/desk-7")
    office.send(elsewhere)
    assert office.answers(elsewhere["cmd_id"])[0].topic == f"{ROOT}/rsp/desk-7"
    outside = office.order("ping", reply_to="somebody/else")
    office.send(outside)
    assert office.answers(outside["cmd_id"])[0].topic == f"{ROOT}/rsp/central"
    everybody = office.order("ping")
    office.send(everybody, f"caretaker/v1/{SITE}/_all/cmd/ping")
    assert office.answers(everybody["cmd_id"])[0].said["status"] == "ok"


@pytest.mark.parametrize("case", REFUSED)
def test_what_must_not_be_done_is_refused_with_a_code(office: Office, case: str) -> None:
    cmd, args, more, status, code, words = REFUSED[case]
    answer = office.ask(cmd, args, **more)
    assert (answer["status"], answer["code"]) == (status, code)
    assert words in answer["message"]
    assert office.service.status()["alarms"][0]["isa"] == "UNACK"


def test_a_message_that_is_no_order_is_answered_and_holds_up_nobody(office: Office) -> None:
    answers = len(office.recorder.on(f"{ROOT}/rsp"))
    for payload in (b"", b"{", b"[1]", b"\xff\xfe", b'{"cmd": "ping"}', b"x" * 20_000):
        office.recorder.say(f"{ROOT}/cmd/ping", payload)
    office.send(office.order("alarm-ack", {"alarm": "hot-room"}), f"{ROOT}/cmd/ping")
    until("all are answered", lambda: len(office.recorder.on(f"{ROOT}/rsp")) == answers + 7)
    told = office.recorder.on(f"{ROOT}/rsp")[answers:]
    assert {(heard.said["status"], heard.said["code"]) for heard in told} == {("rejected", "BAD_ARGS")}
    assert len({heard.said["cmd_id"] for heard in told}) == 7
    assert office.ask("ping")["status"] == "ok"


def test_an_order_that_comes_twice_is_carried_out_once_also_after_a_power_cut(office: Office) -> None:
    ack = office.order("alarm-ack", {"alarm": "hot-room", "comment": "已派人"})
    office.send(ack)
    office.send(ack)
    first, second = (heard.said for heard in office.answers(ack["cmd_id"], 2))
    assert (first["status"], second["status"]) == ("ok", "duplicate")
    assert first["result"] == second["result"]
    told = office.alarm("hot-room", "acknowledged")
    assert (told["acked_by"], told["rev"]) == ("li.wei", 2)
    office.service.kill()
    office.service.start()
    office.service.ready()
    office.send(ack)
    assert office.answers(ack["cmd_id"], 3)[-1].said["status"] == "duplicate"
    other = office.ask("alarm-ack", {"alarm": "hot-room"})
    assert (other["status"], other["message"]) == ("ok", "ALREADY_ACKED")
    rows = {heard.said["id"] for heard in office.recorder.on(f"{ROOT}/alarm/hot-room")}
    assert len(rows) == 2


def test_an_order_that_the_broker_has_kept_is_not_carried_out(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        office = Office(tmp_path, broker.port)
        with office.recorder, office.stage:
            old = office.order("ping")
            office.send(old, retain=True)
            with served(office.folder) as office.service:
                until("the broker knows us", lambda: office.recorder.on(f"{ROOT}/status"))
                new = office.order("ping")
                office.send(new)
                assert office.answers(new["cmd_id"])
                assert [heard.said["cmd_id"] for heard in office.recorder.on(f"{ROOT}/rsp")] == [new["cmd_id"]]
