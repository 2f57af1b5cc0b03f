"""A whole play on a real broker, with a client that speaks as an agent would: timeline, staff, verdict."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator import brokers
from simulator.brokers import Broker
from simulator.play import Play
from simulator.stage import Wish, set_stage
from simulator.verdict import good, verdict

pytestmark = pytest.mark.server
BASE = "caretaker/v1/greenhill/demo-pi"
SCENARIO = """
title: Two matters
seconds: 1.2
staff: {ack: 0.1, fix: 0.1}
do:
  - {at: 0.2, leak: room-pump}
  - {at: 0.3, press: button-lobby2, key: double}
  - {at: 0.4, press: term-lobby, key: "3"}
expect:
  - {rule: leak, device: leak-pump, after: 0.2, within: [0, 0.8], acked: true, cleared: true}
  - {rule: dirty, device: button-lobby2, after: 0.3, within: [0, 0.7], acked: true}
never: ["smoke-*"]
"""


class Agent:
    """What an agent would say: an alarm for every leak and press, its end, and an answer to every acknowledgement."""

    def __init__(self, broker: Broker) -> None:
        self.rev: dict[str, int] = {}
        self.extra: list[str] = []
        self.deaf = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "agent")
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe([("zigbee2mqtt/#", 1), (f"{BASE}/cmd/#", 1)])
        self._say("status", {"v": 1, "state": "online"})
        for device in ("th-lift", "leak-pump"):
            self._say(
                f"reading/{device}", {"data": {"sensor": device, "readings": [{"quantity": "battery", "value": 9}]}}
            )

    def _say(self, topic: str, said: dict[str, Any]) -> None:
        self._client.publish(f"{BASE}/{topic}", json.dumps(said), qos=1, retain=topic.startswith(("status", "alarm")))

    def alarm(self, alarm: str, transition: str) -> None:
        if transition == "raised" and alarm in self.rev:
            return
        self.rev[alarm] = self.rev.get(alarm, 0) + 1
        words = {"alarm": alarm, "occurrence": f"first-{alarm}", "rev": self.rev[alarm]}
        self._say(f"alarm/{alarm}", {"data": {**words, "transition": transition, "state": "active"}})

    def _arrived(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        said = json.loads(message.payload)
        if message.topic == f"{BASE}/cmd/alarm-ack":
            if not self.deaf:
                self.alarm(said["args"]["alarm"], "acknowledged")
                self._say("rsp/central", {"cmd": "alarm-ack", "cmd_id": said["cmd_id"], "status": "ok", "code": None})
        elif message.topic == "zigbee2mqtt/pump/leak":
            if said["water_leak"]:
                self.alarm("leak-leak-pump", "raised")
            elif "leak-leak-pump" in self.rev:
                self.alarm("leak-leak-pump", "cleared")
        elif said.get("action") == "double":
            self.alarm("dirty-button-lobby2", "raised")
            for alarm in self.extra:
                self.alarm(alarm, "raised")


@pytest.fixture
def broker():
    """Give a running mosquitto."""
    if not brokers.mosquitto():
        if os.environ.get("CARETAKER_REQUIRE_SERVERS") == "1":
            pytest.fail("mosquitto is required here and not installed")
        pytest.skip("mosquitto is not installed")
    with Broker(kind="mosquitto") as broker:
        yield broker


def played(broker: Broker, folder: Path, extra: list[str], deaf: bool = False) -> Play:
    """Play the scenario before an agent."""
    (folder / "two.yaml").write_text(SCENARIO, encoding="utf-8")
    play = set_stage(Wish(str(folder / "two.yaml")), folder / "site", broker)
    play.start()
    agent = Agent(broker)
    agent.extra, agent.deaf = extra, deaf
    try:
        while not play.over:
            play.turn()
    finally:
        agent.stop()
        play.stop()
    return play


def test_a_good_run_is_good(broker: Broker, tmp_path: Path) -> None:
    play = played(broker, tmp_path, [])
    rows = verdict(play)
    assert good(rows), rows
    assert [row.what for row in rows] == ["leak-leak-pump", "dirty-button-lobby2", "smoke-*"]
    assert "acknowledged" in rows[0].seen
    assert [press.device for press in play.presses] == ["button-lobby2", "term-lobby"]
    assert not (tmp_path / "site" / "ports" / "term-lobby").is_symlink()


def test_unexpected_and_forbidden_alarms_are_told(broker: Broker, tmp_path: Path) -> None:
    rows = verdict(played(broker, tmp_path, ["bin-full-bin-b1", "smoke-smoke-garage"]))
    assert {(row.what, row.mark) for row in rows if not row.good} == {
        ("bin-full-bin-b1", "unexpected"),
        ("smoke-*", "forbidden"),
    }


def test_a_deaf_agent_is_told(broker: Broker, tmp_path: Path) -> None:
    rows = verdict(played(broker, tmp_path, [], deaf=True))
    assert {(row.what, row.mark) for row in rows if not row.good} == {
        ("leak-leak-pump", "not acknowledged"),
        ("dirty-button-lobby2", "not acknowledged"),
        ("acknowledge leak-leak-pump", "missing"),
        ("acknowledge dirty-button-lobby2", "missing"),
    }


def test_without_an_agent_the_timeline_waits(broker: Broker, tmp_path: Path) -> None:
    play = set_stage(Wish("quiet"), tmp_path, broker)
    play.start()
    while play.clock() < 500:
        play.turn()
    play.stop()
    assert play.zero is None
    assert play.seconds < 0
    assert not play.over
