"""Settings read again while the service runs: taken whole or not at all; open alarms stay what they are."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.walks.office import HOT, Office, opened
from tests.walks.rig import ROOT, active, fault, until

pytestmark = pytest.mark.server
BROKEN = "rules:\n  hot:\n    kind: treshold\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as office:
        yield office


def hot_from(limit: float, **more: Any) -> dict[str, Any]:
    return {"rules": {"hot": HOT | {"when": {"op": ">=", "value": limit, "unit": "degC"}}} | more}


def hup(office: Office) -> None:
    """Let the service read its settings again, as `systemctl reload` does."""
    office.service.tell(signal.SIGHUP)


def birth(office: Office) -> dict[str, Any]:
    data: dict[str, Any] = office.recorder.on(f"{ROOT}/info")[-1].said["data"]
    return data


def test_a_changed_limit_takes_effect_and_the_open_alarm_lives_on(office: Office) -> None:
    raised = office.hot()
    office.change("rules", hot_from(40.0))
    hup(office)
    cleared = office.alarm("hot-room", "cleared")
    office.change("rules", hot_from(30.0))
    hup(office)
    again = office.alarm("hot-room", "reactivated")
    assert cleared["occurrence"] == again["occurrence"] == raised["occurrence"]
    assert [data["rev"] for data in (raised, cleared, again)] == [1, 2, 3]
    assert again["raised_at"] == raised["raised_at"]
    answer = office.ask("alarm-ack", {"alarm": "hot-room", "occurrence": raised["occurrence"]})
    assert answer["status"] == "ok"


def test_a_rule_that_comes_watches_at_once_and_the_alarm_of_one_that_goes_waits_for_a_supervisor(
    office: Office,
) -> None:
    office.hot()
    warm = HOT | {"when": {"op": ">=", "value": 25.0}, "title": {"zh": "偏热", "en": "Warm"}}
    office.change("rules", {"rules": {"warm": warm}})
    hup(office)
    orphaned = office.alarm("hot-room", "orphaned")
    assert (orphaned["state"], orphaned["reason"].split()[0]) == ("cleared", "R1")
    assert orphaned["title"] == HOT["title"]
    assert office.alarm("warm-room", "raised")["title"] == warm["title"]
    state = office.service.status()
    until("a new birth message", lambda: "warm-room" in birth(office)["alarms"])
    assert "hot-room" not in birth(office)["alarms"]
    assert birth(office)["config"]["revision"] == state["settings"]
    assert [alarm["alarm"] for alarm in state["alarms"]] == ["warm-room", "hot-room"]
    assert state["points"] == len(birth(office)["alarms"])
    office.service.kill()
    office.service.start()
    office.service.ready()
    words = {"alarm": "hot-room", "code": "rule_removed"}
    refused = office.ask("alarm-cancel", words, issued_by={"user": "zhao", "role": "technician"})
    assert (refused["status"], refused["code"]) == ("rejected", "FORBIDDEN")
    assert office.ask("alarm-cancel", words)["status"] == "ok"
    assert office.alarm("hot-room", "closed")["state"] == "closed"
    assert [alarm["alarm"] for alarm in office.service.status()["alarms"]] == ["warm-room"]


def test_a_broken_file_changes_nothing_and_is_said_once(office: Office) -> None:
    revision = office.service.status()["settings"]
    office.change("rules", BROKEN)
    for count in (1, 2):
        hup(office)
        entry = until("the refusal is said", lambda: fault(office.service.status(), "CT102"))
        until("it is counted", lambda n=count: fault(office.service.status(), "CT102")["count"] == n)  # type: ignore[misc]
    assert "treshold" in entry["text"]
    assert "running ones keep running" in entry["text"]
    assert "caretaker check" in entry["text"]
    lines = [line for line in office.service.said().splitlines() if "CT102" in line]
    assert len(lines) == 1
    assert office.service.status()["settings"] == revision
    office.hot()

    office.change("rules", hot_from(40.0))
    hup(office)
    office.alarm("hot-room", "cleared")
    until("the fault is over", lambda: "CT102" not in {code for code, _ in active(office.service.status())})
    assert office.service.status()["settings"] != revision


def test_the_centre_orders_a_reload_and_hears_what_came_of_it(office: Office) -> None:
    before = office.service.status()["settings"]
    office.change("rules", BROKEN)
    refused = office.ask("config-reload")
    assert (refused["status"], refused["code"]) == ("rejected", "CONFIG_INVALID")
    assert "rules.yaml:3:11" in refused["message"]
    assert "threshold" in refused["message"]

    office.change("rules", hot_from(25.0))
    tried = office.ask("config-reload", {"dry_run": True})
    assert (tried["status"], tried["result"]["active_revision"]) == ("ok", before)
    assert tried["result"]["checked"] != before
    assert office.service.status()["settings"] == before
    taken = office.ask("config-reload")
    assert (taken["status"], taken["result"]["active_revision"]) == ("ok", tried["result"]["checked"])
    assert office.service.status()["settings"] == tried["result"]["checked"]
    office.meter.value = 26.0
    office.alarm("hot-room", "raised")


def test_what_was_taken_holds_after_a_power_cut_and_other_devices_are_wired_anew(office: Office) -> None:
    raised = office.hot()
    office.change("devices", {"devices": {"room": {"driver": "xy-md02", "line": "bus", "interval": "200ms"}}})
    office.change("rules", hot_from(34.0))
    assert office.ask("config-reload")["status"] == "ok"
    office.service.kill()
    office.service.start()
    office.service.ready()
    state = office.service.status()
    assert [alarm["occurrence"] for alarm in state["alarms"]] == [raised["occurrence"]]
    answer = office.ask("alarm-ack", {"alarm": "hot-room", "occurrence": raised["occurrence"]})
    assert answer["status"] == "ok"
    assert "CT507" not in office.service.said()
    answered = len(office.meter.answered)
    until("the line is read", lambda: len(office.meter.answered) > answered)
