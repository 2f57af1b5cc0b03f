"""From a stored row to the message that leaves the box: topic, CloudEvents JSON, retain, expiry (mqtt.md §3.4, §3.5).

Ids are made of the journal's epoch and the row's sequence number: a row that is sent again keeps its id. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from agent.model.effects import Alarm, Kpi, Response
from agent.model.events import Event, Feedback, Reading
from agent.model.outside import iso_ms, part_fields, plain
from agent.model.place import Label
from agent.model.quantities import EVENT_KINDS, unit_of
from agent.ports import Row

CONTENT: Final = "application/cloudevents+json; charset=utf-8"
HISTORICAL: Final = 60_000
"""A row that is this old when it leaves is said to be historical (mqtt.md §3.6.3)."""
CLOSED_ALARM_S: Final = 604_800
SEVERITY: Final = {
    1: ("critical", 21, "FATAL"),
    2: ("major", 17, "ERROR"),
    3: ("warning", 13, "WARN"),
    4: ("minor", 9, "INFO"),
}


class Outgoing(NamedTuple):
    """One message for the centre."""

    topic: str
    payload: bytes
    retain: bool = False
    expiry_s: int = 0
    content_type: str = CONTENT
    correlation: bytes = b""
    user: tuple[tuple[str, str], ...] = ()


class Envelope:
    """Writes messages of one node. `wall` gives Unix ms of an engine time; `label` a device's place, tags and model."""

    def __init__(
        self,
        site: str,
        node: str,
        epoch: str,
        *,
        label: Callable[[str], Label],
        title: Callable[[str], dict[str, Any]],
        wall: Callable[[int], int],
    ) -> None:
        self.root = f"caretaker/v1/{site}/{node}"
        self._site, self._node, self._epoch = site, node, epoch
        self._label, self._title, self._wall = label, title, wall

    def message(self, row: Row, now_wall: int) -> Outgoing:
        """Give the message for a row of any stream but `reading`."""
        body = row.body
        match body:
            case Alarm():
                expiry = CLOSED_ALARM_S if body.state == "closed" else 0
                _, number, text = SEVERITY[body.priority]
                extra: dict[str, Any] = {"severitynumber": number, "severitytext": text}
                if body.causation:
                    extra["causationid"] = body.causation
                data = self._alarm(row, body)
                return self._data(row, f"alarm/{body.alarm}", data, now_wall, extra=extra, retain=True, expiry_s=expiry)
            case Feedback():
                return self._data(row, f"feedback/{body.device}", self._feedback(body), now_wall)
            case Event():
                data = self._event(body)
                return self._data(row, f"event/{data['category']}", data, now_wall)
            case Kpi():
                topic = f"kpi/{body.scope}/{body.period}"
                return self._data(row, topic, _kpi(body), now_wall, retain=True, expiry_s=7200)
            case Response():
                return self._response(row, body)
        raise TypeError(f"a row of stream {row.stream} holds a {type(body).__name__}")

    def readings(self, device: str, rows: Sequence[Row], now_wall: int, interval_s: int) -> Outgoing:
        """Give one message for what a device said at one time: rows of one device, oldest first."""
        last = rows[-1]
        readings = [row.body for row in rows]
        data = {
            "sensor": device,
            **self._where(device),
            "readings": [_reading(reading) for reading in readings if isinstance(reading, Reading)],
        }
        # What a device kept and sends late is history: it never stands in the place of what is true now.
        live = any(isinstance(reading, Reading) and not reading.historical for reading in readings)
        expiry_s = max(3 * interval_s, 900)
        return self._data(last, f"reading/{device}", data, now_wall, retain=live, expiry_s=expiry_s)

    def _data(
        self,
        row: Row,
        topic: str,
        data: dict[str, Any],
        now_wall: int,
        *,
        extra: dict[str, Any] | None = None,
        retain: bool = False,
        expiry_s: int = 0,
    ) -> Outgoing:
        historical = now_wall - row.wall > HISTORICAL
        kind = row.stream
        event = {
            "specversion": "1.0",
            "id": f"{self._epoch}-{row.seq:010d}",
            "source": f"/{self.root}/{kind}",
            "type": f"caretaker.{kind}.v1",
            "subject": topic.split("/")[1] if kind != "event" else data["sensor"],
            "time": iso_ms(row.wall),
            "recordedtime": iso_ms(row.recorded),
            "sequence": f"{row.seq:010d}",
            "datacontenttype": "application/json",
            "dataschema": f"urn:caretaker:schema:{kind}:1",
            "epoch": self._epoch,
            "clocksync": not row.estimated,
            "historical": historical,
            **(extra or {}),
            "data": data,
        }
        user = (("stream", kind), ("historical", str(historical).lower()), ("node", self._node))
        return Outgoing(f"{self.root}/{topic}", msgspec.json.encode(event), retain, expiry_s, CONTENT, b"", user)

    def _where(self, device: str) -> dict[str, Any]:
        label = self._label(device)
        fields: dict[str, Any] = {"location": msgspec.to_builtins(label.place)}
        return fields | ({"tags": label.tags} if label.tags else {})

    def _at(self, t: int) -> str | None:
        return iso_ms(self._wall(t)) if t >= 0 else None

    def _alarm(self, row: Row, alarm: Alarm) -> dict[str, Any]:
        severity, _, _ = SEVERITY[alarm.priority]

        def ahead(t: int) -> str | None:
            """Give a time to come by the row's own clock: sent again after a restart it must be the same."""
            return iso_ms(row.wall + t - alarm.t) if t >= 0 else None

        return {
            "alarm": alarm.alarm, "occurrence": alarm.occurrence, "rev": alarm.rev, "category": alarm.category,
            "rule": alarm.rule, "severity": severity, "priority": alarm.priority, "state": alarm.state,
            "acked": alarm.acked, "isa": alarm.isa, "transition": alarm.transition, "reason": alarm.reason,
            "snapshot": False, "durable": True, **self._title(alarm.rule), **self._where(alarm.device),
            "cause": {"sensor": alarm.device, "quantity": alarm.quantity, "value": plain(alarm.value),
                      "condition": alarm.condition},
            "raised_at": self._at(alarm.raised_at), "updated_at": self._at(alarm.t),
            "acked_at": self._at(alarm.acked_at), "acked_by": alarm.acked_by or None,
            "cleared_at": self._at(alarm.cleared_at), "resolved_at": self._at(alarm.resolved_at),
            "closed_at": self._at(alarm.closed_at), "repeat": alarm.activations, "ticket": alarm.ticket,
            "feedback": alarm.feedback or None, **_work(alarm),
            "shelved_until": ahead(alarm.shelved_until), "oos_until": ahead(alarm.oos_until),
            "due": {"ack": ahead(alarm.due_ack), "start": ahead(alarm.due_start),
                    "resolve": ahead(alarm.due_resolve)},
        }  # fmt: skip

    def _feedback(self, feedback: Feedback) -> dict[str, Any]:
        return {
            "feedback": feedback.feedback, "terminal": feedback.device, "channel": feedback.channel,
            "key": feedback.key, "service": feedback.service, "sentiment": feedback.sentiment,
            "urgency": feedback.urgency, "score": feedback.score if feedback.score >= 0 else None,
            "age_ms": feedback.age_ms, "time_quality": feedback.time_quality, **self._where(feedback.device),
        }  # fmt: skip

    def _event(self, event: Event) -> dict[str, Any]:
        category = EVENT_KINDS.get(event.quantity, "system")
        fields = {
            "category": category, "kind": event.quantity, "sensor": event.device, "value": plain(event.value),
            **_late(event), **part_fields(event.part), **self._where(event.device),
        }  # fmt: skip
        return fields | {name: getattr(event, name) for name in ("native", "age_ms", "detail") if getattr(event, name)}

    def _response(self, row: Row, body: Response) -> Outgoing:
        answer = {
            "v": 1, "cmd": body.cmd, "cmd_id": body.cmd_id, "status": body.status, "code": body.code or None,
            "message": body.message or None, "node": self._node, "at": iso_ms(row.wall),
            "result": msgspec.json.decode(body.result),
        }  # fmt: skip
        topic = body.reply_to or f"{self.root}/rsp/central"
        return Outgoing(topic, msgspec.json.encode(answer), False, 3600, "application/json", body.cmd_id.encode())


