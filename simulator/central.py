"""The central system as the agent sees it: it follows everything the agent publishes and acknowledges alarms as staff.

It judges nothing (simulator/verdict.py does). Messages are stamped when paho hands them over and taken by `turn`, so
that all that is remembered here belongs to one thread. Topics and payloads: mqtt.md §3.4, §3.5, §3.7. It speaks MQTT
3.1.1, which every broker does.
"""

from __future__ import annotations

import json
import queue
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

ROOT: Final = "caretaker/v1"
COMMAND_LIFE: Final = timedelta(seconds=60)


class Seen(NamedTuple):
    """One transition of an alarm as it arrived: when (ms), and what was said. Copies are left out."""

    t: int
    alarm: str
    transition: str
    state: str
    occurrence: str
    rev: int


class Reply(NamedTuple):
    """The agent's answer to a command of ours."""

    t: int
    cmd: str
    cmd_id: str
    status: str
    code: str


class Central:
    """One connection to the north broker. `clock` gives the simulator's ms."""

    def __init__(self, host: str, port: int, site: str, node: str, clock: Callable[[], int]) -> None:
        self.transitions: list[Seen] = []
        self.feedback: list[tuple[int, dict[str, Any]]] = []
        self.kpis: dict[str, dict[str, Any]] = {}
        """The last indicators by zone: the `data` of kpi/<zone>/hourly."""
        self.status: list[tuple[int, str]] = []
        self.replies: list[Reply] = []
        self.readings = 0
        self.values: dict[str, dict[str, tuple[Any, str]]] = {}
        """What each device measured last: (value, unit) by quantity."""
        self.titles: dict[str, tuple[str, int]] = {}
        """Title in English and priority of every alarm that came."""
        self.events = 0
        self.unreadable: list[str] = []
        self._address = (host, port)
        self._base = f"{ROOT}/{site}/{node}"
        self._clock = clock
        self._inbox: queue.SimpleQueue[tuple[int, str, bytes]] = queue.SimpleQueue()
        self._asked: dict[str, str] = {}
        self._known: set[tuple[str, int]] = set()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, f"central-{uuid.uuid4().hex[:8]}")
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived

    def start(self) -> None:
        """Connect, now or as soon as the broker is there."""
        self._client.connect_async(*self._address, keepalive=30)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe(f"{ROOT}/#", qos=1)

    def _arrived(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._inbox.put((self._clock(), message.topic, bytes(message.payload)))

    def turn(self) -> list[Seen]:
        """Take what arrived; give the alarm transitions that are new."""
        fresh: list[Seen] = []
        while True:
            try:
                t, topic, payload = self._inbox.get_nowait()
            except queue.Empty:
                return fresh
            if topic.startswith(self._base + "/") and payload:
                fresh += self._take(t, topic.removeprefix(self._base + "/"), payload)

    def _take(self, t: int, topic: str, payload: bytes) -> list[Seen]:
        kind, _, rest = topic.partition("/")
        if kind in ("cmd", "ack", "info", "health"):
            return []
        try:
            said = json.loads(payload)
            return self._note(t, kind, rest, said)
        except (ValueError, KeyError, TypeError) as error:
            self.unreadable.append(f"{topic}: {type(error).__name__} {error}")
            return []

    def _note(self, t: int, kind: str, rest: str, said: dict[str, Any]) -> list[Seen]:
        match kind:
            case "alarm":
                return self._alarm(t, said["data"])
            case "backlog":
                return [seen for item in said["items"] for seen in self._note(t, rest, "", item)]
            case "feedback":
                self.feedback.append((t, said["data"]))
            case "kpi":
                self.kpis[said["data"]["scope"]] = said["data"]
            case "status":
                self.status.append((t, said["state"]))
            case "rsp":
                self.replies.append(Reply(t, said["cmd"], said["cmd_id"], said["status"], said.get("code") or ""))
            case "reading":
                self._reading(said["data"])
            case "event":
                self.events += 1
        return []

    def _alarm(self, t: int, data: dict[str, Any]) -> list[Seen]:
        key = (str(data["occurrence"]), int(data["rev"]))
        if key in self._known:
            return []
        self._known.add(key)
        self.titles[str(data["alarm"])] = (str((data.get("title") or {}).get("en", "")), int(data.get("priority", 0)))
        seen = Seen(t, str(data["alarm"]), str(data["transition"]), str(data["state"]), *key)
        self.transitions.append(seen)
        return [seen]

    def _reading(self, data: dict[str, Any]) -> None:
        self.readings += len(data["readings"])
        for row in data["readings"]:
            self.values.setdefault(data["sensor"], {})[row["quantity"]] = (row["value"], row.get("unit", ""))

    def acknowledge(self, alarm: str, occurrence: str = "", user: str = "li.wei") -> str:
        """Send an acknowledgement as staff; give its command id, under which the answer comes."""
        cmd_id = uuid.uuid4().hex
        now = datetime.now(UTC)
        args = {"alarm": alarm, "comment": "已派人"} | ({"occurrence": occurrence} if occurrence else {})
        order = {
            "v": 1,
            "cmd": "alarm-ack",
            "cmd_id": cmd_id,
            "issued_at": _stamp(now),
            "expires_at": _stamp(now + COMMAND_LIFE),
            "issued_by": {"user": user, "role": "duty-manager", "via": "simulator"},
            "reply_to": f"{self._base}/rsp/central",
            "args": args,
        }
        self._asked[cmd_id] = alarm
        self._client.publish(f"{self._base}/cmd/alarm-ack", json.dumps(order, ensure_ascii=False), qos=1)
        return cmd_id

    def raised(self) -> list[Seen]:
        """Give every first word of an occurrence, in order of arrival.

        Mostly "raised"; a later transition is the first word when the broker was gone meanwhile.
        """
        first: dict[str, Seen] = {}
        for seen in self.transitions:
            first.setdefault(seen.occurrence, seen)
        return list(first.values())

    def refused(self) -> list[tuple[str, Reply]]:
        """Give the commands that were not carried out: the alarm and the answer."""
        return [
            (self._asked[reply.cmd_id], reply)
            for reply in self.replies
            if reply.cmd_id in self._asked and reply.status not in ("ok", "duplicate")
        ]

    def unanswered(self) -> list[str]:
        """Give the alarms whose acknowledgement was never answered."""
        answered = {reply.cmd_id for reply in self.replies}
        return [alarm for cmd_id, alarm in self._asked.items() if cmd_id not in answered]


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
