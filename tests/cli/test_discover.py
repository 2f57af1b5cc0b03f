"""`caretaker discover` on a real mosquitto: every family, what is bound already, YAML that loads, hostile payloads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from click.testing import CliRunner, Result
from paho.mqtt.enums import CallbackAPIVersion

from agent.cli import main
from agent.cli.proposal import Finds, as_yaml, slug
from agent.driver import Found, MqttDriver
from agent.registry import driver, names
from agent.settings.load import load_texts
from tests.drivers import mqtt_kit
from tests.servers import Server, mosquitto

SITE = "site: garden\nnode: n1\n"
MESSAGES: list[tuple[str, bytes]] = [
    *[(m.topic, m.payload) for m in mqtt_kit.sample_messages("zigbee2mqtt") if m.topic.endswith("bridge/devices")],
    ("tele/tasmota_1/LWT", b"Online"),
    ("tasmota/discovery/AA/config", b'{"t":"tasmota_1","ft":"%prefix%/%topic%/","md":"Sonoff Basic"}'),
    ("home/TheengsGateway/BTtoMQTT/CBB8334C884F", b'{"id":"CB:B8:33:4C:88:4F","model":"RuuviTag","tempc":24.3}'),
    ("home/omg/433toMQTT", b'{"value":1315156}'),
    ("shellyplus1-08b61fd141e8/online", b"true"),
    ("esphome/discover/lobby", b'{"name":"lobby","board":"esp32dev","ip":"10.0.0.9"}'),
    ("v3/app1@tenant/devices/dev1/up",
     b'{"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530"},"uplink_message":{"f_port":1}}'),
    ("application/x/device/24e124126d090807/event/up",
     b'{"deviceInfo":{"devEui":"24e124126d090807","deviceName":"\xe5\xa4\xa7\xe9\x97\xa8","deviceProfileName":"WS301"}}'),
]  # fmt: skip


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with mosquitto(tmp_path_factory.mktemp("broker")) as server:
        publish(server, MESSAGES)
        yield server


def publish(server: Server, messages: list[tuple[str, bytes]]) -> None:
    """Publish retained, so that a late listener hears it; wait until the broker has all of it."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect(server.host, server.port)
    client.loop_start()
    for topic, payload in messages:
        client.publish(topic, payload, 1, retain=True).wait_for_publish()
    client.disconnect()
    client.loop_stop()


def run(server: Server | None, *words: str, expect: int = 0) -> Result:
    where = ["--host", server.host, "--port", str(server.port)] if server else []
    result = CliRunner().invoke(main, ["discover", *where, "--for", "1s", *words])
    assert result.exit_code == expect, result.output
    return result


def test_every_family_says_what_it_sees(broker: Server) -> None:
    rows = {(row["driver"], row["id"]): row for row in json.loads(run(broker, "--json").stdout)}
    assert rows["zigbee2mqtt", "gate/east_door"]["model"] == "Aqara MCCGQ11LM"
    assert rows["zigbee2mqtt", "gate/east_door"]["name"] == "gate-east-door"
    assert rows["tasmota", "tasmota_1"]["model"] == "Tasmota Sonoff Basic"
    assert rows["theengs", "CBB8334C884F"]["name"] == "ruuvitag-884f"
    assert rows["openmqttgateway", "433/1315156"]["name"] == "433-1315156"
    assert rows["chirpstack", "24e124126d090807"]["note"] == "大门"
    assert ("tts", "0004a30b001c0530") in rows
    assert ("shelly", "shellyplus1-08b61fd141e8") in rows
    assert rows["esphome", "lobby"]["model"] == "ESPHome esp32dev"
    assert not any(row["bound"] for row in rows.values())


def test_in_words(broker: Server) -> None:
    out = run(broker).stdout
    assert "gate/east_door" in out
    assert "devices:" in out
    assert "in the settings" in out


