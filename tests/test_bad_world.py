"""Bad input at the edges: each ends in one clear sentence with a next step, and the rest keeps running.

The service is a process of its own, so that what a technician sees is looked at: its log, its status, its exit.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from simulator.brokers import Broker
from tests.io.mqtt_peer import Peer
from tests.servers import REQUIRE, mosquitto
from tests.walks.rig import ROOT, Service, active, fault, served, until, write_settings
from tests.walks.stage import Meter, Stage
from tests.walks.worlds import WORLDS, Refusing, Spoilt, World, hold, refusing_store

ROOM: Final = {"driver": "xy-md02", "line": "bus", "interval": "100ms"}
HOT: Final = {
    "kind": "threshold", "select": {"devices": ["room"]}, "quantity": "temperature",
    "when": {"op": ">=", "value": 30.0},
}  # fmt: skip
REPEATS: Final = 3


def lines_about(service: Service, code: str, subject: str) -> list[str]:
    """Give what the log says of a fault, without that it is over."""
    told = [line for line in service.said().splitlines() if f"{code} {subject}: " in line]
    return [line for line in told if not line.endswith(": over")]


@contextlib.contextmanager
def living(folder: Path, **parts: Any) -> Iterator[tuple[Service, Meter]]:
    """Run the service with a sound line beside what is spoilt."""
    meter = Meter(step=0.0)
    with Stage(folder / "ports", bus=meter) as stage:
        lines = {"bus": {"port": str(stage.links["bus"])}} | parts.pop("lines", {})
        devices = {"room": ROOM} | {f"on-{name}": ROOM | {"line": name} for name in lines if name != "bus"}
        config = write_settings(folder / "config", lines=lines, devices=devices, rules={"hot": HOT}, **parts)
        with served(config) as service:
            yield service, meter


def check_that_it_lives(service: Service, meter: Meter) -> None:
    """The sound line is read, its rule works, no part has died, and nobody broke down in the log."""
    before = len(meter.answered)
    until("the sound line is read", lambda: len(meter.answered) >= before + 3)
    meter.value = 35.0
    until("its rule works", lambda: service.status()["alarms"])
    state = service.status()
    assert state["devices"]["room"]["presence"] == "online"
    assert {name: part["deaths"] for name, part in state["parts"].items() if part["deaths"]} == {}
    assert "Traceback" not in service.said()


@pytest.mark.server
@pytest.mark.parametrize("world", WORLDS, ids=[world.__name__.replace("_", "-") for world in WORLDS])
def test_it_is_one_sentence_with_a_next_step_and_the_rest_keeps_running(tmp_path: Path, world: World) -> None:
    with contextlib.ExitStack() as stack:
        spoilt = world(tmp_path, stack)
        service, meter = stack.enter_context(living(tmp_path, **spoilt.parts))
        code = until(f"{spoilt.codes} of {spoilt.subject}", lambda: said(service, spoilt))
        check_that_it_lives(service, meter)

        def count() -> int:
            return int(fault(service.status(), code, spoilt.subject)["count"])

        until(f"{code} was met {REPEATS} times", lambda: count() >= REPEATS, count)
        text = fault(service.status(), code, spoilt.subject)["text"]
        assert [word for word in spoilt.words if word not in text] == []
        assert text.endswith(".")
        assert "\n" not in text
        (line,) = lines_about(service, code, spoilt.subject)
        assert line.endswith(f"{code} {spoilt.subject}: {text}")


def said(service: Service, spoilt: Spoilt) -> str:
    """Give the code under which the spoilt part is in the status, "" while it is not."""
    there = active(service.status())
    return next((code for code in spoilt.codes if (code, spoilt.subject) in there), "")


@pytest.mark.server
def test_a_port_that_is_given_back_and_a_store_that_lets_us_in_are_taken_up(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack, contextlib.ExitStack() as trouble:
        stage = stack.enter_context(Stage(tmp_path / "taken", spoilt=Meter()))
        taken = hold(str(stage.links["spoilt"]), trouble)
        store = refusing_store(tmp_path, stack)
        service, _ = stack.enter_context(living(tmp_path, **taken.parts, **store.parts))
        until("both are said", lambda: said(service, taken) and said(service, store))
        assert service.status()["lines"]["spoilt"]["presence"] == "offline"
        trouble.close()
        Refusing.status = 204
        until("both are over", lambda: not said(service, taken) and not said(service, store))
        assert service.status()["lines"]["spoilt"]["presence"] == "online"
        until("rows are delivered", lambda: service.status()["uplinks"]["influx"]["rows"] > 0)


@pytest.mark.server
def test_a_broker_of_the_old_protocol_is_spoken_to_in_it(tmp_path: Path) -> None:
    if importlib.util.find_spec("amqtt") is None:
        (pytest.fail if os.environ.get(REQUIRE) == "1" else pytest.skip)("amqtt is not installed")
    with Broker(kind="amqtt") as broker, Peer(broker.port, f"{ROOT}/#", v5=False) as centre:
        here = {"host": broker.host, "port": broker.port}
        with living(tmp_path, mqtt=here) as (service, meter):
            until("CT306 is said", lambda: ("CT306", f"north {broker.host}") in active(service.status()))
            uplink = service.status()["uplinks"]["mqtt"]
            assert (uplink["connected"], uplink["protocol"]) == (True, "3.1.1")
            check_that_it_lives(service, meter)
            topics: list[str] = []
            until("the alarm comes", lambda: drained(centre, topics) and f"{ROOT}/alarm/hot-room" in topics)
            text = fault(service.status(), "CT306")["text"]
            assert f"{broker.host}:{broker.port} does not speak MQTT 5" in text
            assert "Nothing needs doing" in text


def drained(centre: Peer, topics: list[str]) -> list[str]:
    """Add the topics of all that came; give all topics."""
    while not centre.heard.empty():
        topics.append(centre.heard.get()[0])
    return topics


SPOILT_FILES: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "broken YAML": ("rules", "rules:\n  hot: [1,\n", ("rules.yaml:3:1", "bracket")),
    "unknown driver": (
        "devices", "devices:\n  room: {driver: xy-md2, line: bus}\n", ("devices.yaml:2:18", "xy-md2", "xy-md02"),
    ),
    "wrong word": ("site", "site: acme\nnode: pi-1\ntimezon: UTC\n", ("site.yaml:3:1", "timezon", "timezone")),
    "no such zone": ("site", "site: acme\nnode: pi-1\ntimezone: Shanghai\n", ("site.yaml:3:11", "Asia/Shanghai")),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT_FILES)
def test_settings_that_cannot_be_used_are_refused_with_place_and_cure(tmp_path: Path, case: str) -> None:
    name, text, words = SPOILT_FILES[case]
    lines = {"bus": {"port": str(tmp_path / "bus")}}
    folder = write_settings(tmp_path / "config", lines=lines, devices={"room": ROOM}, rules={"hot": HOT})
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    service = Service(folder)
    service.start()
    try:
        assert service.wait() == 1
    finally:
        service.kill()
    told = service.said()
    assert [word for word in words if word not in told] == []
    assert f"caretaker check -c {folder}" in told
    assert "Traceback" not in told
    assert not (folder / "journal.db").exists()


@pytest.mark.server
def test_a_secret_that_is_missing_stops_its_own_part_alone(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        south = {"host": broker.host, "port": broker.port, "ecosystems": {"zigbee": {"driver": "zigbee2mqtt"}}}
        north = {"host": broker.host, "port": broker.port, "user": "pi-1", "password_file": "secrets/mqtt"}
        with living(tmp_path, south=south, mqtt=north) as (service, meter):
            check_that_it_lives(service, meter)
            state = service.status()
            assert active(state) == {("CT105", "uplinks.mqtt")}
            assert "secrets/mqtt" in fault(state, "CT105")["text"]
            assert "the rest keeps running" in fault(state, "CT105")["text"]
            assert state["uplinks"]["south"]["connected"]


def test_a_folder_that_is_not_there_and_a_journal_that_cannot_be_made_are_said(tmp_path: Path) -> None:
    for folder, words in ((tmp_path / "nowhere", "there is no such folder"), (tmp_path / "config", "journal")):
        if folder.name == "config":
            write_settings(folder, lines={"bus": {"port": "/dev/null"}}, devices={"room": ROOM}, rules={"hot": HOT})
            (folder / "journal.db").mkdir()
        service = Service(folder)
        service.start()
        assert service.wait() == 1
        assert words in service.said()
        assert "Traceback" not in service.said()