def _reading(reading: Reading) -> dict[str, Any]:
    fields: dict[str, Any] = {"quantity": reading.quantity, "value": plain(reading.value)}
    if unit := unit_of(reading.quantity):
        fields["unit"] = unit
    return fields | {"quality": reading.quality, **_late(reading), **part_fields(reading.part)}


def _work(alarm: Alarm) -> dict[str, Any]:
    """Give what is done about an alarm, and who is told. Records of before there was a work region say little of it."""
    work = alarm.work or {"closed": "CLOSED"}.get(alarm.state, "ACKED" if alarm.acked else "OPEN")
    resolution = {"code": alarm.code or None, "by": alarm.resolved_by or None, "comment": alarm.comment or None}
    return {
        "work": work, "quality": alarm.quality, "latched": alarm.latched, "suppressed": alarm.suppressed,
        "level": alarm.level, "notify": alarm.notify if alarm.notify >= 0 else None, "breach": list(alarm.breach),
        "assignee": alarm.assignee or None, "reopen_of": alarm.reopen_of or None, "reopened": alarm.reopened,
        "resolution": resolution if alarm.code or alarm.resolved_by else None, "by": alarm.by or None,
        "comment": alarm.comment or None, "evidence": list(alarm.evidence), "standard": alarm.standard or None,
        "drill": alarm.drill, "late": alarm.late,
    }  # fmt: skip


def _late(item: Reading | Event) -> dict[str, Any]:
    """Give the flag of what a device delivered late, with the time that it says itself."""
    if not item.historical:
        return {}
    return {"late": True} | ({"at": iso_ms(item.said_at)} if item.said_at else {})


def _kpi(kpi: Kpi) -> dict[str, Any]:
    window = {"start": iso_ms(kpi.start), "end": iso_ms(kpi.end), "closed": True}
    values = [{"kpi": v.kpi, "value": v.value, "unit": v.unit, "n": v.n} for v in kpi.values]
    return {"scope": kpi.scope, "window": window, "kpis": values}