def test_the_yaml_is_taken_by_the_settings_and_then_nothing_is_left(broker: Server, tmp_path: Path) -> None:
    target = tmp_path.parent / "found.yaml"
    run(broker, "--yaml", str(target))
    lines, _, devices = target.read_text(encoding="utf-8").partition("# for devices.yaml")
    texts = {"site.yaml": SITE, "lines.yaml": lines, "devices.yaml": f"#{devices}"}
    settings = load_texts(texts, Path())
    assert settings.lines.south is not None
    assert settings.lines.south.port == broker.port
    families = {name for name in names() if isinstance(one := driver(name), MqttDriver) and one.discover}
    assert {device.driver for device in settings.devices.values()} == families
    assert len(families) == 8
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    again = run(None, "-c", str(tmp_path), "--json")
    rows = json.loads(again.stdout)
    assert {row["name"]: row["id"] for row in rows} == {name: one.id for name, one in settings.devices.items()}
    assert all(row["bound"] for row in rows)
    assert "nothing that is not in the settings already" in run(None, "-c", str(tmp_path)).stdout


def test_only_what_is_new_is_proposed_with_its_family(broker: Server, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    south = f"south:\n  host: {broker.host}\n  port: {broker.port}\n  ecosystems:\n"
    (tmp_path / "lines.yaml").write_text(
        south + "    zig: {driver: zigbee2mqtt, options: {base_topic: other}}\n    ble: {driver: theengs}\n",
        encoding="utf-8",
    )
    door = "devices:\n  tag: {driver: theengs, id: 'cb:b8:33:4c:88:4f'}\n  tasmota-1: {driver: theengs, id: aa}\n"
    (tmp_path / "devices.yaml").write_text(door, encoding="utf-8")
    out = run(None, "-c", str(tmp_path)).stdout
    text = out[out.index("# for lines.yaml") :]
    assert "host" not in text
    assert '    zigbee2mqtt: {"driver": "zigbee2mqtt"}' in text
    assert "    ecosystem: zigbee2mqtt" in text
    assert "ble" not in text
    assert "cb:b8" not in text.lower()
    assert "  tasmota-1-2:\n" in text


def test_the_service_stays_connected(broker: Server) -> None:
    ended: list[object] = []
    service = paho.Client(CallbackAPIVersion.VERSION2, "n1-south")
    service.on_disconnect = lambda *words: ended.append(words)
    service.connect(broker.host, broker.port)
    service.loop_start()
    run(broker)
    assert service.is_connected()
    assert ended == []
    service.disconnect()
    service.loop_stop()


def test_a_broker_that_wants_a_password(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("caretaker:$7$101$AAAA$AAAA\n", encoding="utf-8")
    with mosquitto(tmp_path, "allow_anonymous false", f"password_file {users}") as server:
        result = run(server, expect=1)
        assert "cannot be used" in result.output
        secret = tmp_path / "secret"
        secret.write_text("wrong\n", encoding="utf-8")
        secret.chmod(0o600)
        result = run(server, "--user", "caretaker", "--password-file", str(secret), expect=1)
        assert "caretaker" in result.output


def test_what_makes_no_sense_is_said(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none")
    assert "there is no folder" in run(None, "-c", nowhere, expect=2).output
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    assert "no `south:` broker" in run(None, "-c", str(tmp_path), expect=2).output
    (tmp_path / "site.yaml").write_text("site: [\n", encoding="utf-8")
    assert "site.yaml" in run(None, "-c", str(tmp_path), expect=1).output


def test_no_broker_is_said_at_once() -> None:
    result = CliRunner().invoke(main, ["discover", "--host", "127.0.0.1", "--port", "1", "--for", "1h"])
    assert result.exit_code == 1
    assert "127.0.0.1:1 cannot be used" in result.output


NASTY = [b"", b"\xff\xfe", b"[" * 5000, b"null", b"[null,1,{}]", b'{"t":[]}', b'{"dev":[],"stat_t":{}}',
         b'[{"friendly_name":"a\\nb: {x: 1}","type":7,"definition":[]}]',
         b'[{"friendly_name":"x: y # z\\"","definition":{"model":"[red]*&!%@`","vendor":"- a"}}]',
         b'{"deviceInfo":{"devEui":"zz"}}', b'{"value":1e400}', b'{"src":"shelly-","id":["x"]}']  # fmt: skip


def test_hostile_payloads_are_harmless(tmp_path: Path) -> None:
    topics = [topic for topic, _ in MESSAGES] + ["homeassistant/a/b/config", "esphome/discover/x", "x/online"]
    with mosquitto(tmp_path) as server:
        publish(server, [(f"{i}/bridge/devices", payload) for i, payload in enumerate(NASTY) if payload])
        publish(server, [(topic, NASTY[(i * 5 + 1) % len(NASTY)]) for i, topic in enumerate(topics)])
        out = run(server, "--json").stdout
        rows = json.loads(out)
        by_topic = {"24e124126d090807", "shellyplus1-08b61fd141e8", "dev1"}  # Their topic alone shows them.
        assert {row["id"] for row in rows} - by_topic == {'x: y # z"'}
        target = tmp_path / "found.yaml"
        run(server, "--yaml", str(target))
    lines, _, devices = target.read_text(encoding="utf-8").partition("# for devices.yaml")
    settings = load_texts({"site.yaml": SITE, "lines.yaml": lines, "devices.yaml": f"#{devices}"}, Path())
    strange = settings.devices["x-y-z"]
    assert (strange.id, strange.model) == ('x: y # z"', "- a [red]*&!%@`")


def test_finds_are_bounded_and_names_are_unique() -> None:
    finds = Finds()
    for number in range(5000):
        finds.add("zigbee2mqtt", Found(f"Büro {number % 4500}", family={"base_topic": "zigbee2mqtt"}))
    finds.add("zigbee2mqtt", Found("大门"))
    assert len(finds) == Finds.MOST
    assert finds.too_many
    names = [row.name for row in finds.rows(None)]
    assert len(set(names)) == len(names)
    assert all(name == slug(name) for name in names)


def test_one_device_is_found_once_however_it_is_written_and_seen() -> None:
    finds = Finds()
    finds.add("theengs", Found("CBB8334C884F", family={"base_topic": "home"}))
    finds.add("openmqttgateway", Found("CB:B8:33:4C:88:4F", "Ruuvi"))
    finds.add("theengs", Found("CBB8334C884F", "Ruuvi RuuviTag", {"a": 1}, {"base_topic": "home"}, "note"))
    finds.add("theengs", Found("CBB8334C884F"))
    (row,) = finds.rows(None)
    assert row.found == Found("CBB8334C884F", "Ruuvi RuuviTag", {"a": 1}, {"base_topic": "home"}, "note")
    for name in ("tasmota", "shelly"):
        finds.add(name, Found("lobby"))
    assert len(finds) == 3


def test_a_driver_that_is_less_careful_does_no_harm() -> None:
    finds = Finds()
    for own in ("", "a\nb", "x" * 129, "\x1b[2J"):
        finds.add("foreign", Found(own))
    assert finds.rows(None) == []
    finds.add("foreign", Found("a", "m\n" * 90, note="\x1b[2J"))
    assert finds.rows(None)[0].found == Found("a", "m" * 64, note="[2J")


def test_names_that_look_like_something_else_stay_names() -> None:
    finds = Finds()
    for own in ("123", "0x1f", "true", "null", "1e3", "lobby"):
        finds.add("tasmota", Found(own, family={"full_topic": "%prefix%/%topic%/"}))
    lines, _, devices = as_yaml(finds.rows(None), None, {"host": "h"}).partition("# for devices.yaml")
    settings = load_texts({"site.yaml": SITE, "lines.yaml": lines, "devices.yaml": f"#{devices}"}, Path())
    assert {name: one.id for name, one in settings.devices.items()} == {
        name: name for name in ("123", "0x1f", "true", "null", "1e3", "lobby")
    }


def test_names_that_leave_nothing_get_their_familys() -> None:
    finds = Finds()
    for own in ("大门", "后门"):
        finds.add("zigbee2mqtt", Found(own))
    assert sorted(row.name for row in finds.rows(None)) == ["zigbee2mqtt", "zigbee2mqtt-2"]
