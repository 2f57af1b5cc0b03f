"""What leaves the box against the examples of the central contract: same topics, same envelope, no field missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.model.effects import Alarm, Kpi, KpiValue, Response
from agent.model.events import Event, Feedback, Reading
from agent.model.place import Label, Place
from agent.ports import Row
from agent.runtime.centre import Identity, status
from agent.runtime.envelope import Envelope

EXAMPLES = Path(__file__).parents[1] / "data" / "contract"
WALL = 1_772_439_631_412

ALARM = Alarm(
    "leak-pump-room-1", "o", 1, 0, "raised", "C2 condition true", "active", "UNACK", acked=False, rule="leak",
    category="maintenance", priority=1, device="pump-leak-1", quantity="water_leak", value=True,
    condition="water_leak == true", raised_at=0, causation="c-1",
)  # fmt: skip
BODIES = {
    "alarm_1_raised": ("alarm", ALARM),
    "event_door": ("event", Event("gate-door-3", "tamper", "open", 0)),
    "feedback_button": (
        "feedback",
        Feedback("fb-toilet-2", 0, "u:1", "button", "3", "cleaning", "negative", "normal", 0),
    ),
    "kpi_hourly": ("kpi", Kpi("toilet-f1", "hourly", 0, 0, 3_600_000, (KpiValue("satisfaction_index", 83.3, "", 12),))),
}
LATER = {
    # fields of the example whose feature is not built: they are absent, not faked
    "alarm_1_raised": set(),
    "event_door": {"context"},
    "feedback_button": {"button", "confidence", "language", "text", "redacted", "count", "privacy"},
    "kpi_hourly": set(),
}


def envelope() -> Envelope:
    return Envelope(
        "greenhill", "pi-017", "7f3c9a1e",
        label=lambda device: Label(device, Place("B2", "", "pump-room", "leak-1"), {"team": "night"}),
        title=lambda _rule: {"title": {"zh": "漏水", "en": "Leak"}, "advice": {"zh": "", "en": ""}},
        wall=lambda t: WALL + t,
    )  # fmt: skip


def row(stream: str, body: Any, seq: int = 1843) -> Row:
    return Row(stream, seq, 0, WALL, WALL, False, body)


@pytest.mark.parametrize("name", BODIES)
def test_a_message_has_the_envelope_and_the_fields_of_the_contract(name: str) -> None:
    example = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    stream, body = BODIES[name]
    message = envelope().message(row(stream, body), WALL)
    payload = json.loads(message.payload)
    assert set(example["payload"]) - {"causationid"} <= set(payload)
    assert set(example["payload"]["data"]) - LATER[name] <= set(payload["data"])
    assert message.retain == example["retain"]
    assert message.topic.split("/")[:5] == ["caretaker", "v1", "greenhill", "pi-017", stream]
    assert payload["id"] == "7f3c9a1e-0000001843"
    assert payload["source"] == f"/caretaker/v1/greenhill/pi-017/{stream}"
    assert ["stream", stream] in [list(pair) for pair in message.user]


def test_the_alarm_says_its_priority_three_ways_and_by_whose_command() -> None:
    payload = json.loads(envelope().message(row("alarm", ALARM), WALL).payload)
    assert (payload["severitynumber"], payload["severitytext"], payload["data"]["severity"]) == (
        21,
        "FATAL",
        "critical",
    )
    assert payload["causationid"] == "c-1"
    assert payload["time"] == "2026-03-02T08:20:31.412Z"


def test_readings_of_one_time_are_one_message_with_an_expiry() -> None:
    rows = [row("reading", Reading("bin-7", "distance", 2116.0), 1), row("reading", Reading("bin-7", "tilt", False), 2)]
    message = envelope().readings("bin-7", rows, WALL, 1200)
    data = json.loads(message.payload)["data"]
    assert (message.retain, message.expiry_s) == (True, 3600)
    assert data["readings"] == [
        {"quantity": "distance", "value": 2116, "unit": "mm", "quality": "good"},
        {"quantity": "tilt", "value": False, "quality": "good"},
    ]


@pytest.mark.parametrize(("age", "historical"), [(0, False), (60_000, False), (60_001, True)])
def test_what_is_old_is_said_to_be_historical(age: int, *, historical: bool) -> None:
    assert json.loads(envelope().message(row("alarm", ALARM), WALL + age).payload)["historical"] is historical


def test_a_response_goes_where_it_was_asked_for_with_its_correlation() -> None:
    example = json.loads((EXAMPLES / "rsp_ok.json").read_text(encoding="utf-8"))["payload"]
    body = Response("alarm-ack", "01JN", 0, "ok", result='{"isa":"ACKED"}', reply_to="caretaker/v1/a/b/rsp/desk")
    message = envelope().message(row("rsp", body), WALL)
    assert set(json.loads(message.payload)) == set(example)
    assert (message.topic, message.correlation, message.retain) == ("caretaker/v1/a/b/rsp/desk", b"01JN", False)


def test_status_is_that_of_the_contract() -> None:
    example = json.loads((EXAMPLES / "status_online.json").read_text(encoding="utf-8"))["payload"]
    who = Identity("greenhill", "pi-017", 412, "5e0b6c1e", "0.4.2", "7f3c9a1e")
    assert json.loads(status(who, "online", example["at"])) == example
